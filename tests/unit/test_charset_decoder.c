/* test_charset_decoder: the same text and the same error whatever the charset and however the bytes are cut. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/charset_decoder.h"
#include "tests/unit/pieces.h"

struct decoded {
	char *text;
	size_t length;
	size_t capacity;
	size_t stop_after; /* bytes of text after which to stop; 0: never */
	bool whole;
	bool error;
	uint64_t offset;
};

static bool collect(void *context, const char *text, size_t length)
{
	struct decoded *decoded = context;

	assert_true(length > 0);
	if (decoded->length + length > decoded->capacity) {
		decoded->capacity = 2 * (decoded->length + length);
		decoded->text = realloc(decoded->text, decoded->capacity);
		assert_non_null(decoded->text);
	}
	memcpy(decoded->text + decoded->length, text, length);
	decoded->length += length;
	return decoded->stop_after == 0 || decoded->length < decoded->stop_after;
}

static bool feed(void *context, const void *bytes, size_t length)
{
	return charset_decoder_feed(context, bytes, length);
}

static struct decoded decode(const char *charset, const void *bytes, size_t length, size_t max, uint64_t seed)
{
	struct decoded decoded = {0};
	struct charset_decoder *decoder = charset_decoder_new(charset, collect, &decoded);

	assert_non_null(decoder);
	feed_pieces(feed, decoder, bytes, length, max, seed);
	decoded.whole = charset_decoder_finish(decoder);
	decoded.error = charset_decoder_error(decoder, &decoded.offset);
	charset_decoder_free(decoder);
	return decoded;
}

static void assert_decodes(const char *charset, const char *bytes, size_t length, const char *text)
{
	for (size_t max = 0; max < 5; max++) {
		struct decoded decoded = decode(charset, bytes, length, max, 1);

		assert_true(decoded.whole && !decoded.error);
		assert_int_equal(decoded.length, strlen(text));
		assert_true(decoded.length == 0 || memcmp(decoded.text, text, decoded.length) == 0);
		free(decoded.text);
	}
}

static void assert_error(const char *charset, const char *bytes, size_t length, uint64_t offset)
{
	for (size_t max = 0; max < 5; max++) {
		struct decoded decoded = decode(charset, bytes, length, max, 1);

		assert_true(!decoded.whole && decoded.error);
		assert_int_equal(decoded.offset, offset);
		free(decoded.text);
	}
}

#define WITH_LENGTH(text) text, sizeof(text) - 1

static void text_is_decoded(void **context)
{
	(void)context;
	assert_decodes("UTF-8", WITH_LENGTH("H|杨国珍|\r\n"), "H|杨国珍|\r\n");
	assert_decodes("UTF-8", WITH_LENGTH(""), "");
	assert_decodes("UTF-8", WITH_LENGTH("𠮷😀"), "𠮷😀");
	/* The second byte of these is that of the separator. */
	assert_decodes("GB18030", WITH_LENGTH("\x81\x7c|\x82\x7c"), "亅|倈");
	assert_decodes("GB18030", WITH_LENGTH("\xfe\x9f\x95\x34\xb2\x35"), "䶮𠮷");
	assert_decodes("GB18030", WITH_LENGTH("plain"), "plain");
	assert_decodes("GB18030", WITH_LENGTH(""), "");
}

static void a_byte_order_mark_is_dropped_at_the_start_only(void **context)
{
	(void)context;
	assert_decodes("UTF-8", WITH_LENGTH("\xef\xbb\xbfH|"), "H|");
	assert_decodes("UTF-8", WITH_LENGTH("\xef\xbb\xbf"), "");
	assert_decodes("UTF-8", WITH_LENGTH("\xef\xbb\xbf\xef\xbb\xbfH"), "\xef\xbb\xbfH");
	assert_decodes("UTF-8", WITH_LENGTH("H\xef\xbb\xbf"), "H\xef\xbb\xbf");
	assert_decodes("GB18030", WITH_LENGTH("\x84\x31\x95\x33H|"), "H|");
}

static void invalid_bytes_are_found_where_they_are(void **context)
{
	(void)context;
	assert_error("UTF-8", WITH_LENGTH("abc\xff"), 3);
	assert_error("UTF-8", WITH_LENGTH("\xef\xbb\xbfx\xd1\xee"), 4);
	assert_error("UTF-8", WITH_LENGTH("杨\xe5\x9b"), 3);
	assert_error("UTF-8", WITH_LENGTH("杨\xe5\x9bx"), 3);
	assert_error("GB18030", WITH_LENGTH("ab\x81"), 2);
	assert_error("GB18030", WITH_LENGTH("ab\x81\x20zz"), 2);
	assert_error("GB18030", WITH_LENGTH("\x80"), 0);
	assert_error("GB18030", WITH_LENGTH("abcd\xff\xff"), 4);
	assert_error("GB18030", WITH_LENGTH("\x81\x30\x81"), 0);
	assert_error("GB18030", WITH_LENGTH("\x81\x30\x81x"), 0);
	assert_error("GB18030", WITH_LENGTH("\x81\x30\x20\x30"), 0);
	assert_error("GB18030", WITH_LENGTH("x\xfe\x39\xfe\x39"), 1);
}

static void the_text_stops_when_told(void **context)
{
	static const char *const charsets[] = {"UTF-8", "GB18030"};

	(void)context;
	for (size_t i = 0; i < 2; i++) {
		struct decoded decoded = {.stop_after = 3};
		struct charset_decoder *decoder = charset_decoder_new(charsets[i], collect, &decoded);

		assert_true(charset_decoder_feed(decoder, "ab", 2));
		assert_false(charset_decoder_feed(decoder, "cd", 2));
		assert_false(charset_decoder_feed(decoder, "\xff", 1));
		assert_false(charset_decoder_finish(decoder));
		assert_false(charset_decoder_error(decoder, &decoded.offset));
		assert_int_equal(decoded.length, 4);
		charset_decoder_free(decoder);
		free(decoded.text);
	}
}

static void unknown_charsets_are_refused(void **context)
{
	(void)context;
	assert_null(charset_decoder_new("no-such-charset", collect, NULL));
	charset_decoder_free(NULL);
}

/* Random text of all planes, in UTF-8. */
static size_t random_text(uint64_t *seed, char *text, size_t size)
{
	size_t length = 0;

	while (length + 4 < size) {
		static const char *const samples[] = {
			"|", "\n", "a", "7", "杨", "亅", "倈", "囍", "䶮", "𠮷", "😀", "é", "€", "\xc2\x85"};
		const char *sample = samples[random_below(seed, sizeof(samples) / sizeof(samples[0]))];

		memcpy(text + length, sample, strlen(sample));
		length += strlen(sample);
	}
	return length;
}

static size_t to_gb18030(char *text, size_t length, char *out, size_t size)
{
	iconv_t convert = iconv_open("GB18030", "UTF-8");
	size_t room = size;

	assert_true(convert != (iconv_t)-1);
	assert_int_equal(iconv(convert, &text, &length, &out, &room), 0);
	iconv_close(convert);
	return size - room;
}

static void any_cut_and_charset_give_the_same_text(void **context)
{
	static char text[200000], other[400000];

	(void)context;
	for (uint64_t seed = 1; seed < 40; seed++) {
		uint64_t random = seed;
		size_t length =
			random_text(&random, text, 1 + random_below(&random, seed % 8 == 0 ? sizeof(text) : 3000));
		size_t other_length = to_gb18030(text, length, other, sizeof(other));
		size_t max = seed % 5 == 0 ? 0 : 1 + random_below(&random, seed % 2 == 0 ? 7 : 5000);
		struct decoded a = decode("UTF-8", text, length, max, seed);
		struct decoded b = decode("GB18030", other, other_length, max, seed);

		assert_true(a.whole && b.whole);
		assert_true(a.length == length && b.length == length);
		assert_true(length == 0 || (memcmp(a.text, text, length) == 0 && memcmp(b.text, text, length) == 0));
		free(a.text);
		free(b.text);
	}
}

static void any_cut_gives_the_same_error(void **context)
{
	static char text[3000], other[6000];
	static const char *const charsets[] = {"UTF-8", "GB18030"};

	(void)context;
	for (uint64_t seed = 1; seed < 400; seed++) {
		uint64_t random = seed;
		size_t length = random_text(&random, text, sizeof(text));
		const char *charset = charsets[seed % 2];
		struct decoded whole, cut;

		if (seed % 2 == 1) {
			length = to_gb18030(text, length, other, sizeof(other));
			memcpy(text, other, length = length < sizeof(text) ? length : sizeof(text));
		}
		text[random_below(&random, length)] = (char)random_next(&random);
		whole = decode(charset, text, length, 0, seed);
		cut = decode(charset, text, length, 1 + random_below(&random, 9), seed);
		assert_int_equal(cut.whole, whole.whole);
		assert_int_equal(cut.error, whole.error);
		assert_int_equal(cut.offset, whole.offset);
		assert_int_equal(cut.length, whole.length);
		assert_memory_equal(cut.text, whole.text, whole.length);
		free(cut.text);
		free(whole.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_decoded),
		cmocka_unit_test(a_byte_order_mark_is_dropped_at_the_start_only),
		cmocka_unit_test(invalid_bytes_are_found_where_they_are),
		cmocka_unit_test(the_text_stops_when_told),
		cmocka_unit_test(unknown_charsets_are_refused),
		cmocka_unit_test(any_cut_and_charset_give_the_same_text),
		cmocka_unit_test(any_cut_gives_the_same_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
