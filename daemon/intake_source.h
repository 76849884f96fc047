/*
 * intake_source: byte sources over a file and over memory.
 *
 * A source is used by one thread at a time, and must not move in memory while a struct byte_source of it is used.
 */
#ifndef DUIZHANG_DAEMON_INTAKE_SOURCE_H
#define DUIZHANG_DAEMON_INTAKE_SOURCE_H

#include "daemon/transport.h"

/* A regular file, opened when it is first read: until then nothing need be there. Starts as { directory_fd, name, -1 }.
 */
struct file_source {
	int directory_fd; /* borrowed; AT_FDCWD: name is a path */
	const char *name; /* borrowed */
	int fd;
};

struct byte_source file_source_bytes(struct file_source *source);
/* Ends reading; the next read begins at the start again. */
void file_source_close(struct file_source *source);

/* Bytes that are borrowed. */
struct memory_source {
	struct span bytes;
	size_t place;
};

struct byte_source memory_source_bytes(struct memory_source *source);

#endif
