/* Unit tests of name_form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "parsers/name_form.h"

static bool same(const char *a, const char *b)
{
	bool equal = name_form_equal(span_of(a), span_of(b));

	assert_int_equal(name_form_equal(span_of(b), span_of(a)), equal);
	return equal;
}

static void equal_names_are_equal(void **context)
{
	(void)context;
	assert_true(same("杨国珍", "杨国珍"));
	assert_true(same("", ""));
	assert_true(name_form_equal((struct span){NULL, 0}, span_of("")));
	assert_true(name_form_equal((struct span){NULL, 0}, span_of(" ")));
	assert_false(same("杨国珍", "杨国"));
	assert_false(same("杨国珍", "杨国真"));
	assert_false(same("杨国珍", ""));
	assert_false(same("囍", "喜喜"));
}

static void white_space_does_not_count(void **context)
{
	(void)context;
	assert_true(same("杨国珍", " 杨 国\t珍 "));
	assert_true(same("杨国珍", "杨\xe3\x80\x80国珍"));                 /* U+3000 */
	assert_true(same("杨国珍", "杨\xc2\xa0国\xe2\x80\xa8珍\xc2\x85")); /* U+00A0 U+2028 U+0085 */
	assert_true(same("杨国珍", "杨\xe1\x9a\x80国珍"));                 /* U+1680 */
	assert_true(same("", " \t\xe3\x80\x80"));
}

static void compatible_forms_are_equal(void **context)
{
	(void)context;
	assert_true(same("ABC", "ＡＢＣ"));
	assert_true(same("豈", "\xef\xa4\x80"));             /* U+F900 */
	assert_true(same("\xc3\xa9", "e\xcc\x81"));          /* é composed and not */
	assert_true(same("ガ", "\xef\xbd\xb6\xef\xbe\x9e")); /* halfwidth, two characters */
	assert_true(same("买买提·艾力", "买买提·艾力"));
	assert_false(same("abc", "ABC"));
}

static void marks_on_both_sides_of_white_space_stay_apart(void **context)
{
	(void)context;
	/* White space goes after the normal form is made: e, space, acute is not é. */
	assert_false(same("\xc3\xa9", "e \xcc\x81"));
}

static void what_is_no_utf8_equals_only_itself(void **context)
{
	(void)context;
	assert_true(same("\xff", "\xff"));
	assert_false(same("\xff", "\xff "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_names_are_equal),
		cmocka_unit_test(white_space_does_not_count),
		cmocka_unit_test(compatible_forms_are_equal),
		cmocka_unit_test(marks_on_both_sides_of_white_space_stay_apart),
		cmocka_unit_test(what_is_no_utf8_equals_only_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
