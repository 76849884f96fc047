/* directory_watch: inotify on one folder. */
#include "daemon/directory_watch.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "daemon/bytes.h"
#include "daemon/durable_file.h"

struct directory_watch {
	int fd;
	struct loop_watch *watch;
	struct directory_watch_events events;
};

static void read_notices(void *context)
{
	struct directory_watch *watch = context;
	_Alignas(struct inotify_event) char buffer[16384];
	ssize_t length;

	while ((length = read(watch->fd, buffer, sizeof(buffer))) > 0) {
		for (const char *at = buffer; at < buffer + length;) {
			const struct inotify_event *event = (const void *)at;

			at += sizeof(*event) + event->len;
			if (event->mask & IN_Q_OVERFLOW)
				watch->events.lost(watch->events.context);
			else if (event->len > 0 && !(event->mask & IN_ISDIR))
				watch->events.file(watch->events.context, event->name);
		}
	}
	watch->events.done(watch->events.context);
}

struct directory_watch *directory_watch_new(
	struct loop *loop, const char *path, const struct directory_watch_events *events, struct error *error)
{
	struct directory_watch *watch = bytes_allocate(NULL, sizeof(*watch));

	*watch = (struct directory_watch){.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), .events = *events};
	if (watch->fd != -1 && inotify_add_watch(watch->fd, path, IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR) != -1)
		watch->watch = loop_watch_fd(loop, watch->fd, read_notices, watch);
	if (watch->watch != NULL)
		return watch;
	durable_error(error, errno, "cannot watch", path);
	directory_watch_free(watch);
	return NULL;
}

void directory_watch_free(struct directory_watch *watch)
{
	if (watch == NULL)
		return;
	loop_watch_free(watch->watch);
	if (watch->fd != -1)
		close(watch->fd);
	free(watch);
}
