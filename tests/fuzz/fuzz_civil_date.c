/* fuzz_civil_date: dates and months as text, and arithmetic on those that are read. */
#include "tests/fuzz/fuzz_target.h"

#include <assert.h>
#include <string.h>

#include "parsers/civil_date.h"

static void check_date(civil_date date, int months)
{
	char text[CIVIL_DATE_TEXT_SIZE];
	civil_date moved = civil_date_add_months(date, months);
	int year, month, day;

	assert(date >= CIVIL_DATE_MIN && date <= CIVIL_DATE_MAX);
	assert(civil_date_parse(civil_date_format(date, text), CIVIL_DATE_TEXT_SIZE - 1) == date);
	civil_date_to_ymd(date, &year, &month, &day);
	assert(civil_date_from_ymd(year, month, day) == date);
	assert(moved >= CIVIL_DATE_MIN && moved <= CIVIL_DATE_MAX);
	if (moved >= date)
		assert(civil_date_add_months(date, civil_date_months_between(date, moved)) <= moved);
	assert(civil_month_first_day(civil_date_month(date)) <= date);
	assert(civil_month_last_day(civil_date_month(date)) >= date);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	civil_date compact = civil_date_parse_compact(text, size);
	civil_date dashed = civil_date_parse(text, size);
	civil_month month;
	int64_t number = 0;

	memcpy(&number, data, size < sizeof(number) ? size : sizeof(number));
	if (compact != CIVIL_DATE_NONE)
		check_date(compact, (int)number);
	if (dashed != CIVIL_DATE_NONE)
		check_date(dashed, (int)(number % 5000));
	if (civil_month_parse_compact(text, size, &month))
		assert(month < CIVIL_MONTH_COUNT && civil_date_month(civil_month_last_day(month)) == month);
	check_date(civil_date_from_unix_ms(number), (int)number);
	return 0;
}
