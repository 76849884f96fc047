/*
 * civil_date: civil dates of UTC+8 between 1900-01-01 and 2199-12-31, and months.
 *
 * Pure functions, any thread. A date is a day number, so dates compare and subtract as integers.
 */
#ifndef DUIZHANG_PARSERS_CIVIL_DATE_H
#define DUIZHANG_PARSERS_CIVIL_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Day number: 1 is 1900-01-01. CIVIL_DATE_NONE (0) is "no date". */
typedef uint32_t civil_date;
#define CIVIL_DATE_NONE 0u
#define CIVIL_DATE_MIN  1u
#define CIVIL_DATE_MAX  109573u /* 2199-12-31 */

/* Month number: 0 is 1900-01, 3599 is 2199-12. */
typedef uint32_t civil_month;
#define CIVIL_MONTH_COUNT 3600u

/* Room for "YYYY-MM-DD" and "YYYY-MM" with their NUL. */
#define CIVIL_DATE_TEXT_SIZE  11
#define CIVIL_MONTH_TEXT_SIZE 8

/* The day number of a civil date, CIVIL_DATE_NONE if there is no such day in range. */
civil_date civil_date_from_ymd(int year, int month, int day);

/* Splits a date (not NONE); each pointer may be NULL. */
void civil_date_to_ymd(civil_date date, int *year, int *month, int *day);

/* Exactly eight digits YYYYMMDD; CIVIL_DATE_NONE if they are not a date in range. */
civil_date civil_date_parse_compact(const char *text, size_t length);

/* Exactly YYYY-MM-DD; CIVIL_DATE_NONE otherwise. */
civil_date civil_date_parse(const char *text, size_t length);

/* Writes YYYY-MM-DD and NUL; returns text. */
const char *civil_date_format(civil_date date, char text[CIVIL_DATE_TEXT_SIZE]);

/* Exactly six digits YYYYMM within range; returns false otherwise. */
bool civil_month_parse_compact(const char *text, size_t length, civil_month *month);

/* Writes YYYY-MM and NUL; returns text. */
const char *civil_month_format(civil_month month, char text[CIVIL_MONTH_TEXT_SIZE]);

/* add_months of design 2: same day, clamped to the month's last day; saturates at the ends of the range. */
civil_date civil_date_add_months(civil_date date, int months);

civil_month civil_date_month(civil_date date);
civil_date civil_month_first_day(civil_month month);
civil_date civil_month_last_day(civil_month month);

/* Completed years from birth to on; a birth on 29 February completes its year on 1 March of common years (7.1). */
int civil_date_age_years(civil_date birth, civil_date on);

/* The largest n >= 0 with add_months(from, n) <= to; from <= to. */
int civil_date_months_between(civil_date from, civil_date to);

/* The civil date in UTC+8 of a Unix time in milliseconds, clamped to the range. */
civil_date civil_date_from_unix_ms(int64_t unix_ms);

#endif
