/* document_outcome: receipts, rejects, `supersedes`, control documents; what is to be judged. */
#include "consumers/document_outcome.h"

#include <stdio.h>

#include "daemon/coverage.h"
#include "daemon/outbox.h"
#include "daemon/pay_batch.h"
#include "daemon/receipt.h"
#include "daemon/retention.h"
#include "daemon/standing.h"

/* Larger ones are told where to find, not sent (section 9). */
#define REJECT_BYTES_MAX 900000

static uint32_t county_number(const struct document_job *job)
{
	return (uint32_t)strtoul(job->reader.header.county, NULL, 10);
}

/* Errors of the headers or of the bytes as a whole: then content and headers do not say which document it is. */
static bool identity_known(const struct document_job *job)
{
	const struct document_error *first = &job->reader.errors->items[0];

	if (job->reader.header.kind == DOCUMENT_KIND_NONE || job->reader.header.county[0] == '\0')
		return false;
	/* Retention and the log's date may refuse what was taken before; everything else lies in these bytes or
	 * headers. */
	return job->reader.errors->count == 0 || first->code == CODE_BAD_DATE;
}

/* The document as it was taken before, if it was. */
static bool find_first(struct document_job *job, struct document *first)
{
	uint64_t offset;

	return identity_known(job) &&
	       document_find(job->book, county_number(job), job->reader.header.kind, job->reader.header.bank,
		       job->reader.id, &offset) &&
	       document_load(job->book, offset, first);
}

bool document_outcome_stages(struct document_job *job)
{
	struct ledger_txn *reader;
	struct document first;
	bool stages;

	if (job->reader.header.kind == DOCUMENT_CONTROL)
		return false;
	if (!book_read_begin(job->book, job->ledger, &reader, NULL))
		return true;
	stages = !find_first(job, &first) && !document_is_superseded(job->book, county_number(job),
						     job->reader.header.kind, job->reader.header.bank, job->reader.id);
	book_read_end(job->book, reader);
	return stages;
}

static struct receipt receipt_of(const struct document_job *job, enum receipt_status status)
{
	struct receipt receipt = {.name = span_of(job->headers.name),
		.kind = job->reader.header.kind,
		.layout = job->reader.header.layout,
		.bank = job->reader.header.bank,
		.county = span_of(job->reader.header.county),
		.status = status};

	memcpy(receipt.document, job->reader.id, SHA256_SIZE);
	return receipt;
}

/* Reads the value once more, as it was received. False: error filled. *length 0: it is too long to be sent. */
static bool value_read(struct document_job *job, uint8_t *value, size_t *length, struct error *error)
{
	ssize_t piece = 1;

	*length = 0;
	if (!job->source.rewind(job->source.context, error))
		return false;
	while (piece > 0 && *length <= REJECT_BYTES_MAX) {
		piece = job->source.read(job->source.context, value + *length, REJECT_BYTES_MAX + 1 - *length, error);
		if (piece < 0)
			return false;
		*length += (size_t)piece;
	}
	return true;
}

static bool reject_publish(struct document_job *job, struct error *error)
{
	const struct document_error *first = &job->reader.errors->items[0];
	uint8_t *value = bytes_allocate(NULL, REJECT_BYTES_MAX + 1);
	char id[2 * SHA256_SIZE + 1], partition[16], offset[24], line[16], field[16];
	struct span content;
	size_t length;
	bool ok = value_read(job, value, &length, error);

	if (!ok)
		goto out;
	sha256_format_hex(job->reader.id, id);
	snprintf(partition, sizeof(partition), "%d", job->source_partition);
	snprintf(offset, sizeof(offset), "%llu", (unsigned long long)job->offset);
	snprintf(line, sizeof(line), "%u", first->line);
	snprintf(field, sizeof(field), "%u", first->field);
	content = (struct span){(const char *)value, length};
	if (length > REJECT_BYTES_MAX)
		content.length = (size_t)snprintf((char *)value, REJECT_BYTES_MAX,
			"{\"topic\":\"%s\",\"partition\":%s,\"offset\":%s}", job->source_topic, partition, offset);
	outbox_put_with_headers(job->book, TOPIC_REJECTS, span_of(id), content,
		(const struct message_header[]){
			{span_of("__connect.errors.topic"), span_of(job->source_topic)},
			{span_of("__connect.errors.partition"), span_of(partition)},
			{span_of("__connect.errors.offset"), span_of(offset)},
			{span_of("__connect.errors.exception.class.name"), span_of(document_code_names[first->code])},
			{span_of("__connect.errors.exception.message"), span_of(first->message)},
			{span_of("line"), span_of(line)},
			{span_of("field"), span_of(field)},
			{span_of("content"), span_of(length > REJECT_BYTES_MAX ? "reference" : "original")},
		},
		8);
out:
	free(value);
	return ok;
}

static bool refused(struct document_job *job, struct error *error)
{
	struct receipt receipt = receipt_of(job, RECEIPT_REJECTED);

	receipt.errors = job->reader.errors;
	receipt_publish(job->book, &receipt);
	return reject_publish(job, error);
}

/* What the document's `supersedes` asks: the named one dies, and what its rows named is judged. */
static void supersede(struct document_job *job, struct judging *judging)
{
	struct receipt receipt = {.status = RECEIPT_SUPERSEDED};
	struct document killed;
	uint64_t offset;

	if (!job->headers.has_supersedes || job->reader.header.kind == DOCUMENT_CONTROL ||
		!document_supersede(job->book, county_number(job), job->reader.header.kind, job->reader.header.bank,
			job->headers.supersedes, &offset) ||
		!document_load(job->book, offset, &killed))
		return;
	memcpy(receipt.document, killed.id, SHA256_SIZE);
	receipt.name = span_of(killed.name);
	receipt.kind = killed.kind;
	receipt.layout = span_of(killed.layout);
	receipt.bank = span_of(killed.bank);
	receipt.county = span_of(job->reader.header.county);
	receipt_publish(job->book, &receipt);
	judging_add_document(judging, &killed);
}

static bool control_refuse(struct document_job *job, const char *message, struct error *error)
{
	memset(job->reader.errors, 0, sizeof(*job->reader.errors));
	document_errors_add(job->reader.errors, CODE_BAD_CONTROL, 0, 0, "%s", message);
	return refused(job, error);
}

static void control_apply(struct document_job *job, struct county_state *county, struct judging *judging)
{
	civil_date before = county->largest_tick;

	if (job->control.action == CONTROL_OPEN_CAMPAIGN) {
		judging->everybody = county_open_campaign(job->book, county, job->control.as_of,
					     job->control.opened_on) != CAMPAIGN_UNCHANGED;
		judging->lists = judging->everybody;
		return;
	}
	if (!county_tick(job->book, county, job->control.date))
		return;
	judging->everybody = silence_as_of(before) != silence_as_of(job->control.date);
	judging->sweep_before = county_oldest_date(county, job->book->settings);
	judging->sweep_all = judging->sweep_before > county->swept_before;
	judging->sweep = judging->sweep_all || retention_any(job->book, county->county);
	if (judging->sweep_all)
		county_sweep(job->book, county, judging->sweep_before);
	/* `unpaid` and `unexpected_payment` wait for a month's end. */
	judging->every_bank =
		before == CIVIL_DATE_NONE || civil_date_month(before) != civil_date_month(job->control.date);
	for (size_t i = 0; i < county->current_count; i++) {
		judging->campaigns[i] = county->current[i].as_of;
		judging->due[i] = before <= county->current[i].due && job->control.date > county->current[i].due;
	}
}

static void document_of(const struct document_job *job, struct document *document)
{
	*document = (struct document){.offset = job->offset,
		.alive = true,
		.kind = job->reader.header.kind,
		.county = county_number(job),
		.covers_from = job->reader.header.covers ? job->reader.header.from : CIVIL_DATE_NONE,
		.covers_to = job->reader.header.covers ? job->reader.header.to : CIVIL_DATE_NONE,
		.part_k = job->reader.header.part_k,
		.part_n = job->reader.header.part_n,
		.month = job->reader.header.month,
		.lines = job->reader.header.declared_lines,
		.has_sum = job->reader.header.has_sum,
		.amount_fen = job->reader.header.declared_sum_fen,
		.rows_rejected = job->consumer.rows_rejected,
		.matched = job->consumer.matched,
		.unmatched = job->consumer.unmatched,
		.log_time_ms = job->book->log_time_ms};
	memcpy(document->id, job->reader.id, SHA256_SIZE);
	snprintf(document->bank, sizeof(document->bank), "%.40s", job->reader.header_text[1]);
	snprintf(document->layout, sizeof(document->layout), "%.63s", job->reader.header_text[0]);
	snprintf(document->name, sizeof(document->name), "%s", job->headers.name);
}

static void accepted(struct document_job *job, struct judging *judging)
{
	struct receipt receipt = receipt_of(job, RECEIPT_ACCEPTED);
	struct document document;

	document_of(job, &document);
	document_save(job->book, &document);
	row_consumer_finish(job->book, &job->consumer);
	if (document.covers_from != CIVIL_DATE_NONE)
		coverage_put_document(job->book, &document);
	if (document.kind == DOCUMENT_PAYROLL)
		payroll_put(job->book, document.county, span_of(document.bank), document.month, document.offset);
	receipt.has_numbers = job->reader.header.kind != DOCUMENT_CONTROL;
	receipt.lines = document.lines;
	receipt.has_sum = document.has_sum;
	receipt.amount_fen = document.amount_fen;
	receipt.rows_rejected = document.rows_rejected;
	receipt.matched = document.matched;
	receipt.unmatched = document.unmatched;
	receipt_publish(job->book, &receipt);
	row_findings_publish(job->book, &job->consumer.findings, document.county, document.id);
	if (job->reader.header.kind != DOCUMENT_CONTROL)
		judging_add_document(judging, &document);
}

/* A document that was named by `supersedes` before it arrived: known, dead, without rows. */
static void dead_on_arrival(struct document_job *job)
{
	struct receipt receipt = receipt_of(job, RECEIPT_SUPERSEDED);
	struct document document;

	document_of(job, &document);
	document.alive = false;
	document.dead_on_arrival = true;
	document_save(job->book, &document);
	receipt_publish(job->book, &receipt);
}

bool document_job_finish(struct document_job *job, struct judging *judging, struct error *error)
{
	struct receipt again = {0};
	struct county_state county;
	struct document first;

	*judging = (struct judging){.offset = job->offset, .county = county_number(job)};
	if (find_first(job, &first)) {
		again = receipt_of(job, first.dead_on_arrival ? RECEIPT_SUPERSEDED : RECEIPT_DUPLICATE);
		receipt_publish(job->book, &again);
		supersede(job, judging);
		return true;
	}
	if (job->reader.refused) {
		judging->phase = JUDGE_DONE;
		return refused(job, error);
	}
	county_load(job->book, judging->county, &county);
	if (job->reader.header.kind == DOCUMENT_CONTROL && job->control.action == CONTROL_OPEN_CAMPAIGN &&
		county.current_count > 0 && job->control.as_of < county.current[0].as_of) {
		judging->phase = JUDGE_DONE;
		return control_refuse(
			job, "the campaign is older than the county's newest; it cannot be opened any more", error);
	}
	county_touch(job->book, judging->county);
	county_load(job->book, judging->county, &county);
	if (document_is_superseded(
		    job->book, judging->county, job->reader.header.kind, job->reader.header.bank, job->reader.id)) {
		dead_on_arrival(job);
	} else {
		accepted(job, judging);
		if (job->reader.header.kind == DOCUMENT_CONTROL)
			control_apply(job, &county, judging);
	}
	supersede(job, judging);
	return true;
}

bool document_refuse_chunks(struct book *book, const struct message_headers *headers, struct error *error)
{
	struct receipt receipt = {.status = RECEIPT_REJECTED,
		.name = span_of(headers->name),
		.kind = headers->kind,
		.layout = span_of(headers->layout),
		.bank = span_of(headers->bank),
		.county = span_of(headers->county)};
	struct document_errors *errors = calloc(1, sizeof(*errors));

	if (errors == NULL)
		return error_set(error, ERROR_RETRY, "give the process more memory", "memory is short");
	document_errors_add(errors, CODE_LIMIT_EXCEEDED, 0, 0,
		"too many bytes wait for missing chunks; send the missing ones, or raise [limits] waiting_bytes");
	memcpy(receipt.document, headers->sha256, SHA256_SIZE);
	receipt.errors = errors;
	receipt_publish(book, &receipt);
	free(errors);
	return true;
}
