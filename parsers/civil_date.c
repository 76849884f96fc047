/* civil_date: day numbers of the Gregorian calendar, years by formula, months by table. */
#include "parsers/civil_date.h"

#include <assert.h>

enum {
	YEAR_FIRST = 1900,
	YEAR_LAST = 2199,
	LEAP_DAYS_BEFORE_YEAR_FIRST = 460, /* 1899 / 4 - 1899 / 100 + 1899 / 400 */
	UNIX_EPOCH = 25568,                /* 1970-01-01 */
};

#define DAY_MS    INT64_C(86400000)
#define OFFSET_MS (INT64_C(8) * 3600 * 1000) /* UTC+8, no daylight saving */

static const uint16_t days_before_month[2][14] = {
	{0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365},
	{0, 0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366},
};

static int is_leap_year(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_before_year(int year)
{
	int last = year - 1;

	return (year - YEAR_FIRST) * 365 + last / 4 - last / 100 + last / 400 - LEAP_DAYS_BEFORE_YEAR_FIRST;
}

static int days_in_month(int year, int month)
{
	const uint16_t *before = days_before_month[is_leap_year(year)];

	return before[month + 1] - before[month];
}

civil_date civil_date_from_ymd(int year, int month, int day)
{
	if (year < YEAR_FIRST || year > YEAR_LAST || month < 1 || month > 12 || day < 1)
		return CIVIL_DATE_NONE;
	if (day > 28 && day > days_in_month(year, month))
		return CIVIL_DATE_NONE;
	return (civil_date)(days_before_year(year) + days_before_month[is_leap_year(year)][month] + day);
}

void civil_date_to_ymd(civil_date date, int *year, int *month, int *day)
{
	int number = (int)date;
	int y = YEAR_FIRST + (number - 1) / 366; /* this year or the one before */
	int m;
	const uint16_t *before;

	assert(date >= CIVIL_DATE_MIN && date <= CIVIL_DATE_MAX);
	if (days_before_year(y + 1) < number)
		y++;
	number -= days_before_year(y);
	before = days_before_month[is_leap_year(y)];
	m = (number - 1) / 31 + 1; /* this month or the one before */
	if (before[m + 1] < number)
		m++;
	if (year != NULL)
		*year = y;
	if (month != NULL)
		*month = m;
	if (day != NULL)
		*day = number - before[m];
}

/* The value of count digits, -1 if one is none. */
static int digits_value(const char *text, int count)
{
	int value = 0;
	unsigned worst = 0;

	for (int i = 0; i < count; i++) {
		unsigned digit = (unsigned)(unsigned char)text[i] - '0';

		worst = digit > worst ? digit : worst;
		value = value * 10 + (int)(digit & 15);
	}
	return worst > 9 ? -1 : value;
}

civil_date civil_date_parse_compact(const char *text, size_t length)
{
	int value = length == 8 ? digits_value(text, 8) : -1;

	if (value < 0)
		return CIVIL_DATE_NONE;
	return civil_date_from_ymd(value / 10000, value / 100 % 100, value % 100);
}

civil_date civil_date_parse(const char *text, size_t length)
{
	if (length != CIVIL_DATE_TEXT_SIZE - 1 || text[4] != '-' || text[7] != '-')
		return CIVIL_DATE_NONE;
	return civil_date_from_ymd(digits_value(text, 4), digits_value(text + 5, 2), digits_value(text + 8, 2));
}

static char *put_digits(char *text, int value, int count)
{
	for (int i = count - 1; i >= 0; i--) {
		text[i] = (char)('0' + value % 10);
		value /= 10;
	}
	return text + count;
}

const char *civil_date_format(civil_date date, char text[CIVIL_DATE_TEXT_SIZE])
{
	int year, month, day;
	char *end;

	civil_date_to_ymd(date, &year, &month, &day);
	end = put_digits(text, year, 4);
	*end++ = '-';
	end = put_digits(end, month, 2);
	*end++ = '-';
	*put_digits(end, day, 2) = '\0';
	return text;
}

bool civil_month_parse_compact(const char *text, size_t length, civil_month *month)
{
	int value = length == 6 ? digits_value(text, 6) : -1;
	int year = value / 100;

	if (value < 0 || year < YEAR_FIRST || year > YEAR_LAST || value % 100 < 1 || value % 100 > 12)
		return false;
	*month = (civil_month)((year - YEAR_FIRST) * 12 + value % 100 - 1);
	return true;
}

const char *civil_month_format(civil_month month, char text[CIVIL_MONTH_TEXT_SIZE])
{
	char *end;

	assert(month < CIVIL_MONTH_COUNT);
	end = put_digits(text, YEAR_FIRST + (int)month / 12, 4);
	*end++ = '-';
	*put_digits(end, (int)month % 12 + 1, 2) = '\0';
	return text;
}

civil_date civil_date_add_months(civil_date date, int months)
{
	int year, month, day, last;
	int64_t total;

	civil_date_to_ymd(date, &year, &month, &day);
	total = (int64_t)(year - YEAR_FIRST) * 12 + month - 1 + months;
	if (total < 0)
		return CIVIL_DATE_MIN;
	if (total >= (int64_t)CIVIL_MONTH_COUNT)
		return CIVIL_DATE_MAX;
	year = YEAR_FIRST + (int)(total / 12);
	month = (int)(total % 12) + 1;
	last = days_in_month(year, month);
	return civil_date_from_ymd(year, month, day < last ? day : last);
}

civil_month civil_date_month(civil_date date)
{
	int year, month;

	civil_date_to_ymd(date, &year, &month, NULL);
	return (civil_month)((year - YEAR_FIRST) * 12 + month - 1);
}

civil_date civil_month_first_day(civil_month month)
{
	assert(month < CIVIL_MONTH_COUNT);
	return civil_date_from_ymd(YEAR_FIRST + (int)month / 12, (int)month % 12 + 1, 1);
}

civil_date civil_month_last_day(civil_month month)
{
	assert(month < CIVIL_MONTH_COUNT);
	return month + 1 == CIVIL_MONTH_COUNT ? CIVIL_DATE_MAX : civil_month_first_day(month + 1) - 1;
}

int civil_date_age_years(civil_date birth, civil_date on)
{
	int birth_year, birth_month, birth_day, year, month, day;

	civil_date_to_ymd(birth, &birth_year, &birth_month, &birth_day);
	civil_date_to_ymd(on, &year, &month, &day);
	return year - birth_year - (month * 100 + day < birth_month * 100 + birth_day);
}

int civil_date_months_between(civil_date from, civil_date to)
{
	int months;

	assert(from <= to);
	months = (int)(civil_date_month(to) - civil_date_month(from));
	return civil_date_add_months(from, months) > to ? months - 1 : months;
}

civil_date civil_date_from_unix_ms(int64_t unix_ms)
{
	int64_t days = unix_ms / DAY_MS;
	int64_t rest = unix_ms % DAY_MS;

	if (rest < 0) {
		rest += DAY_MS;
		days--;
	}
	if (rest + OFFSET_MS >= DAY_MS)
		days++;
	days += UNIX_EPOCH;
	if (days < (int64_t)CIVIL_DATE_MIN)
		return CIVIL_DATE_MIN;
	return days > (int64_t)CIVIL_DATE_MAX ? CIVIL_DATE_MAX : (civil_date)days;
}
