/*
 * durable_file: files that are on the disk once a call has returned: whole writes, syncs, atomic replacement.
 *
 * Errors: RETRY for what may pass (no space, no descriptors, no permission); FATAL for a damaged device and for every
 * failed sync: what is on disk is not known then, so nothing may go on. Files are made 0600, directories 0700. Any
 * thread.
 */
#ifndef DUIZHANG_DAEMON_DURABLE_FILE_H
#define DUIZHANG_DAEMON_DURABLE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/bytes.h"
#include "daemon/error.h"

/* Fills error from errno: what could not be done ("cannot write") to which file. Returns false. */
bool durable_error(struct error *error, int cause, const char *what, const char *name);

/* Makes the directory unless it is there, and opens it; -1 with error filled. parent_fd may be AT_FDCWD. */
int durable_directory(int parent_fd, const char *name, struct error *error);

/* The whole file as a new writer's data; false with error filled. An absent file is empty, with *absent (may be NULL)
 * set. */
bool durable_read(int directory_fd, const char *name, struct byte_writer *content, bool *absent, struct error *error);

/* Writes all of data at offset. After a failure the file may hold a part of it. name is for error. */
bool durable_write_at(int fd, const void *data, size_t length, uint64_t offset, const char *name, struct error *error);

/* fdatasync. Works for directories too. */
bool durable_sync(int fd, const char *name, struct error *error);

/* Cuts the file off at length. */
bool durable_truncate(int fd, uint64_t length, const char *name, struct error *error);

/*
 * Makes name hold data: a temporary file (name ".tmp", hidden) is written, synced, renamed, and the directory synced.
 * After a failure name holds what it held.
 */
bool durable_replace(int directory_fd, const char *name, const void *data, size_t length, struct error *error);

#endif
