/* durable_file: the order of write, sync and rename that survives a crash. */
#include "daemon/durable_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Causes that an operator, or time, removes while the daemon waits. */
static bool may_pass(int cause)
{
	static const int causes[] = {ENOSPC, EDQUOT, EFBIG, EMFILE, ENFILE, ENOMEM, EACCES, EPERM, ENOENT, EISDIR,
		ENOTDIR, ELOOP, EROFS, ESTALE, ETXTBSY, EBUSY, EAGAIN};

	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (cause == causes[i])
			return true;
	return false;
}

bool durable_error(struct error *error, int cause, const char *what, const char *name)
{
	const char *remedy = "remove the cause; the daemon tries again by itself";

	if (cause == ENOSPC || cause == EDQUOT)
		remedy = "make room on the disk; the daemon tries again by itself";
	else if (cause == EACCES || cause == EPERM)
		remedy = "let the daemon's user read and write it; the daemon tries again by itself";
	else if (!may_pass(cause))
		remedy = "check the disk, then start again";
	return error_set(error, may_pass(cause) ? ERROR_RETRY : ERROR_FATAL, remedy, "%s %.120s: %s", what, name,
		strerror(cause));
}

int durable_directory(int parent_fd, const char *name, struct error *error)
{
	int fd;

	if (mkdirat(parent_fd, name, 0700) == 0) {
		if (parent_fd != AT_FDCWD && !durable_sync(parent_fd, name, error))
			return -1;
	} else if (errno != EEXIST) {
		durable_error(error, errno, "cannot make the directory", name);
		return -1;
	}
	fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		durable_error(error, errno, "cannot open the directory", name);
	return fd;
}

bool durable_read(int directory_fd, const char *name, struct byte_writer *content, bool *absent, struct error *error)
{
	/* Not blocking: a FIFO of this name must not hold anybody up. */
	int fd = openat(directory_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t count = 1;

	content->length = 0;
	if (absent != NULL)
		*absent = fd == -1 && errno == ENOENT;
	if (fd == -1)
		return errno == ENOENT || durable_error(error, errno, "cannot open", name);
	while (count > 0) {
		uint8_t *space = writer_reserve(content, 65536);

		do
			count = read(fd, space, 65536);
		while (count == -1 && errno == EINTR);
		content->length -= 65536 - (count > 0 ? (size_t)count : 0);
	}
	if (count == -1)
		durable_error(error, errno, "cannot read", name);
	close(fd);
	return count == 0;
}

bool durable_write_at(int fd, const void *data, size_t length, uint64_t offset, const char *name, struct error *error)
{
	size_t written = 0;

	while (written < length) {
		ssize_t count = pwrite(fd, (const char *)data + written, length - written, (off_t)(offset + written));

		if (count == -1 && errno != EINTR)
			return durable_error(error, errno, "cannot write", name);
		/* A short write says that space is running out; the next one says why. */
		written += count > 0 ? (size_t)count : 0;
	}
	return true;
}

bool durable_sync(int fd, const char *name, struct error *error)
{
	if (fdatasync(fd) == 0)
		return true;
	return error_set(error, ERROR_FATAL, "check the disk, then start again: what was not synced is done again then",
		"cannot sync %.120s: %s", name, strerror(errno));
}

bool durable_truncate(int fd, uint64_t length, const char *name, struct error *error)
{
	int result;

	do
		result = ftruncate(fd, (off_t)length);
	while (result == -1 && errno == EINTR);
	return result == 0 || durable_error(error, errno, "cannot cut off", name);
}

bool durable_replace(int directory_fd, const char *name, const void *data, size_t length, struct error *error)
{
	char temporary[NAME_MAX + 1];
	bool done;
	int fd;

	snprintf(temporary, sizeof(temporary), "%s%.240s.tmp", name[0] == '.' ? "" : ".", name);
	fd = openat(directory_fd, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1)
		return durable_error(error, errno, "cannot make", temporary);
	done = durable_write_at(fd, data, length, 0, temporary, error) && durable_sync(fd, temporary, error);
	if (close(fd) == -1 && done)
		done = durable_error(error, errno, "cannot write", temporary);
	if (done && renameat(directory_fd, temporary, directory_fd, name) == -1)
		done = durable_error(error, errno, "cannot make", name);
	if (!done) {
		unlinkat(directory_fd, temporary, 0);
		return false;
	}
	return durable_sync(directory_fd, name, error);
}
