/*
 * loop: the event loop: file descriptors, timers, signals, and long work in bounded slices between them.
 *
 * The only module that includes libevent. A loop belongs to one thread, which makes it, runs it and gets every
 * callback; another thread wakes it by writing into a pipe or eventfd that is watched. Callbacks never nest: none is
 * made from within a call into this module. Handles are the caller's and freed before the loop; a handle may be freed
 * by its own callback. When memory is out the process ends.
 */
#ifndef DUIZHANG_DAEMON_LOOP_H
#define DUIZHANG_DAEMON_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_watch;
struct loop_timer;
struct loop_idle;

/* NULL with errno set if the system gives no descriptors for it. */
struct loop *loop_new(void);
/* Frees the loop; NULL is allowed. All handles were freed before, signals are freed with it. */
void loop_free(struct loop *loop);

/*
 * Serves until loop_stop: 0. One turn is: the events that are ready, then one slice of every idle work that has more to
 * do; it waits only when none has. -1 with errno set if waiting for events fails.
 */
int loop_run(struct loop *loop);
/* Makes loop_run return after the callback in hand; called before loop_run, makes it return at once. */
void loop_stop(struct loop *loop);

/* Calls ready each turn while fd has something to read (or is at its end). NULL with errno set if fd cannot be watched.
 */
struct loop_watch *loop_watch_fd(struct loop *loop, int fd, void (*ready)(void *context), void *context);
/* Ends watching; does not close fd, which stays open until then. NULL is allowed. */
void loop_watch_free(struct loop_watch *watch);

/* A timer that is not set. */
struct loop_timer *loop_timer_new(struct loop *loop, void (*fired)(void *context), void *context);
/* Fires once after_ms >= 0 from now (of the monotonic clock), or then again and again. Setting again replaces. */
void loop_timer_set(struct loop_timer *timer, int64_t after_ms, bool repeat);
void loop_timer_stop(struct loop_timer *timer);
void loop_timer_free(struct loop_timer *timer);

/*
 * Work done between events. work is called once a turn while it returns true (there is more to do); after false not
 * again until loop_idle_wake. It is asleep at first. Each call takes milliseconds, not seconds: everything else waits
 * meanwhile.
 */
struct loop_idle *loop_idle_new(struct loop *loop, bool (*work)(void *context), void *context);
/* May be called by work itself, and then counts as returning true. */
void loop_idle_wake(struct loop_idle *idle);
void loop_idle_free(struct loop_idle *idle);

/* Calls received, on the loop, whenever the process gets signal signo, until loop_free. */
void loop_signal(struct loop *loop, int signo, void (*received)(void *context), void *context);

#endif
