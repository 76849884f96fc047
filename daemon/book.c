/* book: the cache of documents and shorthands for keys. */
#include "daemon/book.h"

#include "daemon/document_store.h"

void book_init(struct book *book, const struct rule_settings *settings, struct reference_maker *references)
{
	*book = (struct book){.settings = settings, .references = references};
}

void book_free(struct book *book)
{
	arena_free(&book->arena);
	writer_free(&book->value);
	writer_free(&book->json);
	writer_free(&book->named_block);
	free(book->notes);
	*book = (struct book){0};
}

void book_forget(struct book *book)
{
	if (book->notes != NULL)
		memset(book->notes, 0, book->note_capacity * sizeof(*book->notes));
	book->note_count = 0;
	book->named_block.length = 0;
}

static struct document_note *note_slot(struct book *book, uint64_t offset)
{
	size_t mask = book->note_capacity - 1;
	size_t i = (size_t)(offset * 0x9E3779B97F4A7C15u >> 32) & mask;

	while (book->notes[i].used && book->notes[i].offset != offset)
		i = (i + 1) & mask;
	return &book->notes[i];
}

static void notes_grow(struct book *book)
{
	struct document_note *old = book->notes;
	size_t old_capacity = book->note_capacity;

	book->note_capacity = old_capacity == 0 ? 256 : old_capacity * 2;
	book->notes = bytes_allocate(NULL, book->note_capacity * sizeof(*book->notes));
	memset(book->notes, 0, book->note_capacity * sizeof(*book->notes));
	for (size_t i = 0; i < old_capacity; i++) {
		if (old[i].used)
			*note_slot(book, old[i].offset) = old[i];
	}
	free(old);
}

const struct document_note *book_document(struct book *book, uint64_t offset)
{
	static const struct document_note unknown = {.alive = false};
	struct document_note *note;
	struct document document;

	if (book->note_capacity == 0 || book->note_count * 2 >= book->note_capacity)
		notes_grow(book);
	note = note_slot(book, offset);
	if (note->used)
		return note;
	/* Rows of a document that is still being staged, or whose staging was cut short, are not alive. */
	if (!document_load(book, offset, &document))
		return &unknown;
	*note = (struct document_note){.offset = offset, .alive = document.alive, .used = true};
	memcpy(note->id, document.id, sizeof(note->id));
	book->note_count++;
	return note;
}

void book_document_changed(struct book *book, uint64_t offset)
{
	struct document document;
	struct document_note *note;

	if (book->note_capacity == 0)
		return;
	note = note_slot(book, offset);
	if (note->used && document_load(book, offset, &document))
		note->alive = document.alive;
}

void book_damaged(struct book *book, enum ledger_table table)
{
	struct error error = {0};

	error_set(&error, ERROR_FATAL, "run `duizhang verify`, then restore a snapshot or rebuild the ledger",
		"a value in ledger table %s cannot be read", ledger_table_name(table));
	ledger_fail(book->txn, &error);
}

bool book_read_begin(struct book *book, struct ledger *ledger, struct ledger_txn **reader, struct error *error)
{
	*reader = NULL;
	if (book->txn != NULL)
		return true;
	*reader = ledger_begin(ledger, false, error);
	book->txn = *reader;
	return *reader != NULL;
}

void book_read_end(struct book *book, struct ledger_txn *reader)
{
	if (reader == NULL)
		return;
	ledger_abort(reader);
	book->txn = NULL;
}

bool book_get(struct book *book, enum ledger_table table, const struct ledger_key *key, struct ledger_bytes *value)
{
	return ledger_get(book->txn, table, key->data, key->length, value);
}

void book_put(struct book *book, enum ledger_table table, const struct ledger_key *key, const struct byte_writer *value)
{
	ledger_put(book->txn, table, key->data, key->length, value->data, value->length);
}

bool book_delete(struct book *book, enum ledger_table table, const struct ledger_key *key)
{
	return ledger_delete(book->txn, table, key->data, key->length);
}
