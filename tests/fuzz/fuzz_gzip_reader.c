/* fuzz_gzip_reader: a value with small limits, whole and in pieces: the same content, the same error at the same byte.
 */
#include "tests/fuzz/fuzz_target.h"

#include <assert.h>

#include "parsers/gzip_reader.h"
#include "tests/unit/pieces.h"

static const struct document_limits limits = {.document_bytes = 3 << 20, .gzip_ratio = 20, .gzip_members = 4};

struct result {
	uint64_t digest;
	uint64_t length;
	enum document_code code;
	uint64_t offset;
};

static bool add(void *context, const void *bytes, size_t length)
{
	struct result *result = context;
	const uint8_t *next = bytes;

	assert(length > 0);
	for (size_t i = 0; i < length; i++)
		result->digest = (result->digest ^ next[i]) * UINT64_C(0x100000001b3);
	result->length += length;
	return true;
}

static bool feed(void *context, const void *bytes, size_t length)
{
	return gzip_reader_feed(context, bytes, length);
}

static struct result run(const uint8_t *data, size_t size, size_t max)
{
	struct result result = {0};
	struct gzip_reader *reader = gzip_reader_new(&limits, add, &result);
	const char *message;
	bool whole;

	assert(reader != NULL);
	feed_pieces(feed, reader, data, size, max, size);
	whole = gzip_reader_finish(reader);
	result.code = gzip_reader_error(reader, &result.offset, &message);
	gzip_reader_free(reader);
	assert(whole == (result.code == CODE_NONE) && whole == (message == NULL));
	assert(result.length <= limits.document_bytes && result.offset <= size);
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct result whole = run(data, size, 0);
	const size_t sizes[] = {5, 1000, 40000};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct result cut = run(data, size, sizes[i]);

		assert(cut.code == whole.code && cut.offset == whole.offset);
		assert(cut.length == whole.length && cut.digest == whole.digest);
	}
	return 0;
}
