/* scratch: a folder of its own for a test of files, and what such tests do with it. */
#ifndef DUIZHANG_TESTS_UNIT_SCRATCH_H
#define DUIZHANG_TESTS_UNIT_SCRATCH_H

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

struct scratch {
	char path[64];
	int fd;
};

static inline void scratch_make(struct scratch *scratch)
{
	strcpy(scratch->path, "/tmp/duizhang-test-XXXXXX");
	assert_non_null(mkdtemp(scratch->path));
	scratch->fd = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(scratch->fd >= 0);
}

static inline int scratch_remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

static inline void scratch_remove(struct scratch *scratch)
{
	close(scratch->fd);
	assert_int_equal(nftw(scratch->path, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static inline void scratch_write_bytes(const struct scratch *scratch, const char *name, const void *data, size_t length)
{
	int fd = openat(scratch->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, length), length);
	close(fd);
}

static inline void scratch_write(const struct scratch *scratch, const char *name, const char *text)
{
	scratch_write_bytes(scratch, name, text, strlen(text));
}

/* The file's text, good until the next call. */
static inline const char *scratch_read(const struct scratch *scratch, const char *name)
{
	static char text[1 << 16];
	int fd = openat(scratch->fd, name, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	assert_true(fd >= 0);
	length = read(fd, text, sizeof(text) - 1);
	assert_true(length >= 0);
	text[length] = '\0';
	close(fd);
	return text;
}

static inline bool scratch_has(const struct scratch *scratch, const char *name)
{
	return faccessat(scratch->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static inline unsigned scratch_mode(const struct scratch *scratch, const char *name)
{
	struct stat status;

	assert_int_equal(fstatat(scratch->fd, name, &status, 0), 0);
	return status.st_mode & 07777;
}

/* From now on no file grows beyond bytes, as on a full disk; 0: all may again. */
static inline void scratch_fill_disk(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes == 0 ? limit.rlim_max : bytes;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

#endif
