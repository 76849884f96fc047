/* account_rows: reads an account's rows; equality and reversals of movements. */
#include "daemon/account_rows.h"

#include "daemon/movements.h"

static void movement_write(struct byte_writer *out, const struct movement *movement)
{
	write_number(out, movement->line);
	write_number(out, movement->date);
	write_u8(out, (unsigned)movement->movement_class | (movement->debit ? 0x80u : 0u));
	write_number(out, (uint64_t)movement->amount_fen);
	write_span(out, movement->serial);
	write_span(out, movement->reversed_serial);
}

static struct ledger_key key_account_document(uint32_t county, struct span bank, struct span account,
	enum account_row_type type, uint64_t offset, uint32_t sequence)
{
	struct ledger_key key = key_account(county, bank, account);

	key_u8(&key, type);
	key_u64(&key, offset);
	key_u32(&key, sequence);
	return key;
}

void account_put_movements(struct book *book, uint32_t county, struct span bank, struct span account, uint64_t offset,
	uint32_t sequence, const struct movement *movements, size_t count)
{
	struct ledger_key key = key_account_document(county, bank, account, ACCOUNT_MOVEMENTS, offset, sequence);

	book->value.length = 0;
	for (size_t i = 0; i < count; i++)
		movement_write(&book->value, &movements[i]);
	book_put(book, TABLE_ACCOUNTS, &key, &book->value);
}

bool account_has_block(
	struct book *book, uint32_t county, struct span bank, struct span account, uint64_t offset, uint32_t sequence)
{
	struct ledger_key key = key_account_document(county, bank, account, ACCOUNT_MOVEMENTS, offset, sequence);
	struct ledger_bytes value;

	return book_get(book, TABLE_ACCOUNTS, &key, &value);
}

void account_put_link(
	struct book *book, uint32_t county, uint64_t offset, uint32_t line, const struct roster_record *row)
{
	struct ledger_key key = key_account(county, row->bank, row->account);

	key_u8(&key, ACCOUNT_LINK);
	key_bytes(&key, row->id_number, ID_NUMBER_LENGTH);
	key_u8(&key, row->scheme);
	key_u64(&key, offset);
	key_u32(&key, line);
	ledger_put(book->txn, TABLE_ACCOUNTS, key.data, key.length, "", 0);
}

void account_put_statement(struct book *book, uint32_t county, struct span bank, uint64_t offset, uint32_t sequence,
	const struct account_coverage_record *statement)
{
	struct ledger_key key =
		key_account_document(county, bank, statement->account, ACCOUNT_STATEMENT, offset, sequence);
	struct byte_writer *out = &book->value;

	out->length = 0;
	write_span(out, statement->statement_id);
	write_number(out, statement->from);
	write_number(out, statement->to);
	write_number(out, statement->page);
	write_u8(out, statement->last_page);
	book_put(book, TABLE_ACCOUNTS, &key, out);
}

/* What is left of a block of movements from limit on; false if nothing was dropped. */
static bool block_trim(struct book *book, struct ledger_bytes value, civil_date limit, struct byte_writer *left)
{
	struct byte_reader reader = reader_of(value.data, value.length);
	bool dropped = false;

	left->length = 0;
	while (reader_more(&reader)) {
		const uint8_t *begin = reader.data;
		civil_date date;

		read_number(&reader);
		date = (civil_date)read_number(&reader);
		read_u8(&reader);
		read_number(&reader);
		read_span(&reader);
		read_span(&reader);
		if (date >= limit)
			write_bytes(left, begin, (size_t)(reader.data - begin));
		else
			dropped = true;
	}
	if (reader.bad)
		book_damaged(book, TABLE_ACCOUNTS);
	return dropped && !reader.bad;
}

static bool row_is_old(enum account_row_type type, struct ledger_bytes value, civil_date limit)
{
	struct byte_reader reader = reader_of(value.data, value.length);

	if (type == ACCOUNT_PAYMENT) {
		read_u8(&reader);
		return civil_month_last_day((civil_month)read_number(&reader)) < limit;
	}
	if (type != ACCOUNT_STATEMENT)
		return false;
	read_span(&reader);
	read_number(&reader);
	return (civil_date)read_number(&reader) < limit;
}

bool account_drop_before(struct book *book, uint32_t county, struct span bank, struct span account, civil_date limit)
{
	struct ledger_key prefix = key_account(county, bank, account);
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_ACCOUNTS);
	struct ledger_bytes key, value;
	bool swept = false;

	for (bool found = ledger_cursor_seek(cursor, prefix.data, prefix.length, NULL, 0, &key, &value); found;
		found = ledger_cursor_next(cursor, &key, &value)) {
		enum account_row_type type = key.data[prefix.length];
		struct ledger_key row = {.length = 0};

		if (type == ACCOUNT_MOVEMENTS && block_trim(book, value, limit, &book->json)) {
			swept = true;
			key_bytes(&row, key.data, key.length);
			if (book->json.length == 0)
				ledger_cursor_delete(cursor);
			else
				book_put(book, TABLE_ACCOUNTS, &row, &book->json);
		} else if (row_is_old(type, value, limit)) {
			swept = true;
			ledger_cursor_delete(cursor);
		}
	}
	ledger_cursor_close(cursor);
	return swept;
}

/* One page of one statement. */
struct page {
	struct span statement_id;
	civil_date from;
	civil_date to;
	uint32_t page;
	bool last;
};

/* What the walk gathers before it is put in order. */
struct walk {
	struct book *book;
	struct account_rows *rows;
	struct page *pages;
	size_t page_count;
};

static void walk_link(struct walk *walk, struct byte_reader key)
{
	struct account_rows *rows = walk->rows;
	const uint8_t *id = read_bytes(&key, ID_NUMBER_LENGTH);
	enum scheme scheme = read_u8(&key);
	struct account_holder *last = rows->holder_count == 0 ? NULL : &rows->holders[rows->holder_count - 1];

	if (id == NULL || !book_document(walk->book, read_u64(&key))->alive)
		return;
	/* Keys are in order of ID number: a holder's rows stand together. */
	if (last == NULL || memcmp(last->id_number, id, ID_NUMBER_LENGTH) != 0) {
		rows->holders =
			arena_grow(&walk->book->arena, rows->holders, rows->holder_count, sizeof(*rows->holders));
		last = &rows->holders[rows->holder_count++];
		*last = (struct account_holder){.resident = false};
		memcpy(last->id_number, id, ID_NUMBER_LENGTH);
	}
	last->resident |= scheme == SCHEME_RESIDENT;
}

/* One movement of a block; what a short block ends in reads as zeros, and the reader is bad. */
static void movement_read(struct byte_reader *reader, struct movement *movement)
{
	unsigned flags;

	movement->line = (uint32_t)read_number(reader);
	movement->date = (civil_date)read_number(reader);
	flags = read_u8(reader);
	movement->movement_class = (enum movement_class)(flags & 0x7f);
	movement->debit = flags & 0x80;
	movement->amount_fen = (int64_t)read_number(reader);
	movement->serial = read_span(reader);
	movement->reversed_serial = read_span(reader);
}

static void walk_movements(struct walk *walk, struct byte_reader key, struct ledger_bytes value)
{
	struct account_rows *rows = walk->rows;
	struct arena *arena = &walk->book->arena;
	uint64_t offset = read_u64(&key);
	const struct document_note *note = book_document(walk->book, offset);
	const uint8_t *document;
	struct byte_reader reader;

	if (!note->alive)
		return;
	document = arena_copy(arena, note->id, SHA256_SIZE);
	reader = reader_of(arena_copy(arena, value.data, value.length), value.length);
	while (reader_more(&reader)) {
		struct movement movement = {.offset = offset, .document = document};

		movement_read(&reader, &movement);
		rows->movements = arena_grow(arena, rows->movements, rows->movement_count, sizeof(movement));
		rows->movements[rows->movement_count++] = movement;
	}
	if (reader.bad)
		book_damaged(walk->book, TABLE_ACCOUNTS);
}

static void walk_statement(struct walk *walk, struct byte_reader key, struct ledger_bytes value)
{
	struct arena *arena = &walk->book->arena;
	struct byte_reader reader;
	struct page page;

	if (!book_document(walk->book, read_u64(&key))->alive)
		return;
	reader = reader_of(arena_copy(arena, value.data, value.length), value.length);
	page.statement_id = read_span(&reader);
	page.from = (civil_date)read_number(&reader);
	page.to = (civil_date)read_number(&reader);
	page.page = (uint32_t)read_number(&reader);
	page.last = read_u8(&reader) != 0;
	if (reader.bad)
		book_damaged(walk->book, TABLE_ACCOUNTS);
	walk->pages = arena_grow(arena, walk->pages, walk->page_count, sizeof(page));
	walk->pages[walk->page_count++] = page;
}

static void walk_payment(struct walk *walk, struct byte_reader key, struct ledger_bytes value)
{
	struct account_rows *rows = walk->rows;
	struct arena *arena = &walk->book->arena;
	struct payment payment = {.offset = read_u64(&key), .line = read_u32(&key)};
	const struct document_note *note = book_document(walk->book, payment.offset);
	struct byte_reader reader;

	if (!note->alive)
		return;
	payment.document = arena_copy(arena, note->id, SHA256_SIZE);
	reader = reader_of(arena_copy(arena, value.data, value.length), value.length);
	payment.kind = read_u8(&reader);
	payment.month = (civil_month)read_number(&reader);
	payment.batch = read_span(&reader);
	payment.id_number = (const char *)read_bytes(&reader, ID_NUMBER_LENGTH);
	payment.amount_fen = (int64_t)read_number(&reader);
	payment.outcome = read_u8(&reader);
	payment.paid_on = (civil_date)read_number(&reader);
	if (reader.bad) {
		book_damaged(walk->book, TABLE_ACCOUNTS);
		return;
	}
	rows->payments = arena_grow(arena, rows->payments, rows->payment_count, sizeof(payment));
	rows->payments[rows->payment_count++] = payment;
}

static int span_compare(struct span a, struct span b)
{
	size_t shorter = a.length < b.length ? a.length : b.length;
	int order = shorter == 0 ? 0 : memcmp(a.data, b.data, shorter);

	if (order != 0)
		return order;
	return a.length < b.length ? -1 : a.length > b.length;
}

static int page_compare(const void *a, const void *b)
{
	const struct page *x = a, *y = b;
	int order = span_compare(x->statement_id, y->statement_id);

	if (order != 0)
		return order;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	return x->page < y->page ? -1 : x->page > y->page;
}

/* A statement covers its days when its pages 1 … n are all there and page n says it is the last (5.3). */
static void statements_complete(struct walk *walk)
{
	struct date_ranges *ranges = &walk->rows->statements;

	if (walk->page_count == 0)
		return;
	qsort(walk->pages, walk->page_count, sizeof(*walk->pages), page_compare);
	for (size_t i = 0, end; i < walk->page_count; i = end) {
		uint32_t next = 1;
		bool complete = false;

		for (end = i; end < walk->page_count; end++) {
			const struct page *page = &walk->pages[end];

			if (span_compare(page->statement_id, walk->pages[i].statement_id) != 0 ||
				page->from != walk->pages[i].from || page->to != walk->pages[i].to)
				break;
			if (page->page == next) {
				next++;
				complete |= page->last;
			} else if (page->page == next - 1) {
				complete |= page->last;
			}
		}
		if (!complete)
			continue;
		ranges->items = arena_grow(&walk->book->arena, ranges->items, ranges->count, sizeof(*ranges->items));
		ranges->items[ranges->count++] = (struct date_range){walk->pages[i].from, walk->pages[i].to};
	}
	ranges_normalise(ranges);
}

void account_rows_read(struct book *book, uint32_t county, struct span bank, struct span account, unsigned types,
	struct account_rows *rows)
{
	struct ledger_key prefix = key_account(county, bank, account);
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_ACCOUNTS);
	struct walk walk = {.book = book, .rows = rows};
	struct ledger_bytes key, value;

	*rows = (struct account_rows){0};
	for (bool found = ledger_cursor_seek(cursor, prefix.data, prefix.length, NULL, 0, &key, &value); found;
		found = ledger_cursor_next(cursor, &key, &value)) {
		struct byte_reader rest = reader_of(key.data + prefix.length, key.length - prefix.length);
		enum account_row_type type = read_u8(&rest);

		if (type == ACCOUNT_STATE)
			rows->state = (struct span){arena_copy(&book->arena, value.data, value.length), value.length};
		else if ((types & 1u << type) == 0)
			continue;
		else if (type == ACCOUNT_LINK)
			walk_link(&walk, rest);
		else if (type == ACCOUNT_MOVEMENTS)
			walk_movements(&walk, rest, value);
		else if (type == ACCOUNT_STATEMENT)
			walk_statement(&walk, rest, value);
		else if (type == ACCOUNT_PAYMENT)
			walk_payment(&walk, rest, value);
	}
	ledger_cursor_close(cursor);
	rows->movement_count = movements_settle(
		&book->arena, rows->movements, rows->movement_count, &rows->conflicts, &rows->conflict_count);
	statements_complete(&walk);
}

static int stored_compare(const void *a, const void *b)
{
	const struct stored_movement *x = a, *y = b;

	return movements_compare_dates(&x->movement, &y->movement);
}

struct stored_movement *account_stored_movements(
	struct book *book, uint32_t county, struct span bank, struct span account, size_t *count)
{
	struct ledger_key prefix = key_account(county, bank, account);
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_ACCOUNTS);
	struct stored_movement *rows = NULL;
	struct ledger_bytes key, value;

	*count = 0;
	key_u8(&prefix, ACCOUNT_MOVEMENTS);
	for (bool found = ledger_cursor_seek(cursor, prefix.data, prefix.length, NULL, 0, &key, &value); found;
		found = ledger_cursor_next(cursor, &key, &value)) {
		struct byte_reader rest = reader_of(key.data + prefix.length, key.length - prefix.length);
		uint64_t offset = read_u64(&rest);
		const struct document_note *note = book_document(book, offset);
		const uint8_t *document = arena_copy(&book->arena, note->id, SHA256_SIZE);
		struct byte_reader reader = reader_of(arena_copy(&book->arena, value.data, value.length), value.length);
		bool living = note->alive;

		/* What is being staged is of no document yet. */
		while (note->used && reader_more(&reader)) {
			struct stored_movement row = {
				.movement = {.offset = offset, .document = document}, .living = living};

			movement_read(&reader, &row.movement);
			rows = arena_grow(&book->arena, rows, *count, sizeof(row));
			rows[(*count)++] = row;
		}
		if (reader.bad)
			book_damaged(book, TABLE_ACCOUNTS);
	}
	ledger_cursor_close(cursor);
	if (*count > 1)
		qsort(rows, *count, sizeof(*rows), stored_compare);
	return rows;
}
