/*
 * text_cases: canonical lines that are right, to be put together with one that is not, and how tests read them.
 */
#ifndef DUIZHANG_TESTS_UNIT_TEXT_CASES_H
#define DUIZHANG_TESTS_UNIT_TEXT_CASES_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/parsed.h"

#define REF "0123456789abcdef0123456789abcdef"

/* Lines that are right, to be put together with one that is not. */
#define MH "H|MOVEMENTS|YLNSH|532929|20260801|20260831|2|300\n"
#define M1 "D|1|S1|6217001|杨国珍|11010519491231002X|20260801|C|100|DF|养老金|\n"
#define M2 "D|2|S2|6217001|||20260831|D|200|QK||\n"
#define MT "T|2|300\n"
#define RH "H|RESULTS|YLNSH|532929|B2608|202608|1|100\n"
#define R1 "D|1|11010519491231002X|杨国珍|6217001|100|20260815|AAAAAAA|\n"
#define RT "T|1|100\n"
#define PH "H|PAYROLL|YLNSH|532929|B2608|202608|1|100\n"
#define P1 "D|1|11010519491231002X|杨国珍|6217001|100\n"
#define OH "H|ROSTER|532929|20260831|1\n"
#define O1                                                                                                                 \
	"D|1|11010519491231002X|杨国珍|19491231|resident|532929100|诺邓镇|象麓村|receiving|20100101|12300|YLNSH|" \
	"6217001|139|0|E1|厂\n"
#define T1 "T|1\n"
#define CH "H|CONFIRMATIONS|532929|20260831|1\n"
#define C1 "D|1|11010519491231002X|杨国珍|20260831|on_site|村\n"
#define FH "H|FEEDBACK|532929|2026-09|532929100|1\n"
#define F1 "D|1|2026-09-532929-" REF "|11010519491231002X|deceased|20260912|on_site|李|139|202605|注\n"

static struct message_headers headers;
static struct document_limits limits;
static struct document_context document_context;
static struct parsed parsed;

static inline void person_ref(void *context, const char id_number[ID_NUMBER_LENGTH], char hex[33])
{
	(void)context;
	assert_memory_equal(id_number, "11010519491231002X", ID_NUMBER_LENGTH);
	memcpy(hex, REF, 33);
}

static inline int set_up(void **context)
{
	(void)context;
	message_headers_read(&headers, NULL, 0);
	limits = document_limits_default;
	document_context = (struct document_context){.headers = &headers, .limits = &limits, .person_ref = person_ref};
	return 0;
}

static inline void read_bytes(const char *text, size_t length)
{
	parsed_read(&parsed, &document_context, "UTF-8", text, length, 0, 0);
}

static inline void assert_errors_of(const char *text, size_t length, const char *expected)
{
	char *errors;

	read_bytes(text, length);
	errors = parsed_errors(&parsed);
	if (strcmp(errors, expected) != 0)
		print_error("of %.*s\n", (int)(length < 2000 ? length : 2000), text);
	assert_string_equal(errors, expected);
	assert_int_equal(parsed.good, *expected == '\0');
	free(errors);
	free(parsed.rows);
}

static inline void assert_errors(const char *text, const char *expected)
{
	assert_errors_of(text, strlen(text), expected);
}

struct document_case {
	const char *text;
	const char *errors; /* "line, field: code\n" for each */
};

static inline void assert_cases(const struct document_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_errors(cases[i].text, cases[i].errors);
}

#define ASSERT_CASES(cases) assert_cases(cases, sizeof(cases) / sizeof((cases)[0]))

#define TEST(test) cmocka_unit_test_setup(test, set_up)

#endif
