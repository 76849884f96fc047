/*
 * directory_watch: the kernel's notices of files that were closed after writing, or moved into a folder.
 *
 * Owner: the transport. The loop's thread.
 */
#ifndef DUIZHANG_DAEMON_DIRECTORY_WATCH_H
#define DUIZHANG_DAEMON_DIRECTORY_WATCH_H

#include "daemon/error.h"
#include "daemon/loop.h"

struct directory_watch;

struct directory_watch_events {
	void *context;
	/* A file of this name is whole. */
	void (*file)(void *context, const char *name);
	/* Notices were lost: look for yourself. */
	void (*lost)(void *context);
	/* All notices that there were have been told. */
	void (*done)(void *context);
};

/* Watches the folder of path. NULL with error (RETRY) filled: the system has no more watches to give. */
struct directory_watch *directory_watch_new(
	struct loop *loop, const char *path, const struct directory_watch_events *events, struct error *error);
void directory_watch_free(struct directory_watch *watch);

#endif
