/* document_job: rows are gathered, or staged, and applied. */
#include "consumers/document_job.h"

#include <stdio.h>

#include "consumers/document_outcome.h"

#define STEP_READS 16
#define APPLY_ROWS 20000

static bool on_header(void *context, const struct document_header *header)
{
	struct document_job *job = context;

	if (job->phase != JOB_STAGE)
		row_consumer_begin(&job->consumer, job->offset, header);
	return true;
}

static void add_row(struct document_job *job, const struct document_record *record)
{
	bool first_pass = job->phase != JOB_STAGE;

	if (first_pass && job->overflowed)
		return;
	if (!job->buffer_full && row_buffer_add(&job->buffer, record))
		return;
	if (first_pass) {
		job->overflowed = true;
		row_buffer_reset(&job->buffer);
		return;
	}
	job->buffer_full = true;
	row_buffer_add(&job->spill, record);
}

static bool on_record(void *context, const struct document_record *record)
{
	struct document_job *job = context;

	if (record->type == RECORD_CONTROL) {
		job->control = record->control;
		job->has_control = true;
		return true;
	}
	if (record->type == RECORD_MOVEMENT && !record->movement.summary_known && job->phase != JOB_STAGE)
		row_consumer_summary(&job->consumer, record->line, record->movement.summary);
	add_row(job, record);
	return true;
}

static bool on_row_error(void *context, const struct row_error *error)
{
	struct document_job *job = context;

	if (job->phase != JOB_STAGE)
		row_consumer_error(&job->consumer, error);
	return true;
}

/* The ledger's view for the parser's two questions: the transaction in hand, else a reader of its own. */
static civil_date oldest_date(void *context, const char county[7])
{
	struct document_job *job = context;
	struct ledger_txn *reader;
	struct county_state state;

	if (!book_read_begin(job->book, job->ledger, &reader, NULL))
		return CIVIL_DATE_NONE;
	county_load(job->book, (uint32_t)strtoul(county, NULL, 10), &state);
	book_read_end(job->book, reader);
	return county_oldest_date(&state, job->book->settings);
}

static void person_ref(void *context, const char id_number[ID_NUMBER_LENGTH], char hex[33])
{
	struct document_job *job = context;

	reference_person(job->book->references, id_number, hex);
}

/* Read again in another charset: what came so far is void. */
static void restarted(void *context)
{
	struct document_job *job = context;

	row_consumer_free(&job->consumer);
	row_buffer_reset(&job->buffer);
	job->overflowed = job->has_control = false;
}

void document_job_begin(struct document_job *job, struct book *book, struct ledger *ledger, uint64_t offset,
	const struct message_headers *headers, const char *key_county, struct byte_source source)
{
	*job = (struct document_job){.phase = JOB_READ,
		.book = book,
		.ledger = ledger,
		.offset = offset,
		.headers = *headers,
		.source = source,
		.limits = &document_limits_default};
	snprintf(job->key_county, sizeof(job->key_county), "%s", key_county);
}

/* Sets up what begin could not, once the caller has filled limits, layouts and log date. */
static void reader_begin(struct document_job *job)
{
	job->context = (struct document_context){.headers = &job->headers,
		.key_county = job->key_county,
		.log_date = job->log_date,
		.limits = job->limits,
		.layouts = job->layouts,
		.context = job,
		.oldest_date = oldest_date,
		.person_ref = person_ref};
	job->sink = (struct record_sink){
		.context = job, .header = on_header, .record = on_record, .row_error = on_row_error};
	document_reader_begin(&job->reader, job->source, &job->context, &job->sink, restarted);
}

/* What is refused, superseded or a duplicate is not staged: the outcome needs the header alone. */
static bool read_over(struct document_job *job, struct error *error)
{
	if (job->phase == JOB_STAGE) {
		job->buffer_full = true;
		return true;
	}
	if (job->reader.refused || !document_outcome_stages(job)) {
		job->phase = JOB_FINISH;
	} else if (job->overflowed) {
		job->phase = JOB_STAGE;
		return document_reader_repeat(&job->reader, error);
	} else {
		job->phase = JOB_APPLY;
	}
	return true;
}

/* Applies some rows; when the buffer is through, reading goes on, or everything is applied. */
static void apply_some(struct document_job *job)
{
	if (!job->sorted)
		row_buffer_sort(&job->buffer);
	job->sorted = true;
	row_consumer_apply(job->book, &job->consumer, &job->buffer, &job->apply_at, APPLY_ROWS);
	if (job->apply_at < job->buffer.count)
		return;
	job->consumer.sequence++;
	row_buffer_reset(&job->buffer);
	job->apply_at = 0;
	job->sorted = false;
	if (job->phase == JOB_STAGE && (!job->reader.at_end || job->spill.count > 0)) {
		struct row_buffer empty = job->buffer;

		job->buffer = job->spill;
		job->spill = empty;
		job->buffer_full = job->reader.at_end;
		return;
	}
	job->phase = JOB_FINISH;
}

bool document_job_step(struct document_job *job, struct error *error)
{
	if (job->reader.errors == NULL)
		reader_begin(job);
	if (job->phase == JOB_APPLY || (job->phase == JOB_STAGE && job->buffer_full)) {
		apply_some(job);
		return true;
	}
	for (int i = 0; i < STEP_READS && !job->reader.at_end && !job->buffer_full; i++)
		if (!document_reader_step(&job->reader, error))
			return false;
	return !job->reader.at_end || job->buffer_full || read_over(job, error);
}

void document_job_free(struct document_job *job)
{
	document_reader_free(&job->reader);
	row_buffer_free(&job->buffer);
	row_buffer_free(&job->spill);
	row_consumer_free(&job->consumer);
	*job = (struct document_job){0};
}
