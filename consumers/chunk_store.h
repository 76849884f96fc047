/*
 * chunk_store: chunks of documents that are sent in several messages, waiting in the ledger until they are whole (4.1).
 */
#ifndef DUIZHANG_CONSUMERS_CHUNK_STORE_H
#define DUIZHANG_CONSUMERS_CHUNK_STORE_H

#include "daemon/book.h"

struct chunk_limits {
	uint64_t set_bytes;     /* of one document's value */
	uint64_t waiting_bytes; /* of all that wait */
};

enum chunk_outcome {
	CHUNK_WAITS,      /* taken, or had already; the document is not whole */
	CHUNK_REPEATED,   /* of a document that was completed: opens nothing */
	CHUNK_COMPLETES,  /* the document is whole now */
	CHUNK_OVER_LIMIT, /* refused, and everything of its document dropped */
};

/* What is known of a document whose chunks wait. */
struct chunk_set {
	uint8_t sha256[SHA256_SIZE];
	uint32_t n;
	uint32_t have;
	uint64_t bytes;
	int64_t first_time_ms; /* log time of its first chunk */
	bool raised;           /* incomplete_document was */
	uint32_t county;       /* as far as known, else 0 */
	char key_county[7];    /* of chunk 1's message key */
	bool has_headers;      /* chunk 1 is there: its headers rule */
	struct message_headers headers;
};

/* Reads a chunk's value whole, up to a byte more than a chunk may have. False: error filled. */
bool chunk_value_read(const struct byte_source *source, struct byte_writer *value, struct error *error);

/* Takes one chunk. On CHUNK_COMPLETES set is filled. */
enum chunk_outcome chunk_add(struct book *book, const struct message_headers *headers, const char *key_county,
	struct span value, const struct chunk_limits *limits, struct chunk_set *set);

/* The document was taken or refused: its chunks go. completed: remembered, so that late repeats open nothing. */
void chunk_set_close(struct book *book, const struct chunk_set *set, bool completed);

/* Raises incomplete_document for documents whose first chunk is 24 hours (log time) old. */
void chunk_sets_expire(struct book *book);

/* The log time at which the next one expires, INT64_MAX if none waits. */
int64_t chunk_sets_next_expiry(struct book *book);

/* The waiting sets one after another: the first with a key after sha256, n of *set. False at the end. */
bool chunk_set_next(struct book *book, struct chunk_set *set);

/* The whole value, chunk after chunk, read from the ledger. */
struct chunk_reader {
	struct ledger *ledger;
	struct book *book; /* its transaction is used when one is open: it sees chunks not committed yet */
	uint8_t sha256[SHA256_SIZE];
	uint32_t n;
	uint32_t k;
	size_t at;
};

struct byte_source chunk_reader_source(
	struct chunk_reader *reader, struct ledger *ledger, struct book *book, const struct chunk_set *set);

#endif
