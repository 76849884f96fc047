/* test_text_lines: the same lines however text is cut, with every line end, within the limit and beyond it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "parsers/text_lines.h"
#include "tests/unit/pieces.h"

struct seen {
	struct text_lines lines;
	FILE *out;
	uint32_t stop_at;
};

static bool on_line(void *context, const char *line, size_t length, uint32_t number, bool too_long)
{
	struct seen *seen = context;

	fprintf(seen->out, "%u%s[%.*s]", number, too_long ? "!" : "", (int)length, length == 0 ? "" : line);
	return number != seen->stop_at;
}

static bool feed(void *context, const void *bytes, size_t length)
{
	return text_lines_feed(&((struct seen *)context)->lines, bytes, length);
}

static char *lines_of(const char *text, size_t length_max, uint32_t stop_at, size_t max, uint64_t seed)
{
	struct seen seen = {.stop_at = stop_at};
	char *result;
	size_t size;
	bool whole;

	seen.out = open_memstream(&result, &size);
	assert_non_null(seen.out);
	text_lines_init(&seen.lines, length_max, on_line, &seen);
	whole = feed_pieces(feed, &seen, text, strlen(text), max, seed);
	whole = text_lines_finish(&seen.lines) && whole;
	assert_int_equal(whole, !seen.lines.stopped);
	text_lines_clear(&seen.lines);
	fclose(seen.out);
	return result;
}

static void assert_lines(const char *text, size_t length_max, const char *expected)
{
	for (size_t max = 0; max < 6; max++) {
		char *seen = lines_of(text, length_max, 0, max, 11);

		assert_string_equal(seen, expected);
		free(seen);
	}
}

static void lines_end_in_lf_or_crlf(void **context)
{
	(void)context;
	assert_lines("", 100, "");
	assert_lines("a", 100, "1[a]");
	assert_lines("a\n", 100, "1[a]");
	assert_lines("a\r\n", 100, "1[a]");
	assert_lines("a\nbc\r\n\nd", 100, "1[a]2[bc]3[]4[d]");
	assert_lines("\n\n", 100, "1[]2[]");
	assert_lines("\r\n\r\n", 100, "1[]2[]");
	assert_lines("a\rb\n", 100, "1[a\rb]");
	assert_lines("a\r\r\n", 100, "1[a\r]");
}

static void the_last_line_may_lack_its_end_or_half_of_it(void **context)
{
	(void)context;
	assert_lines("a\nb\r", 100, "1[a]2[b]");
	assert_lines("a\nb", 100, "1[a]2[b]");
	assert_lines("a\n\r", 100, "1[a]2[]");
}

static void long_lines_are_cut_and_marked(void **context)
{
	(void)context;
	assert_lines("abcd\nab\n", 4, "1[abcd]2[ab]");
	assert_lines("abcd\r\nab\r\n", 4, "1[abcd]2[ab]");
	assert_lines("abcde\nab\n", 4, "1![abcd]2[ab]");
	assert_lines("abcde\r\nab\n", 4, "1![abcd]2[ab]");
	assert_lines("abcd\r\r\nab\n", 4, "1![abcd]2[ab]");
	assert_lines("abcdefghijklmnopq\nab", 4, "1![abcd]2[ab]");
	assert_lines("ab\nabcdefghijklmnopq", 4, "1[ab]2![abcd]");
	assert_lines("ab\nabcd\r", 4, "1[ab]2[abcd]");
}

static void lines_stop_when_told(void **context)
{
	(void)context;
	for (size_t max = 0; max < 6; max++) {
		char *seen = lines_of("a\nb\nc\nd", 100, 2, max, 5);

		assert_string_equal(seen, "1[a]2[b]");
		free(seen);
		seen = lines_of("a\nb\nc\nd", 100, 4, max, 5);
		assert_string_equal(seen, "1[a]2[b]3[c]4[d]");
		free(seen);
	}
}

static void any_cut_gives_the_same_lines(void **context)
{
	(void)context;
	for (uint64_t seed = 1; seed < 300; seed++) {
		uint64_t random = seed;
		char text[1500];
		char *whole, *cut;

		for (size_t i = 0; i < sizeof(text) - 1; i++)
			text[i] = "ab\n\r|c"[random_below(&random, 6)];
		text[random_below(&random, sizeof(text))] = '\0';
		text[sizeof(text) - 1] = '\0';
		whole = lines_of(text, 1 + seed % 9, 0, 0, seed);
		cut = lines_of(text, 1 + seed % 9, 0, 1 + random_below(&random, 40), seed);
		assert_string_equal(cut, whole);
		free(cut);
		free(whole);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_end_in_lf_or_crlf),
		cmocka_unit_test(the_last_line_may_lack_its_end_or_half_of_it),
		cmocka_unit_test(long_lines_are_cut_and_marked),
		cmocka_unit_test(lines_stop_when_told),
		cmocka_unit_test(any_cut_gives_the_same_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
