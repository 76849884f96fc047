/* test_log: lines are logfmt whatever is put into them, bounded, whole, and filtered by level. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"

#define TIME_MS INT64_C(1788645600123) /* 2026-09-06 06:00:00.123 UTC+8 */

static char line[LOG_LINE_SIZE + 1];

static const char *format(const struct log_field *fields, size_t count)
{
	size_t length = log_format(line, TIME_MS, LOG_INFO, "done", fields, count);

	assert_true(length <= LOG_LINE_SIZE);
	line[length] = '\0';
	return line;
}

#define HEAD "ts=2026-09-06T06:00:00.123+08:00 level=info msg=done"

static void assert_value(struct span text, const char *expected)
{
	const struct log_field field = log_span("k", text);
	char whole[256];

	snprintf(whole, sizeof(whole), HEAD " k=%s\n", expected);
	assert_string_equal(format(&field, 1), whole);
}

static void fields_are_typed(void **context)
{
	static const uint8_t id[] = {0x00, 0x9f, 0xff};
	const struct error error = {ERROR_RETRY, "disk is full", "make room"};
	const struct log_field fields[] = {log_text("topic", "pension.intake.v1"), log_number("offset", -7),
		log_hex("document", id, 3), log_flag("late", true), log_error(&error)};

	(void)context;
	assert_string_equal(format(fields, 5), HEAD " topic=pension.intake.v1 offset=-7 document=009fff late=true "
						    "cause=\"disk is full\" remedy=\"make room\"\n");
}

static void values_are_quoted_where_needed(void **context)
{
	(void)context;
	assert_value(span_of("plain-1.2/3"), "plain-1.2/3");
	assert_value(span_of(""), "\"\"");
	assert_string_equal(format(&(const struct log_field){.key = "k", .type = LOG_FIELD_TEXT}, 1), HEAD "\n");
	assert_value(span_of("two words"), "\"two words\"");
	assert_value(span_of("a=b"), "\"a=b\"");
	assert_value(span_of("say \"hi\" \\"), "\"say \\\"hi\\\" \\\\\"");
	assert_value(span_of("a\nlevel=error\r\t"), "\"a\\nlevel=error\\r\\t\"");
	assert_value((struct span){"\0\x1b\x7f", 3}, "\"\\u0000\\u001b\\u007f\"");
	assert_value(span_of("\xc2\x85"), "\"\\u0085\"");
	assert_value(span_of("\xe8\xaf\xba\xe9\x82\x93"), "\"\xe8\xaf\xba\xe9\x82\x93\"");
	assert_value(span_of("\xff\xe8\xaf"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void long_values_are_cut(void **context)
{
	char long_text[5000];
	struct log_field field;
	const char *end;

	(void)context;
	memset(long_text, 'x', sizeof(long_text));
	field = log_span("k", (struct span){long_text, sizeof(long_text)});
	end = strstr(format(&field, 1), "xxx\xe2\x80\xa6\"\n");
	assert_non_null(end);
	assert_int_equal(end + 3 - strstr(line, "k=\""), 3 + LOG_VALUE_SIZE);
	assert_null(strstr(line, "truncated"));
}

static void long_lines_lose_whole_fields(void **context)
{
	struct log_field fields[10];
	char text[LOG_VALUE_SIZE];
	size_t length;

	(void)context;
	memset(text, 'x', sizeof(text));
	for (int i = 0; i < 9; i++)
		fields[i] = log_span("k", (struct span){text, sizeof(text)});
	fields[9] = log_number("last", 1);
	length = strlen(format(fields, 10));
	assert_true(length > 3 * LOG_VALUE_SIZE && length < 4 * LOG_VALUE_SIZE);
	assert_string_equal(line + length - strlen(" last=1 truncated=true\n"), " last=1 truncated=true\n");
}

static void times_before_1970_are_right(void **context)
{
	(void)context;
	line[log_format(line, -1, LOG_ERROR, "m", NULL, 0)] = '\0';
	assert_string_equal(line, "ts=1970-01-01T07:59:59.999+08:00 level=error msg=m\n");
}

static void levels_have_names(void **context)
{
	enum log_level level;

	(void)context;
	assert_true(log_level_parse("debug", &level));
	assert_int_equal(level, LOG_DEBUG);
	assert_true(log_level_parse("warning", &level));
	assert_int_equal(level, LOG_WARNING);
	assert_false(log_level_parse("Info", &level));
	assert_false(log_level_parse("", &level));
	assert_string_equal(log_level_name(LOG_ERROR), "error");
}

/* Standard error goes into a file while run() runs; returns its text, to be freed. */
static char *captured(void (*run)(void))
{
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	char *text;
	long size;

	assert_non_null(file);
	assert_true(saved >= 0);
	assert_int_equal(dup2(fileno(file), STDERR_FILENO), STDERR_FILENO);
	run();
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	close(saved);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	text = calloc(1, (size_t)size + 1);
	rewind(file);
	assert_int_equal(fread(text, 1, (size_t)size, file), size);
	fclose(file);
	return text;
}

static int evaluated;

static int evaluate(void)
{
	return ++evaluated;
}

static void write_at_every_level(void)
{
	evaluated = 0;
	log_write(LOG_DEBUG, "a", log_number("n", evaluate()));
	log_set_level(LOG_ERROR);
	log_write(LOG_WARNING, "b");
	log_write(LOG_ERROR, "c");
	log_set_level(LOG_DEBUG);
	log_write(LOG_DEBUG, "d", log_number("n", evaluate()));
	log_set_level(LOG_INFO);
}

static void lower_levels_are_not_written(void **context)
{
	char *text = captured(write_at_every_level);

	(void)context;
	assert_null(strstr(text, "msg=a"));
	assert_null(strstr(text, "msg=b"));
	assert_non_null(strstr(text, "level=error msg=c\n"));
	assert_non_null(strstr(text, "level=debug msg=d n=1\n"));
	assert_int_equal(evaluated, 1);
	free(text);
}

#define THREADS      4
#define THREAD_LINES 500

static void *write_many(void *context)
{
	(void)context;
	for (int i = 0; i < THREAD_LINES; i++)
		log_write(LOG_INFO, "from a thread", log_number("i", i), log_text("end", "here"));
	return NULL;
}

static void write_from_threads(void)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_many, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void lines_of_threads_do_not_mix(void **context)
{
	char *text = captured(write_from_threads);
	char *rest = NULL;
	int lines = 0;

	(void)context;
	for (char *one = strtok_r(text, "\n", &rest); one != NULL; one = strtok_r(NULL, "\n", &rest)) {
		assert_ptr_equal(strstr(one, "ts="), one);
		assert_non_null(strstr(one, "+08:00 level=info msg=\"from a thread\" i="));
		assert_string_equal(one + strlen(one) - strlen(" end=here"), " end=here");
		lines++;
	}
	assert_int_equal(lines, THREADS * THREAD_LINES);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_typed),
		cmocka_unit_test(values_are_quoted_where_needed),
		cmocka_unit_test(long_values_are_cut),
		cmocka_unit_test(long_lines_lose_whole_fields),
		cmocka_unit_test(times_before_1970_are_right),
		cmocka_unit_test(levels_have_names),
		cmocka_unit_test(lower_levels_are_not_written),
		cmocka_unit_test(lines_of_threads_do_not_mix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
