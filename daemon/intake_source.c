/* intake_source: read and rewind over a file descriptor, and over memory. */
#include "daemon/intake_source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/durable_file.h"

static bool file_open(struct file_source *source, struct error *error)
{
	struct stat status;

	/* Not blocking: a FIFO of this name must not hold the loop up. */
	source->fd = openat(source->directory_fd, source->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (source->fd == -1)
		return durable_error(error, errno, "cannot open", source->name);
	if (fstat(source->fd, &status) == 0 && S_ISREG(status.st_mode))
		return true;
	file_source_close(source);
	return error_set(error, ERROR_RETRY, "put the document back as a file; the daemon tries again by itself",
		"%.120s is not a regular file", source->name);
}

static ssize_t file_read(void *context, void *buffer, size_t size, struct error *error)
{
	struct file_source *source = context;
	ssize_t count;

	if (source->fd == -1 && !file_open(source, error))
		return -1;
	do
		count = read(source->fd, buffer, size);
	while (count == -1 && errno == EINTR);
	if (count == -1)
		durable_error(error, errno, "cannot read", source->name);
	return count;
}

static bool file_rewind(void *context, struct error *error)
{
	struct file_source *source = context;

	/* The same file again, even if another has its name now: a document is read more than once, and must be one. */
	if (source->fd == -1 || lseek(source->fd, 0, SEEK_SET) == 0)
		return true;
	return durable_error(error, errno, "cannot read", source->name);
}

struct byte_source file_source_bytes(struct file_source *source)
{
	return (struct byte_source){source, file_read, file_rewind};
}

void file_source_close(struct file_source *source)
{
	if (source->fd != -1)
		close(source->fd);
	source->fd = -1;
}

static ssize_t memory_read(void *context, void *buffer, size_t size, struct error *error)
{
	struct memory_source *source = context;
	size_t left = source->bytes.length - source->place;
	size_t count = size < left ? size : left;

	(void)error;
	if (count > 0)
		memcpy(buffer, source->bytes.data + source->place, count);
	source->place += count;
	return (ssize_t)count;
}

static bool memory_rewind(void *context, struct error *error)
{
	struct memory_source *source = context;

	(void)error;
	source->place = 0;
	return true;
}

struct byte_source memory_source_bytes(struct memory_source *source)
{
	return (struct byte_source){source, memory_read, memory_rewind};
}
