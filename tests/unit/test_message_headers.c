/* Unit tests of message_headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "parsers/message_headers.h"

#define HASH "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

static struct message_headers headers;

/* Reads the text of a .headers file. */
static void read(const char *text)
{
	struct message_header list[16];
	int count = message_headers_split(span_of(text), list, 16);

	assert_true(count >= 0);
	message_headers_read(&headers, list, (size_t)count);
}

static void assert_good(const char *text)
{
	read(text);
	assert_false(headers.bad);
}

static void assert_bad(const char *text, const char *name)
{
	read(text);
	assert_true(headers.bad);
	assert_string_equal(headers.bad_header, name);
}

static void without_headers_nothing_is_said(void **context)
{
	(void)context;
	message_headers_read(&headers, NULL, 0);
	assert_false(headers.bad);
	assert_int_equal(headers.kind, DOCUMENT_KIND_NONE);
	assert_string_equal(headers.name, "");
	assert_string_equal(headers.layout, "");
	assert_string_equal(headers.bank, "");
	assert_string_equal(headers.county, "");
	assert_string_equal(headers.charset, "");
	assert_false(headers.has_sha256 || headers.has_supersedes);
	assert_true(headers.chunk_k == 1 && headers.chunk_n == 1);
}

static void every_header_is_read(void **context)
{
	char hex[2 * SHA256_SIZE + 1];

	(void)context;
	assert_good(
		"name: 明细.txt\r\nkind: movements\nlayout: rcb-detail\nbank: YLNSH\n\ncounty:532929 \ncharset: gbk\n"
		"sha256: " HASH "\nchunk: 2/13\nsupersedes: " HASH "\nother: x\n");
	assert_string_equal(headers.name, "明细.txt");
	assert_int_equal(headers.kind, DOCUMENT_MOVEMENTS);
	assert_string_equal(headers.layout, "rcb-detail");
	assert_string_equal(headers.bank, "YLNSH");
	assert_string_equal(headers.county, "532929");
	assert_string_equal(headers.charset, "GB18030");
	assert_true(headers.has_sha256 && headers.has_supersedes);
	assert_int_equal(headers.sha256[0], 0x9f);
	sha256_format_hex(headers.supersedes, hex);
	assert_string_equal(hex, HASH);
	assert_true(headers.chunk_k == 2 && headers.chunk_n == 13);
}

static void charsets_are_named_in_any_case(void **context)
{
	static const struct {
		const char *line, *charset;
	} cases[] = {{"charset: utf-8", "UTF-8"}, {"charset: Utf-8", "UTF-8"}, {"charset: AUTO", "auto"},
		{"charset: gb18030", "GB18030"}, {"charset: gb2312", "GB18030"}, {"charset: GBK", "GB18030"}};

	(void)context;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_good(cases[i].line);
		assert_string_equal(headers.charset, cases[i].charset);
	}
}

static void what_is_not_well_formed_is_bad(void **context)
{
	static const char *const lines[] = {"charset: utf8mb4", "charset: utf8", "charset:", "kind: Movements",
		"kind: payrolls", "kind:", "county: 53292", "county: 5329290", "county: 53292x",
		"county:", "bank: YL NSH", "bank:", "bank: 12345678901234567890123456789012345678901", "bank: 农商行",
		"layout:", "sha256: 9f86", "sha256:", ("supersedes: x" HASH),
		"supersedes: xf86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		"supersedes:", "chunk: 1", "chunk: 0/1", "chunk: 2/1", "chunk: 01/2", "chunk: 1/02", "chunk: +1/2",
		"chunk: 1/", "chunk: /2", "chunk: 1/2/3", "chunk: 1/1000001",
		"chunk: 18446744073709551617/18446744073709551618"};

	(void)context;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char name[32] = {0};

		memcpy(name, lines[i], strcspn(lines[i], ":"));
		assert_bad(lines[i], name);
	}
}

static void the_first_bad_header_is_named(void **context)
{
	(void)context;
	assert_bad("supersedes: x\ncounty: x", "county");
}

static void of_a_repeated_header_the_last_counts(void **context)
{
	(void)context;
	assert_good("county: x\ncounty: 532929");
	assert_string_equal(headers.county, "532929");
	assert_bad("county: 532929\ncounty: x", "county");
}

static void chunks_need_the_hash_of_the_whole(void **context)
{
	(void)context;
	assert_bad("chunk: 1/2", "sha256");
	assert_good("chunk: 1/1");
	assert_good("chunk: 1/2\nsha256: " HASH);
}

static void header_names_are_exact(void **context)
{
	(void)context;
	assert_good("Kind: x\nkin: y\n county : 532929");
	assert_int_equal(headers.kind, DOCUMENT_KIND_NONE);
	assert_string_equal(headers.county, "532929");
}

static void names_are_valid_text_of_bounded_length(void **context)
{
	char text[600] = "name: ";
	struct message_header header = {span_of("name"), {"a\0\x1b[31m\xc2\x85\xff\xe6", 11}};

	(void)context;
	message_headers_read(&headers, &header, 1);
	assert_string_equal(headers.name, "a\xef\xbf\xbd\xef\xbf\xbd[31m\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	for (int i = 0; i < 100; i++)
		strcat(text, "囍");
	strcat(text, "x");
	assert_good(text);
	assert_int_equal(strlen(headers.name), 255);
	memmove(text + 7, text + 6, strlen(text + 6) + 1);
	text[6] = 'y';
	assert_good(text);
	assert_int_equal(strlen(headers.name), 253);
}

static void a_layout_that_is_too_long_names_none(void **context)
{
	char text[200] = "layout: ";

	(void)context;
	memset(text + 8, 'a', 63);
	assert_good(text);
	assert_string_equal(headers.layout, text + 8);
	memset(text + 8, 'a', 64);
	assert_good(text);
	assert_int_equal(strlen(headers.layout), 63);
	assert_string_equal(headers.layout + 60, "\xe2\x80\xa6");
}

static void lines_of_another_form_are_refused(void **context)
{
	struct message_header list[2];

	(void)context;
	assert_int_equal(message_headers_split(span_of("kind"), list, 2), -1);
	assert_int_equal(message_headers_split(span_of(": movements"), list, 2), -1);
	assert_int_equal(message_headers_split(span_of("a: 1\nb: 2\nc: 3"), list, 2), -1);
	assert_int_equal(message_headers_split(span_of("a: 1\n\r\n  \nb: x:y\n"), list, 2), 2);
	assert_true(span_equal(list[1].value, span_of("x:y")));
	assert_int_equal(message_headers_split(span_of("\xef\xbb\xbfkind: roster"), list, 2), 1);
	assert_true(span_equal(list[0].name, span_of("kind")));
	assert_int_equal(message_headers_split(span_of(""), list, 2), 0);
	assert_int_equal(message_headers_split((struct span){NULL, 0}, list, 2), 0);
}

static void digests_go_there_and_back(void **context)
{
	static const char upper[] = "9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08";
	uint8_t digest[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1];

	(void)context;
	assert_true(sha256_parse_hex(span_of(upper), digest));
	sha256_format_hex(digest, hex);
	assert_string_equal(hex, HASH);
	assert_false(sha256_parse_hex((struct span){upper, 63}, digest));
	assert_false(sha256_parse_hex(span_of(""), digest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_headers_nothing_is_said),
		cmocka_unit_test(every_header_is_read),
		cmocka_unit_test(charsets_are_named_in_any_case),
		cmocka_unit_test(what_is_not_well_formed_is_bad),
		cmocka_unit_test(the_first_bad_header_is_named),
		cmocka_unit_test(of_a_repeated_header_the_last_counts),
		cmocka_unit_test(chunks_need_the_hash_of_the_whole),
		cmocka_unit_test(header_names_are_exact),
		cmocka_unit_test(names_are_valid_text_of_bounded_length),
		cmocka_unit_test(a_layout_that_is_too_long_names_none),
		cmocka_unit_test(lines_of_another_form_are_refused),
		cmocka_unit_test(digests_go_there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
