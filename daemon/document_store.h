/*
 * document_store: the documents the ledger has taken, which are alive, and which are named by `supersedes`.
 *
 * All functions work on the book's transaction. Texts of a loaded document are copies inside struct document.
 */
#ifndef DUIZHANG_DAEMON_DOCUMENT_STORE_H
#define DUIZHANG_DAEMON_DOCUMENT_STORE_H

#include "daemon/book.h"

/* One accepted document; also one that was dead when it first arrived. */
struct document {
	uint64_t offset; /* of the message that made it whole */
	uint8_t id[SHA256_SIZE];
	bool alive;
	bool dead_on_arrival;
	enum document_kind kind;
	uint32_t county;
	char bank[41];
	char layout[64];
	char name[256];
	civil_date covers_from; /* MOVEMENTS that cover their bank's days; else NONE */
	civil_date covers_to;
	uint32_t part_k;
	uint32_t part_n;
	civil_month month; /* PAYROLL, RESULTS */
	uint64_t lines;
	bool has_sum;
	uint64_t amount_fen;
	uint64_t rows_rejected;
	uint64_t matched;
	uint64_t unmatched;
	int64_t log_time_ms;
};

bool document_load(struct book *book, uint64_t offset, struct document *document);

/* The first document with an offset >= from. */
bool document_next(struct book *book, uint64_t from, struct document *document);

/* Writes the document and, if it is new, remembers its identity. */
void document_save(struct book *book, const struct document *document);

/* The offset at which (county, kind, bank, id) was first taken. */
bool document_find(struct book *book, uint32_t county, enum document_kind kind, struct span bank,
	const uint8_t id[SHA256_SIZE], uint64_t *offset);

/* `supersedes`: marks the named one dead for good; true if that killed a living document, whose offset is given. */
bool document_supersede(struct book *book, uint32_t county, enum document_kind kind, struct span bank,
	const uint8_t id[SHA256_SIZE], uint64_t *killed);
bool document_is_superseded(
	struct book *book, uint32_t county, enum document_kind kind, struct span bank, const uint8_t id[SHA256_SIZE]);

/*
 * The people and accounts that a document's rows name, in the order they were staged: written in blocks by the
 * consumer, walked by the judge.
 */
enum named_type { NAMED_PERSON, NAMED_ACCOUNT };

struct named {
	enum named_type type;
	char id_number[ID_NUMBER_LENGTH]; /* NAMED_PERSON */
	struct span bank;                 /* NAMED_ACCOUNT */
	struct span account;
};

struct named_writer {
	uint64_t offset;
	uint32_t sequence;
	struct byte_writer block;
};

void named_add(struct book *book, struct named_writer *writer, const struct named *named);
/* Writes what is still held; the writer may go on with a new block. */
void named_flush(struct book *book, struct named_writer *writer);

/* Where a walk stands: block and entry, kept over transactions. */
struct named_position {
	uint32_t sequence;
	uint32_t entry;
};

/* The next named one at or after position, which moves past it. False at the end. Spans are copied into the book's
 * arena. */
bool named_next(struct book *book, uint64_t offset, struct named_position *position, struct named *named);

#endif
