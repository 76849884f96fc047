/* partition: applies, judges and publishes, slice by slice. */
#include "daemon/partition_internal.h"

#include <stdio.h>
#include <time.h>

#include "consumers/document_job.h"
#include "consumers/document_outcome.h"
#include "daemon/log.h"
#include "daemon/log_check.h"
#include "daemon/outbox.h"

/* What one slice may do before it commits and lets the loop turn. */
#define SLICE_MS           50
#define SLICE_BYTES        (48u * 1024u * 1024u)
#define SLICE_JUDGED       2000
#define SLICE_JUDGED_TOTAL 100000

struct partition *partition_new(const struct partition_settings *settings, struct transport *transport)
{
	struct partition *partition = calloc(1, sizeof(*partition));

	if (partition == NULL)
		return NULL;
	partition->settings = *settings;
	partition->transport = transport;
	partition->stop_at = UINT64_MAX;
	partition->judging.phase = JUDGE_DONE;
	partition->next_expiry_ms = INT64_MAX;
	book_init(&partition->book, &partition->settings.rules, settings->references);
	return partition;
}

static void job_drop(struct partition *partition)
{
	if (partition->has_job)
		document_job_free(&partition->job);
	partition->has_job = false;
	partition->chunked = false;
}

void partition_free(struct partition *partition)
{
	if (partition == NULL)
		return;
	job_drop(partition);
	outbox_batch_free(&partition->batch);
	judging_free(&partition->judging);
	writer_free(&partition->value);
	book_free(&partition->book);
	ledger_close(partition->ledger);
	free(partition);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool partition_begin(struct partition *partition, bool write, struct error *error)
{
	partition->book.txn = ledger_begin(partition->ledger, write, error);
	return partition->book.txn != NULL;
}

/* Reads where the ledger stands: after opening, and after a transaction that failed. */
static bool reload(struct partition *partition, struct error *error)
{
	struct book *book = &partition->book;

	if (!partition_begin(partition, false, error))
		return false;
	arena_reset(&book->arena);
	book_forget(book);
	ledger_position_load(book, &partition->position);
	ledger_judging_load(book, &partition->judging);
	partition->judging_stored = partition->judging.phase != JUDGE_DONE;
	partition->position_changed = false;
	partition->next_expiry_ms = chunk_sets_next_expiry(book);
	book->log_time_ms = partition->position.log_time_ms;
	ledger_abort(book->txn);
	book->txn = NULL;
	return true;
}

static bool commit(struct partition *partition, struct error *error)
{
	struct ledger_txn *txn = partition->book.txn;

	if (partition->position_changed)
		ledger_position_save(&partition->book, &partition->position);
	if (partition->judging.phase != JUDGE_DONE || partition->judging_stored)
		ledger_judging_save(&partition->book, &partition->judging);
	partition->book.txn = NULL;
	if (!ledger_commit(txn, error))
		return false;
	partition->position_changed = false;
	partition->judging_stored = partition->judging.phase != JUDGE_DONE;
	return true;
}

/* A step failed: nothing of the open transaction counts; the message in hand is read again. */
static bool step_back(struct partition *partition, struct error *error)
{
	struct error second = {0};

	if (partition->book.txn != NULL)
		ledger_abort(partition->book.txn);
	partition->book.txn = NULL;
	job_drop(partition);
	if (error->class == ERROR_FATAL)
		return false;
	if (!reload(partition, &second) ||
		!partition->transport->operations->seek(
			partition->transport, partition->settings.partition, partition->position.next_offset, &second))
		error_set(error, ERROR_RETRY, second.remedy, "%s", second.cause);
	return false;
}

/* Deletes what is out already, and what a staging that was cut short has left. */
static bool clean_up(struct partition *partition, const struct intake_identity *identity, struct error *error)
{
	struct book *book = &partition->book;
	uint64_t keep = partition->position.next_offset;

	if (!partition_begin(partition, true, error))
		return false;
	arena_reset(&book->arena);
	if (!log_check_origin(book, partition->settings.rules_text, identity, error)) {
		ledger_abort(book->txn);
		book->txn = NULL;
		return false;
	}
	outbox_delete_before(book, identity->position);
	outbox_delete_from(book, keep);
	partition->position.published = identity->position;
	partition->position_changed = true;
	return commit(partition, error);
}

bool partition_assign(struct partition *partition, const struct intake_identity *identity, struct error *error)
{
	if (partition->ledger == NULL)
		partition->ledger = ledger_open(partition->settings.ledger_directory, LEDGER_WRITE, error);
	if (partition->ledger == NULL || !reload(partition, error) ||
		!log_check(&partition->position, identity, error) || !clean_up(partition, identity, error))
		return false;
	partition->assigned = true;
	partition->publishing = false;
	partition->delete_published = false;
	partition->log_end_at_assignment = identity->log_end;
	partition->book.published = identity->position;
	/* Begin with the last message applied, if the log still has it: it must be the one the ledger knows. */
	partition->verify_last = partition->position.has_last && partition->position.last_offset >= identity->log_start;
	log_write(LOG_INFO, "partition assigned", log_number("partition", partition->settings.partition),
		log_number("next_offset", (int64_t)partition->position.next_offset),
		log_number("published_offset", (int64_t)identity->position.offset),
		log_number("log_end", (int64_t)identity->log_end));
	return partition->transport->operations->seek(partition->transport, partition->settings.partition,
		partition->verify_last ? partition->position.last_offset : partition->position.next_offset, error);
}

void partition_revoke(struct partition *partition)
{
	if (partition->book.txn != NULL)
		ledger_abort(partition->book.txn);
	partition->book.txn = NULL;
	job_drop(partition);
	outbox_batch_free(&partition->batch);
	partition->assigned = partition->publishing = false;
}

/* Moves next_offset past a message; what its time makes overdue is said with it. */
static void message_done(struct partition *partition)
{
	if (partition->book.log_time_ms >= partition->next_expiry_ms)
		chunk_sets_expire(&partition->book);
	partition->next_expiry_ms = chunk_sets_next_expiry(&partition->book);
	partition->position.next_offset = partition->message.offset + 1;
	partition->position.has_last = true;
	partition->position.last_offset = partition->message.offset;
	memcpy(partition->position.last_fingerprint, partition->message.fingerprint, SHA256_SIZE);
	partition->position_changed = true;
}

static void key_county_text(const struct intake_message *message, char text[7])
{
	text[0] = '\0';
	if (message->has_key && message->key.length > 0)
		snprintf(text, 7, "%.*s", (int)(message->key.length < 6 ? message->key.length : 6), message->key.data);
}

static void job_begin(struct partition *partition, const struct message_headers *headers, const char *key_county,
	struct byte_source source)
{
	struct document_job *job = &partition->job;

	document_job_begin(
		job, &partition->book, partition->ledger, partition->message.offset, headers, key_county, source);
	job->limits = &partition->settings.limits;
	job->layouts = partition->settings.layouts;
	job->source_topic = partition->settings.topic;
	job->source_partition = partition->settings.partition;
	if (partition->settings.check_log_date)
		job->log_date = civil_date_from_unix_ms(partition->book.log_time_ms);
	partition->has_job = true;
}

/* A chunk: stored; the document begins when it is the one that completes it. */
static bool take_chunk(struct partition *partition, const char *key_county, struct error *error)
{
	const struct message_headers *headers = &partition->message.headers;

	if (!chunk_value_read(&partition->message.value, &partition->value, error))
		return false;
	switch (chunk_add(&partition->book, headers, key_county,
		(struct span){(const char *)partition->value.data, partition->value.length},
		&partition->settings.chunk_limits, &partition->chunk_set)) {
	case CHUNK_COMPLETES:
		partition->chunked = true;
		job_begin(partition, &partition->chunk_set.headers, partition->chunk_set.key_county,
			chunk_reader_source(
				&partition->chunk_reader, partition->ledger, &partition->book, &partition->chunk_set));
		return true;
	case CHUNK_OVER_LIMIT:
		if (!document_refuse_chunks(&partition->book, headers, error))
			return false;
		break;
	case CHUNK_WAITS:
	case CHUNK_REPEATED:
		break;
	}
	message_done(partition);
	return true;
}

static void advance_log_time(struct partition *partition)
{
	struct book *book = &partition->book;

	book->offset = partition->message.offset;
	book->outbox_rows = 0;
	if (partition->message.timestamp_ms > partition->position.log_time_ms)
		partition->position.log_time_ms = partition->message.timestamp_ms;
	book->log_time_ms = partition->position.log_time_ms;
}

/* The message at last_offset again: it must be the one that was applied. */
static bool verify_last(struct partition *partition, struct error *error)
{
	partition->verify_last = false;
	if (partition->message.offset != partition->position.last_offset)
		return partition->message.offset > partition->position.last_offset ||
		       error_set(error, ERROR_FATAL, "report this",
			       "the transport gave an offset that was not asked for");
	if (memcmp(partition->message.fingerprint, partition->position.last_fingerprint, SHA256_SIZE) != 0)
		return error_set(error, ERROR_FATAL,
			"restore the log this ledger was made from, or run `duizhang rebuild`",
			"the message at offset %llu is not the one the ledger applied: the topic was made anew or its "
			"files were changed",
			(unsigned long long)partition->position.last_offset);
	return true;
}

/* Takes the next message. *taken: false when there is none now. */
static bool next_message(struct partition *partition, bool *taken, struct error *error)
{
	char county[7];
	int got;

	*taken = false;
	if (partition->position.next_offset >= partition->stop_at && !partition->verify_last)
		return true;
	got = partition->transport->operations->next(
		partition->transport, partition->settings.partition, &partition->message, error);
	if (got <= 0)
		return got == 0;
	*taken = true;
	if (partition->verify_last && !verify_last(partition, error))
		return false;
	if (partition->message.offset < partition->position.next_offset)
		return true;
	/* Offsets may have holes (transaction markers), but --once ends where the log ended. */
	if (partition->message.offset >= partition->stop_at) {
		partition->position.next_offset = partition->stop_at;
		partition->position_changed = true;
		*taken = false;
		return true;
	}
	advance_log_time(partition);
	key_county_text(&partition->message, county);
	if (partition->message.headers.chunk_n > 1 && !partition->message.headers.bad &&
		partition->message.headers.has_sha256)
		return take_chunk(partition, county, error);
	job_begin(partition, &partition->message.headers, county, partition->message.value);
	return true;
}

static void log_document(const struct partition *partition)
{
	const struct document_job *job = &partition->job;
	char id[2 * SHA256_SIZE + 1];

	sha256_format_hex(job->reader.id, id);
	log_write(job->reader.errors->count > 0 ? LOG_WARNING : LOG_INFO,
		job->reader.errors->count > 0 ? "document refused" : "document applied",
		log_text("topic", partition->settings.topic), log_number("partition", partition->settings.partition),
		log_number("offset", (int64_t)job->offset), log_text("document", id),
		log_text("code",
			job->reader.errors->count > 0 ? document_code_names[job->reader.errors->items[0].code] : NULL));
}

static bool job_finish(struct partition *partition, struct error *error)
{
	struct document_job *job = &partition->job;
	bool ok;

	judging_free(&partition->judging);
	ok = document_job_finish(job, &partition->judging, error);
	if (!ok)
		return false;
	if (partition->chunked)
		chunk_set_close(&partition->book, &partition->chunk_set, job->reader.errors->count == 0);
	log_document(partition);
	job_drop(partition);
	message_done(partition);
	partition->judging.outbox_rows = partition->book.outbox_rows;
	return true;
}

/* One step of whatever is next. *more: false when there is nothing to do now. */
static bool step(struct partition *partition, bool *more, struct error *error)
{
	*more = true;
	if (partition->judging.phase != JUDGE_DONE) {
		judge_run(&partition->book, &partition->judging, SLICE_JUDGED);
		if (partition->judging.phase == JUDGE_DONE)
			judging_free(&partition->judging);
		return true;
	}
	if (!partition->has_job)
		return next_message(partition, more, error);
	if (document_job_ready(&partition->job))
		return job_finish(partition, error);
	return document_job_step(&partition->job, error);
}

static bool outbox_is_full(struct partition *partition)
{
	return partition->publishing &&
	       ledger_count(partition->book.txn, TABLE_OUTBOX) > partition->settings.outbox_rows_max;
}

/* Steps until the slice is over. *more as for partition_work. */
static bool slice(struct partition *partition, bool *more, struct error *error)
{
	int64_t until = now_ms() + SLICE_MS;

	*more = true;
	if (partition->delete_published) {
		outbox_delete_before(&partition->book, partition->book.published);
		partition->delete_published = false;
	}
	while (*more && ledger_ok(partition->book.txn)) {
		if (partition->judging.phase == JUDGE_DONE && !partition->has_job && outbox_is_full(partition)) {
			*more = false;
			break;
		}
		if (!step(partition, more, error))
			return false;
		if (now_ms() >= until || ledger_txn_bytes(partition->book.txn) >= SLICE_BYTES)
			break;
	}
	return true;
}

bool partition_work(struct partition *partition, struct error *error)
{
	bool more = false;

	if (!partition->assigned)
		return false;
	if (!partition_begin(partition, true, error))
		return false;
	if (!slice(partition, &more, error)) {
		/* A file that cannot be read is no reason to lose what was done before it. */
		if (error->class == ERROR_RETRY && ledger_ok(partition->book.txn) && !partition->has_job) {
			struct error second = {0};

			return commit(partition, &second) ? false : step_back(partition, error);
		}
		return step_back(partition, error);
	}
	if (!commit(partition, error))
		return step_back(partition, error);
	if (!partition_publish(partition, error))
		return false;
	return more;
}
