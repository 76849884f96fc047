/*
 * payment_store: the lines of pay batches (PAYROLL) and of the banks' answers (RESULTS), kept for reconciliation.
 */
#ifndef DUIZHANG_DAEMON_PAYMENT_STORE_H
#define DUIZHANG_DAEMON_PAYMENT_STORE_H

#include "daemon/book.h"

/* Adds one line of a document that is being staged. */
void payment_put(struct book *book, uint32_t county, enum document_kind kind, struct span bank, struct span batch,
	civil_month month, uint64_t offset, uint32_t line, const struct payment_record *payment);

#endif
