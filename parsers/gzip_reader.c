/* gzip_reader: inflates with zlib in input blocks of one size, so that limits strike at the same byte however it is
 * fed. */
#include "parsers/gzip_reader.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

enum {
	INPUT_SIZE = 16384,
	OUTPUT_SIZE = 65536,
	MAGIC_SIZE = 2,
	GZIP_WINDOW_BITS = 15 + 16, /* the largest window; a gzip header, nothing else */
};

#define RATIO_FREE_BYTES (UINT64_C(1) << 20) /* so much content may come of any input */

static const uint8_t gzip_magic[MAGIC_SIZE] = {0x1f, 0x8b};

enum format { FORMAT_OPEN, FORMAT_PLAIN, FORMAT_GZIP };

struct gzip_reader {
	struct document_limits limits;
	gzip_content_function content;
	void *context;
	enum format format;
	bool stopped;
	enum document_code error;
	uint64_t error_offset;
	const char *message;
	uint64_t input_bytes;   /* taken */
	uint64_t content_bytes; /* delivered */
	uint32_t members;       /* begun */
	bool between_members;
	z_stream stream;
	size_t input_length; /* waiting in input */
	uint8_t input[INPUT_SIZE];
	uint8_t output[OUTPUT_SIZE];
};

struct gzip_reader *gzip_reader_new(const struct document_limits *limits, gzip_content_function content, void *context)
{
	struct gzip_reader *reader = calloc(1, sizeof(*reader));

	if (reader == NULL)
		return NULL;
	reader->limits = *limits;
	reader->content = content;
	reader->context = context;
	if (inflateInit2(&reader->stream, GZIP_WINDOW_BITS) != Z_OK) {
		free(reader);
		return NULL;
	}
	return reader;
}

static bool going_on(const struct gzip_reader *reader)
{
	return !reader->stopped && reader->error == CODE_NONE;
}

static void fail(struct gzip_reader *reader, enum document_code code, const char *message)
{
	reader->error = code;
	reader->error_offset = reader->input_bytes;
	reader->message = message;
}

/* Of what goes beyond the limit, the part before it is delivered, so that the limit strikes at its own byte. */
static void deliver(struct gzip_reader *reader, const uint8_t *bytes, size_t length)
{
	uint64_t room = reader->limits.document_bytes - reader->content_bytes;
	size_t part = length < room ? length : (size_t)room;

	reader->content_bytes += part;
	if (reader->format != FORMAT_GZIP)
		reader->input_bytes += part;
	if (part > 0 && !reader->content(reader->context, bytes, part))
		reader->stopped = true;
	else if (part < length)
		fail(reader, CODE_LIMIT_EXCEEDED, "the document is larger than the limit; split it or raise the limit");
}

static void begin_member(struct gzip_reader *reader)
{
	uint8_t first = *reader->stream.next_in;

	if (reader->members > 0 && first != gzip_magic[0]) {
		fail(reader, CODE_GZIP_DAMAGED, "something else follows the end of the gzip data; send the file again");
		return;
	}
	if (reader->members == reader->limits.gzip_members) {
		fail(reader, CODE_LIMIT_EXCEEDED, "the gzip file has too many members; compress it in one piece");
		return;
	}
	reader->members++;
	reader->between_members = false;
	inflateReset(&reader->stream);
}

/* Inflates until the output is full, the member ends, or the input is used up. */
static void inflate_some(struct gzip_reader *reader)
{
	z_stream *stream = &reader->stream;
	uInt before = stream->avail_in;
	int result;
	size_t made;

	stream->next_out = reader->output;
	stream->avail_out = OUTPUT_SIZE;
	result = inflate(stream, Z_NO_FLUSH);
	reader->input_bytes += before - stream->avail_in;
	made = OUTPUT_SIZE - stream->avail_out;
	if (reader->content_bytes + made > RATIO_FREE_BYTES &&
		reader->content_bytes + made > reader->limits.gzip_ratio * reader->input_bytes) {
		fail(reader, CODE_LIMIT_EXCEEDED,
			"the gzip file is compressed too strongly to be a bank or bureau file");
		return;
	}
	deliver(reader, reader->output, made);
	if (!going_on(reader))
		return;
	if (result == Z_STREAM_END)
		reader->between_members = true;
	else if (result != Z_OK && result != Z_BUF_ERROR)
		fail(reader, CODE_GZIP_DAMAGED, "the gzip data is damaged; send the file again");
}

static void inflate_block(struct gzip_reader *reader, const uint8_t *bytes, size_t length)
{
	z_stream *stream = &reader->stream;

	stream->next_in = bytes;
	stream->avail_in = (uInt)length;
	/* A full output may leave more of it inside zlib when all input is used. */
	while (going_on(reader) && (stream->avail_in > 0 || (stream->avail_out == 0 && !reader->between_members))) {
		if (reader->between_members)
			begin_member(reader);
		else
			inflate_some(reader);
	}
}

/* Cuts the bytes into blocks of INPUT_SIZE; whole ones are not copied. */
static void take_gzip(struct gzip_reader *reader, const uint8_t *bytes, size_t length)
{
	while (length > 0 && going_on(reader)) {
		size_t part = INPUT_SIZE - reader->input_length;

		part = part < length ? part : length;
		if (part == INPUT_SIZE) {
			inflate_block(reader, bytes, part);
		} else {
			memcpy(reader->input + reader->input_length, bytes, part);
			reader->input_length += part;
			if (reader->input_length == INPUT_SIZE) {
				inflate_block(reader, reader->input, INPUT_SIZE);
				reader->input_length = 0;
			}
		}
		bytes += part;
		length -= part;
	}
}

static void take(struct gzip_reader *reader, const uint8_t *bytes, size_t length)
{
	if (reader->format == FORMAT_GZIP)
		take_gzip(reader, bytes, length);
	else
		deliver(reader, bytes, length);
}

bool gzip_reader_feed(struct gzip_reader *reader, const void *bytes, size_t length)
{
	const uint8_t *next = bytes;

	if (!going_on(reader))
		return false;
	/* The first byte waits for the second if it may be that of gzip. */
	while (length > 0 && reader->format == FORMAT_OPEN) {
		if (reader->input_length == 0 && *next == gzip_magic[0]) {
			reader->input[reader->input_length++] = *next++;
			length--;
			continue;
		}
		reader->format = FORMAT_PLAIN;
		if (reader->input_length > 0 && *next == gzip_magic[1]) {
			reader->format = FORMAT_GZIP;
			reader->between_members = true;
		} else if (reader->input_length > 0) {
			reader->input_length = 0;
			take(reader, reader->input, 1);
		}
	}
	if (length > 0 && going_on(reader))
		take(reader, next, length);
	return going_on(reader);
}

bool gzip_reader_finish(struct gzip_reader *reader)
{
	size_t waiting = reader->input_length;

	if (!going_on(reader))
		return false;
	reader->input_length = 0;
	if (reader->format == FORMAT_GZIP) {
		inflate_block(reader, reader->input, waiting);
		if (going_on(reader) && !reader->between_members)
			fail(reader, CODE_GZIP_DAMAGED, "the gzip data is cut short; send the whole file");
	} else if (waiting > 0) {
		deliver(reader, reader->input, waiting);
	}
	return going_on(reader);
}

enum document_code gzip_reader_error(const struct gzip_reader *reader, uint64_t *input_offset, const char **message)
{
	*input_offset = reader->error_offset;
	*message = reader->message;
	return reader->error;
}

void gzip_reader_free(struct gzip_reader *reader)
{
	if (reader == NULL)
		return;
	inflateEnd(&reader->stream);
	free(reader);
}
