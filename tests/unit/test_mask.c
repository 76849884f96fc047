/* Unit tests of mask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/mask.h"

static void id_numbers_keep_county_and_tail(void **context)
{
	char text[MASK_TEXT_SIZE];

	(void)context;
	assert_string_equal(mask_id_number("53292919400101123X", text), "532929********123X");
}

static void names_keep_the_first_character(void **context)
{
	char text[MASK_TEXT_SIZE];

	(void)context;
	assert_string_equal(mask_name(span_of("杨国珍"), text), "杨**");
	assert_string_equal(mask_name(span_of("杨"), text), "杨");
	assert_string_equal(mask_name(span_of("Ann Lee"), text), "A******");
	assert_string_equal(mask_name(span_of("𠮷田"), text), "𠮷*");
	assert_string_equal(mask_name(span_of(""), text), "");
	assert_string_equal(mask_name((struct span){NULL, 0}, text), "");
	assert_string_equal(mask_name(span_of("阿卜杜拉·阿卜杜热合曼·买买提"), text), "阿********");
}

static void numbers_keep_the_tail(void **context)
{
	char text[MASK_TEXT_SIZE];

	(void)context;
	assert_string_equal(mask_number(span_of("6217001234567890"), text), "****7890");
	assert_string_equal(mask_number(span_of("12345678"), text), "****5678");
	assert_string_equal(mask_number(span_of("1234567"), text), "****7");
	assert_string_equal(mask_number(span_of("123"), text), "****");
	assert_string_equal(mask_number((struct span){NULL, 0}, text), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(id_numbers_keep_county_and_tail),
		cmocka_unit_test(names_keep_the_first_character),
		cmocka_unit_test(numbers_keep_the_tail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
