/* test_intake_source: files and memory read again and again; what cannot be read may be read later. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>

#include "daemon/intake_source.h"
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
	scratch_remove(&scratch);
	return 0;
}

/* Reads to the end in pieces of three; "!" stands for an error. */
static const char *read_all(struct byte_source source, struct error *error)
{
	static char text[64];
	size_t length = 0;
	ssize_t count;

	while ((count = source.read(source.context, text + length, 3, error)) > 0)
		length += (size_t)count;
	strcpy(text + length, count < 0 ? "!" : "");
	return text;
}

static void memory_is_read_again(void **context)
{
	struct memory_source memory = {.bytes = {"12345678", 8}};
	struct byte_source source = memory_source_bytes(&memory);
	struct error error = {.class = ERROR_NONE};

	(void)context;
	assert_string_equal(read_all(source, &error), "12345678");
	assert_string_equal(read_all(source, &error), "");
	assert_true(source.rewind(source.context, &error));
	assert_string_equal(read_all(source, &error), "12345678");
}

static void the_same_file_is_read_again(void **context)
{
	struct file_source file = {scratch.fd, "f", -1};
	struct byte_source source = file_source_bytes(&file);
	struct error error = {.class = ERROR_NONE};

	(void)context;
	scratch_write(&scratch, "f", "12345678");
	assert_true(source.rewind(source.context, &error));
	assert_string_equal(read_all(source, &error), "12345678");
	scratch_write(&scratch, "other", "abc");
	assert_int_equal(renameat(scratch.fd, "other", scratch.fd, "f"), 0);
	assert_true(source.rewind(source.context, &error));
	assert_string_equal(read_all(source, &error), "12345678");
	file_source_close(&file);
	assert_string_equal(read_all(source, &error), "abc");
	file_source_close(&file);
}

static void what_is_no_file_may_become_one(void **context)
{
	struct file_source file = {scratch.fd, "f", -1};
	struct byte_source source = file_source_bytes(&file);
	struct error error = {.class = ERROR_NONE};

	(void)context;
	assert_string_equal(read_all(source, &error), "!");
	assert_int_equal(error.class, ERROR_RETRY);
	error.class = ERROR_NONE;
	assert_int_equal(mkfifoat(scratch.fd, "f", 0600), 0);
	assert_string_equal(read_all(source, &error), "!");
	assert_string_equal(error.cause, "f is not a regular file");
	assert_int_equal(unlinkat(scratch.fd, "f", 0), 0);
	scratch_write(&scratch, "f", "now");
	error.class = ERROR_NONE;
	assert_string_equal(read_all(source, &error), "now");
	file_source_close(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_read_again),
		cmocka_unit_test_setup_teardown(the_same_file_is_read_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_no_file_may_become_one, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
