/* loop: turns of libevent, each followed by one slice of idle work. */
#include "daemon/loop.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include <event2/event.h>

#include "daemon/bytes.h"
#include "daemon/log.h"

struct loop_signal {
	struct loop_signal *next;
	struct event *event;
	void (*received)(void *context);
	void *context;
};

struct loop {
	struct event_base *base;
	struct loop_idle *idles;
	struct loop_idle *idle_next; /* the one after the one whose work runs: freeing it must move this on */
	struct loop_signal *signals;
	bool stopped;
};

struct loop_watch {
	struct event *event;
	void (*ready)(void *context);
	void *context;
};

struct loop_timer {
	struct event *event;
	int64_t repeat_ms; /* -1: once */
	void (*fired)(void *context);
	void *context;
};

struct loop_idle {
	struct loop *loop;
	struct loop_idle *next;
	bool awake;
	bool (*work)(void *context);
	void *context;
};

/* libevent's own words, which would otherwise stand on standard error as they are. */
static void loop_message(int severity, const char *message)
{
	log_write(severity == EVENT_LOG_ERR ? LOG_ERROR : LOG_WARNING, "event library", log_text("text", message));
}

struct loop *loop_new(void)
{
	struct event_base *base;
	struct loop *loop;

	event_set_log_callback(loop_message);
	base = event_base_new();
	if (base == NULL)
		return NULL;
	loop = bytes_allocate(NULL, sizeof(*loop));
	*loop = (struct loop){.base = base};
	return loop;
}

void loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	assert(loop->idles == NULL);
	while (loop->signals != NULL) {
		struct loop_signal *signal = loop->signals;

		loop->signals = signal->next;
		event_free(signal->event);
		free(signal);
	}
	event_base_free(loop->base);
	free(loop);
}

/* One slice of each idle work that is awake. True if some has more to do. */
static bool loop_work(struct loop *loop)
{
	bool more = false;

	for (struct loop_idle *idle = loop->idles; idle != NULL && !loop->stopped; idle = loop->idle_next) {
		loop->idle_next = idle->next;
		if (!idle->awake)
			continue;
		/* Asleep already while it works, so that a wake from within is kept; it may free itself if it returns
		 * false. */
		idle->awake = false;
		if (idle->work(idle->context))
			idle->awake = true;
	}
	loop->idle_next = NULL;
	for (const struct loop_idle *idle = loop->idles; idle != NULL; idle = idle->next)
		more = more || idle->awake;
	return more;
}

int loop_run(struct loop *loop)
{
	while (!loop->stopped) {
		int flags = EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY;

		if (loop_work(loop))
			flags = EVLOOP_NONBLOCK;
		if (loop->stopped)
			break;
		if (event_base_loop(loop->base, flags) == -1)
			return -1;
	}
	loop->stopped = false;
	return 0;
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
	event_base_loopbreak(loop->base);
}

static struct event *loop_event(struct loop *loop, int fd, short what, event_callback_fn callback, void *context)
{
	struct event *event = event_new(loop->base, fd, what, callback, context);

	if (event == NULL)
		abort();
	return event;
}

static void loop_watch_ready(evutil_socket_t fd, short what, void *context)
{
	struct loop_watch *watch = context;

	(void)fd;
	(void)what;
	watch->ready(watch->context);
}

struct loop_watch *loop_watch_fd(struct loop *loop, int fd, void (*ready)(void *context), void *context)
{
	struct loop_watch *watch = bytes_allocate(NULL, sizeof(*watch));

	*watch = (struct loop_watch){.ready = ready, .context = context};
	watch->event = loop_event(loop, fd, EV_READ | EV_PERSIST, loop_watch_ready, watch);
	if (event_add(watch->event, NULL) == -1) {
		int cause = errno;

		loop_watch_free(watch);
		errno = cause;
		return NULL;
	}
	return watch;
}

void loop_watch_free(struct loop_watch *watch)
{
	if (watch == NULL)
		return;
	event_free(watch->event);
	free(watch);
}

static void loop_timer_add(struct loop_timer *timer, int64_t after_ms)
{
	struct timeval after = {.tv_sec = after_ms / 1000, .tv_usec = after_ms % 1000 * 1000};

	if (event_add(timer->event, &after) == -1)
		abort();
}

static void loop_timer_fired(evutil_socket_t fd, short what, void *context)
{
	struct loop_timer *timer = context;

	(void)fd;
	(void)what;
	if (timer->repeat_ms >= 0)
		loop_timer_add(timer, timer->repeat_ms);
	timer->fired(timer->context);
}

struct loop_timer *loop_timer_new(struct loop *loop, void (*fired)(void *context), void *context)
{
	struct loop_timer *timer = bytes_allocate(NULL, sizeof(*timer));

	*timer = (struct loop_timer){.repeat_ms = -1, .fired = fired, .context = context};
	timer->event = loop_event(loop, -1, 0, loop_timer_fired, timer);
	return timer;
}

void loop_timer_set(struct loop_timer *timer, int64_t after_ms, bool repeat)
{
	assert(after_ms >= 0);
	timer->repeat_ms = repeat ? after_ms : -1;
	loop_timer_add(timer, after_ms);
}

void loop_timer_stop(struct loop_timer *timer)
{
	timer->repeat_ms = -1;
	event_del(timer->event);
}

void loop_timer_free(struct loop_timer *timer)
{
	if (timer == NULL)
		return;
	event_free(timer->event);
	free(timer);
}

struct loop_idle *loop_idle_new(struct loop *loop, bool (*work)(void *context), void *context)
{
	struct loop_idle *idle = bytes_allocate(NULL, sizeof(*idle));

	*idle = (struct loop_idle){.loop = loop, .next = loop->idles, .work = work, .context = context};
	loop->idles = idle;
	return idle;
}

void loop_idle_wake(struct loop_idle *idle)
{
	idle->awake = true;
}

void loop_idle_free(struct loop_idle *idle)
{
	struct loop_idle **link;

	if (idle == NULL)
		return;
	for (link = &idle->loop->idles; *link != idle; link = &(*link)->next)
		assert(*link != NULL);
	*link = idle->next;
	if (idle->loop->idle_next == idle)
		idle->loop->idle_next = idle->next;
	free(idle);
}

static void loop_signal_received(evutil_socket_t signo, short what, void *context)
{
	struct loop_signal *signal = context;

	(void)signo;
	(void)what;
	signal->received(signal->context);
}

void loop_signal(struct loop *loop, int signo, void (*received)(void *context), void *context)
{
	struct loop_signal *signal = bytes_allocate(NULL, sizeof(*signal));

	*signal = (struct loop_signal){.next = loop->signals, .received = received, .context = context};
	signal->event = loop_event(loop, signo, EV_SIGNAL | EV_PERSIST, loop_signal_received, signal);
	if (event_add(signal->event, NULL) == -1)
		abort();
	loop->signals = signal;
}
