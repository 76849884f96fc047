/*
 * book: the ledger as one transaction sees it, with what every rule needs at hand: settings, key, documents, the
 * offset in hand.
 *
 * Owner: the partition (or a command that reads). One thread. The transaction is lent; the cache of documents lives
 * on from one transaction to the next and is dropped when one is aborted.
 */
#ifndef DUIZHANG_DAEMON_BOOK_H
#define DUIZHANG_DAEMON_BOOK_H

#include "daemon/arena.h"
#include "daemon/ledger.h"
#include "daemon/ledger_keys.h"
#include "daemon/reference.h"
#include "daemon/transport.h"

/* Settings that verdicts depend on; a digest of them is in the ledger (invariant 1). */
struct rule_settings {
	bool skip_confirmed;
	uint32_t retention_years;
	uint32_t min_payout_share_percent;
};

/* What rows need to know of the document they came in. */
struct document_note {
	uint64_t offset;
	uint8_t id[SHA256_SIZE];
	bool alive;
	bool used; /* of the cache's slot */
};

struct book {
	struct ledger_txn *txn;
	const struct rule_settings *settings;
	struct reference_maker *references;
	struct arena arena;          /* for one person, one account; reset by whoever begins a new one */
	struct byte_writer value;    /* scratch for values being written */
	struct byte_writer json;     /* scratch for values being published */
	struct document_note *notes; /* open addressing by offset */
	size_t note_capacity;
	size_t note_count;
	/* The block of named people and accounts that a walk is in (document_store): a copy, since rows move. */
	struct byte_writer named_block;
	uint64_t named_offset;
	uint32_t named_sequence;
	/* Of the document in hand. */
	uint64_t offset;
	uint64_t outbox_rows; /* made so far for offset, also those that are out already */
	int64_t log_time_ms;
	struct publish_position published; /* C: rows before it are not made again */
};

void book_init(struct book *book, const struct rule_settings *settings, struct reference_maker *references);
void book_free(struct book *book);

/* After an abort: what was cached of the transaction's own changes is not true. */
void book_forget(struct book *book);

/* The note of a document that rows name; a missing one fails the transaction and reads as dead. */
const struct document_note *book_document(struct book *book, uint64_t offset);

/* After a document was stored or died. */
void book_document_changed(struct book *book, uint64_t offset);

/* (document id, line) order of ties. */
static inline int book_compare_rows(const uint8_t *id_a, uint32_t line_a, const uint8_t *id_b, uint32_t line_b)
{
	int order = memcmp(id_a, id_b, SHA256_SIZE);

	return order != 0 ? order : line_a < line_b ? -1 : line_a > line_b;
}

/* The transaction fails: a value does not read as what the table holds. */
void book_damaged(struct book *book, enum ledger_table table);

/*
 * Makes sure that there is a transaction to read through: the one in hand, else a reader of its own, which *reader then
 * is and book_read_end ends. False: error filled.
 */
bool book_read_begin(struct book *book, struct ledger *ledger, struct ledger_txn **reader, struct error *error);
void book_read_end(struct book *book, struct ledger_txn *reader);

/* Shorthands for keys. */
bool book_get(struct book *book, enum ledger_table table, const struct ledger_key *key, struct ledger_bytes *value);
void book_put(
	struct book *book, enum ledger_table table, const struct ledger_key *key, const struct byte_writer *value);
bool book_delete(struct book *book, enum ledger_table table, const struct ledger_key *key);

#endif
