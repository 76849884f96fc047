/*
 * bytes: how keys and values of the ledger are written and read: big-endian keys that sort, compact values.
 *
 * Inline, plain data, any thread. A writer grows on the heap and is reused; a reader never runs past its end: after a
 * short or wrong value `bad` is set and everything reads as zero.
 */
#ifndef DUIZHANG_DAEMON_BYTES_H
#define DUIZHANG_DAEMON_BYTES_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/record.h"

struct byte_writer {
	uint8_t *data;
	size_t length;
	size_t capacity;
};

/* Memory for the daemon's own small buffers: when it is out, the process ends (nothing could go on). */
static inline void *bytes_allocate(void *old, size_t size)
{
	void *memory = realloc(old, size == 0 ? 1 : size);

	if (memory == NULL)
		abort();
	return memory;
}

static inline uint8_t *writer_reserve(struct byte_writer *writer, size_t length)
{
	if (writer->length + length > writer->capacity) {
		writer->capacity = (writer->length + length) * 2 + 64;
		writer->data = bytes_allocate(writer->data, writer->capacity);
	}
	writer->length += length;
	return writer->data + writer->length - length;
}

static inline void writer_free(struct byte_writer *writer)
{
	free(writer->data);
	*writer = (struct byte_writer){0};
}

static inline void write_bytes(struct byte_writer *writer, const void *data, size_t length)
{
	if (length > 0) {
		assert(data != NULL);
		memcpy(writer_reserve(writer, length), data, length);
	}
}

static inline void write_u8(struct byte_writer *writer, unsigned value)
{
	*writer_reserve(writer, 1) = (uint8_t)value;
}

static inline void bytes_store_u32(uint8_t *out, uint32_t value)
{
	value = __builtin_bswap32(value);
	memcpy(out, &value, 4);
}

static inline void bytes_store_u64(uint8_t *out, uint64_t value)
{
	value = __builtin_bswap64(value);
	memcpy(out, &value, 8);
}

static inline uint32_t bytes_load_u32(const uint8_t *in)
{
	uint32_t value;

	memcpy(&value, in, 4);
	return __builtin_bswap32(value);
}

static inline uint64_t bytes_load_u64(const uint8_t *in)
{
	uint64_t value;

	memcpy(&value, in, 8);
	return __builtin_bswap64(value);
}

/* Seven bits a byte, low first; small numbers are one byte. */
static inline void write_number(struct byte_writer *writer, uint64_t value)
{
	uint8_t bytes[10];
	size_t length = 0;

	while (value >= 0x80) {
		bytes[length++] = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	bytes[length++] = (uint8_t)value;
	write_bytes(writer, bytes, length);
}

static inline void write_span(struct byte_writer *writer, struct span text)
{
	write_number(writer, text.length);
	write_bytes(writer, text.data, text.length);
}

struct byte_reader {
	const uint8_t *data;
	const uint8_t *end;
	bool bad;
};

static inline struct byte_reader reader_of(const void *data, size_t length)
{
	return (struct byte_reader){data, length == 0 ? data : (const uint8_t *)data + length, false};
}

static inline bool reader_more(const struct byte_reader *reader)
{
	return !reader->bad && reader->data < reader->end;
}

static inline const uint8_t *read_bytes(struct byte_reader *reader, size_t length)
{
	const uint8_t *data = reader->data;

	if (reader->bad || (size_t)(reader->end - reader->data) < length) {
		reader->bad = true;
		return NULL;
	}
	reader->data += length;
	return data;
}

static inline uint8_t read_u8(struct byte_reader *reader)
{
	const uint8_t *data = read_bytes(reader, 1);

	return data == NULL ? 0 : *data;
}

static inline uint32_t read_u32(struct byte_reader *reader)
{
	const uint8_t *data = read_bytes(reader, 4);

	return data == NULL ? 0 : bytes_load_u32(data);
}

static inline uint64_t read_u64(struct byte_reader *reader)
{
	const uint8_t *data = read_bytes(reader, 8);

	return data == NULL ? 0 : bytes_load_u64(data);
}

static inline uint64_t read_number(struct byte_reader *reader)
{
	uint64_t value = 0;
	unsigned shift = 0;
	uint8_t byte;

	do {
		byte = read_u8(reader);
		if (shift > 63)
			reader->bad = true;
		if (reader->bad)
			return 0;
		value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	return value;
}

static inline struct span read_span(struct byte_reader *reader)
{
	size_t length = (size_t)read_number(reader);
	const uint8_t *data = read_bytes(reader, length);

	return data == NULL ? (struct span){"", 0} : (struct span){(const char *)data, length};
}

#endif
