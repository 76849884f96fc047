/* fault_victim.c: makes one C library call five times and prints what became of each; tests fault_preload. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CALLS = 5 };

struct victim {
	int folder;
	int file;
};

static char text[] = "x";

/* Results go through a volatile pointer: the compiler may not leave an unused allocation out. */
static bool call_malloc(const struct victim *victim)
{
	void *volatile memory = malloc(16);
	bool done = memory != NULL;

	(void)victim;
	free(memory);
	return done;
}

static bool call_write(const struct victim *victim)
{
	return write(victim->file, text, 1) == 1;
}

static bool call_pwrite(const struct victim *victim)
{
	return pwrite(victim->file, text, 1, 0) == 1;
}

static bool call_pwritev(const struct victim *victim)
{
	const struct iovec piece = {text, 1};

	return pwritev(victim->file, &piece, 1, 0) == 1;
}

static bool call_fdatasync(const struct victim *victim)
{
	return fdatasync(victim->file) == 0;
}

static bool call_fsync(const struct victim *victim)
{
	return fsync(victim->file) == 0;
}

static bool call_ftruncate(const struct victim *victim)
{
	return ftruncate(victim->file, 1) == 0;
}

static bool call_open(const struct victim *victim)
{
	int fd = open("opened", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	(void)victim;
	return fd >= 0 && close(fd) == 0;
}

static bool call_openat(const struct victim *victim)
{
	int fd = openat(victim->folder, "opened", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	return fd >= 0 && close(fd) == 0;
}

static bool call_rename(const struct victim *victim)
{
	(void)victim;
	return rename("file", "file") == 0;
}

static const struct {
	const char *name;
	bool (*call)(const struct victim *victim);
} victim_table[] = {
	{"malloc", call_malloc},
	{"write", call_write},
	{"pwrite", call_pwrite},
	{"pwritev", call_pwritev},
	{"fdatasync", call_fdatasync},
	{"fsync", call_fsync},
	{"ftruncate", call_ftruncate},
	{"open", call_open},
	{"openat", call_openat},
	{"rename", call_rename},
};

/* Plain writes: stdio would allocate, which is counted here. */
static bool print_result(bool done)
{
	char line[32];
	int length = snprintf(line, sizeof(line), "%s\n", done ? "done" : strerrorname_np(errno));

	return write(STDOUT_FILENO, line, (size_t)length) == length;
}

int main(int argc, char **argv)
{
	struct victim victim;

	if (argc != 3 || chdir(argv[2]) != 0)
		return 2;
	victim.folder = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	victim.file = open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	for (size_t i = 0; i < sizeof(victim_table) / sizeof(victim_table[0]); i++) {
		if (strcmp(argv[1], victim_table[i].name) != 0)
			continue;
		for (int n = 0; n < CALLS; n++) {
			if (!print_result(victim_table[i].call(&victim)))
				return 1;
		}
		return 0;
	}
	return 2;
}
