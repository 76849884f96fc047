/* test_gzip_reader: plain and gzip bytes, damage at every byte, each limit; never a difference for how they are cut. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "parsers/gzip_reader.h"
#include "tests/unit/pieces.h"

static const struct document_limits limits = {.document_bytes = 8 << 20, .gzip_ratio = 200, .gzip_members = 3};

struct result {
	uint8_t *content;
	size_t length;
	size_t stop_after; /* 0: never */
	bool whole;
	enum document_code code;
	uint64_t offset;
};

static bool collect(void *context, const void *bytes, size_t length)
{
	struct result *result = context;

	assert_true(length > 0);
	result->content = realloc(result->content, result->length + length);
	assert_non_null(result->content);
	memcpy(result->content + result->length, bytes, length);
	result->length += length;
	return result->stop_after == 0 || result->length < result->stop_after;
}

static bool feed(void *context, const void *bytes, size_t length)
{
	return gzip_reader_feed(context, bytes, length);
}

static struct result run(const struct document_limits *with, const void *bytes, size_t length, size_t max)
{
	struct result result = {0};
	struct gzip_reader *reader = gzip_reader_new(with, collect, &result);
	const char *message;

	assert_non_null(reader);
	feed_pieces(feed, reader, bytes, length, max, 7);
	result.whole = gzip_reader_finish(reader);
	result.code = gzip_reader_error(reader, &result.offset, &message);
	assert_int_equal(result.whole, result.code == CODE_NONE);
	assert_int_equal(message != NULL, result.code != CODE_NONE);
	gzip_reader_free(reader);
	return result;
}

/* Runs whole and in pieces; all must agree. The caller frees the content. */
static struct result read_bytes(const void *bytes, size_t length)
{
	struct result whole = run(&limits, bytes, length, 0);
	const size_t cuts[] = {length < 20000 ? 1 : 700, 37, 5000, 100000};

	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		struct result cut = run(&limits, bytes, length, cuts[i]);

		assert_int_equal(cut.code, whole.code);
		assert_int_equal(cut.offset, whole.offset);
		assert_int_equal(cut.length, whole.length);
		assert_true(cut.length == 0 || memcmp(cut.content, whole.content, cut.length) == 0);
		free(cut.content);
	}
	return whole;
}

static void assert_content(const void *bytes, size_t length, const void *content, size_t content_length)
{
	struct result result = read_bytes(bytes, length);

	assert_int_equal(result.code, CODE_NONE);
	assert_int_equal(result.length, content_length);
	assert_true(content_length == 0 || memcmp(result.content, content, content_length) == 0);
	free(result.content);
}

static void assert_code(const void *bytes, size_t length, enum document_code code)
{
	struct result result = read_bytes(bytes, length);

	assert_int_equal(result.code, code);
	free(result.content);
}

/* Appends one gzip member, returns the new length. */
static size_t add_member(uint8_t *out, size_t length, size_t size, const void *content, size_t content_length)
{
	z_stream stream = {0};

	assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
	stream.next_in = (Bytef *)(uintptr_t)content;
	stream.avail_in = (uInt)content_length;
	stream.next_out = out + length;
	stream.avail_out = (uInt)(size - length);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	length = size - stream.avail_out;
	deflateEnd(&stream);
	return length;
}

static void random_digits(uint8_t *bytes, size_t length)
{
	uint64_t seed = 3;

	for (size_t i = 0; i < length; i++)
		bytes[i] = (uint8_t)('0' + random_below(&seed, 10));
}

static uint8_t content[3 << 20], packed[4 << 20];

static void plain_bytes_are_the_content(void **context)
{
	(void)context;
	assert_content("", 0, "", 0);
	assert_content("H|MOVEMENTS", 11, "H|MOVEMENTS", 11);
	assert_content("\x1f", 1, "\x1f", 1);
	assert_content("\x1fx", 2, "\x1fx", 2);
	assert_content("\x1f\x1f\x8b", 3, "\x1f\x1f\x8b", 3);
	assert_content("\x8b\x1f", 2, "\x8b\x1f", 2);
}

static void gzip_is_inflated(void **context)
{
	size_t length;

	(void)context;
	random_digits(content, sizeof(content));
	length = add_member(packed, 0, sizeof(packed), content, sizeof(content));
	assert_content(packed, length, content, sizeof(content));
	length = add_member(packed, 0, sizeof(packed), content, 0);
	assert_content(packed, length, "", 0);
}

static void members_are_joined(void **context)
{
	size_t length;

	(void)context;
	random_digits(content, 70000);
	length = add_member(packed, 0, sizeof(packed), content, 30000);
	length = add_member(packed, length, sizeof(packed), content, 0);
	length = add_member(packed, length, sizeof(packed), content + 30000, 40000);
	assert_content(packed, length, content, 70000);
	length = add_member(packed, length, sizeof(packed), content, 1);
	assert_code(packed, length, CODE_LIMIT_EXCEEDED);
}

static void only_a_member_may_follow_a_member(void **context)
{
	size_t length = add_member(packed, 0, sizeof(packed), "abc", 3);

	(void)context;
	packed[length] = 0;
	assert_code(packed, length + 1, CODE_GZIP_DAMAGED);
	packed[length] = 0x1f;
	assert_code(packed, length + 1, CODE_GZIP_DAMAGED);
	packed[length + 1] = 0x8c;
	assert_code(packed, length + 2, CODE_GZIP_DAMAGED);
	packed[length] = '\n';
	assert_code(packed, length + 1, CODE_GZIP_DAMAGED);
	length = add_member(packed, length, sizeof(packed), "abc", 3);
	length = add_member(packed, length, sizeof(packed), "abc", 3);
	packed[length] = '\n';
	assert_code(packed, length + 1, CODE_GZIP_DAMAGED);
}

static void a_cut_anywhere_is_damage(void **context)
{
	size_t length;

	(void)context;
	random_digits(content, 5000);
	length = add_member(packed, 0, sizeof(packed), content, 5000);
	for (size_t cut = 2; cut < length; cut++) {
		struct result result = run(&limits, packed, cut, 0);

		assert_int_equal(result.code, CODE_GZIP_DAMAGED);
		assert_int_equal(result.offset, cut);
		free(result.content);
	}
}

/* Flipped bits are found, if not by the structure then by the checksum, but for those of the header that say nothing.
 */
static void a_flipped_bit_is_damage(void **context)
{
	size_t length;

	(void)context;
	random_digits(content, 1000);
	length = add_member(packed, 0, sizeof(packed), content, 1000);
	for (size_t bit = 10 * 8; bit < length * 8; bit++) {
		packed[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_code(packed, length, CODE_GZIP_DAMAGED);
		packed[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	packed[2] ^= 1; /* the method */
	assert_code(packed, length, CODE_GZIP_DAMAGED);
}

static void what_inflates_too_far_is_refused(void **context)
{
	size_t length;

	(void)context;
	memset(content, '0', sizeof(content));
	length = add_member(packed, 0, sizeof(packed), content, sizeof(content));
	assert_true(sizeof(content) / length > 200);
	assert_code(packed, length, CODE_LIMIT_EXCEEDED);
	/* The first MiB is free. */
	length = add_member(packed, 0, sizeof(packed), content, 1 << 20);
	assert_content(packed, length, content, 1 << 20);
	length = add_member(packed, 0, sizeof(packed), content, (1 << 20) + 1);
	assert_code(packed, length, CODE_LIMIT_EXCEEDED);
}

static void the_document_has_a_limit(void **context)
{
	const struct document_limits small = {.document_bytes = 1000, .gzip_ratio = 200, .gzip_members = 16};
	size_t length;

	(void)context;
	random_digits(content, 2000);
	for (size_t max = 0; max < 4; max++) {
		struct result result = run(&small, content, 1000, max * 333);

		assert_int_equal(result.code, CODE_NONE);
		free(result.content);
		result = run(&small, content, 1001, max * 333);
		assert_int_equal(result.code, CODE_LIMIT_EXCEEDED);
		assert_int_equal(result.offset, 1000);
		assert_int_equal(result.length, 1000);
		free(result.content);
		length = add_member(packed, 0, sizeof(packed), content, 1001);
		result = run(&small, packed, length, max * 333);
		assert_int_equal(result.code, CODE_LIMIT_EXCEEDED);
		assert_int_equal(result.length, 1000);
		free(result.content);
		length = add_member(packed, 0, sizeof(packed), content, 1000);
		result = run(&small, packed, length, max * 333);
		assert_int_equal(result.code, CODE_NONE);
		free(result.content);
	}
}

static void the_reading_stops_when_told(void **context)
{
	const char *message;
	uint64_t offset;

	(void)context;
	random_digits(content, 200000);
	for (int gzip = 0; gzip < 2; gzip++) {
		struct result result = {.stop_after = 70000};
		struct gzip_reader *reader = gzip_reader_new(&limits, collect, &result);
		size_t length = add_member(packed, 0, sizeof(packed), content, 200000);

		assert_false(gzip_reader_feed(reader, gzip ? packed : content, gzip ? length : 200000));
		assert_false(gzip_reader_feed(reader, content, 10));
		assert_false(gzip_reader_finish(reader));
		assert_int_equal(gzip_reader_error(reader, &offset, &message), CODE_NONE);
		assert_true(result.length < 200000 || !gzip);
		gzip_reader_free(reader);
		free(result.content);
	}
	gzip_reader_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_bytes_are_the_content),
		cmocka_unit_test(gzip_is_inflated),
		cmocka_unit_test(members_are_joined),
		cmocka_unit_test(only_a_member_may_follow_a_member),
		cmocka_unit_test(a_cut_anywhere_is_damage),
		cmocka_unit_test(a_flipped_bit_is_damage),
		cmocka_unit_test(what_inflates_too_far_is_refused),
		cmocka_unit_test(the_document_has_a_limit),
		cmocka_unit_test(the_reading_stops_when_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
