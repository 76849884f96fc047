/* test_control_timer: openings and ticks on time, made up after an outage, and none by a clock that is wrong. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "daemon/control_timer.h"

static const struct control_schedule schedule = {.open_day = 6, .open_time_minutes = 6 * 60};

static civil_date day(const char *text)
{
	return text[0] == '\0' ? CIVIL_DATE_NONE : civil_date_parse(text, strlen(text));
}

/* Unix time in ms of a time "YYYY-MM-DD HH:MM" of UTC+8. */
static int64_t at(const char *text)
{
	int hours;
	int minutes;

	assert_int_equal(sscanf(text + 10, " %d:%d", &hours, &minutes), 2);
	return ((int64_t)civil_date_parse(text, 10) - civil_date_from_ymd(1970, 1, 1)) * 86400000 +
	       (hours * 60 + minutes - 8 * 60) * INT64_C(60000);
}

/* What is due, as "open AS_OF on OPENED_ON, tick DATE". */
static const char *due_at(int64_t now_ms, const struct control_county *county)
{
	static char text[128];
	struct control_due due = control_timer_due(now_ms, &schedule, county);
	char a[CIVIL_DATE_TEXT_SIZE];
	char b[CIVIL_DATE_TEXT_SIZE];

	if (due.clock_doubtful) {
		assert_false(due.open_campaign || due.tick);
		return "doubt";
	}
	text[0] = '\0';
	if (due.open_campaign)
		sprintf(text, "open %s on %s, ", civil_date_format(due.as_of, a), civil_date_format(due.opened_on, b));
	if (due.tick)
		sprintf(text + strlen(text), "tick %s", civil_date_format(due.tick_date, a));
	return text;
}

static const char *due(const char *now, const char *largest_tick, const char *newest_as_of)
{
	struct control_county county = {day(largest_tick), day(newest_as_of), at(now) - 3600000};

	return due_at(at(now), &county);
}

static void campaigns_open_on_their_day(void **context)
{
	(void)context;
	assert_string_equal(due("2026-09-05 23:59", "2026-09-05", "2026-03-01"), "");
	assert_string_equal(due("2026-09-06 05:59", "2026-09-05", "2026-03-01"), "");
	assert_string_equal(
		due("2026-09-06 06:00", "2026-09-05", "2026-03-01"), "open 2026-09-01 on 2026-09-06, tick 2026-09-06");
	assert_string_equal(due("2026-09-06 06:01", "2026-09-06", "2026-09-01"), "");
	assert_string_equal(
		due("2027-03-06 06:00", "2027-03-05", "2026-09-01"), "open 2027-03-01 on 2027-03-06, tick 2027-03-06");
}

static void there_is_a_tick_a_day(void **context)
{
	(void)context;
	assert_string_equal(due("2026-10-07 06:00", "2026-10-06", "2026-09-01"), "tick 2026-10-07");
	assert_string_equal(due("2026-10-07 23:59", "2026-10-07", "2026-09-01"), "");
	assert_string_equal(due("2026-10-08 00:00", "2026-10-07", "2026-09-01"), "");
	assert_string_equal(due("2026-10-08 06:00", "2026-10-07", "2026-09-01"), "tick 2026-10-08");
}

static void what_was_missed_is_made_up(void **context)
{
	(void)context;
	assert_string_equal(
		due("2026-09-20 03:00", "2026-09-04", "2026-03-01"), "open 2026-09-01 on 2026-09-20, tick 2026-09-19");
	/* Two were missed: the newest. */
	assert_string_equal(
		due("2026-11-25 12:00", "2026-02-01", "2025-09-01"), "open 2026-09-01 on 2026-11-25, tick 2026-11-25");
	/* It can be opened until six months after its first day. */
	assert_string_equal(
		due("2026-08-31 12:00", "2026-03-01", "2025-09-01"), "open 2026-03-01 on 2026-08-31, tick 2026-08-31");
	assert_string_equal(due("2026-09-01 12:00", "2026-03-01", "2025-09-01"), "tick 2026-09-01");
	assert_string_equal(due("2026-09-06 05:00", "2026-03-01", "2025-09-01"), "tick 2026-09-05");
}

static void a_new_county_begins(void **context)
{
	(void)context;
	assert_string_equal(due("2026-11-25 12:00", "", ""), "open 2026-09-01 on 2026-11-25, tick 2026-11-25");
	assert_string_equal(due("2026-01-05 12:00", "", ""), "open 2025-09-01 on 2026-01-05, tick 2026-01-05");
}

static void what_people_opened_stays(void **context)
{
	(void)context;
	assert_string_equal(due("2026-09-06 06:00", "2026-09-06", "2026-09-01"), "");
	assert_string_equal(due("2026-10-06 06:00", "2026-10-06", "2026-09-01"), "");
}

static void other_schedules_are_kept(void **context)
{
	const struct control_schedule late = {.open_day = 30, .open_time_minutes = 23 * 60 + 59};
	struct control_county county = {day("2026-09-29"), day("2026-03-01"), at("2026-09-29 12:00")};
	struct control_due result;

	(void)context;
	assert_false(control_timer_due(at("2026-09-30 23:58"), &late, &county).open_campaign);
	result = control_timer_due(at("2026-09-30 23:59"), &late, &county);
	assert_true(result.open_campaign);
	assert_int_equal(result.opened_on, day("2026-09-30"));
	/* The next morning it is made up as of that day. */
	result = control_timer_due(at("2026-10-01 00:00"), &late, &county);
	assert_int_equal(result.opened_on, day("2026-10-01"));
	assert_int_equal(result.tick_date, day("2026-09-30"));
}

static void a_wrong_clock_makes_nothing(void **context)
{
	struct control_county county = {day("2026-09-10"), day("2026-09-01"), at("2026-09-10 06:00")};
	struct control_county fresh = {CIVIL_DATE_NONE, CIVIL_DATE_NONE, at("2026-09-10 06:00")};

	(void)context;
	/* Back a day: known already. */
	assert_string_equal(due_at(at("2026-09-09 07:00"), &county), "");
	assert_string_equal(due_at(at("2021-09-08 07:00"), &county), "");
	assert_string_equal(due_at(at("2026-09-09 07:00"), &fresh), "open 2026-09-01 on 2026-09-09, tick 2026-09-09");
	assert_string_equal(due_at(at("2026-09-08 07:00"), &fresh), "doubt");
	assert_string_equal(due_at(0, &county), "doubt");
	assert_string_equal(due_at(-1, &county), "doubt");
	assert_string_equal(due_at(at("2038-01-19 11:14"), &county), "doubt");
	assert_string_equal(due_at(0, &fresh), "doubt");
	assert_string_equal(due_at(at("2038-01-19 11:14"), &fresh), "doubt");
	assert_string_equal(due_at(INT64_MIN / 2, &fresh), "doubt");
	/* Times that a wrong clock has left in the log do not silence the right one. */
	county.log_time_ms = at("2038-01-19 11:14");
	assert_string_equal(due_at(at("2026-09-11 07:00"), &county), "tick 2026-09-11");
	/* A log written by the same wrong clock is no witness. */
	fresh.log_time_ms = 0;
	assert_string_equal(due_at(at("1970-01-02 07:00"), &fresh), "doubt");
}

static void a_long_outage_is_not_doubted(void **context)
{
	struct control_county county = {day("2026-09-10"), day("2026-09-01"), at("2026-09-10 06:00")};

	(void)context;
	assert_string_equal(due_at(at("2027-09-10 07:00"), &county), "open 2027-09-01 on 2027-09-10, tick 2027-09-10");
	assert_string_equal(due_at(at("2027-10-15 07:00"), &county), "open 2027-09-01 on 2027-10-15, tick 2027-10-15");
	assert_string_equal(due_at(at("2027-10-16 07:00"), &county), "doubt");
}

/* Applied at once, every minute of a year and a half brings each opening and each day's tick once. */
static void every_minute_of_a_year_and_a_half(void **context)
{
	struct control_county county = {day("2025-12-31"), day("2025-09-01"), at("2025-12-31 06:00")};
	unsigned ticks = 0;
	unsigned openings = 0;

	(void)context;
	for (int64_t now = at("2026-01-01 00:00"); now < at("2027-07-01 00:00"); now += 60000) {
		struct control_due result = control_timer_due(now, &schedule, &county);

		assert_false(result.clock_doubtful);
		if (result.open_campaign) {
			assert_int_equal(result.opened_on, result.as_of + 5);
			county.newest_as_of = result.as_of;
			openings++;
		}
		if (result.tick) {
			assert_int_equal(result.tick_date, county.largest_tick + 1);
			county.largest_tick = result.tick_date;
			ticks++;
		}
	}
	assert_int_equal(openings, 3);
	assert_int_equal(ticks, 365 + 181);
}

static void documents_are_as_the_contract_has_them(void **context)
{
	char text[CONTROL_TEXT_SIZE];

	(void)context;
	assert_string_equal(control_open_campaign_text("532929", day("2026-09-01"), day("2026-09-06"), text),
		"{\"action\":\"open_campaign\",\"county\":\"532929\",\"campaign\":\"2026-09\",\"as_of\":\"2026-09-01\","
		"\"opened_on\":\"2026-09-06\"}");
	assert_string_equal(control_tick_text("532929", day("2026-10-07"), text),
		"{\"action\":\"tick\",\"county\":\"532929\",\"date\":\"2026-10-07\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(campaigns_open_on_their_day),
		cmocka_unit_test(there_is_a_tick_a_day),
		cmocka_unit_test(what_was_missed_is_made_up),
		cmocka_unit_test(a_new_county_begins),
		cmocka_unit_test(what_people_opened_stays),
		cmocka_unit_test(other_schedules_are_kept),
		cmocka_unit_test(a_wrong_clock_makes_nothing),
		cmocka_unit_test(a_long_outage_is_not_doubted),
		cmocka_unit_test(every_minute_of_a_year_and_a_half),
		cmocka_unit_test(documents_are_as_the_contract_has_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
