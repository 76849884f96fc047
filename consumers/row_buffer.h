/*
 * row_buffer: the rows of a document, packed, until they are applied in the order of the accounts or people they name.
 *
 * Owner: the document job. When a buffer is full its rows are sorted and handed out, and it begins again: that depends
 * on the rows alone, never on time or memory, so the ledger's rows are the same on every machine.
 */
#ifndef DUIZHANG_CONSUMERS_ROW_BUFFER_H
#define DUIZHANG_CONSUMERS_ROW_BUFFER_H

#include "daemon/arena.h"

/* Packed bytes a buffer holds; what a large document is staged by. */
#define ROW_BUFFER_BYTES (40u * 1024u * 1024u)

struct buffered_row {
	uint64_t prefix; /* of the key, after what all keys share */
	const uint8_t *packed;
};

struct row_buffer {
	struct arena arena;
	struct buffered_row *rows;
	size_t count;
	size_t capacity;
	size_t bytes;
	struct byte_writer scratch;
};

/* False if it is full: hand the rows out, reset, add again. A row always fits into an empty buffer. */
bool row_buffer_add(struct row_buffer *buffer, const struct document_record *record);

/* By key (account, ID number), then line. */
void row_buffer_sort(struct row_buffer *buffer);

/* Row i after sorting; its spans point into the buffer. */
void row_buffer_row(const struct row_buffer *buffer, size_t i, struct document_record *record);

/* The end of the group of rows with the same key that begins at i. */
size_t row_buffer_group_end(const struct row_buffer *buffer, size_t i);

void row_buffer_reset(struct row_buffer *buffer);
void row_buffer_free(struct row_buffer *buffer);

#endif
