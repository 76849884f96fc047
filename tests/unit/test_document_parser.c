/* test_document_parser: which format a document has, agreement of headers and content, the order of document errors. */
#include "tests/unit/text_cases.h"

#define MOVEMENTS MH M1 M2 MT
#define TICK      "{\"action\":\"tick\",\"county\":\"532929\",\"date\":\"2026-10-07\"}"

/* The headers as the text of a .headers file. */
static void assert_with(const char *header_text, const char *text, const char *expected)
{
	struct message_header list[8];
	int count = message_headers_split(span_of(header_text), list, 8);

	assert_true(count >= 0);
	message_headers_read(&headers, list, (size_t)count);
	assert_errors(text, expected);
	message_headers_read(&headers, NULL, 0);
}

static void content_tells_the_format(void **context)
{
	static const struct document_case cases[] = {
		{MOVEMENTS, ""},
		{TICK, ""},
		{"\xef\xbb\xbf" TICK, ""},
		{"", "0, 0: unknown_format\n"},
		{"\xef\xbb\xbf", "0, 0: unknown_format\n"},
		{"H", "0, 0: unknown_format\n"},
		{"H\n", "0, 0: unknown_format\n"},
		{"h|MOVEMENTS", "0, 0: unknown_format\n"},
		{" " MOVEMENTS, "0, 0: unknown_format\n"},
		{"\n", "0, 0: unknown_format\n"},
		{"\n" MOVEMENTS, "0, 0: unknown_format\n"},
		{"D|1", "0, 0: unknown_format\n"},
		{"<?xml version=\"1.0\"?><a/>", "0, 0: unknown_format\n"},
		{"[1]", "0, 0: unknown_format\n"},
		{"\x1f\x8b", "0, 0: charset\n"},
		{"H|NONE|", "0, 0: unknown_format\n"},
		{"{", "0, 0: bad_control\n"},
	};

	(void)context;
	ASSERT_CASES(cases);
}

static void header_kind_is_held_against_the_content(void **context)
{
	(void)context;
	assert_with("kind: movements", MOVEMENTS, "");
	assert_with("kind: control", TICK, "");
	assert_with("kind: movements", "", "0, 0: unknown_format\n");
	assert_with("kind: control", "", "0, 0: unknown_format\n");
	assert_with("kind: movements", M1 M2 MT, "1, 1: missing_header\n");
	assert_with("kind: movements", "H\nx\n", "1, 1: missing_header\n");
	assert_with("kind: roster", "\n" OH O1 T1, "1, 1: missing_header\n");
	assert_with("kind: roster", TICK, "1, 1: missing_header\n");
	assert_with("kind: payroll", "<Document/>", "1, 1: missing_header\n");
	assert_with("kind: movements", "H|NONE|x\n", "0, 0: unknown_format\n");
	assert_with("kind: roster", MOVEMENTS, "1, 2: bad_field\n");
	assert_with("kind: control", MOVEMENTS, "1, 2: bad_field\n");
	/* No other line is read, nor another field of that one. */
	assert_with("kind: roster", "H|MOVEMENTS|\nx\n", "1, 2: bad_field\n");
	assert_with("kind: control", "tick", "0, 0: bad_control\n");
}

static void layouts_that_are_built_in_are_kinds(void **context)
{
	(void)context;
	assert_with("layout: movements", MOVEMENTS, "");
	assert_with("layout: movements\nkind: movements", MOVEMENTS, "");
	assert_with("layout: movements\nkind: roster", MOVEMENTS, "0, 0: bad_headers\n");
	assert_with("layout: roster", MOVEMENTS, "1, 2: bad_field\n");
	assert_with("layout: movements", M1, "1, 1: missing_header\n");
	assert_with("layout: control", TICK, "0, 0: unknown_layout\n");
	assert_with("layout: rcb-detail", MOVEMENTS, "0, 0: unknown_layout\n");
	assert_with("layout: rcb-detail", "", "0, 0: unknown_layout\n");
	assert_with("layout: rcb-detail\ncounty: x", "", "0, 0: unknown_layout\n");
	assert_with("layout: Movements", MOVEMENTS, "0, 0: unknown_layout\n");
}

static void county_and_bank_must_agree(void **context)
{
	(void)context;
	assert_with("county: 532929\nbank: YLNSH", MOVEMENTS, "");
	assert_with("county: 532930", MOVEMENTS, "0, 0: bad_headers\n");
	assert_with("bank: YLNSX", MOVEMENTS, "0, 0: bad_headers\n");
	assert_with("bank: YLNSH", OH O1 T1, "");
	assert_with("county: 532930", "x", "0, 0: unknown_format\n");
	document_context.key_county = "532930";
	assert_with("", MOVEMENTS, "0, 0: bad_headers\n");
	assert_with("county: 532929", "x", "0, 0: bad_headers\n");
	assert_with("county: 532930", "x", "0, 0: unknown_format\n");
	assert_with("", TICK, "0, 0: bad_headers\n");
	/* What is not a county disagrees with none. */
	assert_with("", "H|ROSTER|53292|20260831|1\n" O1 T1, "1, 3: bad_field\n");
	/* Before errors of lines, and where other fields are missing. */
	assert_with("", "H|MOVEMENTS|YLNSH|532929|x\nx\n", "0, 0: bad_headers\n");
	assert_with("kind: roster", MOVEMENTS, "0, 0: bad_headers\n");
	document_context.key_county = "";
	assert_with("", MOVEMENTS, "");
}

static void bad_headers_go_before_the_content(void **context)
{
	(void)context;
	assert_with("supersedes: x", MOVEMENTS, "0, 0: bad_headers\n");
	assert_with("county: 53", "x", "0, 0: bad_headers\n");
	assert_with("kind: x", "", "0, 0: bad_headers\n");
	assert_with("chunk: 2/1", MH "x\n", "0, 0: bad_headers\n");
	assert_with("charset: big5", MOVEMENTS, "0, 0: bad_headers\n");
}

static void invalid_characters_go_before_everything_else(void **context)
{
	(void)context;
	assert_with("", MH M1 M2 MT "\xff", "0, 0: charset\n");
	assert_with("", MH "x\n\xff" M1, "0, 0: charset\n");
	assert_with("", "x\xff", "0, 0: charset\n");
	assert_with("kind: roster", MOVEMENTS "\xff", "0, 0: charset\n");
	assert_with("kind: roster", "x\n\xff", "0, 0: charset\n");
	assert_with("county: 532930", MOVEMENTS "\xe6\x9d", "0, 0: charset\n");
	assert_with("supersedes: x", MOVEMENTS "\xff", "0, 0: charset\n");
	assert_with("layout: x", MOVEMENTS "\xff", "0, 0: charset\n");
	assert_with("", "{\xff", "0, 0: charset\n");
	/* But bytes of a charset that nobody knows are not judged. */
	assert_with("charset: big5", MOVEMENTS "\xff", "0, 0: bad_headers\n");
}

static void the_message_of_charset_says_where(void **context)
{
	(void)context;
	read_bytes(MOVEMENTS "\xff", strlen(MOVEMENTS) + 1);
	assert_non_null(strstr(parsed.errors.items[0].message, " of UTF-8"));
	{
		char offset[32];

		snprintf(offset, sizeof(offset), " %zu ", strlen(MOVEMENTS));
		assert_non_null(strstr(parsed.errors.items[0].message, offset));
	}
	free(parsed.rows);
}

/* What the receipt says of a document, also of a refused one. */
static void assert_known(const char *header_text, const char *text, enum document_kind kind, const char *layout,
	const char *bank, const char *county)
{
	struct message_header list[8];
	int count = message_headers_split(span_of(header_text), list, 8);

	message_headers_read(&headers, list, (size_t)count);
	read_bytes(text, strlen(text));
	assert_int_equal(parsed.kind, kind);
	assert_string_equal(parsed.layout, layout);
	assert_string_equal(parsed.bank, bank);
	assert_string_equal(parsed.county, county);
	free(parsed.rows);
	message_headers_read(&headers, NULL, 0);
}

static void content_and_headers_say_what_it_is(void **context)
{
	(void)context;
	assert_known("", MOVEMENTS, DOCUMENT_MOVEMENTS, "movements", "YLNSH", "532929");
	assert_known("", MH "x\n", DOCUMENT_MOVEMENTS, "movements", "YLNSH", "532929");
	assert_known("kind: roster", MOVEMENTS, DOCUMENT_MOVEMENTS, "movements", "YLNSH", "532929");
	assert_known("", "H|MOVEMENTS|YLNSH|532929\n", DOCUMENT_MOVEMENTS, "movements", "YLNSH", "532929");
	assert_known("county: 532929\nbank: A", "H|ROSTER|\n", DOCUMENT_ROSTER, "roster", "A", "532929");
	assert_known("bank: A", OH O1 T1, DOCUMENT_ROSTER, "roster", "A", "532929");
	assert_known("kind: roster\ncounty: 532930", "x", DOCUMENT_ROSTER, "", "", "532930");
	assert_known("supersedes: x", MOVEMENTS, DOCUMENT_MOVEMENTS, "movements", "YLNSH", "532929");
	assert_known("layout: rcb-detail", MOVEMENTS, DOCUMENT_KIND_NONE, "rcb-detail", "", "");
	assert_known("", TICK, DOCUMENT_CONTROL, "", "", "532929");
	assert_known("", "{", DOCUMENT_CONTROL, "", "", "");
	assert_known("", "", DOCUMENT_KIND_NONE, "", "", "");
}

static void callbacks_may_stop_the_parse(void **context)
{
	(void)context;
	for (size_t max = 0; max < 60; max += 20) {
		parsed.stop_after = 1;
		parsed_read(&parsed, &document_context, "UTF-8", MOVEMENTS "x", strlen(MOVEMENTS "x"), max, 1);
		assert_false(parsed.good);
		assert_int_equal(parsed.records, 1);
		assert_int_equal(parsed.errors.count, 0);
		free(parsed.rows);
	}
	parsed.stop_after = 0;
}

static void callbacks_may_be_missing(void **context)
{
	const struct record_sink nobody = {0};
	struct document_errors errors = {0};
	struct document_parser *parser = document_parser_new(&document_context, "UTF-8", &nobody, &errors);
	static const char text[] = "H|CONFIRMATIONS|532929|20260831|2\nD|1|x||20260831|on_site|\n"
				   "D|2|11010519491231002X||20260831|on_site|\nT|2\n";

	(void)context;
	assert_true(document_parser_feed(parser, text, sizeof(text) - 1));
	assert_true(document_parser_finish(parser));
	document_parser_free(parser);
	document_parser_free(NULL);
	assert_null(document_parser_new(&document_context, "no-such-charset", &nobody, &errors));
}

static void limits_are_the_designs(void **context)
{
	(void)context;
	assert_int_equal(document_limits_default.document_bytes, 536870912);
	assert_int_equal(document_limits_default.gzip_ratio, 200);
	assert_int_equal(document_limits_default.gzip_members, 16);
	assert_int_equal(document_limits_default.line_bytes, 65536);
	assert_int_equal(document_limits_default.rows, 10000000);
	assert_int_equal(document_limits_default.xml_depth, 64);
	assert_int_equal(document_limits_default.xml_names, 1024);
	assert_int_equal(document_limits_default.xml_text_bytes, 65536);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(content_tells_the_format),
		TEST(header_kind_is_held_against_the_content),
		TEST(layouts_that_are_built_in_are_kinds),
		TEST(county_and_bank_must_agree),
		TEST(bad_headers_go_before_the_content),
		TEST(invalid_characters_go_before_everything_else),
		TEST(the_message_of_charset_says_where),
		TEST(content_and_headers_say_what_it_is),
		TEST(callbacks_may_stop_the_parse),
		TEST(callbacks_may_be_missing),
		TEST(limits_are_the_designs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
