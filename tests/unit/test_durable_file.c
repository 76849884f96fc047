/* test_durable_file: whole reads and writes, replacement that is all or nothing, and which errors may pass. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>

#include "daemon/durable_file.h"
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

static void errors_are_classed(void **context)
{
	struct error full = {.class = ERROR_NONE};
	struct error broken = {.class = ERROR_NONE};

	(void)context;
	assert_false(durable_error(&full, ENOSPC, "cannot write", "x"));
	assert_int_equal(full.class, ERROR_RETRY);
	assert_string_equal(full.cause, "cannot write x: No space left on device");
	assert_non_null(strstr(full.remedy, "make room"));
	assert_false(durable_error(&broken, EIO, "cannot write", "x"));
	assert_int_equal(broken.class, ERROR_FATAL);
}

static void directories_are_made_private(void **context)
{
	struct error error = {.class = ERROR_NONE};
	int fd = durable_directory(scratch.fd, "sub", &error);

	(void)context;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(scratch_mode(&scratch, "sub"), 0700);
	fd = durable_directory(scratch.fd, "sub", &error);
	assert_true(fd >= 0);
	close(fd);
	scratch_write(&scratch, "file", "");
	assert_int_equal(durable_directory(scratch.fd, "file", &error), -1);
	assert_int_equal(error.class, ERROR_RETRY);
}

static void files_are_read_whole(void **context)
{
	struct byte_writer content = {0};
	struct error error = {.class = ERROR_NONE};
	size_t size = 200000;
	char *data = malloc(size);
	bool absent;

	(void)context;
	memset(data, 'x', size);
	scratch_write_bytes(&scratch, "big", data, size);
	assert_true(durable_read(scratch.fd, "big", &content, &absent, &error));
	assert_false(absent);
	assert_int_equal(content.length, size);
	assert_memory_equal(content.data, data, size);
	assert_true(durable_read(scratch.fd, "nothing", &content, &absent, &error));
	assert_true(absent);
	assert_int_equal(content.length, 0);
	assert_int_equal(mkdirat(scratch.fd, "sub", 0700), 0);
	assert_false(durable_read(scratch.fd, "sub", &content, NULL, &error));
	assert_int_equal(error.class, ERROR_RETRY);
	writer_free(&content);
	free(data);
}

static void replacing_is_all_or_nothing(void **context)
{
	struct error error = {.class = ERROR_NONE};
	char data[4096];

	(void)context;
	memset(data, 'x', sizeof(data));
	assert_true(durable_replace(scratch.fd, "f", "old", 3, &error));
	assert_int_equal(scratch_mode(&scratch, "f"), 0600);
	scratch_fill_disk(1000);
	assert_false(durable_replace(scratch.fd, "f", data, sizeof(data), &error));
	assert_int_equal(error.class, ERROR_RETRY);
	assert_string_equal(scratch_read(&scratch, "f"), "old");
	assert_false(scratch_has(&scratch, ".f.tmp"));
	scratch_fill_disk(0);
	error.class = ERROR_NONE;
	assert_true(durable_replace(scratch.fd, "f", data, sizeof(data), &error));
	assert_int_equal(strlen(scratch_read(&scratch, "f")), sizeof(data));
}

static void a_failed_sync_is_fatal(void **context)
{
	struct error error = {.class = ERROR_NONE};

	(void)context;
	assert_false(durable_sync(-1, "f", &error));
	assert_int_equal(error.class, ERROR_FATAL);
}

static void a_fifo_does_not_hold_a_reader_up(void **context)
{
	struct byte_writer content = {0};
	struct error error = {.class = ERROR_NONE};

	(void)context;
	assert_int_equal(mkfifoat(scratch.fd, "pipe", 0600), 0);
	assert_true(durable_read(scratch.fd, "pipe", &content, NULL, &error));
	assert_int_equal(content.length, 0);
	writer_free(&content);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_are_classed),
		cmocka_unit_test_setup_teardown(directories_are_made_private, set_up, tear_down),
		cmocka_unit_test_setup_teardown(files_are_read_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(replacing_is_all_or_nothing, set_up, tear_down),
		cmocka_unit_test(a_failed_sync_is_fatal),
		cmocka_unit_test_setup_teardown(a_fifo_does_not_hold_a_reader_up, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
