/* Unit tests of cli_print: widths, numbers, tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "daemon/cli_print.h"

static void widths_are_those_of_a_terminal(void **context)
{
	(void)context;
	assert_int_equal(print_width(span_of("abc")), 3);
	assert_int_equal(print_width(span_of("诺邓镇")), 6);
	assert_int_equal(print_width(span_of("é")), 1);
	assert_int_equal(print_width(span_of("e\xcc\x81")), 1);
	assert_int_equal(print_width(span_of("\xff")), 1);
	assert_int_equal(print_width((struct span){NULL, 0}), 0);
}

static void numbers_are_readable(void **context)
{
	char text[PRINT_TEXT_SIZE];

	(void)context;
	assert_string_equal(print_amount(0, text), "0.00");
	assert_string_equal(print_amount(123450, text), "1234.50");
	assert_string_equal(print_amount(7, text), "0.07");
	assert_string_equal(print_amount(-12345, text), "-123.45");
	assert_string_equal(print_amount(1000000000000000, text), "10000000000000.00");
	assert_string_equal(print_time(0, text), "-");
	assert_string_equal(print_time(1788645600000, text), "2026-09-06 06:00:00");
	assert_string_equal(print_bytes(0, text), "0 B");
	assert_string_equal(print_bytes(1023, text), "1023 B");
	assert_string_equal(print_bytes(1024, text), "1.0 KiB");
	assert_string_equal(print_bytes(1610612736, text), "1.5 GiB");
	assert_string_equal(print_bytes(UINT64_MAX, text), "16.0 EiB");
	assert_string_equal(print_date(CIVIL_DATE_NONE, text), "-");
	assert_string_equal(print_date(civil_date_from_ymd(2026, 3, 1), text), "2026-03-01");
}

static const struct print_column columns[] = {{"township", false}, {"tasks", true}, {"note", false}};

/* A table of count rows, printed whole; to be freed. */
static char *table_of(size_t count, const char *none)
{
	struct print_table table;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	print_table_begin(&table, out, columns, 3, 2);
	for (size_t i = 0; i < count; i++) {
		print_cell_span(&table, span_of(i == 0 ? "诺邓镇" : "A"));
		print_cell(&table, "%zu", i);
		print_cell_span(&table, span_of(i == 0 ? "" : "b"));
	}
	print_table_end(&table, none);
	fclose(out);
	return text;
}

static void columns_line_up(void **context)
{
	char *text = table_of(2, "none");

	(void)context;
	assert_string_equal(text, "  township  tasks  note\n"
				  "  诺邓镇        0  -\n"
				  "  A             1  b\n");
	free(text);
}

static void an_empty_table_says_so(void **context)
{
	char *text = table_of(0, "no tasks");

	(void)context;
	assert_string_equal(text, "  no tasks\n");
	free(text);
	text = table_of(0, NULL);
	assert_string_equal(text, "");
	free(text);
}

static void long_tables_lose_nothing(void **context)
{
	(void)context;
	for (size_t count = PRINT_ROWS_HELD - 1; count <= PRINT_ROWS_HELD + 2; count++) {
		char *text = table_of(count, NULL);
		size_t lines = 0;

		for (const char *c = text; *c != '\0'; c++)
			lines += *c == '\n';
		assert_int_equal(lines, count + 1);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(widths_are_those_of_a_terminal),
		cmocka_unit_test(numbers_are_readable),
		cmocka_unit_test(columns_line_up),
		cmocka_unit_test(an_empty_table_says_so),
		cmocka_unit_test(long_tables_lose_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
