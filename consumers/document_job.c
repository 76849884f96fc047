/* document_job: the passes over a document's bytes. */
#include "consumers/document_job.h"

#include <stdio.h>

#include "consumers/document_outcome.h"

#define READ_BYTES 65536
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

static bool on_content(void *context, const void *bytes, size_t length)
{
	struct document_job *job = context;

	if (job->scan != NULL && job->phase == JOB_READ)
		content_scan_content(job->scan, bytes, length);
	if (!job->content_stopped && !document_parser_feed(job->parser, bytes, length))
		job->content_stopped = true;
	return true;
}

static void pass_end(struct document_job *job)
{
	gzip_reader_free(job->gzip);
	document_parser_free(job->parser);
	job->gzip = NULL;
	job->parser = NULL;
}

static bool pass_begin(struct document_job *job, enum job_phase phase, struct error *error)
{
	static const struct record_sink sink = {.header = on_header, .record = on_record, .row_error = on_row_error};
	struct record_sink own = sink;

	own.context = job;
	pass_end(job);
	job->phase = phase;
	job->content_stopped = job->pass_over = false;
	memset(job->errors, 0, sizeof(*job->errors));
	job->gzip = gzip_reader_new(job->limits, on_content, job);
	job->parser = document_parser_new(&job->context, job->charset, &own, job->errors);
	if (job->gzip == NULL || job->parser == NULL)
		return error_set(error, ERROR_RETRY, "give the process more memory", "memory is short");
	return job->source.rewind(job->source.context, error);
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
	job->charset = strcmp(headers->charset, "GB18030") == 0 ? "GB18030" : "UTF-8";
}

/* Sets up what begin could not, once the caller has filled limits, layouts and log date. */
static bool first_pass(struct document_job *job, struct error *error)
{
	job->context = (struct document_context){.headers = &job->headers,
		.key_county = job->key_county,
		.log_date = job->log_date,
		.limits = job->limits,
		.layouts = job->layouts,
		.context = job,
		.oldest_date = oldest_date,
		.person_ref = person_ref};
	job->errors = bytes_allocate(NULL, sizeof(*job->errors));
	job->read_buffer = bytes_allocate(NULL, READ_BYTES);
	job->scan = content_scan_new();
	if (job->scan == NULL)
		return error_set(error, ERROR_RETRY, "give the process more memory", "memory is short");
	return pass_begin(job, JOB_READ, error);
}

/* Reads one piece. At the end pass_over is set. */
static bool read_piece(struct document_job *job, struct error *error)
{
	ssize_t length = job->source.read(job->source.context, job->read_buffer, READ_BYTES, error);

	if (length < 0)
		return false;
	if (length == 0) {
		job->pass_over = true;
		gzip_reader_finish(job->gzip);
		if (job->phase == JOB_STAGE)
			document_parser_finish(job->parser);
		return true;
	}
	if (job->phase == JOB_READ)
		content_scan_value(job->scan, job->read_buffer, (size_t)length);
	/* After damage the rest is read for the hash of the value alone. */
	gzip_reader_feed(job->gzip, job->read_buffer, (size_t)length);
	return true;
}

static bool auto_charset(const struct document_job *job)
{
	return job->headers.charset[0] == '\0' || strcmp(job->headers.charset, "auto") == 0;
}

/* A document error at line 0 that comes before everything the parser may have found. */
static void refuse(struct document_job *job, enum document_code code, const char *message)
{
	memset(job->errors, 0, sizeof(*job->errors));
	document_errors_add(job->errors, code, 0, 0, "%s", message);
}

/* The header outlives the parser that read it. */
static void keep_header(struct document_job *job)
{
	struct span *texts[] = {&job->header.layout, &job->header.bank, &job->header.batch, &job->header.campaign};

	job->header = *document_parser_header(job->parser);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		snprintf(job->header_text[i], sizeof(job->header_text[i]), "%.*s", (int)texts[i]->length,
			texts[i]->length == 0 ? "" : texts[i]->data);
		*texts[i] = span_of(job->header_text[i]);
	}
}

/* After the first pass: what the bytes as a whole say, in the order of 5.2. */
static void judge_bytes(struct document_job *job)
{
	const char *message = "";
	uint64_t at = 0;
	enum document_code code = gzip_reader_error(job->gzip, &at, &message);
	char text[sizeof(job->errors->items[0].message)];

	if (code == CODE_NONE)
		document_parser_finish(job->parser);
	else
		memcpy(job->id, job->value_sha256, sizeof(job->id));
	if (job->headers.has_sha256 && memcmp(job->headers.sha256, job->value_sha256, SHA256_SIZE) != 0) {
		refuse(job, CODE_HASH_MISMATCH, "the bytes are not those of header sha256; send the file again");
	} else if (code != CODE_NONE) {
		snprintf(text, sizeof(text), "%s (byte %llu)", message, (unsigned long long)at);
		refuse(job, code, text);
	} else if (job->headers.has_supersedes && memcmp(job->headers.supersedes, job->id, SHA256_SIZE) == 0 &&
		   !(job->errors->count > 0 && job->errors->items[0].line == 0 &&
			   (job->errors->items[0].code == CODE_CHARSET ||
				   job->errors->items[0].code == CODE_UNKNOWN_LAYOUT))) {
		refuse(job, CODE_BAD_HEADERS, "header supersedes names the document itself; name the one it replaces");
	}
	job->refused = job->errors->count > 0;
	keep_header(job);
}

static bool content_whole(const struct document_job *job)
{
	const char *message;
	uint64_t at;

	return gzip_reader_error(job->gzip, &at, &message) == CODE_NONE;
}

static bool pass_over(struct document_job *job, struct error *error)
{
	if (job->phase == JOB_STAGE) {
		job->buffer_full = true;
		return true;
	}
	if (job->phase == JOB_READ) {
		content_scan_finish(job->scan, job->value_sha256, job->id, &job->utf8);
		if (!job->utf8 && auto_charset(job) && content_whole(job)) {
			job->charset = "GB18030";
			row_consumer_free(&job->consumer);
			row_buffer_reset(&job->buffer);
			job->overflowed = job->has_control = false;
			return pass_begin(job, JOB_READ_GB18030, error);
		}
	}
	judge_bytes(job);
	/* What is refused, superseded or a duplicate is not staged: the outcome needs the header alone. */
	if (job->refused || !document_outcome_stages(job)) {
		job->phase = JOB_FINISH;
	} else if (job->overflowed) {
		return pass_begin(job, JOB_STAGE, error);
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
	if (job->phase == JOB_STAGE && (!job->pass_over || job->spill.count > 0)) {
		struct row_buffer empty = job->buffer;

		job->buffer = job->spill;
		job->spill = empty;
		job->buffer_full = job->pass_over;
		return;
	}
	job->phase = JOB_FINISH;
}

bool document_job_step(struct document_job *job, struct error *error)
{
	if (job->errors == NULL && !first_pass(job, error))
		return false;
	if (job->phase == JOB_APPLY || (job->phase == JOB_STAGE && job->buffer_full)) {
		apply_some(job);
		return true;
	}
	for (int i = 0; i < STEP_READS && !job->pass_over && !job->buffer_full; i++) {
		if (!read_piece(job, error))
			return false;
	}
	return !job->pass_over || job->buffer_full || pass_over(job, error);
}

void document_job_free(struct document_job *job)
{
	pass_end(job);
	content_scan_free(job->scan);
	row_buffer_free(&job->buffer);
	row_buffer_free(&job->spill);
	row_consumer_free(&job->consumer);
	free(job->errors);
	free(job->read_buffer);
	*job = (struct document_job){0};
}
