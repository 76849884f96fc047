/*
 * control_timer: which control documents are due for a county (design section 8, first paragraph).
 *
 * Pure functions of the clock, the schedule, and what the county's ledger knows; any thread. A clock that cannot be
 * right makes nothing: a control document stays in the log for good, and one of a wrong date would close the county to
 * right ones.
 */
#ifndef DUIZHANG_DAEMON_CONTROL_TIMER_H
#define DUIZHANG_DAEMON_CONTROL_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "parsers/civil_date.h"

/* A clock before this year, or more than these days ahead of all that a county knows, is doubted. */
#define CONTROL_YEAR_MIN   2020
#define CONTROL_DAYS_AHEAD 400
/* Of a county that has no dates yet, a clock this much behind the log's time is doubted too. */
#define CONTROL_DAYS_BEHIND 1

/* [campaign] of the configuration. */
struct control_schedule {
	uint32_t open_day;          /* of March and September */
	uint32_t open_time_minutes; /* of UTC+8; of ticks too */
};

/* What the county's ledger knows; dates are CIVIL_DATE_NONE where there is none yet. */
struct control_county {
	civil_date largest_tick;
	civil_date newest_as_of; /* of its newest campaign */
	int64_t log_time_ms;     /* of its partition */
};

struct control_due {
	bool clock_doubtful; /* then nothing is due */
	bool open_campaign;  /* goes before the tick */
	civil_date as_of;
	civil_date opened_on;
	bool tick;
	civil_date tick_date;
};

/*
 * What is due at now_ms (Unix time). A day's tick from open_time on; of days missed the newest only. A campaign from
 * open_time of its open_day on, as opened today, as long as such an opening is valid (opened_on < add_months(as_of,
 * 6)); of campaigns missed the newest only.
 */
struct control_due control_timer_due(
	int64_t now_ms, const struct control_schedule *schedule, const struct control_county *county);

/* The control documents of 5.1. Room for either, with its NUL. */
#define CONTROL_TEXT_SIZE 160
const char *control_open_campaign_text(
	const char *county, civil_date as_of, civil_date opened_on, char text[CONTROL_TEXT_SIZE]);
const char *control_tick_text(const char *county, civil_date date, char text[CONTROL_TEXT_SIZE]);

#endif
