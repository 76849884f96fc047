/*
 * document_outcome: what becomes of a document that was read: refused, a duplicate, superseded, accepted.
 */
#ifndef DUIZHANG_CONSUMERS_DOCUMENT_OUTCOME_H
#define DUIZHANG_CONSUMERS_DOCUMENT_OUTCOME_H

#include "consumers/document_job.h"

/* True if the document would be accepted alive: then its rows are staged. */
bool document_outcome_stages(struct document_job *job);

#endif
