/* test_directory_order: the log of a folder survives crashes, odd names, a full disk; and has one writer. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>

#include "daemon/directory_order.h"
#include "scratch.h"

static struct scratch scratch;

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
	scratch_remove(&scratch);
	return 0;
}

static struct directory_order *open_order(void)
{
	struct error error = {.class = ERROR_NONE};
	struct directory_order *order = directory_order_open(scratch.fd, DIRECTORY_ORDER_WRITE, &error);

	if (order == NULL)
		print_error("%s\n", error.cause);
	assert_non_null(order);
	return order;
}

static void append(struct directory_order *order, const char *name, int64_t time_ms)
{
	struct error error = {.class = ERROR_NONE};

	assert_true(directory_order_append(order, &name, 1, time_ms, &error));
}

static void documents_keep_their_places(void **context)
{
	static const char *const two[] = {"a b.txt", "c.txt"};
	struct error error = {.class = ERROR_NONE};
	struct directory_order *order = open_order();
	char log_id[DIRECTORY_LOG_ID_SIZE];

	(void)context;
	assert_int_equal(directory_order_count(order), 0);
	assert_false(directory_order_has(order, "a b.txt"));
	assert_true(directory_order_append(order, two, 2, 1788645600123, &error));
	append(order, "b.txt", 5);
	strcpy(log_id, directory_order_log_id(order));
	assert_int_equal(strlen(log_id), DIRECTORY_LOG_ID_SIZE - 1);
	directory_order_close(order);
	assert_string_equal(
		scratch_read(&scratch, ".order"), "0 1788645600123 a b.txt\n1 1788645600123 c.txt\n2 5 b.txt\n");
	assert_int_equal(scratch_mode(&scratch, ".order"), 0600);
	assert_int_equal(scratch_mode(&scratch, ".log-id"), 0600);

	order = open_order();
	assert_int_equal(directory_order_count(order), 3);
	assert_string_equal(directory_order_name(order, 0), "a b.txt");
	assert_string_equal(directory_order_name(order, 2), "b.txt");
	assert_int_equal(directory_order_time_ms(order, 1), 1788645600123);
	assert_true(directory_order_has(order, "c.txt"));
	assert_false(directory_order_has(order, "c"));
	assert_string_equal(directory_order_log_id(order), log_id);
	append(order, "d.txt", 6);
	directory_order_close(order);
	assert_non_null(strstr(scratch_read(&scratch, ".order"), "\n3 6 d.txt\n"));
}

static void any_name_can_stand_in_it(void **context)
{
	static const char *const names[] = {
		"line\nbreak", "back\\slash", "\\n", "\\", " lead", "\xff\xfe", "a\rb", "\n"};
	size_t count = sizeof(names) / sizeof(names[0]);
	struct error error = {.class = ERROR_NONE};
	struct directory_order *order = open_order();

	(void)context;
	assert_true(directory_order_append(order, names, count, 1, &error));
	directory_order_close(order);
	order = open_order();
	assert_int_equal(directory_order_count(order), count);
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(directory_order_name(order, i), names[i]);
		assert_true(directory_order_has(order, names[i]));
	}
	directory_order_close(order);
}

static void many_names_are_found(void **context)
{
	static char storage[1000][8];
	const char *names[1000];
	struct error error = {.class = ERROR_NONE};
	struct directory_order *order = open_order();

	(void)context;
	for (int i = 0; i < 1000; i++) {
		snprintf(storage[i], sizeof(storage[i]), "n%d", i);
		names[i] = storage[i];
	}
	assert_true(directory_order_append(order, names, 1000, 1, &error));
	for (uint64_t i = 0; i < 1000; i++) {
		assert_true(directory_order_has(order, names[i]));
		assert_string_equal(directory_order_name(order, i), names[i]);
	}
	assert_false(directory_order_has(order, "n1000"));
	directory_order_close(order);
}

static void a_torn_last_line_is_cut_off(void **context)
{
	static const char *const torn[] = {"1", "1 5", "1 5 ", "1 5 b.tx", "\x01"};

	(void)context;
	for (size_t i = 0; i < sizeof(torn) / sizeof(torn[0]); i++) {
		struct directory_order *order;
		char text[64];

		snprintf(text, sizeof(text), "0 4 a.txt\n%s", torn[i]);
		scratch_write(&scratch, ".order", text);
		order = open_order();
		assert_int_equal(directory_order_count(order), 1);
		assert_string_equal(scratch_read(&scratch, ".order"), "0 4 a.txt\n");
		append(order, "b.txt", 5);
		directory_order_close(order);
		assert_string_equal(scratch_read(&scratch, ".order"), "0 4 a.txt\n1 5 b.txt\n");
	}
}

static void damage_is_fatal(void **context)
{
	static const char *const damaged[] = {"0 4 a\n2 5 b\n", "0 4 a\n1 5 a\n", "x\n", "0 4 \n", "0 -4 a\n",
		"0 4 a/b\n", "0 4 a\\x\n", "\n", "0 4 a\n\n", "0 4 a\\\n", "0  4 a\n", "0 9999999999999999999 a\n"};

	(void)context;
	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		struct error error = {.class = ERROR_NONE};

		scratch_write(&scratch, ".order", damaged[i]);
		assert_null(directory_order_open(scratch.fd, DIRECTORY_ORDER_WRITE, &error));
		assert_int_equal(error.class, ERROR_FATAL);
		assert_non_null(strstr(error.cause, " is damaged"));
		assert_string_equal(scratch_read(&scratch, ".order"), damaged[i]);
	}
}

static void a_damaged_log_id_is_fatal(void **context)
{
	struct error error = {.class = ERROR_NONE};

	(void)context;
	scratch_write(&scratch, ".log-id", "0123\n");
	assert_null(directory_order_open(scratch.fd, DIRECTORY_ORDER_WRITE, &error));
	assert_int_equal(error.class, ERROR_FATAL);
}

static void there_is_one_writer(void **context)
{
	struct error error = {.class = ERROR_NONE};
	struct directory_order *order = open_order();
	struct directory_order *reader;

	(void)context;
	append(order, "a.txt", 1);
	assert_null(directory_order_open(scratch.fd, DIRECTORY_ORDER_WRITE, &error));
	assert_int_equal(error.class, ERROR_FATAL);
	assert_string_equal(error.cause, "another process works on this directory");
	error.class = ERROR_NONE;
	reader = directory_order_open(scratch.fd, DIRECTORY_ORDER_READ, &error);
	assert_non_null(reader);
	assert_int_equal(directory_order_count(reader), 1);
	assert_string_equal(directory_order_log_id(reader), directory_order_log_id(order));
	directory_order_close(reader);
	directory_order_close(order);
	directory_order_close(open_order());
}

static void reading_changes_nothing(void **context)
{
	struct error error = {.class = ERROR_NONE};
	struct directory_order *reader = directory_order_open(scratch.fd, DIRECTORY_ORDER_READ, &error);

	(void)context;
	assert_non_null(reader);
	assert_string_equal(directory_order_log_id(reader), "");
	directory_order_close(reader);
	assert_false(scratch_has(&scratch, ".order"));
	scratch_write(&scratch, ".order", "0 1 a\n1 2");
	reader = directory_order_open(scratch.fd, DIRECTORY_ORDER_READ, &error);
	assert_int_equal(directory_order_count(reader), 1);
	directory_order_close(reader);
	assert_string_equal(scratch_read(&scratch, ".order"), "0 1 a\n1 2");
}

static void a_full_disk_leaves_nothing_half(void **context)
{
	static const char *const names[] = {"b", "c", "d", "e"};
	struct error error = {.class = ERROR_NONE};
	struct directory_order *order = open_order();

	(void)context;
	append(order, "a", 1);
	scratch_fill_disk(15);
	assert_false(directory_order_append(order, names, 4, 2, &error));
	assert_int_equal(error.class, ERROR_RETRY);
	assert_string_equal(scratch_read(&scratch, ".order"), "0 1 a\n");
	assert_int_equal(directory_order_count(order), 1);
	assert_false(directory_order_has(order, "b"));
	scratch_fill_disk(0);
	error.class = ERROR_NONE;
	assert_true(directory_order_append(order, names, 4, 2, &error));
	assert_string_equal(scratch_read(&scratch, ".order"), "0 1 a\n1 2 b\n2 2 c\n3 2 d\n4 2 e\n");
	directory_order_close(order);
}

static void times_before_1970_are_1970(void **context)
{
	struct directory_order *order = open_order();

	(void)context;
	append(order, "a", -86400000);
	directory_order_close(order);
	order = open_order();
	assert_int_equal(directory_order_time_ms(order, 0), 0);
	directory_order_close(order);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(documents_keep_their_places, set_up, tear_down),
		cmocka_unit_test_setup_teardown(any_name_can_stand_in_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(many_names_are_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_torn_last_line_is_cut_off, set_up, tear_down),
		cmocka_unit_test_setup_teardown(damage_is_fatal, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_damaged_log_id_is_fatal, set_up, tear_down),
		cmocka_unit_test_setup_teardown(there_is_one_writer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(reading_changes_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_disk_leaves_nothing_half, set_up, tear_down),
		cmocka_unit_test_setup_teardown(times_before_1970_are_1970, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
