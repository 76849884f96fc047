/* Unit tests of record: names, campaigns, and which errors are listed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "parsers/record.h"

static struct document_errors errors;

static void forget(void)
{
	memset(&errors, 0, sizeof(errors));
}

static void assert_listed(uint32_t at, enum document_code code, uint32_t line, uint32_t field)
{
	assert_true(at < errors.count);
	assert_int_equal(errors.items[at].code, code);
	assert_int_equal(errors.items[at].line, line);
	assert_int_equal(errors.items[at].field, field);
}

static void every_name_is_there(void **context)
{
	static const struct {
		const char *const *names;
		int count;
	} tables[] = {
		{document_kind_names, DOCUMENT_KIND_COUNT},
		{movement_class_names, MOVEMENT_CLASS_COUNT},
		{scheme_names, SCHEME_COUNT},
		{roster_status_names, ROSTER_STATUS_COUNT},
		{confirmation_method_names, METHOD_COUNT},
		{feedback_outcome_names, OUTCOME_COUNT},
		{document_code_names, CODE_COUNT},
	};

	(void)context;
	for (size_t table = 0; table < sizeof(tables) / sizeof(tables[0]); table++)
		for (int i = 1; i < tables[table].count; i++) {
			assert_non_null(tables[table].names[i]);
			assert_int_equal(record_name_index(tables[table].names, tables[table].count,
						 span_of(tables[table].names[i])),
				i);
		}
	assert_int_equal(record_name_index(scheme_names, SCHEME_COUNT, span_of("")), 0);
	assert_int_equal(record_name_index(scheme_names, SCHEME_COUNT, span_of("Resident")), 0);
	assert_int_equal(record_name_index(scheme_names, SCHEME_COUNT, span_of("residents")), 0);
	assert_int_equal(record_name_index(scheme_names, SCHEME_COUNT, (struct span){NULL, 0}), 0);
}

static void campaigns_are_in_march_and_september(void **context)
{
	static const char *const wrong[] = {"2026-06", "2026-9", "2026-090", "202609", "2026/09", "x026-09", "1899-09",
		"2200-03", "", "2026-09-01"};

	(void)context;
	assert_int_equal(campaign_as_of(span_of("2026-03")), civil_date_from_ymd(2026, 3, 1));
	assert_int_equal(campaign_as_of(span_of("2026-09")), civil_date_from_ymd(2026, 9, 1));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(campaign_as_of(span_of(wrong[i])), CIVIL_DATE_NONE);
}

static void errors_stand_in_line_order(void **context)
{
	(void)context;
	forget();
	document_errors_add(&errors, CODE_BAD_DATE, 7, 7, "seven");
	document_errors_add(&errors, CODE_BAD_FIELD, 3, 4, "three");
	document_errors_add(&errors, CODE_BAD_AMOUNT, 9, 9, "nine");
	document_errors_add(&errors, CODE_MISSING_TRAILER, 5, 0, "%s", "five");
	assert_int_equal(errors.count, 4);
	assert_int_equal(errors.total, 4);
	assert_listed(0, CODE_BAD_FIELD, 3, 4);
	assert_listed(1, CODE_MISSING_TRAILER, 5, 0);
	assert_listed(2, CODE_BAD_DATE, 7, 7);
	assert_listed(3, CODE_BAD_AMOUNT, 9, 9);
	assert_string_equal(errors.items[1].message, "five");
}

static void of_one_line_the_lowest_field_stays(void **context)
{
	(void)context;
	forget();
	document_errors_add(&errors, CODE_BAD_DATE, 2, 7, "a");
	document_errors_add(&errors, CODE_BAD_FIELD, 2, 10, "b");
	document_errors_add(&errors, CODE_BAD_FIELD, 2, 7, "c");
	assert_int_equal(errors.count, 1);
	assert_listed(0, CODE_BAD_DATE, 2, 7);
	document_errors_add(&errors, CODE_BAD_FIELD, 2, 3, "d");
	assert_int_equal(errors.count, 1);
	assert_int_equal(errors.total, 1);
	assert_listed(0, CODE_BAD_FIELD, 2, 3);
	assert_string_equal(errors.items[0].message, "d");
}

static void an_error_at_line_0_is_the_only_one(void **context)
{
	(void)context;
	forget();
	document_errors_add(&errors, CODE_BAD_DATE, 2, 7, "a");
	document_errors_add(&errors, CODE_BAD_DATE, 3, 7, "a");
	document_errors_add(&errors, CODE_BAD_HEADERS, 0, 0, "b");
	assert_int_equal(errors.count, 1);
	assert_int_equal(errors.total, 1);
	assert_listed(0, CODE_BAD_HEADERS, 0, 0);
	document_errors_add(&errors, CODE_BAD_DATE, 4, 7, "c");
	document_errors_add(&errors, CODE_UNKNOWN_FORMAT, 0, 0, "d");
	assert_int_equal(errors.count, 1);
	assert_listed(0, CODE_BAD_HEADERS, 0, 0);
	document_errors_add(&errors, CODE_CHARSET, 0, 0, "e");
	document_errors_add(&errors, CODE_HASH_MISMATCH, 0, 0, "f");
	document_errors_add(&errors, CODE_LIMIT_EXCEEDED, 0, 0, "g");
	assert_int_equal(errors.count, 1);
	assert_listed(0, CODE_HASH_MISMATCH, 0, 0);
	assert_string_equal(errors.items[0].message, "f");
}

static void the_first_hundred_are_listed(void **context)
{
	(void)context;
	forget();
	for (uint32_t line = 1000; line > 0; line--)
		document_errors_add(&errors, CODE_FIELD_COUNT, line, 0, "line");
	assert_int_equal(errors.count, DOCUMENT_ERRORS_MAX);
	assert_int_equal(errors.total, 1000);
	for (uint32_t i = 0; i < DOCUMENT_ERRORS_MAX; i++)
		assert_listed(i, CODE_FIELD_COUNT, i + 1, 0);
	document_errors_add(&errors, CODE_FIELD_COUNT, 1001, 0, "late");
	assert_int_equal(errors.count, DOCUMENT_ERRORS_MAX);
	assert_int_equal(errors.total, 1001);
	assert_listed(DOCUMENT_ERRORS_MAX - 1, CODE_FIELD_COUNT, DOCUMENT_ERRORS_MAX, 0);
}

static void long_messages_are_cut(void **context)
{
	(void)context;
	forget();
	document_errors_add(&errors, CODE_BAD_FIELD, 1, 1, "%0500d", 1);
	assert_int_equal(strlen(errors.items[0].message), sizeof(errors.items[0].message) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_name_is_there),
		cmocka_unit_test(campaigns_are_in_march_and_september),
		cmocka_unit_test(errors_stand_in_line_order),
		cmocka_unit_test(of_one_line_the_lowest_field_stays),
		cmocka_unit_test(an_error_at_line_0_is_the_only_one),
		cmocka_unit_test(the_first_hundred_are_listed),
		cmocka_unit_test(long_messages_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
