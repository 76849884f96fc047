/* Unit tests of id_number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "parsers/id_number.h"

static bool reads_as(const char *text, const char *expected)
{
	char id_number[ID_NUMBER_LENGTH];

	return id_number_parse(text, strlen(text), id_number) && memcmp(id_number, expected, ID_NUMBER_LENGTH) == 0;
}

static bool is_refused(const char *text)
{
	char id_number[ID_NUMBER_LENGTH];

	return !id_number_parse(text, strlen(text), id_number);
}

static void numbers_are_normalised(void **context)
{
	(void)context;
	/* The standard's own example. */
	assert_true(reads_as("11010519491231002X", "11010519491231002X"));
	assert_true(reads_as("11010519491231002x", "11010519491231002X"));
	assert_true(reads_as("110105491231002", "11010519491231002X"));
	assert_true(reads_as("53292919461014717x", "53292919461014717X"));
	assert_true(reads_as("532929460424283", "532929194604242832"));
}

static void wrong_numbers_are_refused(void **context)
{
	(void)context;
	assert_true(is_refused(""));
	assert_true(is_refused("11010519491231002"));
	assert_true(is_refused("11010519491231002XX"));
	assert_true(is_refused("110105194912310021"));
	assert_true(is_refused("110105194912310O2X"));
	assert_true(is_refused("X1010519491231002X"));
	assert_true(is_refused("11010519491231 02X"));
	assert_true(is_refused("11010549123100X"));
	assert_true(is_refused("110105490229002"));
	assert_true(is_refused("1101054912310021"));
	assert_true(is_refused("532929190001010000"));
	assert_true(is_refused("53010219461115020A"));
	assert_true(is_refused("\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91"));
}

static void births_that_do_not_exist_are_refused(void **context)
{
	static const char *const bodies[] = {"53292919460230123", "53292919461301123", "53292918991231123",
		"53292922000101123", "53292919450229123", "53292900000000123"};

	(void)context;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		char text[ID_NUMBER_LENGTH + 1] = {0};

		memcpy(text, bodies[i], 17);
		text[17] = id_number_check_character(text);
		assert_true(is_refused(text));
	}
}

static void any_one_wrong_character_is_noticed(void **context)
{
	static const char right[] = "11010519491231002X";
	char id_number[ID_NUMBER_LENGTH];

	(void)context;
	for (size_t at = 0; at < ID_NUMBER_LENGTH; at++)
		for (int byte = 0; byte < 256; byte++) {
			char text[ID_NUMBER_LENGTH];

			memcpy(text, right, sizeof(text));
			text[at] = (char)byte;
			assert_int_equal(id_number_parse(text, sizeof(text), id_number),
				(char)byte == right[at] || (at == 17 && byte == 'x'));
		}
}

static void neighbours_swapped_are_noticed(void **context)
{
	char id_number[ID_NUMBER_LENGTH];

	(void)context;
	for (size_t at = 0; at < ID_NUMBER_LENGTH - 1; at++) {
		char text[] = "11010519491231002X";
		char first = text[at];

		text[at] = text[at + 1];
		text[at + 1] = first;
		assert_int_equal(id_number_parse(text, ID_NUMBER_LENGTH, id_number), text[at] == first);
	}
}

static void birth_and_sex_are_inside(void **context)
{
	char id_number[ID_NUMBER_LENGTH];

	(void)context;
	assert_true(id_number_parse("110105491231002", 15, id_number));
	assert_int_equal(id_number_birth(id_number), civil_date_from_ymd(1949, 12, 31));
	assert_int_equal(id_number_sex(id_number), 'F');
	assert_true(id_number_parse("110105491231003", 15, id_number));
	assert_int_equal(id_number_sex(id_number), 'M');
	assert_true(id_number_parse(id_number, ID_NUMBER_LENGTH, id_number));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_normalised),
		cmocka_unit_test(wrong_numbers_are_refused),
		cmocka_unit_test(births_that_do_not_exist_are_refused),
		cmocka_unit_test(any_one_wrong_character_is_noticed),
		cmocka_unit_test(neighbours_swapped_are_noticed),
		cmocka_unit_test(birth_and_sex_are_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
