/* test_directory_intake: which files are documents, in which order, with which headers; none taken half. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>

#include "daemon/directory_intake.h"
#include "scratch.h"

#define NOW_MS   INT64_C(1788645600000)
#define NOW_S    (NOW_MS / 1000)
#define LONG_AGO 3600

static struct scratch scratch;
static struct directory_order *order;
static struct directory_intake *intake;

static int set_up(void **context)
{
	struct error error = {.class = ERROR_NONE};

	(void)context;
	scratch_make(&scratch);
	order = directory_order_open(scratch.fd, DIRECTORY_ORDER_WRITE, &error);
	assert_non_null(order);
	intake = directory_intake_new(scratch.fd, order);
	return 0;
}

static int tear_down(void **context)
{
	(void)context;
	scratch_fill_disk(0);
	directory_intake_free(intake);
	directory_order_close(order);
	scratch_remove(&scratch);
	return 0;
}

/* A file last written to age_s seconds before now. */
static void put(const char *name, const char *text, int64_t age_s)
{
	const struct timespec times[2] = {{.tv_sec = NOW_S - age_s}, {.tv_sec = NOW_S - age_s}};

	scratch_write(&scratch, name, text);
	assert_int_equal(utimensat(scratch.fd, name, times, 0), 0);
}

static void scan(enum directory_scan which)
{
	struct error error = {.class = ERROR_NONE};

	assert_true(directory_intake_scan(intake, which, NOW_MS, &error));
}

/* The names of the log, each in brackets. */
static const char *names(void)
{
	static char text[1024];

	text[0] = '\0';
	for (uint64_t i = 0; i < directory_order_count(order); i++)
		sprintf(text + strlen(text), "[%s]", directory_order_name(order, i));
	return text;
}

static void new_files_are_taken_in_byte_order(void **context)
{
	(void)context;
	put("b", "", LONG_AGO);
	put("a", "", LONG_AGO);
	put("B", "", LONG_AGO);
	put("\xe4\xba\x91", "", LONG_AGO);
	put("a.txt", "", LONG_AGO);
	scan(DIRECTORY_SCAN_ALL);
	assert_string_equal(names(), "[B][a][a.txt][b][\xe4\xba\x91]");
	put("0", "", LONG_AGO);
	put("c", "", LONG_AGO);
	scan(DIRECTORY_SCAN_ALL);
	scan(DIRECTORY_SCAN_ALL);
	assert_string_equal(names(), "[B][a][a.txt][b][\xe4\xba\x91][0][c]");
	assert_int_equal(directory_order_time_ms(order, 6), NOW_MS);
}

static void only_files_are_documents(void **context)
{
	(void)context;
	put(".hidden", "", LONG_AGO);
	put("a.headers", "", LONG_AGO);
	put(".headers", "", LONG_AGO);
	put("xheaders", "", LONG_AGO);
	put("headers", "", LONG_AGO);
	assert_int_equal(mkdirat(scratch.fd, "folder", 0700), 0);
	assert_int_equal(mkfifoat(scratch.fd, "pipe", 0600), 0);
	assert_int_equal(symlinkat("nowhere", scratch.fd, "dangling"), 0);
	assert_int_equal(symlinkat("headers", scratch.fd, "link"), 0);
	scan(DIRECTORY_SCAN_ALL);
	scan(DIRECTORY_SCAN_ALL);
	assert_string_equal(names(), "[headers][link][xheaders]");
}

static void files_in_the_making_wait(void **context)
{
	(void)context;
	put("fresh", "", 0);
	put("old", "", DIRECTORY_QUIET_S);
	put("ahead", "", -LONG_AGO);
	scan(DIRECTORY_SCAN_QUIET);
	assert_string_equal(names(), "[ahead][old]");
	scan(DIRECTORY_SCAN_NOTED);
	assert_string_equal(names(), "[ahead][old]");
	directory_intake_note(intake, "fresh");
	directory_intake_note(intake, "fresh");
	directory_intake_note(intake, "gone");
	directory_intake_note(intake, ".hidden");
	put("other", "", LONG_AGO);
	scan(DIRECTORY_SCAN_NOTED);
	assert_string_equal(names(), "[ahead][old][fresh]");
	scan(DIRECTORY_SCAN_NOTED);
	scan(DIRECTORY_SCAN_QUIET);
	assert_string_equal(names(), "[ahead][old][fresh][other]");
	put("newest", "", 0);
	scan(DIRECTORY_SCAN_ALL);
	assert_string_equal(names(), "[ahead][old][fresh][other][newest]");
}

static void what_a_full_disk_keeps_out_comes_later(void **context)
{
	struct error error = {.class = ERROR_NONE};

	(void)context;
	put("a", "", LONG_AGO);
	scan(DIRECTORY_SCAN_ALL);
	put("b", "", 0);
	directory_intake_note(intake, "b");
	scratch_fill_disk(20);
	assert_false(directory_intake_scan(intake, DIRECTORY_SCAN_NOTED, NOW_MS, &error));
	assert_int_equal(error.class, ERROR_RETRY);
	assert_string_equal(names(), "[a]");
	scratch_fill_disk(0);
	scan(DIRECTORY_SCAN_ALL);
	assert_string_equal(names(), "[a][b]");
}

static const char *read_value(const struct intake_message *message, struct error *error)
{
	static char text[64];
	ssize_t length = message->value.read(message->value.context, text, sizeof(text) - 1, error);

	text[length < 0 ? 0 : length] = '\0';
	return length < 0 ? NULL : text;
}

static void messages_have_headers_and_bytes(void **context)
{
	struct intake_message message;
	struct error error = {.class = ERROR_NONE};

	(void)context;
	put("a.txt", "first", LONG_AGO);
	put("b.txt", "second", LONG_AGO);
	put("b.txt.headers", "county: 532929\r\nkind: roster\n\nname: real.txt\n", LONG_AGO);
	scan(DIRECTORY_SCAN_ALL);
	assert_true(directory_intake_message(intake, 0, &message, &error));
	assert_int_equal(message.offset, 0);
	assert_int_equal(message.timestamp_ms, NOW_MS);
	assert_false(message.has_key);
	assert_int_equal(message.value_length, 5);
	assert_string_equal(message.headers.name, "a.txt");
	assert_int_equal(message.headers.kind, DOCUMENT_KIND_NONE);
	assert_string_equal(read_value(&message, &error), "first");
	assert_true(directory_intake_message(intake, 1, &message, &error));
	assert_string_equal(message.headers.name, "real.txt");
	assert_string_equal(message.headers.county, "532929");
	assert_int_equal(message.headers.kind, DOCUMENT_ROSTER);
	assert_false(message.headers.bad);
	assert_string_equal(read_value(&message, &error), "second");
}

static void bad_headers_files_are_said(void **context)
{
	char *large = calloc(1, 65537);
	struct intake_message message;
	struct error error = {.class = ERROR_NONE};

	(void)context;
	put("a", "", LONG_AGO);
	put("a.headers", "no colon\n", LONG_AGO);
	put("b", "", LONG_AGO);
	memset(large, '\n', 65536);
	put("b.headers", large, LONG_AGO);
	put("c", "", LONG_AGO);
	large[65536] = '\n';
	scratch_write_bytes(&scratch, "c.headers", large, 65537);
	scan(DIRECTORY_SCAN_ALL);
	assert_true(directory_intake_message(intake, 0, &message, &error));
	assert_true(message.headers.bad);
	assert_string_equal(message.headers.name, "a");
	assert_true(directory_intake_message(intake, 1, &message, &error));
	assert_false(message.headers.bad);
	assert_true(directory_intake_message(intake, 2, &message, &error));
	assert_true(message.headers.bad);
	free(large);
}

static void a_name_without_room_for_headers_has_none(void **context)
{
	char name[256];
	struct intake_message message;
	struct error error = {.class = ERROR_NONE};

	(void)context;
	memset(name, 'n', 255);
	name[255] = '\0';
	put(name, "text", LONG_AGO);
	scan(DIRECTORY_SCAN_ALL);
	assert_true(directory_intake_message(intake, 0, &message, &error));
	assert_false(message.headers.bad);
	assert_string_equal(read_value(&message, &error), "text");
}

static void a_fingerprint_is_of_the_place_in_the_log(void **context)
{
	struct intake_message before;
	struct intake_message after;
	struct intake_message other;
	struct error error = {.class = ERROR_NONE};

	(void)context;
	put("a", "text", LONG_AGO);
	put("b", "text", LONG_AGO);
	scan(DIRECTORY_SCAN_ALL);
	assert_true(directory_intake_message(intake, 0, &before, &error));
	assert_true(directory_intake_message(intake, 1, &other, &error));
	assert_int_equal(unlinkat(scratch.fd, "a", 0), 0);
	assert_true(directory_intake_message(intake, 0, &after, &error));
	assert_memory_equal(before.fingerprint, after.fingerprint, SHA256_SIZE);
	assert_memory_not_equal(before.fingerprint, other.fingerprint, SHA256_SIZE);
	assert_null(read_value(&after, &error));
	assert_int_equal(error.class, ERROR_RETRY);
}

/* Runs as somebody who may not read: root may read everything. */
static void an_unreadable_file_keeps_its_place(void **context)
{
	struct intake_message message;
	struct error error = {.class = ERROR_NONE};

	(void)context;
	put("a", "text", LONG_AGO);
	put("b", "text", LONG_AGO);
	assert_int_equal(fchmodat(scratch.fd, "a", 0, 0), 0);
	assert_int_equal(fchmod(scratch.fd, 0755), 0);
	scan(DIRECTORY_SCAN_ALL);
	assert_string_equal(names(), "[a][b]");
	if (getuid() == 0)
		assert_int_equal(seteuid(65534), 0);
	assert_true(directory_intake_message(intake, 0, &message, &error));
	assert_null(read_value(&message, &error));
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(error.class, ERROR_RETRY);
	assert_string_equal(error.cause, "cannot open a: Permission denied");
	assert_int_equal(fchmodat(scratch.fd, "a", 0600, 0), 0);
	error.class = ERROR_NONE;
	assert_string_equal(read_value(&message, &error), "text");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(new_files_are_taken_in_byte_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(only_files_are_documents, set_up, tear_down),
		cmocka_unit_test_setup_teardown(files_in_the_making_wait, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_a_full_disk_keeps_out_comes_later, set_up, tear_down),
		cmocka_unit_test_setup_teardown(messages_have_headers_and_bytes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(bad_headers_files_are_said, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_name_without_room_for_headers_has_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_fingerprint_is_of_the_place_in_the_log, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_unreadable_file_keeps_its_place, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
