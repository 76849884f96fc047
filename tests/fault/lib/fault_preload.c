/* fault_preload.c: a preloaded library that fails, or kills at, the Nth call of chosen C library functions. */
/*
 * Environment:
 *   FAULT_CALL        which calls are counted, comma-separated: malloc (also calloc, realloc), write (writev), pwrite,
 *                     pwritev, fdatasync, fsync, ftruncate, open, openat, rename (renameat)
 *   FAULT_PATH        count only calls on files whose path holds this text
 *   FAULT_AT          which of them fails, from 1; 0 or absent: none, they are only counted
 *   FAULT_FOREVER     1: all from that one on fail
 *   FAULT_ERRNO       ENOMEM ENOSPC EIO EMFILE EACCES EDQUOT EINTR, or SIGKILL: the process dies before the call;
 *                     default: ENOMEM for malloc, EIO for syncs, EMFILE for opens, ENOSPC for the others
 *   FAULT_COUNT_FILE  a file that holds two 64-bit numbers in memory order, calls counted and faults made; it outlives
 * a kill, and is shared by the process's children Calls that the C library makes inside itself (stdio's writes) are not
 * seen.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum call {
	CALL_MALLOC,
	CALL_WRITE,
	CALL_PWRITE,
	CALL_PWRITEV,
	CALL_FDATASYNC,
	CALL_FSYNC,
	CALL_FTRUNCATE,
	CALL_OPEN,
	CALL_OPENAT,
	CALL_RENAME,
	CALL_COUNT
};

static const struct {
	const char *name;
	int default_errno;
} call_table[CALL_COUNT] = {
	[CALL_MALLOC] = {"malloc", ENOMEM},
	[CALL_WRITE] = {"write", ENOSPC},
	[CALL_PWRITE] = {"pwrite", ENOSPC},
	[CALL_PWRITEV] = {"pwritev", ENOSPC},
	[CALL_FDATASYNC] = {"fdatasync", EIO},
	[CALL_FSYNC] = {"fsync", EIO},
	[CALL_FTRUNCATE] = {"ftruncate", ENOSPC},
	[CALL_OPEN] = {"open", EMFILE},
	[CALL_OPENAT] = {"openat", EMFILE},
	[CALL_RENAME] = {"rename", ENOSPC},
};

static const struct {
	const char *name;
	int value;
} errno_table[] = {
	{"ENOMEM", ENOMEM},
	{"ENOSPC", ENOSPC},
	{"EIO", EIO},
	{"EMFILE", EMFILE},
	{"EACCES", EACCES},
	{"EDQUOT", EDQUOT},
	{"EINTR", EINTR},
};

struct counters {
	_Atomic uint64_t calls;
	_Atomic uint64_t faults;
};

/* Set once by the constructor, before threads; until then every call passes. */
static struct {
	bool counted[CALL_COUNT];
	const char *path;
	uint64_t at;
	bool forever;
	bool kill;
	int error; /* 0: the call's own */
	struct counters own;
	struct counters *counters;
} fault;

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static void read_calls(const char *list)
{
	for (int i = 0; i < CALL_COUNT; i++) {
		size_t length = strlen(call_table[i].name);

		for (const char *at = list; at != NULL; at = strchr(at, ',')) {
			at += *at == ',';
			if (strncmp(at, call_table[i].name, length) == 0 && (at[length] == ',' || at[length] == '\0'))
				fault.counted[i] = true;
		}
	}
}

static void read_errno(const char *name)
{
	fault.kill = strcmp(name, "SIGKILL") == 0;
	for (size_t i = 0; i < sizeof(errno_table) / sizeof(errno_table[0]); i++) {
		if (strcmp(name, errno_table[i].name) == 0)
			fault.error = errno_table[i].value;
	}
	if (!fault.kill && fault.error == 0) {
		dprintf(STDERR_FILENO, "fault_preload: unknown FAULT_ERRNO %s\n", name);
		_exit(125);
	}
}

static struct counters *map_counters(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *map = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, sizeof(struct counters)) == 0)
		map = mmap(NULL, sizeof(struct counters), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		dprintf(STDERR_FILENO, "fault_preload: %s: %s\n", path, strerror(errno));
		_exit(125);
	}
	close(fd);
	return map;
}

__attribute__((constructor)) static void fault_start(void)
{
	const char *list = getenv("FAULT_CALL");
	const char *at = getenv("FAULT_AT");
	const char *forever = getenv("FAULT_FOREVER");
	const char *error = getenv("FAULT_ERRNO");
	const char *count_file = getenv("FAULT_COUNT_FILE");

	fault.counters = count_file != NULL && *count_file != '\0' ? map_counters(count_file) : &fault.own;
	fault.path = getenv("FAULT_PATH");
	fault.at = at != NULL ? strtoull(at, NULL, 10) : 0;
	fault.forever = forever != NULL && strcmp(forever, "1") == 0;
	if (error != NULL && *error != '\0')
		read_errno(error);
	if (list != NULL)
		read_calls(list);
}

/* True if this call shall fail, with errno set. path NULL: the file that fd is open on; both absent: memory. */
static bool fault_now(enum call call, const char *path, int fd)
{
	char link[64];
	char target[4096];
	ssize_t length;
	uint64_t number;

	if (!fault.counted[call])
		return false;
	if (fault.path != NULL && *fault.path != '\0') {
		if (path == NULL && fd >= 0) {
			snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
			length = readlink(link, target, sizeof(target) - 1);
			target[length > 0 ? length : 0] = '\0';
			path = target;
		}
		if (path == NULL || strstr(path, fault.path) == NULL)
			return false;
	}
	number = atomic_fetch_add(&fault.counters->calls, 1) + 1;
	if (fault.at == 0 || (fault.forever ? number < fault.at : number != fault.at))
		return false;
	atomic_fetch_add(&fault.counters->faults, 1);
	if (fault.kill)
		kill(getpid(), SIGKILL);
	errno = fault.error != 0 ? fault.error : call_table[call].default_errno;
	return true;
}

/* The next definition of the function; dlsym's data pointer becomes a function pointer the way POSIX says. */
#define NEXT(pointer, name)                                                                                            \
	do {                                                                                                           \
		if ((pointer) == NULL)                                                                                 \
			*(void **)(&(pointer)) = dlsym(RTLD_NEXT, name);                                               \
	} while (0)

void *malloc(size_t size)
{
	return fault_now(CALL_MALLOC, NULL, -1) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fault_now(CALL_MALLOC, NULL, -1) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return fault_now(CALL_MALLOC, NULL, -1) ? NULL : __libc_realloc(old, size);
}

/* Functions of one shape: type name(declaration), told apart by a file descriptor. */
#define FAULT_FD(type, name, call, declaration, ...)                                                                   \
	type name declaration                                                                                          \
	{                                                                                                              \
		static type(*next) declaration;                                                                        \
                                                                                                                       \
		NEXT(next, #name);                                                                                     \
		return fault_now(call, NULL, fd) ? (type)-1 : next(__VA_ARGS__);                                       \
	}

FAULT_FD(ssize_t, write, CALL_WRITE, (int fd, const void *data, size_t size), fd, data, size)
FAULT_FD(ssize_t, writev, CALL_WRITE, (int fd, const struct iovec *pieces, int count), fd, pieces, count)
FAULT_FD(ssize_t, pwrite, CALL_PWRITE, (int fd, const void *data, size_t size, off_t at), fd, data, size, at)
FAULT_FD(ssize_t, pwrite64, CALL_PWRITE, (int fd, const void *data, size_t size, off64_t at), fd, data, size, at)
FAULT_FD(ssize_t, pwritev, CALL_PWRITEV, (int fd, const struct iovec *pieces, int count, off_t at), fd, pieces, count,
	at)
FAULT_FD(ssize_t, pwritev64, CALL_PWRITEV, (int fd, const struct iovec *pieces, int count, off64_t at), fd, pieces,
	count, at)
FAULT_FD(int, fdatasync, CALL_FDATASYNC, (int fd), fd)
FAULT_FD(int, fsync, CALL_FSYNC, (int fd), fd)
FAULT_FD(int, ftruncate, CALL_FTRUNCATE, (int fd, off_t size), fd, size)
FAULT_FD(int, ftruncate64, CALL_FTRUNCATE, (int fd, off64_t size), fd, size)

static mode_t mode_argument(int flags, va_list arguments)
{
	return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(arguments, mode_t) : 0;
}

#define FAULT_OPEN(name)                                                                                               \
	int name(const char *path, int flags, ...)                                                                     \
	{                                                                                                              \
		static int (*next)(const char *, int, ...);                                                            \
		va_list arguments;                                                                                     \
		mode_t mode;                                                                                           \
                                                                                                                       \
		va_start(arguments, flags);                                                                            \
		mode = mode_argument(flags, arguments);                                                                \
		va_end(arguments);                                                                                     \
		NEXT(next, #name);                                                                                     \
		return fault_now(CALL_OPEN, path, -1) ? -1 : next(path, flags, mode);                                  \
	}

#define FAULT_OPENAT(name)                                                                                             \
	int name(int folder, const char *path, int flags, ...)                                                         \
	{                                                                                                              \
		static int (*next)(int, const char *, int, ...);                                                       \
		va_list arguments;                                                                                     \
		mode_t mode;                                                                                           \
                                                                                                                       \
		va_start(arguments, flags);                                                                            \
		mode = mode_argument(flags, arguments);                                                                \
		va_end(arguments);                                                                                     \
		NEXT(next, #name);                                                                                     \
		return fault_now(CALL_OPENAT, path, -1) ? -1 : next(folder, path, flags, mode);                        \
	}

FAULT_OPEN(open)
FAULT_OPEN(open64)
FAULT_OPENAT(openat)
FAULT_OPENAT(openat64)

int rename(const char *from, const char *to)
{
	static int (*next)(const char *, const char *);

	NEXT(next, "rename");
	return fault_now(CALL_RENAME, to, -1) ? -1 : next(from, to);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
	static int (*next)(int, const char *, int, const char *);

	NEXT(next, "renameat");
	return fault_now(CALL_RENAME, to, -1) ? -1 : next(from_folder, from, to_folder, to);
}
