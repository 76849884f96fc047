/* fuzz_charset_decoder: bytes in either charset, whole and in pieces: the same valid UTF-8, the same invalid byte. */
#include "tests/fuzz/fuzz_target.h"

#include <assert.h>

#include "parsers/charset_decoder.h"
#include "parsers/content_scan.h"
#include "parsers/utf8.h"
#include "tests/unit/pieces.h"

struct result {
	uint64_t digest;
	uint64_t length;
	bool whole;
	bool error;
	uint64_t offset;
};

static bool add(void *context, const char *text, size_t length)
{
	struct result *result = context;
	bool unfinished;

	assert(length > 0 && utf8_valid_prefix((const uint8_t *)text, length, &unfinished) == length);
	for (size_t i = 0; i < length; i++)
		result->digest = (result->digest ^ (uint8_t)text[i]) * UINT64_C(0x100000001b3);
	result->length += length;
	return true;
}

static bool feed(void *context, const void *bytes, size_t length)
{
	return charset_decoder_feed(context, bytes, length);
}

static struct result run(const char *charset, const uint8_t *data, size_t size, size_t max)
{
	struct result result = {0};
	struct charset_decoder *decoder = charset_decoder_new(charset, add, &result);

	assert(decoder != NULL);
	feed_pieces(feed, decoder, data, size, max, size);
	result.whole = charset_decoder_finish(decoder);
	result.error = charset_decoder_error(decoder, &result.offset);
	charset_decoder_free(decoder);
	assert(result.whole != result.error && result.offset <= size);
	return result;
}

/* The scan must call the content UTF-8 just when it is. */
static void compare_scan(const uint8_t *data, size_t size, bool expected)
{
	struct content_scan *scan = content_scan_new();
	uint8_t value[SHA256_SIZE], content[SHA256_SIZE];
	bool utf8;

	assert(scan != NULL);
	content_scan_value(scan, data, size);
	content_scan_content(scan, data, size);
	content_scan_finish(scan, value, content, &utf8);
	content_scan_free(scan);
	assert(utf8 == expected);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const charsets[] = {"UTF-8", "GB18030"};
	const size_t sizes[] = {1, 7, 500};

	for (size_t charset = 0; charset < 2; charset++) {
		struct result whole = run(charsets[charset], data, size, 0);

		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			struct result cut = run(charsets[charset], data, size, sizes[i]);

			assert(cut.whole == whole.whole && cut.offset == whole.offset);
			assert(cut.length == whole.length && cut.digest == whole.digest);
		}
		if (charset == 0)
			compare_scan(data, size, whole.whole);
	}
	return 0;
}
