/* test_text_fields: fields and control characters where a byte-by-byte reading finds them, and the forms of values. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "parsers/text_fields.h"
#include "tests/unit/pieces.h"

static struct text_fields fields;

/* The line in a block of its own size. */
static void split(const char *line, size_t length)
{
	static char *copy;

	free(copy);
	copy = malloc(length > 0 ? length : 1);
	assert_non_null(copy);
	memcpy(copy, line, length);
	text_fields_split(&fields, copy, length);
}

static void assert_field(uint32_t number, const char *text)
{
	assert_true(span_equal(fields.field[number], span_of(text)));
}

static void lines_are_cut_at_separators(void **context)
{
	(void)context;
	split("", 0);
	assert_int_equal(fields.count, 1);
	assert_field(1, "");
	split("D", 1);
	assert_int_equal(fields.count, 1);
	assert_field(1, "D");
	split("|", 1);
	assert_int_equal(fields.count, 2);
	assert_field(1, "");
	assert_field(2, "");
	split("D|12||杨国珍|", strlen("D|12||杨国珍|"));
	assert_int_equal(fields.count, 5);
	assert_field(2, "12");
	assert_field(3, "");
	assert_field(4, "杨国珍");
	assert_field(5, "");
	assert_int_equal(fields.controls, 0);
}

static void more_fields_than_are_kept_are_counted(void **context)
{
	char line[2000];

	(void)context;
	memset(line, '|', sizeof(line));
	split(line, sizeof(line));
	assert_int_equal(fields.count, sizeof(line) + 1);
	memset(line, '\x1b', 1);
	split(line, TEXT_FIELDS_MAX + 3);
	assert_int_equal(fields.count, TEXT_FIELDS_MAX + 3);
	assert_int_equal(fields.controls, 2);
	line[TEXT_FIELDS_MAX + 1] = '\x1b';
	split(line, TEXT_FIELDS_MAX + 2);
	assert_int_equal(fields.controls, 2);
}

static void control_characters_are_marked(void **context)
{
	(void)context;
	for (unsigned point = 0; point <= 0x2ff; point++) {
		bool control = point < 0x20 || (point >= 0x7f && point <= 0x9f);
		char line[40] = "aa|";
		size_t length = 3;

		if (point == '|')
			continue;
		if (point < 0x80) {
			line[length++] = (char)point;
		} else {
			line[length++] = (char)(0xc0 | point >> 6);
			line[length++] = (char)(0x80 | (point & 0x3f));
		}
		for (size_t before = 0; before < 9; before++) {
			split(line, length);
			assert_int_equal(fields.controls, control ? 4 : 0);
			line[length] = '|';
			split(line, length + 1);
			assert_int_equal(fields.controls, control ? 4 : 0);
			assert_int_equal(fields.count, 3);
			memmove(line + 1, line, length++);
		}
	}
}

/* What the fast reading must find. */
static void split_slowly(struct text_fields *slow, const char *line, size_t length)
{
	size_t begin = 0;

	slow->count = 1;
	slow->controls = 0;
	for (size_t i = 0; i <= length; i++) {
		uint8_t byte = i < length ? (uint8_t)line[i] : (uint8_t)'|';
		bool kept = slow->count <= TEXT_FIELDS_MAX;

		if (byte == '|') {
			if (kept)
				slow->field[slow->count] = (struct span){line + begin, i - begin};
			begin = i + 1;
			slow->count += i < length;
		} else if (kept && (byte < 0x20 || byte == 0x7f ||
					   (byte == 0xc2 && i + 1 < length && (uint8_t)line[i + 1] < 0xa0))) {
			slow->controls |= 1u << slow->count;
		}
	}
}

static void random_lines_are_cut_as_byte_by_byte(void **context)
{
	static const char *const samples[] = {
		"|", "|", "a", "7", "杨", "\x1f", " ", "\x7f", "\xc2\x85", "\xc2\xa0", "é", "~", "{"};

	(void)context;
	for (uint64_t seed = 1; seed < 20000; seed++) {
		uint64_t random = seed;
		size_t pieces = random_below(&random, 60);
		struct text_fields slow;
		char line[400];
		size_t length = 0;

		for (size_t i = 0; i < pieces; i++) {
			const char *sample = samples[random_below(&random, sizeof(samples) / sizeof(samples[0]))];

			memcpy(line + length, sample, strlen(sample));
			length += strlen(sample);
		}
		split(line, length);
		split_slowly(&slow, line, length);
		assert_int_equal(fields.count, slow.count);
		assert_int_equal(fields.controls, slow.controls);
		for (uint32_t i = 1; i <= slow.count && i <= TEXT_FIELDS_MAX; i++)
			assert_true(span_equal(fields.field[i], slow.field[i]));
	}
}

static void numbers_are_digits_without_leading_zero(void **context)
{
	static const char *const wrong[] = {"", "-1", "+1", "01", "00", "1.0", " 1", "1 ", "x", "１", "1x", "0x1"};
	uint64_t number;

	(void)context;
	assert_true(text_number(span_of("0"), 0, &number) && number == 0);
	assert_true(text_number(span_of("1000000000000000"), UINT64_C(1000000000000000), &number));
	assert_false(text_number(span_of("1000000000000001"), UINT64_C(1000000000000000), &number));
	assert_true(text_count(span_of("9999999999999999999"), &number) && number == UINT64_C(9999999999999999999));
	assert_true(text_count(span_of("18446744073709551616"), &number) && number == UINT64_MAX);
	assert_false(text_number(span_of("18446744073709551616"), UINT64_C(1000000000000000000), &number));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(text_count(span_of(wrong[i]), &number));
}

static void tokens_are_visible_ascii(void **context)
{
	char text[42];

	(void)context;
	memset(text, 'a', sizeof(text));
	assert_false(text_token((struct span){text, 0}));
	assert_true(text_token((struct span){text, 40}));
	assert_false(text_token((struct span){text, 41}));
	for (int byte = 0; byte < 256; byte++) {
		text[20] = (char)byte;
		assert_int_equal(text_token((struct span){text, 40}), byte >= 0x21 && byte <= 0x7e);
	}
}

static void townships_begin_with_the_county(void **context)
{
	(void)context;
	assert_true(text_township(span_of("532929100"), "532929"));
	assert_false(text_township(span_of("532930100"), "532929"));
	assert_false(text_township(span_of("53292910"), "532929"));
	assert_false(text_township(span_of("5329291000"), "532929"));
	assert_false(text_township(span_of("53292910x"), "532929"));
	assert_false(text_township(span_of(""), "532929"));
	assert_true(text_digits(span_of("532929"), 6));
	assert_false(text_digits(span_of("53292"), 6));
	assert_false(text_digits(span_of("53292/"), 6));
	assert_false(text_digits(span_of("53292:"), 6));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_cut_at_separators),
		cmocka_unit_test(more_fields_than_are_kept_are_counted),
		cmocka_unit_test(control_characters_are_marked),
		cmocka_unit_test(random_lines_are_cut_as_byte_by_byte),
		cmocka_unit_test(numbers_are_digits_without_leading_zero),
		cmocka_unit_test(tokens_are_visible_ascii),
		cmocka_unit_test(townships_begin_with_the_county),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
