/* document_store: tables documents, document_ids, document_keys, superseded. */
#include "daemon/document_store.h"

#include <stdio.h>

#define NAMED_BLOCK_BYTES 16000

static void copy_text(char *out, size_t size, struct span text)
{
	size_t length = text.length < size - 1 ? text.length : size - 1;

	if (length > 0)
		memcpy(out, text.data, length);
	out[length] = '\0';
}

static struct ledger_key key_identity(uint32_t county, enum document_kind kind, struct span bank, const uint8_t *id)
{
	struct ledger_key key = key_county(county);

	key_u8(&key, kind);
	key_text(&key, bank);
	key_bytes(&key, id, SHA256_SIZE);
	return key;
}

bool document_load(struct book *book, uint64_t offset, struct document *document)
{
	struct ledger_key key = key_offset(offset);
	struct ledger_bytes value;
	struct byte_reader reader;
	const uint8_t *id;
	unsigned flags;

	if (!book_get(book, TABLE_DOCUMENTS, &key, &value))
		return false;
	*document = (struct document){.offset = offset};
	reader = reader_of(value.data, value.length);
	flags = read_u8(&reader);
	document->alive = flags & 1;
	document->dead_on_arrival = flags & 2;
	document->has_sum = flags & 4;
	document->kind = read_u8(&reader);
	document->county = read_u32(&reader);
	id = read_bytes(&reader, SHA256_SIZE);
	if (id != NULL)
		memcpy(document->id, id, SHA256_SIZE);
	copy_text(document->bank, sizeof(document->bank), read_span(&reader));
	copy_text(document->layout, sizeof(document->layout), read_span(&reader));
	copy_text(document->name, sizeof(document->name), read_span(&reader));
	document->covers_from = (civil_date)read_number(&reader);
	document->covers_to = (civil_date)read_number(&reader);
	document->part_k = (uint32_t)read_number(&reader);
	document->part_n = (uint32_t)read_number(&reader);
	document->month = (civil_month)read_number(&reader);
	document->lines = read_number(&reader);
	document->amount_fen = read_number(&reader);
	document->rows_rejected = read_number(&reader);
	document->matched = read_number(&reader);
	document->unmatched = read_number(&reader);
	document->log_time_ms = (int64_t)read_u64(&reader);
	if (reader.bad)
		book_damaged(book, TABLE_DOCUMENTS);
	return !reader.bad;
}

bool document_next(struct book *book, uint64_t from, struct document *document)
{
	struct ledger_key key = key_offset(from);
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_DOCUMENTS);
	struct ledger_bytes found_key, value;
	bool found = ledger_cursor_seek(cursor, NULL, 0, key.data, key.length, &found_key, &value);
	uint64_t offset = found ? bytes_load_u64(found_key.data) : 0;

	ledger_cursor_close(cursor);
	return found && document_load(book, offset, document);
}

void document_save(struct book *book, const struct document *document)
{
	struct ledger_key key = key_offset(document->offset);
	struct byte_writer *out = &book->value;

	out->length = 0;
	write_u8(out,
		(document->alive ? 1u : 0u) | (document->dead_on_arrival ? 2u : 0u) | (document->has_sum ? 4u : 0u));
	write_u8(out, document->kind);
	bytes_store_u32(writer_reserve(out, 4), document->county);
	write_bytes(out, document->id, SHA256_SIZE);
	write_span(out, span_of(document->bank));
	write_span(out, span_of(document->layout));
	write_span(out, span_of(document->name));
	write_number(out, document->covers_from);
	write_number(out, document->covers_to);
	write_number(out, document->part_k);
	write_number(out, document->part_n);
	write_number(out, document->month);
	write_number(out, document->lines);
	write_number(out, document->amount_fen);
	write_number(out, document->rows_rejected);
	write_number(out, document->matched);
	write_number(out, document->unmatched);
	bytes_store_u64(writer_reserve(out, 8), (uint64_t)document->log_time_ms);
	book_put(book, TABLE_DOCUMENTS, &key, out);

	key = key_identity(document->county, document->kind, span_of(document->bank), document->id);
	out->length = 0;
	bytes_store_u64(writer_reserve(out, 8), document->offset);
	book_put(book, TABLE_DOCUMENT_IDS, &key, out);
	book_document_changed(book, document->offset);
}

bool document_find(struct book *book, uint32_t county, enum document_kind kind, struct span bank,
	const uint8_t id[SHA256_SIZE], uint64_t *offset)
{
	struct ledger_key key = key_identity(county, kind, bank, id);
	struct ledger_bytes value;

	if (!book_get(book, TABLE_DOCUMENT_IDS, &key, &value))
		return false;
	if (value.length != 8)
		book_damaged(book, TABLE_DOCUMENT_IDS);
	else
		*offset = bytes_load_u64(value.data);
	return value.length == 8;
}

bool document_supersede(struct book *book, uint32_t county, enum document_kind kind, struct span bank,
	const uint8_t id[SHA256_SIZE], uint64_t *killed)
{
	struct ledger_key key = key_identity(county, kind, bank, id);
	struct document document;
	uint64_t offset;

	ledger_put(book->txn, TABLE_SUPERSEDED, key.data, key.length, "\1", 1);
	if (!document_find(book, county, kind, bank, id, &offset) || !document_load(book, offset, &document) ||
		!document.alive)
		return false;
	document.alive = false;
	document_save(book, &document);
	*killed = offset;
	return true;
}

bool document_is_superseded(
	struct book *book, uint32_t county, enum document_kind kind, struct span bank, const uint8_t id[SHA256_SIZE])
{
	struct ledger_key key = key_identity(county, kind, bank, id);
	struct ledger_bytes value;

	return book_get(book, TABLE_SUPERSEDED, &key, &value);
}

static struct ledger_key key_named(uint64_t offset, uint32_t sequence)
{
	struct ledger_key key = key_offset(offset);

	key_u32(&key, sequence);
	return key;
}

void named_flush(struct book *book, struct named_writer *writer)
{
	struct ledger_key key = key_named(writer->offset, writer->sequence);

	if (writer->block.length == 0)
		return;
	book_put(book, TABLE_DOCUMENT_KEYS, &key, &writer->block);
	writer->block.length = 0;
	writer->sequence++;
}

void named_add(struct book *book, struct named_writer *writer, const struct named *named)
{
	write_u8(&writer->block, named->type);
	if (named->type == NAMED_PERSON) {
		write_bytes(&writer->block, named->id_number, ID_NUMBER_LENGTH);
	} else {
		write_span(&writer->block, named->bank);
		write_span(&writer->block, named->account);
	}
	if (writer->block.length >= NAMED_BLOCK_BYTES)
		named_flush(book, writer);
}

/* Reads one entry; its spans still point into the block. */
static void named_read(struct byte_reader *reader, struct named *named)
{
	named->type = read_u8(reader);
	if (named->type == NAMED_PERSON) {
		const uint8_t *id = read_bytes(reader, ID_NUMBER_LENGTH);

		if (id != NULL)
			memcpy(named->id_number, id, ID_NUMBER_LENGTH);
	} else {
		named->bank = read_span(reader);
		named->account = read_span(reader);
	}
}

/* Makes the block the one at hand; false if there is none. */
static bool named_block(struct book *book, uint64_t offset, uint32_t sequence)
{
	struct ledger_key key = key_named(offset, sequence);
	struct ledger_bytes value;

	if (book->named_block.length > 0 && book->named_offset == offset && book->named_sequence == sequence)
		return true;
	book->named_block.length = 0;
	if (!book_get(book, TABLE_DOCUMENT_KEYS, &key, &value))
		return false;
	write_bytes(&book->named_block, value.data, value.length);
	book->named_offset = offset;
	book->named_sequence = sequence;
	return true;
}

bool named_next(struct book *book, uint64_t offset, struct named_position *position, struct named *named)
{
	while (named_block(book, offset, position->sequence) && position->entry <= book->named_block.length) {
		/* entry is the byte at which the next one begins */
		struct byte_reader reader =
			reader_of(book->named_block.data + position->entry, book->named_block.length - position->entry);

		if (!reader_more(&reader)) {
			position->sequence++;
			position->entry = 0;
			continue;
		}
		*named = (struct named){0};
		named_read(&reader, named);
		if (reader.bad) {
			book_damaged(book, TABLE_DOCUMENT_KEYS);
			return false;
		}
		position->entry = (uint32_t)(reader.data - book->named_block.data);
		named->bank = arena_span(&book->arena, named->bank);
		named->account = arena_span(&book->arena, named->account);
		return true;
	}
	return false;
}
