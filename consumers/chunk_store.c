/* chunk_store: tables chunk_sets, chunks, chunks_done. */
#include "consumers/chunk_store.h"

#include <stdio.h>

#include "daemon/finding.h"

#define INCOMPLETE_AFTER_MS (24 * 60 * 60 * 1000LL)

/* What one message can hold on any broker, and then some. */
#define CHUNK_BYTES_MAX (64u * 1024u * 1024u)
#define CHUNK_PIECE     65536u

bool chunk_value_read(const struct byte_source *source, struct byte_writer *value, struct error *error)
{
	ssize_t piece = 1;

	value->length = 0;
	while (piece > 0 && value->length <= CHUNK_BYTES_MAX) {
		uint8_t *room = writer_reserve(value, CHUNK_PIECE);

		value->length -= CHUNK_PIECE;
		piece = source->read(source->context, room, CHUNK_PIECE, error);
		if (piece < 0)
			return false;
		value->length += (size_t)piece;
	}
	return true;
}

static struct ledger_key key_set(const uint8_t sha256[SHA256_SIZE], uint32_t n)
{
	struct ledger_key key = {.length = 0};

	key_bytes(&key, sha256, SHA256_SIZE);
	key_u32(&key, n);
	return key;
}

static struct ledger_key key_chunk(const uint8_t sha256[SHA256_SIZE], uint32_t n, uint32_t k)
{
	struct ledger_key key = key_set(sha256, n);

	key_u32(&key, k);
	return key;
}

static void set_save(struct book *book, const struct chunk_set *set)
{
	struct ledger_key key = key_set(set->sha256, set->n);
	struct byte_writer *out = &book->value;

	out->length = 0;
	write_number(out, set->have);
	write_number(out, set->bytes);
	bytes_store_u64(writer_reserve(out, 8), (uint64_t)set->first_time_ms);
	write_u8(out, set->raised);
	write_number(out, set->county);
	write_span(out, span_of(set->key_county));
	write_u8(out, set->has_headers);
	/* Headers are plain data of this build's making and of this machine's alone. */
	write_span(out, span_of(set->headers.name));
	write_u8(out, set->headers.kind);
	write_span(out, span_of(set->headers.layout));
	write_span(out, span_of(set->headers.bank));
	write_span(out, span_of(set->headers.county));
	write_span(out, span_of(set->headers.charset));
	write_u8(out, set->headers.has_supersedes);
	write_bytes(out, set->headers.supersedes, SHA256_SIZE);
	book_put(book, TABLE_CHUNK_SETS, &key, out);
}

static void read_text(struct byte_reader *reader, char *out, size_t size)
{
	struct span text = read_span(reader);
	size_t length = text.length < size - 1 ? text.length : size - 1;

	memcpy(out, text.data, length);
	out[length] = '\0';
}

static void set_read(struct book *book, struct ledger_bytes key, struct ledger_bytes value, struct chunk_set *set)
{
	struct byte_reader reader = reader_of(value.data, value.length);
	const uint8_t *supersedes;

	*set = (struct chunk_set){.n = bytes_load_u32(key.data + SHA256_SIZE)};
	memcpy(set->sha256, key.data, SHA256_SIZE);
	set->have = (uint32_t)read_number(&reader);
	set->bytes = read_number(&reader);
	set->first_time_ms = (int64_t)read_u64(&reader);
	set->raised = read_u8(&reader) != 0;
	set->county = (uint32_t)read_number(&reader);
	read_text(&reader, set->key_county, sizeof(set->key_county));
	set->has_headers = read_u8(&reader) != 0;
	read_text(&reader, set->headers.name, sizeof(set->headers.name));
	set->headers.kind = read_u8(&reader);
	read_text(&reader, set->headers.layout, sizeof(set->headers.layout));
	read_text(&reader, set->headers.bank, sizeof(set->headers.bank));
	read_text(&reader, set->headers.county, sizeof(set->headers.county));
	read_text(&reader, set->headers.charset, sizeof(set->headers.charset));
	set->headers.has_supersedes = read_u8(&reader) != 0;
	supersedes = read_bytes(&reader, SHA256_SIZE);
	if (supersedes != NULL)
		memcpy(set->headers.supersedes, supersedes, SHA256_SIZE);
	/* What is sent in chunks always names its hash; the document as a whole is not a chunk. */
	set->headers.has_sha256 = true;
	memcpy(set->headers.sha256, set->sha256, SHA256_SIZE);
	set->headers.chunk_k = 1;
	set->headers.chunk_n = 1;
	if (reader.bad)
		book_damaged(book, TABLE_CHUNK_SETS);
}

static bool set_load(struct book *book, const uint8_t sha256[SHA256_SIZE], uint32_t n, struct chunk_set *set)
{
	struct ledger_key key = key_set(sha256, n);
	struct ledger_bytes value;

	if (!book_get(book, TABLE_CHUNK_SETS, &key, &value))
		return false;
	set_read(book, (struct ledger_bytes){key.data, key.length}, value, set);
	return true;
}

static const char waiting_bytes_key[] = "waiting_chunk_bytes";

static uint64_t waiting_bytes(struct book *book)
{
	struct ledger_bytes value;

	return ledger_get(book->txn, TABLE_META, waiting_bytes_key, sizeof(waiting_bytes_key) - 1, &value) &&
			       value.length == 8
		       ? bytes_load_u64(value.data)
		       : 0;
}

static void waiting_bytes_save(struct book *book, uint64_t bytes)
{
	uint8_t value[8];

	bytes_store_u64(value, bytes);
	ledger_put(book->txn, TABLE_META, waiting_bytes_key, sizeof(waiting_bytes_key) - 1, value, sizeof(value));
}

static void finding_identity(struct ledger_finding *finding, const struct chunk_set *set)
{
	*finding = (struct ledger_finding){.code = FINDING_INCOMPLETE_DOCUMENT, .county = set->county};
	key_bytes(&finding->identity, set->sha256, SHA256_SIZE);
	key_u32(&finding->identity, set->n);
}

static void incomplete_publish(struct book *book, const struct chunk_set *set)
{
	struct ledger_finding finding;
	char detail[64];

	finding_identity(&finding, set);
	snprintf(detail, sizeof(detail), "{\"have\":%u,\"chunks\":%u}", set->have, set->n);
	finding.detail = span_of(detail);
	finding_hold(book, &finding);
}

void chunk_set_close(struct book *book, const struct chunk_set *set, bool completed)
{
	struct ledger_key key = key_set(set->sha256, set->n);
	struct ledger_finding finding;
	uint64_t waiting = waiting_bytes(book);

	for (uint32_t k = 1; k <= set->n && ledger_ok(book->txn); k++) {
		struct ledger_key chunk = key_chunk(set->sha256, set->n, k);

		book_delete(book, TABLE_CHUNKS, &chunk);
	}
	book_delete(book, TABLE_CHUNK_SETS, &key);
	waiting_bytes_save(book, waiting > set->bytes ? waiting - set->bytes : 0);
	if (completed)
		ledger_put(book->txn, TABLE_CHUNKS_DONE, key.data, key.length, "\1", 1);
	finding_identity(&finding, set);
	if (set->raised)
		finding_withdraw(book, FINDING_INCOMPLETE_DOCUMENT, set->county, &finding.identity);
}

enum chunk_outcome chunk_add(struct book *book, const struct message_headers *headers, const char *key_county,
	struct span value, const struct chunk_limits *limits, struct chunk_set *set)
{
	struct ledger_key key = key_set(headers->sha256, headers->chunk_n);
	struct ledger_key chunk = key_chunk(headers->sha256, headers->chunk_n, headers->chunk_k);
	struct ledger_bytes old;
	uint64_t waiting = waiting_bytes(book);

	if (book_get(book, TABLE_CHUNKS_DONE, &key, &old))
		return CHUNK_REPEATED;
	if (!set_load(book, headers->sha256, headers->chunk_n, set)) {
		*set = (struct chunk_set){.n = headers->chunk_n, .first_time_ms = book->log_time_ms};
		memcpy(set->sha256, headers->sha256, SHA256_SIZE);
	}
	if (book_get(book, TABLE_CHUNKS, &chunk, &old))
		return CHUNK_WAITS;
	if (set->bytes + value.length > limits->set_bytes || waiting + value.length > limits->waiting_bytes) {
		chunk_set_close(book, set, false);
		return CHUNK_OVER_LIMIT;
	}
	ledger_put(book->txn, TABLE_CHUNKS, chunk.data, chunk.length, value.data, value.length);
	set->have++;
	set->bytes += value.length;
	if (set->county == 0)
		set->county = (uint32_t)strtoul(key_county[0] != '\0' ? key_county : headers->county, NULL, 10);
	if (headers->chunk_k == 1) {
		set->has_headers = true;
		set->headers = *headers;
		set->headers.chunk_k = set->headers.chunk_n = 1;
		snprintf(set->key_county, sizeof(set->key_county), "%s", key_county);
	}
	set_save(book, set);
	waiting_bytes_save(book, waiting + value.length);
	if (set->have == set->n)
		return CHUNK_COMPLETES;
	if (set->raised)
		incomplete_publish(book, set);
	return CHUNK_WAITS;
}

bool chunk_set_next(struct book *book, struct chunk_set *set)
{
	struct ledger_key from = key_set(set->sha256, set->n + 1);
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_CHUNK_SETS);
	struct ledger_bytes key, value;
	bool found = ledger_cursor_seek(cursor, NULL, 0, from.data, from.length, &key, &value);

	if (found)
		set_read(book, key, value, set);
	ledger_cursor_close(cursor);
	return found;
}

void chunk_sets_expire(struct book *book)
{
	struct chunk_set set = {0};

	while (chunk_set_next(book, &set)) {
		if (set.raised || book->log_time_ms - set.first_time_ms < INCOMPLETE_AFTER_MS)
			continue;
		set.raised = true;
		set_save(book, &set);
		incomplete_publish(book, &set);
	}
}

int64_t chunk_sets_next_expiry(struct book *book)
{
	struct chunk_set set = {0};
	int64_t next = INT64_MAX;

	while (chunk_set_next(book, &set)) {
		if (!set.raised && set.first_time_ms + INCOMPLETE_AFTER_MS < next)
			next = set.first_time_ms + INCOMPLETE_AFTER_MS;
	}
	return next;
}

static ssize_t chunk_copy(struct chunk_reader *reader, struct ledger_txn *txn, void *buffer, size_t size)
{
	while (reader->k <= reader->n) {
		struct ledger_key key = key_chunk(reader->sha256, reader->n, reader->k);
		struct ledger_bytes value;
		size_t length;

		if (!ledger_get(txn, TABLE_CHUNKS, key.data, key.length, &value))
			return -1;
		if (reader->at == value.length) {
			reader->k++;
			reader->at = 0;
			continue;
		}
		length = value.length - reader->at < size ? value.length - reader->at : size;
		memcpy(buffer, value.data + reader->at, length);
		reader->at += length;
		return (ssize_t)length;
	}
	return 0;
}

static ssize_t chunk_read(void *context, void *buffer, size_t size, struct error *error)
{
	struct chunk_reader *reader = context;
	struct ledger_txn *txn = reader->book->txn;
	ssize_t length;

	if (txn != NULL) {
		length = chunk_copy(reader, txn, buffer, size);
	} else {
		txn = ledger_begin(reader->ledger, false, error);
		if (txn == NULL)
			return -1;
		length = chunk_copy(reader, txn, buffer, size);
		ledger_abort(txn);
	}
	if (length < 0)
		error_set(error, ERROR_FATAL, "run `duizhang verify`", "a waiting chunk is missing from the ledger");
	return length;
}

static bool chunk_rewind(void *context, struct error *error)
{
	struct chunk_reader *reader = context;

	(void)error;
	reader->k = 1;
	reader->at = 0;
	return true;
}

struct byte_source chunk_reader_source(
	struct chunk_reader *reader, struct ledger *ledger, struct book *book, const struct chunk_set *set)
{
	*reader = (struct chunk_reader){.ledger = ledger, .book = book, .n = set->n, .k = 1};
	memcpy(reader->sha256, set->sha256, SHA256_SIZE);
	return (struct byte_source){.context = reader, .read = chunk_read, .rewind = chunk_rewind};
}
