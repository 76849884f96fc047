/* Unit tests of civil_date: every day of the range against a calendar counted by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "parsers/civil_date.h"

static civil_date day(const char *text)
{
	civil_date date = civil_date_parse(text, strlen(text));

	assert_int_not_equal(date, CIVIL_DATE_NONE);
	return date;
}

static int last_day(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (month == 2 && (year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)))
		return 29;
	return days[month - 1];
}

static void every_day_goes_there_and_back(void **context)
{
	civil_date expected = 0;

	(void)context;
	for (int year = 1900; year <= 2199; year++)
		for (int month = 1; month <= 12; month++)
			for (int number = 1; number <= last_day(year, month); number++) {
				char compact[40], dashed[40], text[CIVIL_DATE_TEXT_SIZE];
				int y, m, d;

				expected++;
				assert_int_equal(civil_date_from_ymd(year, month, number), expected);
				civil_date_to_ymd(expected, &y, &m, &d);
				assert_true(y == year && m == month && d == number);
				snprintf(compact, sizeof(compact), "%04d%02d%02d", year, month, number);
				assert_int_equal(civil_date_parse_compact(compact, 8), expected);
				snprintf(dashed, sizeof(dashed), "%04d-%02d-%02d", year, month, number);
				assert_int_equal(civil_date_parse(dashed, 10), expected);
				assert_string_equal(civil_date_format(expected, text), dashed);
				assert_int_equal(
					civil_date_month(expected), (civil_month)((year - 1900) * 12 + month - 1));
			}
	assert_int_equal(expected, CIVIL_DATE_MAX);
}

static void days_that_do_not_exist_are_none(void **context)
{
	static const char *const compact[] = {"20260230", "20250229", "21000229", "20260431", "20260100", "20261301",
		"20260001", "18991231", "22000101", "00000000", "99999999", "2026010", "202601011", "2026 101",
		"2026-1-1", "+2026101", "2026010a", "", "20260835"};
	static const char *const dashed[] = {
		"2026-02-30", "2026/01/01", "2026-1-01", "2026-01-1", "20260101", "2026-01-01 ", "2026-+1-01", ""};

	(void)context;
	for (size_t i = 0; i < sizeof(compact) / sizeof(compact[0]); i++)
		assert_int_equal(civil_date_parse_compact(compact[i], strlen(compact[i])), CIVIL_DATE_NONE);
	for (size_t i = 0; i < sizeof(dashed) / sizeof(dashed[0]); i++)
		assert_int_equal(civil_date_parse(dashed[i], strlen(dashed[i])), CIVIL_DATE_NONE);
	assert_int_equal(civil_date_from_ymd(-1, 1, 1), CIVIL_DATE_NONE);
	assert_int_equal(civil_date_from_ymd(2026, -1, 1), CIVIL_DATE_NONE);
	assert_int_equal(civil_date_from_ymd(2026, 1, -1), CIVIL_DATE_NONE);
}

static void months_are_read_and_written(void **context)
{
	static const char *const wrong[] = {
		"202600", "202613", "189912", "220001", "2026-8", "20268", "2026080", "", "2026 8"};
	char text[CIVIL_MONTH_TEXT_SIZE];
	civil_month month;

	(void)context;
	for (civil_month i = 0; i < CIVIL_MONTH_COUNT; i++) {
		char compact[40];
		civil_date first = civil_month_first_day(i);
		civil_date last = civil_month_last_day(i);

		snprintf(compact, sizeof(compact), "%04u%02u", 1900 + i / 12, i % 12 + 1);
		assert_true(civil_month_parse_compact(compact, 6, &month));
		assert_int_equal(month, i);
		assert_int_equal(civil_date_month(first), i);
		assert_int_equal(civil_date_month(last), i);
		assert_int_equal(last - first + 1, (civil_date)last_day(1900 + (int)i / 12, (int)i % 12 + 1));
	}
	assert_string_equal(civil_month_format(0, text), "1900-01");
	assert_string_equal(civil_month_format(CIVIL_MONTH_COUNT - 1, text), "2199-12");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(civil_month_parse_compact(wrong[i], strlen(wrong[i]), &month));
}

static void months_are_added_and_clamped(void **context)
{
	(void)context;
	assert_int_equal(civil_date_add_months(day("2026-08-31"), -6), day("2026-02-28"));
	assert_int_equal(civil_date_add_months(day("2024-08-31"), -6), day("2024-02-29"));
	assert_int_equal(civil_date_add_months(day("2026-09-06"), 1), day("2026-10-06"));
	assert_int_equal(civil_date_add_months(day("2026-12-31"), 2), day("2027-02-28"));
	assert_int_equal(civil_date_add_months(day("2026-01-15"), -1), day("2025-12-15"));
	assert_int_equal(civil_date_add_months(day("2026-01-15"), 0), day("2026-01-15"));
	assert_int_equal(civil_date_add_months(day("1900-03-31"), -3), CIVIL_DATE_MIN);
	assert_int_equal(civil_date_add_months(day("2199-12-01"), 1), CIVIL_DATE_MAX);
	assert_int_equal(civil_date_add_months(day("2026-01-01"), INT32_MAX), CIVIL_DATE_MAX);
	assert_int_equal(civil_date_add_months(day("2026-01-01"), INT32_MIN), CIVIL_DATE_MIN);
}

static void ages_are_completed_years(void **context)
{
	(void)context;
	assert_int_equal(civil_date_age_years(day("1946-09-01"), day("2026-09-01")), 80);
	assert_int_equal(civil_date_age_years(day("1946-09-02"), day("2026-09-01")), 79);
	assert_int_equal(civil_date_age_years(day("1946-12-31"), day("2026-09-01")), 79);
	assert_int_equal(civil_date_age_years(day("1948-02-29"), day("2027-02-28")), 78);
	assert_int_equal(civil_date_age_years(day("1948-02-29"), day("2027-03-01")), 79);
	assert_int_equal(civil_date_age_years(day("1948-02-29"), day("2028-02-29")), 80);
	assert_int_equal(civil_date_age_years(day("2026-09-01"), day("2026-09-01")), 0);
}

static void months_between_is_the_largest_that_fits(void **context)
{
	(void)context;
	assert_int_equal(civil_date_months_between(day("2026-01-11"), day("2026-09-01")), 7);
	assert_int_equal(civil_date_months_between(day("2026-03-01"), day("2026-09-01")), 6);
	assert_int_equal(civil_date_months_between(day("2026-01-31"), day("2026-02-28")), 1);
	assert_int_equal(civil_date_months_between(day("2026-01-31"), day("2026-03-30")), 1);
	assert_int_equal(civil_date_months_between(day("2026-09-01"), day("2026-09-01")), 0);
	for (civil_date from = day("2023-01-01"); from < day("2025-01-01"); from += 3)
		for (civil_date to = from; to < day("2025-06-01"); to += 5) {
			int months = civil_date_months_between(from, to);

			assert_true(civil_date_add_months(from, months) <= to);
			assert_true(civil_date_add_months(from, months + 1) > to);
		}
}

static void unix_times_are_days_of_utc_8(void **context)
{
	(void)context;
	assert_int_equal(civil_date_from_unix_ms(0), day("1970-01-01"));
	assert_int_equal(civil_date_from_unix_ms(INT64_C(1788645599999)), day("2026-09-06"));
	assert_int_equal(civil_date_from_unix_ms(INT64_C(1788623999999)), day("2026-09-05"));
	assert_int_equal(civil_date_from_unix_ms(INT64_C(1788624000000)), day("2026-09-06"));
	assert_int_equal(civil_date_from_unix_ms(-INT64_C(28800000)), day("1970-01-01"));
	assert_int_equal(civil_date_from_unix_ms(-INT64_C(28800001)), day("1969-12-31"));
	assert_int_equal(civil_date_from_unix_ms(INT64_MIN), CIVIL_DATE_MIN);
	assert_int_equal(civil_date_from_unix_ms(INT64_MAX), CIVIL_DATE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_day_goes_there_and_back),
		cmocka_unit_test(days_that_do_not_exist_are_none),
		cmocka_unit_test(months_are_read_and_written),
		cmocka_unit_test(months_are_added_and_clamped),
		cmocka_unit_test(ages_are_completed_years),
		cmocka_unit_test(months_between_is_the_largest_that_fits),
		cmocka_unit_test(unix_times_are_days_of_utc_8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
