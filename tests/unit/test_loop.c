/* test_loop: events, timers, signals and idle work take turns, and handles may go at any time. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "daemon/loop.h"

struct state {
	struct loop *loop;
	struct loop_watch *watch;
	struct loop_timer *timer;
	struct loop_idle *idle;
	struct loop_idle *other;
	int pipe[2];
	int reads;
	int fired;
	int slices;
	int other_slices;
	int signals;
};

static int set_up(void **context)
{
	static struct state state;

	state = (struct state){.loop = loop_new()};
	assert_non_null(state.loop);
	assert_int_equal(pipe(state.pipe), 0);
	*context = &state;
	return 0;
}

static int tear_down(void **context)
{
	struct state *state = *context;

	loop_watch_free(state->watch);
	loop_timer_free(state->timer);
	loop_idle_free(state->idle);
	loop_idle_free(state->other);
	loop_free(state->loop);
	close(state->pipe[0]);
	close(state->pipe[1]);
	return 0;
}

static void stop(void *context)
{
	struct state *state = context;

	state->fired++;
	loop_stop(state->loop);
}

static void read_one(void *context)
{
	struct state *state = context;
	char byte;

	assert_int_equal(read(state->pipe[0], &byte, 1), 1);
	state->reads++;
	if (byte == '.')
		loop_stop(state->loop);
}

static void watch_is_called_until_all_is_read(void **context)
{
	struct state *state = *context;

	state->watch = loop_watch_fd(state->loop, state->pipe[0], read_one, state);
	assert_non_null(state->watch);
	assert_int_equal(write(state->pipe[1], "abc.", 4), 4);
	assert_int_equal(loop_run(state->loop), 0);
	assert_int_equal(state->reads, 4);
}

static void regular_file_cannot_be_watched(void **context)
{
	struct state *state = *context;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_null(loop_watch_fd(state->loop, fd, read_one, state));
	assert_int_equal(errno, EPERM);
	close(fd);
}

static void free_watch(void *context)
{
	struct state *state = context;

	state->reads++;
	loop_watch_free(state->watch);
	state->watch = NULL;
	loop_timer_set(state->timer, 20, false);
}

static void watch_may_free_itself(void **context)
{
	struct state *state = *context;

	state->timer = loop_timer_new(state->loop, stop, state);
	state->watch = loop_watch_fd(state->loop, state->pipe[0], free_watch, state);
	assert_int_equal(write(state->pipe[1], "ab", 2), 2);
	assert_int_equal(loop_run(state->loop), 0);
	assert_int_equal(state->reads, 1);
}

static void count_to_three(void *context)
{
	struct state *state = context;

	if (++state->fired == 3)
		loop_stop(state->loop);
}

static void timer_repeats(void **context)
{
	struct state *state = *context;

	state->timer = loop_timer_new(state->loop, count_to_three, state);
	loop_timer_set(state->timer, 1, true);
	assert_int_equal(loop_run(state->loop), 0);
	assert_int_equal(state->fired, 3);
}

static void timer_stopped_does_not_fire(void **context)
{
	struct state *state = *context;
	struct loop_timer *never = loop_timer_new(state->loop, count_to_three, state);

	loop_timer_set(never, 1, true);
	loop_timer_stop(never);
	state->timer = loop_timer_new(state->loop, stop, state);
	loop_timer_set(state->timer, 20, false);
	assert_int_equal(loop_run(state->loop), 0);
	assert_int_equal(state->fired, 1);
	loop_timer_free(never);
}

static bool work_a_little(void *context)
{
	struct state *state = context;

	/* Idle work is served beside events: the byte is read long before the work is over. */
	if (++state->slices == 10)
		assert_int_equal(write(state->pipe[1], "a", 1), 1);
	if (state->slices == 20)
		assert_int_equal(state->reads, 1);
	if (state->slices < 1000)
		return true;
	loop_timer_set(state->timer, 0, false);
	return false;
}

static bool work_other(void *context)
{
	struct state *state = context;

	state->other_slices++;
	return false;
}

static void idle_work_alternates_with_events(void **context)
{
	struct state *state = *context;

	state->timer = loop_timer_new(state->loop, stop, state);
	state->watch = loop_watch_fd(state->loop, state->pipe[0], read_one, state);
	state->idle = loop_idle_new(state->loop, work_a_little, state);
	state->other = loop_idle_new(state->loop, work_other, state);
	loop_idle_wake(state->idle);
	loop_idle_wake(state->other);
	assert_int_equal(loop_run(state->loop), 0);
	assert_int_equal(state->slices, 1000);
	assert_int_equal(state->other_slices, 1);
	assert_int_equal(state->fired, 1);
}

static bool wake_itself(void *context)
{
	struct state *state = context;

	if (++state->slices < 5)
		loop_idle_wake(state->idle);
	else
		loop_stop(state->loop);
	return false;
}

static void wake_from_within_counts(void **context)
{
	struct state *state = *context;

	state->idle = loop_idle_new(state->loop, wake_itself, state);
	loop_idle_wake(state->idle);
	assert_int_equal(loop_run(state->loop), 0);
	assert_int_equal(state->slices, 5);
}

static bool free_both(void *context)
{
	struct state *state = context;

	state->slices++;
	loop_idle_free(state->idle);
	loop_idle_free(state->other);
	state->idle = NULL;
	state->other = NULL;
	loop_stop(state->loop);
	return false;
}

static void idle_work_may_free_itself_and_others(void **context)
{
	struct state *state = *context;

	state->idle = loop_idle_new(state->loop, free_both, state);
	state->other = loop_idle_new(state->loop, free_both, state);
	loop_idle_wake(state->idle);
	loop_idle_wake(state->other);
	assert_int_equal(loop_run(state->loop), 0);
	assert_int_equal(state->slices, 1);
}

static void received(void *context)
{
	struct state *state = context;

	state->signals++;
	loop_stop(state->loop);
}

static void signal_is_served(void **context)
{
	struct state *state = *context;

	loop_signal(state->loop, SIGHUP, received, state);
	assert_int_equal(raise(SIGHUP), 0);
	assert_int_equal(loop_run(state->loop), 0);
	assert_int_equal(state->signals, 1);
}

static void stop_before_run_counts(void **context)
{
	struct state *state = *context;

	state->idle = loop_idle_new(state->loop, work_other, state);
	loop_idle_wake(state->idle);
	loop_stop(state->loop);
	assert_int_equal(loop_run(state->loop), 0);
	assert_int_equal(state->other_slices, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(watch_is_called_until_all_is_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(regular_file_cannot_be_watched, set_up, tear_down),
		cmocka_unit_test_setup_teardown(watch_may_free_itself, set_up, tear_down),
		cmocka_unit_test_setup_teardown(timer_repeats, set_up, tear_down),
		cmocka_unit_test_setup_teardown(timer_stopped_does_not_fire, set_up, tear_down),
		cmocka_unit_test_setup_teardown(idle_work_alternates_with_events, set_up, tear_down),
		cmocka_unit_test_setup_teardown(wake_from_within_counts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(idle_work_may_free_itself_and_others, set_up, tear_down),
		cmocka_unit_test_setup_teardown(signal_is_served, set_up, tear_down),
		cmocka_unit_test_setup_teardown(stop_before_run_counts, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
