/*
 * document_outcome: what becomes of a document that was read: refused, a duplicate, superseded, accepted.
 */
#ifndef DUIZHANG_CONSUMERS_DOCUMENT_OUTCOME_H
#define DUIZHANG_CONSUMERS_DOCUMENT_OUTCOME_H

#include "consumers/document_job.h"

/* True if the document would be accepted alive: then its rows are staged. */
bool document_outcome_stages(struct document_job *job);

/* Refuses a document whose waiting chunks were dropped, being too many: a receipt. False: memory is short. */
bool document_refuse_chunks(struct book *book, const struct message_headers *headers, struct error *error);

#endif
