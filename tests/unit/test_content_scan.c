/* test_content_scan: digests and the charset of values that are gzip and that are not. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "parsers/content_scan.h"

#define ABC_SHA256   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static struct content_scan *scan;
static char value_hex[2 * SHA256_SIZE + 1], content_hex[2 * SHA256_SIZE + 1];
static bool utf8;

static void finish(uint64_t value_bytes, uint64_t content_bytes)
{
	uint8_t value[SHA256_SIZE], content[SHA256_SIZE];

	assert_int_equal(content_scan_value_bytes(scan), value_bytes);
	assert_int_equal(content_scan_content_bytes(scan), content_bytes);
	content_scan_finish(scan, value, content, &utf8);
	sha256_format_hex(value, value_hex);
	sha256_format_hex(content, content_hex);
	content_scan_free(scan);
}

static void both(const char *bytes, size_t length)
{
	content_scan_value(scan, bytes, length);
	content_scan_content(scan, bytes, length);
}

static void plain_values_have_one_digest(void **context)
{
	(void)context;
	scan = content_scan_new();
	both("abc", 3);
	finish(3, 3);
	assert_string_equal(value_hex, ABC_SHA256);
	assert_string_equal(content_hex, ABC_SHA256);
	assert_true(utf8);
	scan = content_scan_new();
	both("a", 1);
	both("bc", 2);
	finish(3, 3);
	assert_string_equal(content_hex, ABC_SHA256);
	scan = content_scan_new();
	finish(0, 0);
	assert_string_equal(value_hex, EMPTY_SHA256);
	assert_string_equal(content_hex, EMPTY_SHA256);
	assert_true(utf8);
}

static void gzip_values_have_two(void **context)
{
	(void)context;
	scan = content_scan_new();
	content_scan_value(scan, "\x1f", 1);
	content_scan_value(scan, "\x8b\x08", 2);
	content_scan_content(scan, "ab", 2);
	content_scan_content(scan, "c", 1);
	finish(3, 3);
	assert_string_not_equal(value_hex, ABC_SHA256);
	assert_string_equal(content_hex, ABC_SHA256);
	scan = content_scan_new();
	content_scan_value(scan, "\x1f\x8b", 2);
	finish(2, 0);
	assert_string_equal(content_hex, EMPTY_SHA256);
}

static void a_first_byte_of_gzip_alone_is_plain(void **context)
{
	(void)context;
	scan = content_scan_new();
	content_scan_value(scan, "\x1f", 1);
	content_scan_value(scan, "x", 1);
	content_scan_content(scan, "\x1f", 1);
	content_scan_content(scan, "x", 1);
	finish(2, 2);
	assert_string_equal(value_hex, content_hex);
}

static void the_charset_is_that_of_the_whole(void **context)
{
	static const struct {
		const char *first, *second;
		bool utf8;
	} cases[] = {{"杨", "国", true}, {"\xe6\x9d", "\xa8", true}, {"\xe6\x9d", "x", false}, {"\xe6", "", false},
		{"abc", "\xd1\xee", false}, {"\xff", "abc", false}, {"\xed\xa0\x80", "", false},
		{"\xef\xbb\xbf", "a", true}};

	(void)context;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		scan = content_scan_new();
		both(cases[i].first, strlen(cases[i].first));
		both(cases[i].second, strlen(cases[i].second));
		finish(strlen(cases[i].first) + strlen(cases[i].second),
			strlen(cases[i].first) + strlen(cases[i].second));
		assert_int_equal(utf8, cases[i].utf8);
	}
	content_scan_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_values_have_one_digest),
		cmocka_unit_test(gzip_values_have_two),
		cmocka_unit_test(a_first_byte_of_gzip_alone_is_plain),
		cmocka_unit_test(the_charset_is_that_of_the_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
