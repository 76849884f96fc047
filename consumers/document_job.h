/*
 * document_job: one whole document on its way from bytes to the ledger, in steps that each take a bounded time.
 *
 * Read: bytes → content → records, once, into a buffer; nothing is written. A document whose content is not UTF-8 is
 * read again as GB18030. Then it is refused, or its rows are applied: from the buffer if they all fit, else by reading
 * again, buffer after buffer (invariant 3).
 *
 * Owner: the partition; one at a time. The thread of the event loop.
 */
#ifndef DUIZHANG_CONSUMERS_DOCUMENT_JOB_H
#define DUIZHANG_CONSUMERS_DOCUMENT_JOB_H

#include "consumers/document_reader.h"
#include "consumers/row_consumer.h"
#include "daemon/judge.h"

enum job_phase {
	JOB_READ,   /* bytes are read; no transaction is needed */
	JOB_STAGE,  /* read once more; rows are applied whenever the buffer is full */
	JOB_APPLY,  /* rows of the buffer are applied */
	JOB_FINISH, /* everything is known and staged: one transaction makes the document count, or refuses it */
};

struct document_job {
	enum job_phase phase;
	struct book *book;
	struct ledger *ledger;
	/* What arrived. */
	uint64_t offset;
	struct message_headers headers;
	char key_county[7];
	civil_date log_date;
	struct byte_source source;
	const char *source_topic; /* for rejects: where the bytes are */
	int32_t source_partition;
	const struct document_limits *limits;
	const struct layout_set *layouts;
	/* What its bytes say. */
	struct document_context context;
	struct record_sink sink;
	struct document_reader reader;
	/* Rows. */
	struct row_buffer buffer;
	struct row_buffer spill; /* rows of the piece in hand that the full buffer has no room for */
	bool overflowed;         /* the rows do not fit: they are staged by another pass */
	bool buffer_full;        /* JOB_STAGE: apply before reading on */
	bool sorted;
	size_t apply_at;
	struct row_consumer consumer;
	struct control_record control;
	bool has_control;
};

/* Begins a job; source and the message's key are as received. */
void document_job_begin(struct document_job *job, struct book *book, struct ledger *ledger, uint64_t offset,
	const struct message_headers *headers, const char *key_county, struct byte_source source);

/*
 * One step: reads about a MiB, or applies some rows through the book's transaction. False on an error of the source or
 * memory: error filled (RETRY: begin the message again).
 */
bool document_job_step(struct document_job *job, struct error *error);

static inline bool document_job_ready(const struct document_job *job)
{
	return job->phase == JOB_FINISH;
}

/*
 * The last step, in one transaction: makes the document count, or says why not; receipts, row findings, rejects.
 * Fills judging with what is to be judged (phase JUDGE_DONE: nothing). False on an error of the source.
 */
bool document_job_finish(struct document_job *job, struct judging *judging, struct error *error);

void document_job_free(struct document_job *job);

#endif
