/*
 * row_consumer: the rows of one document → changes of the ledger, one handler for each kind.
 *
 * Rows only: nothing of them counts until the document is alive. Row findings are gathered and published with the last
 * of them.
 */
#ifndef DUIZHANG_CONSUMERS_ROW_CONSUMER_H
#define DUIZHANG_CONSUMERS_ROW_CONSUMER_H

#include "consumers/row_buffer.h"
#include "daemon/document_store.h"
#include "daemon/finding.h"

struct code_set {
	uint64_t *hashes;
	size_t count;
	size_t capacity;
};

struct row_consumer {
	/* Of the document; texts are the consumer's own. */
	uint64_t offset;
	enum document_kind kind;
	uint32_t county;
	char bank[41];
	civil_date as_of; /* ROSTER, CONFIRMATIONS; FEEDBACK: the campaign's */
	char batch[41];
	civil_month month;
	/* While its rows are applied. */
	uint32_t sequence; /* of the buffer being applied: 0 for the first */
	struct named_writer named;
	struct row_findings findings;
	struct code_set summaries;  /* unknown summary codes met */
	struct code_set mismatched; /* accounts whose name_mismatch was told */
	uint64_t rows_rejected;
	uint64_t matched;
	uint64_t unmatched;
};

void row_consumer_begin(struct row_consumer *consumer, uint64_t offset, const struct document_header *header);
void row_consumer_free(struct row_consumer *consumer);

/* A row that is refused, or a movement's bad ID number. */
void row_consumer_error(struct row_consumer *consumer, const struct row_error *error);

/* An unknown summary code; told in line order, before the rows are applied. */
void row_consumer_summary(struct row_consumer *consumer, uint32_t line, struct span summary);

/*
 * Applies groups of a sorted buffer from row *at on until about budget rows are done, and moves *at past them. Many
 * calls, in as many transactions, make up a buffer; then sequence goes up by one.
 */
void row_consumer_apply(
	struct book *book, struct row_consumer *consumer, const struct row_buffer *buffer, size_t *at, size_t budget);

/* After the last buffer: writes what is still held. */
void row_consumer_finish(struct book *book, struct row_consumer *consumer);

#endif
