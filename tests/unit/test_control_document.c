/* test_control_document: the two actions, and everything that is not one of them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/parsed.h"

static struct message_headers headers;
static struct parsed parsed;

#define OPENING                                                                                                        \
	"{\"action\":\"open_campaign\",\"county\":\"532929\",\"campaign\":\"2026-09\",\"as_of\":\"2026-09-01\","       \
	"\"opened_on\":\"2026-09-06\"}"
#define TICK "{\"action\":\"tick\",\"county\":\"532929\",\"date\":\"2026-10-07\"}"

static void read(const char *text, size_t length)
{
	const struct document_context context = {
		.headers = &headers, .key_county = "532929", .limits = &document_limits_default};

	parsed_read(&parsed, &context, "UTF-8", text, length, 7, 1);
}

static void assert_rows(const char *text, const char *rows)
{
	read(text, strlen(text));
	assert_true(parsed.good);
	assert_string_equal(parsed.rows, rows);
	assert_int_equal(parsed.kind, DOCUMENT_CONTROL);
	assert_string_equal(parsed.county, "532929");
	free(parsed.rows);
}

static void assert_errors(const char *text, size_t length, const char *errors)
{
	char *found;

	read(text, length);
	found = parsed_errors(&parsed);
	assert_false(parsed.good);
	assert_string_equal(found, errors);
	assert_string_equal(parsed.rows, "");
	assert_int_equal(parsed.kind, DOCUMENT_CONTROL);
	free(parsed.rows);
	free(found);
}

static void both_actions_are_read(void **context)
{
	char as_of[200];

	(void)context;
	snprintf(as_of, sizeof(as_of),
		"header control|||532929|0|0|0|0/0|0||0|||0|0|0\n1: control 0|532929|2026-09|%u|%u|0\n",
		civil_date_from_ymd(2026, 9, 1), civil_date_from_ymd(2026, 9, 6));
	assert_rows(OPENING, as_of);
	assert_rows(OPENING "\n \r\n\t", as_of);
	assert_rows("{ \"opened_on\": \"2026-09-06\",\n\"as_of\":\"2026-09-01\", \"campaign\":\"2026-0\\u0039\",\n"
		    "\"county\":\"532929\", \"action\":\"open_campaign\" }",
		as_of);
	snprintf(as_of, sizeof(as_of), "header control|||532929|0|0|0|0/0|0||0|||0|0|0\n1: control 1|532929||0|0|%u\n",
		civil_date_from_ymd(2026, 10, 7));
	assert_rows(TICK, as_of);
	assert_rows("\xef\xbb\xbf" TICK, as_of);
}

static void opening_days_are_within_six_months(void **context)
{
	static const struct {
		const char *opened_on;
		bool good;
	} cases[] = {{"2026-09-01", true}, {"2027-02-28", true}, {"2027-03-01", false}, {"2026-08-31", false}};

	(void)context;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[] = OPENING;

		memcpy(strstr(text, "2026-09-06"), cases[i].opened_on, 10);
		read(text, strlen(text));
		assert_int_equal(parsed.good, cases[i].good);
		free(parsed.rows);
	}
}

static void everything_else_is_bad_control(void **context)
{
	static const char *const wrong[] = {
		"{",
		"{}",
		"{}x",
		"{\"action\":\"tick\"",
		TICK TICK,
		TICK "x",
		"{\"action\":\"tick\",\"county\":\"532929\"}",
		"{\"action\":\"tick\",\"county\":\"532929\",\"date\":\"2026-10-07\",\"x\":1}",
		"{\"action\":\"tick\",\"action\":\"tick\",\"county\":\"532929\",\"date\":\"2026-10-07\"}",
		"{\"action\":\"tick\",\"county\":\"532929\",\"date\":\"2026-10-32\"}",
		"{\"action\":\"tick\",\"county\":\"532929\",\"date\":\"20261007\"}",
		"{\"action\":\"tick\",\"county\":\"532929\",\"date\":20261007}",
		"{\"action\":\"tick\",\"county\":\"532929\",\"date\":null}",
		"{\"action\":\"tick\",\"county\":532929,\"date\":\"2026-10-07\"}",
		"{\"action\":\"tick\",\"county\":\"53292\",\"date\":\"2026-10-07\"}",
		"{\"action\":\"tick\",\"county\":\"53292x\",\"date\":\"2026-10-07\"}",
		"{\"action\":\"tick\",\"county\":\"532929\",\"date\":\"2026-10-07\",\"campaign\":\"2026-09\"}",
		"{\"action\":\"Tick\",\"county\":\"532929\",\"date\":\"2026-10-07\"}",
		"{\"action\":\"close_campaign\",\"county\":\"532929\",\"campaign\":\"2026-09\"}",
		"{\"action\":[\"tick\"],\"county\":\"532929\",\"date\":\"2026-10-07\"}",
		"{\"action\":\"tick\\u0000\",\"county\":\"532929\",\"date\":\"2026-10-07\"}",
		"{\"county\":\"532929\",\"date\":\"2026-10-07\"}",
		"{\"action\":\"open_campaign\",\"county\":\"532929\",\"campaign\":\"2026-06\",\"as_of\":\"2026-06-01\","
		"\"opened_on\":"
		"\"2026-06-06\"}",
		"{\"action\":\"open_campaign\",\"county\":\"532929\",\"campaign\":\"2026-09\",\"as_of\":\"2026-09-02\","
		"\"opened_on\":"
		"\"2026-09-06\"}",
		"{\"action\":\"open_campaign\",\"county\":\"532929\",\"campaign\":\"2026-09\",\"as_of\":\"2026-03-01\","
		"\"opened_on\":"
		"\"2026-03-06\"}",
		"{\"action\":\"open_campaign\",\"county\":\"532929\",\"campaign\":\"2026-09\",\"as_of\":\"2026-09-"
		"01\"}",
		"{\"action\":\"open_campaign\",\"county\":\"532929\",\"as_of\":\"2026-09-01\",\"opened_on\":\"2026-09-"
		"06\"}",
	};

	(void)context;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_errors(wrong[i], strlen(wrong[i]), "0, 0: bad_control\n");
}

static void what_is_long_is_no_control_document(void **context)
{
	char *text = calloc(1, 200000);

	(void)context;
	assert_non_null(text);
	memset(text, ' ', 199999);
	memcpy(text, TICK, strlen(TICK));
	assert_errors(text, 70000, "0, 0: bad_control\n");
	text[65536] = '\0';
	read(text, 65536);
	assert_true(parsed.good);
	free(parsed.rows);
	memset(text, '{', 199999);
	assert_errors(text, 60000, "0, 0: bad_control\n");
	free(text);
}

static void another_county_is_bad_headers_whatever_else_is_wrong(void **context)
{
	static const char other[] = "{\"action\":\"tick\",\"county\":\"532930\",\"date\":\"2026-10-07\"}";
	static const char wrong[] = "{\"action\":\"x\",\"county\":\"532930\"}";

	(void)context;
	assert_errors(other, sizeof(other) - 1, "0, 0: bad_headers\n");
	assert_errors(wrong, sizeof(wrong) - 1, "0, 0: bad_headers\n");
	memcpy(headers.county, "532930", 7);
	assert_errors(TICK, strlen(TICK), "0, 0: bad_headers\n");
	memset(&headers, 0, sizeof(headers));
}

static void header_kind_control_needs_json(void **context)
{
	(void)context;
	headers.kind = DOCUMENT_CONTROL;
	assert_errors("tick", 4, "0, 0: bad_control\n");
	assert_errors("[]", 2, "0, 0: bad_control\n");
	assert_errors("1", 1, "0, 0: bad_control\n");
	read("\n" TICK, strlen("\n" TICK));
	assert_true(parsed.good);
	free(parsed.rows);
	memset(&headers, 0, sizeof(headers));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_actions_are_read),
		cmocka_unit_test(opening_days_are_within_six_months),
		cmocka_unit_test(everything_else_is_bad_control),
		cmocka_unit_test(what_is_long_is_no_control_document),
		cmocka_unit_test(another_county_is_bad_headers_whatever_else_is_wrong),
		cmocka_unit_test(header_kind_control_needs_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
