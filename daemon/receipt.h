/*
 * receipt: the record of one arrival of a document, or of a change of its status (section 9).
 */
#ifndef DUIZHANG_DAEMON_RECEIPT_H
#define DUIZHANG_DAEMON_RECEIPT_H

#include "daemon/book.h"

enum receipt_status { RECEIPT_ACCEPTED, RECEIPT_DUPLICATE, RECEIPT_SUPERSEDED, RECEIPT_REJECTED };

struct receipt {
	uint8_t document[SHA256_SIZE];
	struct span name;
	enum document_kind kind; /* NONE: null */
	struct span layout;
	struct span bank;
	struct span county;
	enum receipt_status status;
	bool has_numbers; /* accepted, and no control document */
	uint64_t lines;
	bool has_sum;
	uint64_t amount_fen;
	uint64_t rows_rejected;
	uint64_t matched;
	uint64_t unmatched;
	bool without_ledger;                  /* a tool's: matched and unmatched are not known, null */
	const struct document_errors *errors; /* NULL: none */
};

/* Writes the JSON of a receipt, without a line end. */
void receipt_write(struct byte_writer *out, const struct receipt *receipt);

void receipt_publish(struct book *book, const struct receipt *receipt);

#endif
