/* test_ini_text: every line of an INI file is a section, a value, a comment, or said to be malformed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/ini_text.h"

static char seen[4096];

static void append(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void append(const char *format, ...)
{
	size_t length = strlen(seen);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(seen + length, sizeof(seen) - length, format, arguments);
	va_end(arguments);
}

static void section(void *context, unsigned line, const char *name)
{
	(void)context;
	append("%u[%s] ", line, name);
}

static void value(void *context, unsigned line, const char *in, const char *key, const char *text)
{
	(void)context;
	append("%u %s.%s=<%.20s> ", line, in, key, text);
}

static void malformed(void *context, unsigned line, const char *problem)
{
	(void)context;
	append("%u! %s ", line, problem);
}

static const char *read_text(const char *text, size_t length)
{
	static const struct ini_text_sink sink = {NULL, section, value, malformed};

	seen[0] = '\0';
	ini_text_read((struct span){text, length}, &sink);
	return seen;
}

#define assert_read(text, expected) assert_string_equal(read_text(text, sizeof(text) - 1), expected)

static void sections_values_and_comments(void **context)
{
	(void)context;
	assert_read("; head\n[a]\nx = 1\ny: 2 ; why\n\n# note\n[ b ] ; c\r\n z=a;b \r\n",
		"2[a] 3 a.x=<1> 4 a.y=<2> 7[b] 8 b.z=<a;b> ");
	assert_read("\xef\xbb\xbf[a]\nx=", "1[a] 2 a.x=<> ");
	assert_read("x = 1\n", "1 .x=<1> ");
	assert_read("", "");
}

static void indented_lines_are_no_continuations(void **context)
{
	(void)context;
	assert_read("[a]\nx = 1\n  y = 2\n  z\n",
		"1[a] 2 a.x=<1> 3 a.y=<2> 4! the line is neither [section] nor key = value ");
}

static void all_malformed_lines_are_said(void **context)
{
	(void)context;
	assert_read("[a\n[b] c\nword\n= 1\nx\0=1\ny = 2\nlast",
		"1! the section heading has no ] 2! something stands behind the section heading "
		"3! the line is neither [section] nor key = value 4! the line is neither [section] nor key = value "
		"5! the line holds a zero byte 6 .y=<2> 7! the line is neither [section] nor key = value ");
}

static void long_lines(void **context)
{
	char *text = malloc(INI_LINE_SIZE + 16);

	(void)context;
	memset(text, 'v', INI_LINE_SIZE + 16);
	memcpy(text, "x=", 2);
	assert_string_equal(read_text(text, INI_LINE_SIZE - 1), "1 .x=<vvvvvvvvvvvvvvvvvvvv> ");
	text[INI_LINE_SIZE] = '\n';
	memcpy(text + INI_LINE_SIZE + 1, "y=1", 4);
	assert_string_equal(read_text(text, INI_LINE_SIZE + 4), "1! the line is longer than 8191 bytes 2 .y=<1> ");
	free(text);
}

static size_t value_length;

static void measure(void *context, unsigned line, const char *in, const char *key, const char *text)
{
	(void)context;
	(void)line;
	(void)in;
	(void)key;
	value_length = strlen(text);
}

static void long_values_come_whole(void **context)
{
	static const struct ini_text_sink sink = {NULL, section, measure, malformed};
	char text[INI_LINE_SIZE - 1];

	(void)context;
	memset(text, 'v', sizeof(text));
	memcpy(text, "x=", 2);
	ini_text_read((struct span){text, sizeof(text)}, &sink);
	assert_int_equal(value_length, sizeof(text) - 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections_values_and_comments),
		cmocka_unit_test(indented_lines_are_no_continuations),
		cmocka_unit_test(all_malformed_lines_are_said),
		cmocka_unit_test(long_lines),
		cmocka_unit_test(long_values_come_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
