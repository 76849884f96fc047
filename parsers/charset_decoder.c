/* charset_decoder: hands UTF-8 on after checking it, turns GB18030 into UTF-8 with iconv. */
#include "parsers/charset_decoder.h"

#include <assert.h>
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "parsers/utf8.h"

enum {
	BLOCK_SIZE = 65536,
	CHARACTER_BYTES_MAX = 4, /* of either charset */
};

#define NO_ICONV ((iconv_t)-1)

struct charset_decoder {
	charset_text_function text;
	void *context;
	iconv_t iconv; /* NO_ICONV: the content is UTF-8 */
	bool started;  /* a character was met, so that no byte order mark can follow */
	bool stopped;
	bool error;
	uint64_t offset; /* of pending, or of the next byte fed */
	uint8_t pending[CHARACTER_BYTES_MAX];
	size_t pending_length;
	char *block; /* decoded text, NULL for UTF-8 */
};

struct charset_decoder *charset_decoder_new(const char *charset, charset_text_function text, void *context)
{
	struct charset_decoder *decoder = calloc(1, sizeof(*decoder));

	if (decoder == NULL)
		return NULL;
	decoder->text = text;
	decoder->context = context;
	decoder->iconv = NO_ICONV;
	if (strcasecmp(charset, "UTF-8") == 0)
		return decoder;
	decoder->block = malloc(BLOCK_SIZE);
	decoder->iconv = iconv_open("UTF-8", charset);
	if (decoder->block == NULL || decoder->iconv == NO_ICONV) {
		charset_decoder_free(decoder);
		return NULL;
	}
	return decoder;
}

static void deliver(struct charset_decoder *decoder, const char *text, size_t length)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";

	if (length == 0)
		return;
	if (!decoder->started && length >= 3 && memcmp(text, byte_order_mark, 3) == 0) {
		text += 3;
		length -= 3;
	}
	decoder->started = true;
	if (length > 0 && !decoder->text(decoder->context, text, length))
		decoder->stopped = true;
}

/* Each step delivers the whole characters at the front of bytes and returns how many bytes they were. */
static size_t step_utf8(struct charset_decoder *decoder, const uint8_t *bytes, size_t length)
{
	bool unfinished;
	size_t valid = utf8_valid_prefix(bytes, length, &unfinished);

	deliver(decoder, (const char *)bytes, valid);
	if (valid < length && !unfinished)
		decoder->error = true;
	return valid;
}

static size_t step_iconv(struct charset_decoder *decoder, const uint8_t *bytes, size_t length)
{
	/* iconv reads through a pointer that is not const, and changes nothing. */
	union {
		const uint8_t *bytes;
		char *text;
	} in = {.bytes = bytes};
	size_t left = length;
	int failure = E2BIG;

	while (failure == E2BIG && !decoder->stopped) {
		char *out = decoder->block;
		size_t room = BLOCK_SIZE;

		failure = iconv(decoder->iconv, &in.text, &left, &out, &room) == (size_t)-1 ? errno : 0;
		deliver(decoder, decoder->block, BLOCK_SIZE - room);
	}
	/* EINVAL: the last character is cut. */
	decoder->error = failure != 0 && failure != EINVAL && !decoder->stopped;
	return length - left;
}

static size_t step(struct charset_decoder *decoder, const uint8_t *bytes, size_t length)
{
	size_t taken =
		decoder->iconv == NO_ICONV ? step_utf8(decoder, bytes, length) : step_iconv(decoder, bytes, length);

	decoder->offset += taken;
	return taken;
}

bool charset_decoder_feed(struct charset_decoder *decoder, const void *bytes, size_t length)
{
	const uint8_t *next = bytes;

	/* A character cut by the end of the last piece is put together byte by byte. */
	while (length > 0 && decoder->pending_length > 0 && !decoder->stopped && !decoder->error) {
		decoder->pending[decoder->pending_length++] = *next++;
		length--;
		if (step(decoder, decoder->pending, decoder->pending_length) > 0)
			decoder->pending_length = 0;
		else if (decoder->pending_length == CHARACTER_BYTES_MAX)
			decoder->error = true;
	}
	if (length > 0 && !decoder->stopped && !decoder->error) {
		size_t taken = step(decoder, next, length);

		if (!decoder->stopped && !decoder->error) {
			decoder->pending_length = length - taken;
			assert(decoder->pending_length < CHARACTER_BYTES_MAX);
			memcpy(decoder->pending, next + taken, length - taken);
		}
	}
	return !decoder->stopped && !decoder->error;
}

bool charset_decoder_finish(struct charset_decoder *decoder)
{
	if (decoder->pending_length > 0 && !decoder->stopped)
		decoder->error = true;
	return !decoder->stopped && !decoder->error;
}

bool charset_decoder_error(const struct charset_decoder *decoder, uint64_t *content_offset)
{
	*content_offset = decoder->offset;
	return decoder->error;
}

void charset_decoder_free(struct charset_decoder *decoder)
{
	if (decoder == NULL)
		return;
	if (decoder->iconv != NO_ICONV)
		iconv_close(decoder->iconv);
	free(decoder->block);
	free(decoder);
}
