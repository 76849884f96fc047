/* Unit tests of document_reader: passes, ids, what is refused for its bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "consumers/document_reader.h"

static const char movements[] = "H|MOVEMENTS|YLNSH|532929|20260801|20260831|2|300\n"
				"D|1|S1|6217001|N|532929194001011234|20260802|C|100|DF||\n"
				"D|2|S2|6217001|||20260803|D|200|QK||\n"
				"T|2|300\n";

/* Bytes in memory as a source that gives `piece` at a time and can fail. */
struct memory {
	const char *data;
	size_t length;
	size_t at;
	size_t piece;
	size_t fail_at; /* SIZE_MAX: never */
};

struct seen {
	int headers;
	int records;
	int restarts;
	char name[32];
};

static ssize_t memory_read(void *context, void *buffer, size_t size, struct error *error)
{
	struct memory *memory = context;
	size_t length = memory->length - memory->at;

	if (memory->at >= memory->fail_at) {
		error_set(error, ERROR_RETRY, "wait", "the source failed");
		return -1;
	}
	length = length < memory->piece ? length : memory->piece;
	length = length < size ? length : size;
	memcpy(buffer, memory->data + memory->at, length);
	memory->at += length;
	return (ssize_t)length;
}

static bool memory_rewind(void *context, struct error *error)
{
	(void)error;
	((struct memory *)context)->at = 0;
	return true;
}

static bool on_header(void *context, const struct document_header *header)
{
	(void)header;
	((struct seen *)context)->headers++;
	return true;
}

static bool on_record(void *context, const struct document_record *record)
{
	struct seen *seen = context;

	seen->records++;
	if (record->type == RECORD_MOVEMENT && record->movement.name.length > 0)
		snprintf(seen->name, sizeof(seen->name), "%.*s", (int)record->movement.name.length,
			record->movement.name.data);
	return true;
}

static void on_restart(void *context)
{
	struct seen *seen = context;

	seen->restarts++;
	seen->headers = seen->records = 0;
	seen->name[0] = '\0';
}

/* What a test reads with: the caller frees the reader. */
struct fixture {
	struct memory memory;
	struct message_headers headers;
	struct document_context context;
	struct record_sink sink;
	struct seen seen;
	struct document_reader reader;
};

static void begin(struct fixture *fixture, const char *data, size_t length, size_t piece)
{
	*fixture = (struct fixture){
		.memory = {.data = data, .length = length, .piece = piece, .fail_at = SIZE_MAX},
		.headers = {.chunk_k = 1, .chunk_n = 1},
	};
	fixture->context = (struct document_context){.headers = &fixture->headers, .limits = &document_limits_default};
	fixture->sink = (struct record_sink){.context = &fixture->seen, .header = on_header, .record = on_record};
}

static void read_all(struct fixture *fixture)
{
	const struct byte_source source = {&fixture->memory, memory_read, memory_rewind};
	struct error error = {0};

	document_reader_begin(&fixture->reader, source, &fixture->context, &fixture->sink, on_restart);
	while (!fixture->reader.known)
		assert_true(document_reader_step(&fixture->reader, &error));
}

static size_t replaced(const char *text, const char *old, const char *new, char out[512])
{
	const char *at = strstr(text, old);

	assert_non_null(at);
	return (size_t)snprintf(out, 512, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
}

static void a_whole_document_is_known(void **context)
{
	(void)context;
	for (size_t piece = 1; piece < 200; piece += 37) {
		struct fixture fixture;

		begin(&fixture, movements, sizeof(movements) - 1, piece);
		read_all(&fixture);
		assert_false(fixture.reader.refused);
		assert_int_equal(fixture.seen.headers, 1);
		assert_int_equal(fixture.seen.records, 2);
		assert_int_equal(fixture.seen.restarts, 0);
		assert_string_equal(fixture.reader.charset, "UTF-8");
		assert_int_equal(fixture.reader.header.kind, DOCUMENT_MOVEMENTS);
		assert_true(span_equal(fixture.reader.header.bank, span_of("YLNSH")));
		assert_int_equal(fixture.reader.header.declared_sum_fen, 300);
		assert_memory_equal(fixture.reader.id, fixture.reader.value_sha256, SHA256_SIZE);
		document_reader_free(&fixture.reader);
	}
}

static void other_charsets_are_read_again(void **context)
{
	struct fixture fixture;
	char gbk[512];
	size_t length = replaced(movements, "|N|", "|\xd1\xee|", gbk); /* 杨 */

	(void)context;
	begin(&fixture, gbk, length, 50);
	read_all(&fixture);
	assert_false(fixture.reader.refused);
	assert_false(fixture.reader.utf8);
	assert_int_equal(fixture.seen.restarts, 1);
	assert_int_equal(fixture.seen.records, 2);
	assert_string_equal(fixture.seen.name, "杨");
	document_reader_free(&fixture.reader);

	begin(&fixture, gbk, length, 50);
	strcpy(fixture.headers.charset, "UTF-8");
	read_all(&fixture);
	assert_true(fixture.reader.refused);
	assert_int_equal(fixture.reader.errors->items[0].code, CODE_CHARSET);
	document_reader_free(&fixture.reader);
}

static void records_come_again_when_asked(void **context)
{
	struct fixture fixture;
	struct error error = {0};

	(void)context;
	begin(&fixture, movements, sizeof(movements) - 1, 64);
	read_all(&fixture);
	fixture.seen = (struct seen){0};
	assert_true(document_reader_repeat(&fixture.reader, &error));
	while (!fixture.reader.at_end)
		assert_true(document_reader_step(&fixture.reader, &error));
	assert_int_equal(fixture.seen.headers, 1);
	assert_int_equal(fixture.seen.records, 2);
	assert_false(fixture.reader.refused);
	document_reader_free(&fixture.reader);
}

static void content_and_value_have_ids_of_their_own(void **context)
{
	struct fixture fixture;
	uint8_t id[SHA256_SIZE];
	char packed[1024];
	z_stream stream = {0};

	(void)context;
	begin(&fixture, movements, sizeof(movements) - 1, 64);
	read_all(&fixture);
	memcpy(id, fixture.reader.id, sizeof(id));
	document_reader_free(&fixture.reader);

	assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	stream.next_in = (z_const Bytef *)(uintptr_t)movements;
	stream.avail_in = (uInt)sizeof(movements) - 1;
	stream.next_out = (Bytef *)packed;
	stream.avail_out = sizeof(packed);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	deflateEnd(&stream);
	begin(&fixture, packed, stream.total_out, 7);
	read_all(&fixture);
	assert_false(fixture.reader.refused);
	assert_memory_equal(fixture.reader.id, id, sizeof(id));
	assert_memory_not_equal(fixture.reader.value_sha256, id, sizeof(id));
	document_reader_free(&fixture.reader);

	begin(&fixture, packed, stream.total_out - 3, 7);
	read_all(&fixture);
	assert_true(fixture.reader.refused);
	assert_int_equal(fixture.reader.errors->count, 1);
	assert_int_equal(fixture.reader.errors->items[0].code, CODE_GZIP_DAMAGED);
	assert_memory_equal(fixture.reader.id, fixture.reader.value_sha256, SHA256_SIZE);
	document_reader_free(&fixture.reader);
}

static void headers_are_held_against_the_bytes(void **context)
{
	struct fixture fixture;
	uint8_t id[SHA256_SIZE];

	(void)context;
	begin(&fixture, movements, sizeof(movements) - 1, 64);
	fixture.headers.has_sha256 = true;
	read_all(&fixture);
	assert_true(fixture.reader.refused);
	assert_int_equal(fixture.reader.errors->items[0].code, CODE_HASH_MISMATCH);
	memcpy(id, fixture.reader.id, sizeof(id));
	document_reader_free(&fixture.reader);

	begin(&fixture, movements, sizeof(movements) - 1, 64);
	fixture.headers.has_supersedes = true;
	memcpy(fixture.headers.supersedes, id, sizeof(id));
	read_all(&fixture);
	assert_true(fixture.reader.refused);
	assert_int_equal(fixture.reader.errors->items[0].code, CODE_BAD_HEADERS);
	document_reader_free(&fixture.reader);
}

static void a_source_that_fails_is_not_the_document(void **context)
{
	struct fixture fixture;
	struct byte_source source = {&fixture.memory, memory_read, memory_rewind};
	struct error error = {0};

	(void)context;
	begin(&fixture, movements, sizeof(movements) - 1, 16);
	fixture.memory.fail_at = 64;
	document_reader_begin(&fixture.reader, source, &fixture.context, &fixture.sink, NULL);
	while (document_reader_step(&fixture.reader, &error))
		assert_false(fixture.reader.known);
	assert_int_equal(error.class, ERROR_RETRY);
	assert_false(fixture.reader.known);
	document_reader_free(&fixture.reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_document_is_known),
		cmocka_unit_test(other_charsets_are_read_again),
		cmocka_unit_test(records_come_again_when_asked),
		cmocka_unit_test(content_and_value_have_ids_of_their_own),
		cmocka_unit_test(headers_are_held_against_the_bytes),
		cmocka_unit_test(a_source_that_fails_is_not_the_document),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
