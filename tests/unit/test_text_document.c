/*
 * test_text_document: kinds, numbers of fields, letters, order, counts and sums of 5.2, and no difference for how a
 * document is cut or in which charset it is written.
 */
#include "tests/unit/text_cases.h"

#include <iconv.h>

static void documents_that_are_right(void **context)
{
	static const struct document_case cases[] = {
		{MH M1 M2 MT, ""},
		{MH M1 M2 "T|2|300", ""},
		{MH M1 M2 MT "\n", ""},
		{MH M1 M2 MT "\r\n", ""},
		{"\xef\xbb\xbf" MH M1 M2 MT, ""},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260831|2|300|2/3\r\n" M1 M2 "T|2|300\r\n\r\n", ""},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260801|0|0\nT|0|0", ""},
		{RH R1 RT, ""},
		{PH P1 RT, ""},
		{OH O1 T1, ""},
		{CH C1 T1, ""},
		{FH F1 T1, ""},
	};

	(void)context;
	ASSERT_CASES(cases);
}

static void first_lines_that_say_no_kind(void **context)
{
	static const struct document_case cases[] = {
		{"H|", "0, 0: unknown_format\n"},
		{"H|\n", "0, 0: unknown_format\n"},
		{"H||\n", "0, 0: unknown_format\n"},
		{"H|movements|YLNSH|532929|20260801|20260831|0|0\nT|0|0\n", "0, 0: unknown_format\n"},
		{"H|MOVEMENT|YLNSH|532929|20260801|20260831|0|0\nT|0|0\n", "0, 0: unknown_format\n"},
		{"H|CONTROL|532929\nT|0\n", "0, 0: unknown_format\n"},
		{"H|ROSTER\xc2\xa0|532929|20260831|0\nT|0\n", "0, 0: unknown_format\n"},
	};

	(void)context;
	ASSERT_CASES(cases);
}

static void numbers_of_fields(void **context)
{
	static const struct document_case cases[] = {
		{"H|MOVEMENTS\n" M1 M2 MT, "1, 0: field_count\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260831|2\n" M1 M2 MT, "1, 0: field_count\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260831|2|300|1/1|\n" M1 M2 MT, "1, 0: field_count\n"},
		{"H|RESULTS|YLNSH|532929|B2608|202608|1|100|1/1\n" R1 RT, "1, 0: field_count\n"},
		{"H|ROSTER|532929|20260831|1|\n" O1 T1, "1, 0: field_count\n"},
		{"H|FEEDBACK|532929|2026-09|1\n" F1 T1, "1, 0: field_count\n"},
		{MH "D|1|S1|6217001|||20260801|C|100|DF|养老金\n" M2 MT, "2, 0: field_count\n"},
		{MH "D|1|S1|6217001|||20260801|C|100|DF|养老金||\n" M2 MT, "2, 0: field_count\n"},
		{MH "D\n" M2 MT, "2, 0: field_count\n"},
		{MH "D|\n" M2 MT, "2, 0: field_count\n"},
		{MH M1 M2 "T\n", "4, 0: field_count\n"},
		{MH M1 M2 "T|2\n", "4, 0: field_count\n"},
		{MH M1 M2 "T|2|300|\n", "4, 0: field_count\n"},
		{OH O1 "T|1|0\n", "3, 0: field_count\n"},
		{CH C1 "T|1|\n", "3, 0: field_count\n"},
		{RH "D|1|11010519491231002X|杨国珍|6217001|100|20260815|AAAAAAA\n" RT, "2, 0: field_count\n"},
		{PH "D|1|11010519491231002X|杨国珍|6217001|100|\n" RT, "2, 0: field_count\n"},
		{OH "D|1|x\n" T1, "2, 0: field_count\n"},
		{CH "D|1|11010519491231002X|杨国珍|20260831|on_site\n" T1, "2, 0: field_count\n"},
		{FH "D|1||11010519491231002X|alive|20260912|on_site|李|139|\n" T1, "2, 0: field_count\n"},
	};

	(void)context;
	ASSERT_CASES(cases);
}

static void letters_and_order(void **context)
{
	static const struct document_case cases[] = {
		{MH "d|1|S1|6217001|||20260801|C|100|DF||\n" M2 MT, "2, 1: bad_field\n3, 2: line_number\n"},
		{MH M1 "\n" M2 MT, "3, 1: bad_field\n"},
		{MH M1 "\r\n" M2 MT, "3, 1: bad_field\n"},
		{MH M1 " \n" M2 MT, "3, 1: bad_field\n"},
		{MH M1 MH M2 MT, "3, 1: bad_field\n"},
		{MH M1 "H\n" M2 MT, "3, 1: bad_field\n"},
		{MH M1 "|\n" M2 MT, "3, 1: bad_field\n"},
		{MH M1 "DD|2\n" M2 MT, "3, 1: bad_field\n"},
		{MH M1 "\x1a\n" M2 MT, "3, 1: bad_field\n"},
		{MH M1 M2 MT MT, "5, 1: bad_field\n"},
		{MH M1 MT M2, "4, 1: bad_field\n"},
		{MH M1 M2 MT "\n\n", "6, 1: bad_field\n"},
		{MH M1 M2 MT "\n\n\n", "6, 1: bad_field\n7, 1: bad_field\n"},
		{MH M1 M2 MT " \n", "5, 1: bad_field\n"},
		{MH M1 M2 MT "\x1a", "5, 1: bad_field\n"},
		{MH M1 M2 MT "x\n\ny\n\n", "5, 1: bad_field\n7, 1: bad_field\n8, 1: bad_field\n"},
		{MH M1 M2 MT "\nD|x\n", "6, 1: bad_field\n"},
		{MH "T|1|1|\n" M1 M2 MT, "2, 0: field_count\n3, 1: bad_field\n4, 1: bad_field\n5, 1: bad_field\n"},
	};

	(void)context;
	ASSERT_CASES(cases);
}

static void line_numbers(void **context)
{
	static const struct document_case cases[] = {
		{MH "D|2|S1|6217001|||20260801|C|100|DF||\n" M2 MT, "2, 2: line_number\n"},
		{MH "D|01|S1|6217001|||20260801|C|100|DF||\n" M2 MT, "2, 2: line_number\n"},
		{MH "D||S1|6217001|||20260801|C|100|DF||\n" M2 MT, "2, 2: line_number\n"},
		{MH "D|+1|S1|6217001|||20260801|C|100|DF||\n" M2 MT, "2, 2: line_number\n"},
		{MH "D|18446744073709551617|S1|6217001|||20260801|C|100|DF||\n" M2 MT, "2, 2: line_number\n"},
		{MH M1 M1 M2 MT, "3, 2: line_number\n4, 2: line_number\n"},
		{MH M2 MT, "2, 2: line_number\n"},
		/* The place of a line is its place among the D lines, whatever is wrong with others. */
		{MH "D|1\n" M2 MT, "2, 0: field_count\n"},
		{MH "D|7|S1|6217001|||20260801|C|100|DF||\n" M2 MT, "2, 2: line_number\n"},
		{OH "D|2|11010519491231002X|\n" T1, "2, 0: field_count\n"},
		{OH "D|2"
		    "|11010519491231002X|杨|19491231|resident|532929100|诺|象|receiving|20100101|1|||139|0||\n" T1,
			"2, 2: line_number\n"},
		{CH "D|0|11010519491231002X|杨国珍|20260831|on_site|村\n" T1, "2, 2: line_number\n"},
	};

	(void)context;
	ASSERT_CASES(cases);
}

static void trailers_and_totals(void **context)
{
	static const struct document_case cases[] = {
		{MH, "2, 0: missing_trailer\n"},
		{MH M1 M2, "4, 0: missing_trailer\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260831|2|300", "2, 0: missing_trailer\n"},
		{MH M1 "D|2|S2|62170", "3, 0: field_count\n4, 0: missing_trailer\n"},
		{MH M1 M2 "\n", "4, 1: bad_field\n5, 0: missing_trailer\n"},
		{MH M1 M2 "T|x|300\n", "4, 2: bad_field\n"},
		{MH M1 M2 "T||300\n", "4, 2: bad_field\n"},
		{MH M1 M2 "T|2|\n", "4, 3: bad_amount\n"},
		{MH M1 M2 "T|2|0300\n", "4, 3: bad_amount\n"},
		{MH M1 M2 "T|2|3000000000000000000\n", "4, 3: bad_amount\n"},
		{MH M1 M2 "T|02|0300\n", "4, 2: bad_field\n"},
		{MH M1 M2 "T|3|300\n", "4, 2: count_mismatch\n"},
		{MH M1 M2 "T|3|301\n", "4, 2: count_mismatch\n"},
		{MH M1 M2 "T|2|301\n", "4, 3: sum_mismatch\n"},
		{MH M1 M2 "T|99999999999999999999999999|300\n", "4, 2: count_mismatch\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260831|3|300\n" M1 M2 MT, "1, 7: count_mismatch\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260831|3|301\n" M1 M2 MT, "1, 7: count_mismatch\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260831|2|301|1/2\n" M1 M2 MT, "1, 8: sum_mismatch\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260831|3|300\n" M1 M2 "T|3|300\n",
			"1, 7: count_mismatch\n4, 2: count_mismatch\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260831|2|301\n" M1 M2 "T|3|300\n\n",
			"1, 8: sum_mismatch\n4, 2: count_mismatch\n"},
		{MH M1 MT, "1, 7: count_mismatch\n3, 2: count_mismatch\n"},
		{"H|RESULTS|YLNSH|532929|B|202608|2|100\n" R1 RT, "1, 7: count_mismatch\n"},
		{"H|PAYROLL|YLNSH|532929|B|202608|1|101\n" P1 RT, "1, 8: sum_mismatch\n"},
		{"H|ROSTER|532929|20260831|2\n" O1 "T|0\n", "1, 5: count_mismatch\n3, 2: count_mismatch\n"},
		{"H|CONFIRMATIONS|532929|20260831|0\n" C1 T1, "1, 5: count_mismatch\n"},
		{"H|FEEDBACK|532929|2026-09|532929100|2\n" F1 T1, "1, 6: count_mismatch\n"},
		/* Only if nothing else is wrong. */
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260831|3|301\n" M1 M2 MT "x\n", "5, 1: bad_field\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260831|3|301\n" M1 M2, "4, 0: missing_trailer\n"},
		/* Sums beyond the limit agree with none. */
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260831|2|1000000000000000\nD|1|S1|1|||20260801|C|"
		 "1000000000000000|DF||\n"
		 "D|2|S2|1|||20260801|C|0|DF||\nT|2|1000000000000000\n",
			""},
	};

	(void)context;
	ASSERT_CASES(cases);
}

static void sums_may_be_up_to_their_limit(void **context)
{
	FILE *out;
	char *text;
	size_t size;

	(void)context;
	for (int rows = 1000; rows <= 1001; rows++) {
		out = open_memstream(&text, &size);
		fprintf(out, "H|PAYROLL|YLNSH|532929|B|202608|%d|1000000000000000000\n", rows);
		for (int i = 1; i <= rows; i++)
			fprintf(out, "D|%d|11010519491231002X|杨|1|1000000000000000\n", i);
		fprintf(out, "T|%d|1000000000000000000\n", rows);
		fclose(out);
		assert_errors(text, rows == 1000 ? "" : "1, 8: sum_mismatch\n1003, 3: sum_mismatch\n");
		free(text);
	}
}

static void long_lines_and_many_rows(void **context)
{
	char text[2000], line[200];

	(void)context;
	limits.line_bytes = 100;
	memset(line, 'x', sizeof(line));
	line[101] = '\0';
	snprintf(text, sizeof(text), "%sD|1|%s\n%s%s", MH, line, M2, MT);
	assert_errors(text, "2, 0: limit_exceeded\n");
	snprintf(text, sizeof(text), "%s%s%sT|%s\n", MH, M1, M2, line);
	assert_errors(text, "4, 0: limit_exceeded\n");
	snprintf(text, sizeof(text), "%s%s\n%s%s", MH, line, M1 M2, MT);
	assert_errors(text, "2, 0: limit_exceeded\n");
	snprintf(text, sizeof(text), "%s%s%s%s%s\n", MH, M1, M2, MT, line);
	assert_errors(text, "5, 0: limit_exceeded\n");
	snprintf(text, sizeof(text), "H|MOVEMENTS|YLNSH|532929|20260801|20260831|2|300|%s\n%s%s", line, M1 M2, MT);
	assert_errors(text, "1, 0: limit_exceeded\n");
	snprintf(text, sizeof(text), "%s%s%s%s%s\n\n\n", MH, M1, M2, MT, line);
	assert_errors(text, "5, 0: limit_exceeded\n7, 1: bad_field\n");
	line[100] = '\0';
	snprintf(text, sizeof(text), "%s%s\n%s%s", MH, line, M1 M2, MT);
	assert_errors(text, "2, 1: bad_field\n");
	limits.rows = 2;
	assert_errors(MH M1 M2 MT, "");
	limits.rows = 1;
	assert_errors(MH M1 M2 MT, "3, 0: limit_exceeded\n");
	assert_errors(MH M1 "x\n" M2 M2 M2 "\xff", "0, 0: charset\n");
	assert_errors(MH M1 "x\n" M2 M2 M2, "3, 1: bad_field\n4, 0: limit_exceeded\n");
}

static void a_hundred_errors_are_listed(void **context)
{
	FILE *out;
	char *text;
	size_t size;

	(void)context;
	out = open_memstream(&text, &size);
	fputs(MH, out);
	for (int i = 0; i < 500; i++)
		fputs("x\n", out);
	fclose(out);
	read_bytes(text, size);
	assert_int_equal(parsed.errors.count, DOCUMENT_ERRORS_MAX);
	assert_int_equal(parsed.errors.total, 501);
	assert_int_equal(parsed.errors.items[99].line, 101);
	free(parsed.rows);
	free(text);
}

/* A random document, mostly right. */
static size_t random_document(uint64_t *seed, char *text, size_t size)
{
	static const char *const pieces[] = {"杨国珍", "亅倈", "20260801", "|", "||", "D|2|", "\n", "\r\n", "6217001",
		"QK", "x", "\x1b", "囍", "T|2|300\n"};
	static const char *const wholes[] = {MH M1 M2 MT, RH R1 RT, PH P1 RT, OH O1 T1, CH C1 T1, FH F1 T1};
	size_t length =
		(size_t)snprintf(text, size, "%s", wholes[random_below(seed, sizeof(wholes) / sizeof(wholes[0]))]);
	size_t changes = random_below(seed, 4);

	for (size_t i = 0; i < changes; i++) {
		const char *piece = pieces[random_below(seed, sizeof(pieces) / sizeof(pieces[0]))];
		size_t at = random_below(seed, length);

		while (at > 0 && ((uint8_t)text[at] & 0xc0) == 0x80)
			at--;
		memmove(text + at + strlen(piece), text + at, length - at);
		memcpy(text + at, piece, strlen(piece));
		length += strlen(piece);
	}
	return length;
}

static void assert_same(const struct parsed *a, const struct parsed *b)
{
	char *errors_a = parsed_errors(a);
	char *errors_b = parsed_errors(b);

	assert_int_equal(a->good, b->good);
	assert_string_equal(a->rows, b->rows);
	assert_string_equal(errors_a, errors_b);
	assert_int_equal(a->errors.total, b->errors.total);
	free(errors_a);
	free(errors_b);
}

static void any_cut_and_charset_give_the_same_records(void **context)
{
	unsigned good = 0;

	(void)context;
	for (uint64_t seed = 1; seed <= 3000; seed++) {
		uint64_t random = seed;
		char text[2000], other[4000];
		size_t length = random_document(&random, text, sizeof(text));
		size_t max = 1 + random_below(&random, 50);
		char *in = text, *out = other;
		size_t left = length, room = sizeof(other);
		iconv_t convert = iconv_open("GB18030", "UTF-8");
		struct parsed cut = {0}, gb18030 = {0};

		assert_int_equal(iconv(convert, &in, &left, &out, &room), 0);
		iconv_close(convert);
		read_bytes(text, length);
		parsed_read(&cut, &document_context, "UTF-8", text, length, max, seed);
		parsed_read(&gb18030, &document_context, "GB18030", other, sizeof(other) - room, max, seed);
		assert_same(&cut, &parsed);
		assert_same(&gb18030, &parsed);
		good += parsed.good;
		free(parsed.rows);
		free(cut.rows);
		free(gb18030.rows);
	}
	assert_in_range(good, 500, 2500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(documents_that_are_right),
		TEST(first_lines_that_say_no_kind),
		TEST(numbers_of_fields),
		TEST(letters_and_order),
		TEST(line_numbers),
		TEST(trailers_and_totals),
		TEST(sums_may_be_up_to_their_limit),
		TEST(long_lines_and_many_rows),
		TEST(a_hundred_errors_are_listed),
		TEST(any_cut_and_charset_give_the_same_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
