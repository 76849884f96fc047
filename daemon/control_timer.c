/* control_timer: the calendar of openings and ticks. */
#include "daemon/control_timer.h"

#include <stdio.h>

#define MINUTE_MS      60000
#define DAY_MS         (24 * 60 * (int64_t)MINUTE_MS)
#define ZONE_OFFSET_MS (8 * 60 * (int64_t)MINUTE_MS)

/* The last opening day up to date. */
static civil_date last_opening(civil_date date, uint32_t open_day)
{
	civil_date month = civil_month_first_day(civil_date_month(date));
	int number;

	for (;;) {
		civil_date opening = month + open_day - 1;

		civil_date_to_ymd(month, NULL, &number, NULL);
		if ((number == 3 || number == 9) && opening <= date)
			return opening;
		month = civil_date_add_months(month, -1);
	}
}

static bool is_doubtful(civil_date today, const struct control_county *county)
{
	civil_date known = county->largest_tick > county->newest_as_of ? county->largest_tick : county->newest_as_of;
	civil_date log_date = civil_date_from_unix_ms(county->log_time_ms);

	if (today < civil_date_from_ymd(CONTROL_YEAR_MIN, 1, 1))
		return true;
	/* Dates that were believed already go before the log's times; of a new county nothing else is known. */
	if (known != CIVIL_DATE_NONE)
		return today > known + CONTROL_DAYS_AHEAD;
	return today > log_date + CONTROL_DAYS_AHEAD || today + CONTROL_DAYS_BEHIND < log_date;
}

struct control_due control_timer_due(
	int64_t now_ms, const struct control_schedule *schedule, const struct control_county *county)
{
	struct control_due due = {.clock_doubtful = false};
	civil_date today = civil_date_from_unix_ms(now_ms);
	int64_t in_day_ms = ((now_ms + ZONE_OFFSET_MS) % DAY_MS + DAY_MS) % DAY_MS;
	/* Until open_time it is still yesterday. */
	civil_date day = in_day_ms >= (int64_t)schedule->open_time_minutes * MINUTE_MS ? today : today - 1;
	civil_date as_of;

	due.clock_doubtful = is_doubtful(today, county);
	if (due.clock_doubtful)
		return due;
	as_of = civil_month_first_day(civil_date_month(last_opening(day, schedule->open_day)));
	if (as_of > county->newest_as_of && today < civil_date_add_months(as_of, 6)) {
		due.open_campaign = true;
		due.as_of = as_of;
		due.opened_on = today;
	}
	if (day > county->largest_tick) {
		due.tick = true;
		due.tick_date = day;
	}
	return due;
}

const char *control_open_campaign_text(
	const char *county, civil_date as_of, civil_date opened_on, char text[CONTROL_TEXT_SIZE])
{
	char as_of_text[CIVIL_DATE_TEXT_SIZE];
	char opened_on_text[CIVIL_DATE_TEXT_SIZE];
	char campaign[CIVIL_MONTH_TEXT_SIZE];

	snprintf(text, CONTROL_TEXT_SIZE,
		"{\"action\":\"open_campaign\",\"county\":\"%.6s\",\"campaign\":\"%s\",\"as_of\":\"%s\",\"opened_on\":"
		"\"%s\"}",
		county, civil_month_format(civil_date_month(as_of), campaign), civil_date_format(as_of, as_of_text),
		civil_date_format(opened_on, opened_on_text));
	return text;
}

const char *control_tick_text(const char *county, civil_date date, char text[CONTROL_TEXT_SIZE])
{
	char date_text[CIVIL_DATE_TEXT_SIZE];

	snprintf(text, CONTROL_TEXT_SIZE, "{\"action\":\"tick\",\"county\":\"%.6s\",\"date\":\"%s\"}", county,
		civil_date_format(date, date_text));
	return text;
}
