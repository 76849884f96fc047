/* test_utf8: every code point is UTF-8, and no other sequence of up to four bytes is. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "parsers/utf8.h"

static size_t encode(uint32_t point, uint8_t out[4])
{
	if (point < 0x80) {
		out[0] = (uint8_t)point;
		return 1;
	}
	if (point < 0x800) {
		out[0] = (uint8_t)(0xc0 | point >> 6);
		out[1] = (uint8_t)(0x80 | (point & 0x3f));
		return 2;
	}
	if (point < 0x10000) {
		out[0] = (uint8_t)(0xe0 | point >> 12);
		out[1] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
		out[2] = (uint8_t)(0x80 | (point & 0x3f));
		return 3;
	}
	out[0] = (uint8_t)(0xf0 | point >> 18);
	out[1] = (uint8_t)(0x80 | (point >> 12 & 0x3f));
	out[2] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
	out[3] = (uint8_t)(0x80 | (point & 0x3f));
	return 4;
}

/* The bytes alone, and among ASCII at each place of the eight bytes that are looked at together. */
static void assert_prefix(const uint8_t *bytes, size_t length, size_t valid, bool unfinished)
{
	for (size_t before = 0; before < 9; before++) {
		uint8_t text[32];
		bool cut;

		memset(text, 'a', sizeof(text));
		memcpy(text + before, bytes, length);
		assert_int_equal(utf8_valid_prefix(text, before + length, &cut), before + valid);
		assert_int_equal(cut, unfinished);
		if (valid == length)
			assert_int_equal(utf8_valid_prefix(text, sizeof(text), &cut), sizeof(text));
		else if (valid == 0)
			assert_int_equal(utf8_valid_prefix(text, sizeof(text), &cut), before);
	}
}

static void every_code_point_is_valid(void **context)
{
	(void)context;
	for (uint32_t point = 0; point <= 0x10ffff; point++) {
		uint8_t bytes[4];
		size_t length = encode(point, bytes);
		bool surrogate = point >= 0xd800 && point <= 0xdfff;
		bool unfinished;

		if (point % 61 == 0 || surrogate) {
			assert_prefix(bytes, length, surrogate ? 0 : length, false);
		} else {
			assert_int_equal(utf8_valid_prefix(bytes, length, &unfinished), length);
		}
	}
}

/* Counts the valid sequences of two and three bytes by trying all: there are no others than the code points'. */
static void nothing_else_is_valid(void **context)
{
	uint32_t two = 0, three = 0;
	bool unfinished;

	(void)context;
	for (uint32_t i = 0x8000; i <= 0xffff; i++) {
		const uint8_t bytes[2] = {(uint8_t)(i >> 8), (uint8_t)i};

		two += utf8_valid_prefix(bytes, 2, &unfinished) == 2 && bytes[1] >= 0x80;
	}
	for (uint32_t i = 0xe00000; i <= 0xffffff; i++) {
		const uint8_t bytes[3] = {(uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};

		three += utf8_valid_prefix(bytes, 3, &unfinished) == 3;
	}
	assert_int_equal(two, 0x800 - 0x80);
	assert_int_equal(three, 0x10000 - 0x800 - 0x800);
}

static void characters_that_are_cut_are_unfinished(void **context)
{
	(void)context;
	for (uint32_t point = 0x80; point <= 0x10ffff; point += 37) {
		uint8_t bytes[4];
		size_t length = encode(point, bytes);
		bool unfinished;

		if (point >= 0xd800 && point <= 0xdfff)
			continue;
		for (size_t cut = 1; cut < length; cut++) {
			assert_int_equal(utf8_valid_prefix(bytes, cut, &unfinished), 0);
			assert_true(unfinished);
		}
	}
}

static void wrong_sequences_are_noticed_at_once(void **context)
{
	static const char *const wrong[] = {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf",
		"\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
		"\xfe", "\xe4\x41", "\xe4\xb8\x41", "\xf0\x9f\x98\x41", "\xc3\xc3", "\xf4\x90", "\xe0\x80", "\xed\xa0"};

	(void)context;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_prefix((const uint8_t *)wrong[i], strlen(wrong[i]), 0, false);
	assert_prefix((const uint8_t *)"\xe4\xb8\xad\xe4\xb8", 5, 3, true);
	assert_prefix((const uint8_t *)"\xe4\xb8\xad\xff\xe4\xb8\xad", 7, 3, false);
	assert_prefix((const uint8_t *)"", 0, 0, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_point_is_valid),
		cmocka_unit_test(nothing_else_is_valid),
		cmocka_unit_test(characters_that_are_cut_are_unfinished),
		cmocka_unit_test(wrong_sequences_are_noticed_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
