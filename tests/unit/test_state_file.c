/* test_state_file: what is written is read whole, beside the daemon and after it, and one daemon has the folder. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>

#include "daemon/state_file.h"
#include "scratch.h"

static struct scratch scratch;
static struct byte_writer json;

static int set_up(void **context)
{
	(void)context;
	scratch_make(&scratch);
	return 0;
}

static int tear_down(void **context)
{
	(void)context;
	scratch_fill_disk(0);
	writer_free(&json);
	scratch_remove(&scratch);
	return 0;
}

static int open_state(void)
{
	struct error error = {.class = ERROR_NONE};
	int fd = state_file_open(scratch.path, &error);

	assert_true(fd >= 0);
	return fd;
}

static void write_text(int fd, const char *text)
{
	struct error error = {.class = ERROR_NONE};

	json.length = 0;
	write_bytes(&json, text, strlen(text));
	assert_true(state_file_write(fd, &json, &error));
}

static const char *read_text(bool *running)
{
	struct error error = {.class = ERROR_NONE};

	assert_true(state_file_read(scratch.path, &json, running, &error));
	return (const char *)json.data;
}

static void the_last_object_is_read(void **context)
{
	int fd = open_state();
	bool running;

	(void)context;
	assert_string_equal(read_text(&running), "");
	assert_true(running);
	write_text(fd, "{\"long\":\"0123456789\"}");
	assert_string_equal(read_text(&running), "{\"long\":\"0123456789\"}");
	write_text(fd, "{}");
	assert_string_equal(read_text(&running), "{}");
	assert_int_equal(scratch_mode(&scratch, STATE_FILE_NAME), 0600);
	close(fd);
	assert_string_equal(read_text(&running), "{}");
	assert_false(running);
	fd = open_state();
	assert_string_equal(read_text(&running), "{}");
	assert_true(running);
	close(fd);
}

static void a_full_disk_does_not_hinder(void **context)
{
	int fd = open_state();
	char *large = malloc(STATE_JSON_SIZE + 1);
	bool running;

	(void)context;
	memset(large, 'x', STATE_JSON_SIZE);
	large[STATE_JSON_SIZE] = '\0';
	/* Nothing grows any more, the file need not. */
	scratch_fill_disk(STATE_FILE_SIZE);
	write_text(fd, large);
	assert_string_equal(read_text(&running), large);
	free(large);
	close(fd);
}

static void a_folder_has_one_daemon(void **context)
{
	struct error error = {.class = ERROR_NONE};
	int fd = open_state();

	(void)context;
	assert_int_equal(state_file_open(scratch.path, &error), -1);
	assert_int_equal(error.class, ERROR_FATAL);
	close(fd);
	close(open_state());
}

static void what_is_not_whole_is_not_read(void **context)
{
	struct error error = {.class = ERROR_NONE};
	int fd = open_state();
	bool running;

	(void)context;
	write_text(fd, "{\"a\":1}");
	assert_int_equal(pwrite(fd, "2", 1, 45), 1);
	assert_false(state_file_read(scratch.path, &json, &running, &error));
	assert_int_equal(error.class, ERROR_RETRY);
	error.class = ERROR_NONE;
	assert_int_equal(pwrite(fd, "duizhang-state ffffffff 00000000\n", 33, 0), 33);
	assert_false(state_file_read(scratch.path, &json, &running, &error));
	close(fd);
}

static void no_daemon_was_ever_there(void **context)
{
	struct error error = {.class = ERROR_NONE};
	bool running;

	(void)context;
	assert_false(state_file_read(scratch.path, &json, &running, &error));
	assert_int_equal(error.class, ERROR_RETRY);
	error.class = ERROR_NONE;
	assert_false(state_file_read("/nonexistent", &json, &running, &error));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_last_object_is_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_disk_does_not_hinder, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_folder_has_one_daemon, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_not_whole_is_not_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_daemon_was_ever_there, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
