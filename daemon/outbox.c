/* outbox: table outbox, offset and sequence → topic, key, value. */
#include "daemon/outbox.h"

const char *const output_topic_names[TOPIC_COUNT] = {
	[TOPIC_FOLLOWUP_TASKS] = "followup-tasks",
	[TOPIC_FOLLOWUP_LISTS] = "followup-lists",
	[TOPIC_ACCOUNT_SILENCE] = "account-silence",
	[TOPIC_ENTITLEMENTS] = "entitlements",
	[TOPIC_RECEIPTS] = "receipts",
	[TOPIC_EXCEPTIONS] = "exceptions",
	[TOPIC_REJECTS] = "rejects",
};

static struct ledger_key key_outbox(uint64_t offset, uint64_t row)
{
	struct ledger_key key = key_offset(offset);

	key_u64(&key, row);
	return key;
}

static bool position_before(uint64_t offset, uint64_t row, struct publish_position position)
{
	return offset < position.offset || (offset == position.offset && row < position.rows);
}

void outbox_put_with_headers(struct book *book, enum output_topic topic, struct span key, struct span value,
	const struct message_header *headers, size_t header_count)
{
	struct ledger_key row_key = key_outbox(book->offset, book->outbox_rows);
	struct byte_writer *out = &book->value;

	if (position_before(book->offset, book->outbox_rows++, book->published))
		return;
	out->length = 0;
	write_u8(out, topic);
	write_u8(out, value.data != NULL);
	bytes_store_u64(writer_reserve(out, 8), (uint64_t)book->log_time_ms);
	write_span(out, key);
	write_number(out, header_count);
	for (size_t i = 0; i < header_count; i++) {
		write_span(out, headers[i].name);
		write_span(out, headers[i].value);
	}
	write_bytes(out, value.data, value.length);
	book_put(book, TABLE_OUTBOX, &row_key, out);
}

void outbox_put(struct book *book, enum output_topic topic, struct span key, struct span value)
{
	outbox_put_with_headers(book, topic, key, value, NULL, 0);
}

static bool message_read(
	struct book *book, struct ledger_bytes value, struct arena *arena, struct output_message *message)
{
	const uint8_t *copy = arena_copy(arena, value.data, value.length);
	struct byte_reader reader = reader_of(copy, value.length);
	unsigned topic = read_u8(&reader);
	bool has_value = read_u8(&reader) != 0;
	struct message_header *headers;

	*message = (struct output_message){.time_ms = (int64_t)read_u64(&reader)};
	message->key = read_span(&reader);
	message->header_count = (size_t)read_number(&reader);
	if (reader.bad || topic >= TOPIC_COUNT || message->header_count > 64) {
		book_damaged(book, TABLE_OUTBOX);
		return false;
	}
	headers = arena_allocate(arena, message->header_count * sizeof(*headers));
	for (size_t i = 0; i < message->header_count; i++) {
		headers[i].name = read_span(&reader);
		headers[i].value = read_span(&reader);
	}
	message->topic = output_topic_names[topic];
	message->headers = headers;
	if (has_value)
		message->value = (struct span){(const char *)reader.data, (size_t)(reader.end - reader.data)};
	return !reader.bad;
}

bool outbox_read(
	struct book *book, struct publish_position from, uint64_t end, size_t max_records, struct outbox_batch *batch)
{
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_OUTBOX);
	struct ledger_key at = key_outbox(from.offset, from.rows);
	struct ledger_bytes key, value;
	uint64_t offset = from.offset;
	size_t offset_begin = 0; /* of the rows of the offset being read */
	bool cut = false;

	*batch = (struct outbox_batch){.to = {end, 0}};
	for (bool found = ledger_cursor_seek(cursor, NULL, 0, at.data, at.length, &key, &value); found && !cut;
		found = ledger_cursor_next(cursor, &key, &value)) {
		uint64_t row_offset = bytes_load_u64(key.data);

		if (row_offset >= end)
			break;
		if (row_offset != offset)
			offset_begin = batch->count;
		offset = row_offset;
		if (batch->count == max_records) {
			cut = true;
			batch->to = offset_begin > 0 ? (struct publish_position){offset, 0}
						     : (struct publish_position){offset, bytes_load_u64(key.data + 8)};
			if (offset_begin > 0)
				batch->count = offset_begin;
			continue;
		}
		batch->messages = arena_grow(&batch->arena, batch->messages, batch->count, sizeof(*batch->messages));
		if (!message_read(book, value, &batch->arena, &batch->messages[batch->count]))
			break;
		batch->count++;
	}
	ledger_cursor_close(cursor);
	return ledger_ok(book->txn);
}

void outbox_batch_free(struct outbox_batch *batch)
{
	arena_free(&batch->arena);
	*batch = (struct outbox_batch){0};
}

static void outbox_delete_range(struct book *book, struct ledger_key from, struct publish_position before)
{
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_OUTBOX);
	struct ledger_bytes key, value;

	for (bool found = ledger_cursor_seek(cursor, NULL, 0, from.data, from.length, &key, &value); found;
		found = ledger_cursor_next(cursor, &key, &value)) {
		if (!position_before(bytes_load_u64(key.data), bytes_load_u64(key.data + 8), before))
			break;
		ledger_cursor_delete(cursor);
	}
	ledger_cursor_close(cursor);
}

void outbox_delete_before(struct book *book, struct publish_position position)
{
	outbox_delete_range(book, key_outbox(0, 0), position);
}

void outbox_delete_from(struct book *book, uint64_t offset)
{
	outbox_delete_range(book, key_outbox(offset, 0), (struct publish_position){UINT64_MAX, UINT64_MAX});
}
