/* test_directory_output: lines and position are published together, and what was not is cut off. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>

#include "daemon/directory_output.h"
#include "scratch.h"

#define RECEIPTS "pension.receipts.v1.jsonl"
#define REJECTS  "pension.rejects.v1.jsonl"

static const char *const topics[] = {"receipts", "rejects"};
static struct scratch scratch;
static struct directory_output *output;

static void open_output(void)
{
	struct error error = {.class = ERROR_NONE};

	output = directory_output_open(scratch.fd, "pension.", &error);
	assert_non_null(output);
}

static void prepare(void)
{
	struct error error = {.class = ERROR_NONE};

	assert_true(directory_output_prepare(output, topics, 2, &error));
}

static void reopen(void)
{
	directory_output_close(output);
	open_output();
	prepare();
}

static int set_up(void **context)
{
	(void)context;
	scratch_make(&scratch);
	output = NULL;
	return 0;
}

static int tear_down(void **context)
{
	(void)context;
	scratch_fill_disk(0);
	directory_output_close(output);
	scratch_remove(&scratch);
	return 0;
}

static struct output_message receipt(const char *key, const char *value)
{
	return (struct output_message){.topic = "receipts", .key = span_of(key), .value = span_of(value)};
}

static void publish(const struct output_message *messages, size_t count, uint64_t offset, uint64_t rows)
{
	struct error error = {.class = ERROR_NONE};

	assert_true(directory_output_publish(output, messages, count, (struct publish_position){offset, rows}, &error));
}

static void lines_and_position_are_kept(void **context)
{
	const struct output_message messages[] = {
		receipt("k1", "{\"a\":1}"),
		{.topic = "rejects", .key = span_of("k2"), .value = {"\x00\xff|\n", 4}},
		receipt("k3", NULL),
		{.topic = "rejects", .key = span_of("k4"), .value = {"", 0}},
		{.topic = "other", .key = span_of("a\"b"), .value = span_of("{}")},
	};
	struct publish_position position;

	(void)context;
	open_output();
	assert_false(directory_output_position(output, &position));
	assert_int_equal(position.offset, 0);
	prepare();
	assert_string_equal(scratch_read(&scratch, RECEIPTS), "");
	assert_int_equal(scratch_mode(&scratch, RECEIPTS), 0600);
	publish(messages, 5, 7, 2);
	assert_string_equal(scratch_read(&scratch, RECEIPTS),
		"{\"key\":\"k1\",\"value\":{\"a\":1}}\n{\"key\":\"k3\",\"value\":null}\n");
	assert_string_equal(scratch_read(&scratch, REJECTS),
		"{\"key\":\"k2\",\"value\":\"AP98Cg==\"}\n{\"key\":\"k4\",\"value\":\"\"}\n");
	assert_string_equal(scratch_read(&scratch, "pension.other.v1.jsonl"), "{\"key\":\"a\\\"b\",\"value\":{}}\n");
	assert_string_equal(scratch_read(&scratch, ".committed"),
		"offset 7\nrows 2\nlength pension.receipts.v1.jsonl 55\nlength pension.rejects.v1.jsonl 56\n"
		"length pension.other.v1.jsonl 26\nend\n");
	reopen();
	assert_true(directory_output_position(output, &position));
	assert_int_equal(position.offset, 7);
	assert_int_equal(position.rows, 2);
	publish(messages, 1, 8, 0);
	assert_string_equal(scratch_read(&scratch, RECEIPTS),
		"{\"key\":\"k1\",\"value\":{\"a\":1}}\n{\"key\":\"k3\",\"value\":"
		"null}\n{\"key\":\"k1\",\"value\":{\"a\":1}}\n");
}

static void a_position_alone_is_published(void **context)
{
	struct publish_position position;

	(void)context;
	open_output();
	prepare();
	publish(NULL, 0, 3, 0);
	reopen();
	assert_true(directory_output_position(output, &position));
	assert_int_equal(position.offset, 3);
}

static void append_text(const char *name, const char *text)
{
	int fd = openat(scratch.fd, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void what_was_not_committed_is_cut_off(void **context)
{
	const struct output_message message = receipt("k", "{}");

	(void)context;
	open_output();
	prepare();
	publish(&message, 1, 1, 0);
	append_text(RECEIPTS, "{\"key\":\"half");
	append_text("pension.unknown.v1.jsonl", "whole\n");
	append_text("not-ours.jsonl", "kept");
	directory_output_close(output);
	open_output();
	/* Nothing is cut before the engine has said that it will go on from here. */
	assert_non_null(strstr(scratch_read(&scratch, RECEIPTS), "half"));
	prepare();
	assert_string_equal(scratch_read(&scratch, RECEIPTS), "{\"key\":\"k\",\"value\":{}}\n");
	assert_string_equal(scratch_read(&scratch, "pension.unknown.v1.jsonl"), "");
	assert_string_equal(scratch_read(&scratch, "not-ours.jsonl"), "kept");
}

static void a_first_publish_that_was_cut_short_is_cut_off(void **context)
{
	(void)context;
	append_text(RECEIPTS, "{\"key\":\"k\",\"value\":{}}\n");
	open_output();
	prepare();
	assert_string_equal(scratch_read(&scratch, RECEIPTS), "");
}

static void lost_lines_are_fatal(void **context)
{
	const struct output_message message = receipt("k", "{}");
	struct error error = {.class = ERROR_NONE};

	(void)context;
	open_output();
	prepare();
	publish(&message, 1, 1, 0);
	directory_output_close(output);
	scratch_write(&scratch, RECEIPTS, "{\"key\":\"k\"");
	open_output();
	assert_false(directory_output_prepare(output, topics, 2, &error));
	assert_int_equal(error.class, ERROR_FATAL);
	assert_non_null(strstr(error.cause, "has lost published lines: 10 bytes of 23"));
	assert_string_equal(scratch_read(&scratch, RECEIPTS), "{\"key\":\"k\"");
}

static void a_damaged_position_is_fatal(void **context)
{
	static const char *const damaged[] = {"", "offset 1\nrows 0\n", "offset x\nend\n",
		"offset 1\nrows 0\nmore\nend\n", "offset 1 2\nend\n", "length a/b 1\nend\n",
		"length a 1\nlength a 2\nend\n"};

	(void)context;
	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		struct error error = {.class = ERROR_NONE};

		scratch_write(&scratch, ".committed", damaged[i]);
		assert_null(directory_output_open(scratch.fd, "pension.", &error));
		assert_int_equal(error.class, ERROR_FATAL);
		assert_string_equal(error.cause, "the output's .committed is damaged");
	}
}

static void a_full_disk_takes_everything_back(void **context)
{
	struct output_message messages[40];
	struct error error = {.class = ERROR_NONE};
	struct publish_position position;
	char *large = malloc(300001);

	(void)context;
	memset(large, '1', 300000);
	large[300000] = '\0';
	messages[0] = receipt("k", "{}");
	open_output();
	prepare();
	publish(messages, 1, 1, 0);
	/* One that is written while the others are collected, and one at the end. */
	messages[0] = receipt("k", large);
	for (size_t i = 1; i < 40; i++)
		messages[i] = receipt("k", "{}");
	scratch_fill_disk(300500);
	assert_false(directory_output_publish(output, messages, 40, (struct publish_position){2, 0}, &error));
	assert_int_equal(error.class, ERROR_RETRY);
	assert_string_equal(scratch_read(&scratch, RECEIPTS), "{\"key\":\"k\",\"value\":{}}\n");
	assert_true(directory_output_position(output, &position));
	assert_int_equal(position.offset, 1);
	scratch_fill_disk(0);
	publish(messages + 1, 1, 2, 0);
	assert_string_equal(
		scratch_read(&scratch, RECEIPTS), "{\"key\":\"k\",\"value\":{}}\n{\"key\":\"k\",\"value\":{}}\n");
	free(large);
}

static void a_full_disk_for_the_position_takes_everything_back(void **context)
{
	const struct output_message message = receipt("k", "{}");
	struct error error = {.class = ERROR_NONE};

	(void)context;
	open_output();
	prepare();
	scratch_fill_disk(30);
	assert_false(directory_output_publish(output, &message, 1, (struct publish_position){1, 0}, &error));
	assert_int_equal(error.class, ERROR_RETRY);
	assert_string_equal(scratch_read(&scratch, RECEIPTS), "");
	assert_false(scratch_has(&scratch, ".committed"));
	scratch_fill_disk(0);
	publish(&message, 1, 1, 0);
	assert_string_equal(scratch_read(&scratch, RECEIPTS), "{\"key\":\"k\",\"value\":{}}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lines_and_position_are_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_position_alone_is_published, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_not_committed_is_cut_off, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_first_publish_that_was_cut_short_is_cut_off, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lost_lines_are_fatal, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_damaged_position_is_fatal, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_disk_takes_everything_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_disk_for_the_position_takes_everything_back, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
