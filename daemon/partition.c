/* partition: applies, judges and publishes, slice by slice. */
#include "daemon/partition.h"

#include <stdio.h>
#include <time.h>

#include "consumers/document_job.h"
#include "daemon/log.h"
#include "daemon/outbox.h"
#include "daemon/receipt.h"

/* What one slice may do before it commits and lets the loop turn. */
#define SLICE_MS           50
#define SLICE_BYTES        (48u * 1024u * 1024u)
#define SLICE_JUDGED       2000
#define SLICE_JUDGED_TOTAL 100000
#define CHUNK_BYTES_MAX    (64u * 1024u * 1024u)

struct partition {
	struct partition_settings settings;
	struct transport *transport;
	struct ledger *ledger;
	struct book book;
	bool assigned;
	uint64_t log_end_at_assignment;
	uint64_t stop_at; /* --once */
	/* As the ledger has it, with what the open transaction adds. */
	struct ledger_position position;
	bool position_changed;
	struct judging judging;
	bool judging_stored;
	int64_t next_expiry_ms;
	bool verify_last; /* the next message read is the last one applied: compare */
	/* The document in hand; its message is kept by the transport until the next one is asked for. */
	bool has_job;
	struct document_job job;
	struct intake_message message;
	struct chunk_reader chunk_reader;
	struct chunk_set chunk_set;
	bool chunked;
	/* The publish in hand. */
	bool publishing;
	struct outbox_batch batch;
	bool delete_published; /* rows that are out are still in the ledger */
	struct byte_writer value;
};

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

static bool begin(struct partition *partition, bool write, struct error *error)
{
	partition->book.txn = ledger_begin(partition->ledger, write, error);
	return partition->book.txn != NULL;
}

/* Reads where the ledger stands: after opening, and after a transaction that failed. */
static bool reload(struct partition *partition, struct error *error)
{
	struct book *book = &partition->book;

	if (!begin(partition, false, error))
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

/* Invariant 4 and section 4.1: is this the log the ledger was made from, and is nothing of it lost? */
static bool check_log(const struct partition *partition, const struct intake_identity *identity, struct error *error)
{
	const struct ledger_position *position = &partition->position;
	static const char remedy[] =
		"restore what was lost (topic, group offsets, snapshot), or run `duizhang rebuild`";

	if (identity->log_start > position->next_offset)
		return error_set(error, ERROR_FATAL,
			"restore a newer snapshot of the ledger, whose next offset the log still has",
			"the log begins at offset %llu, the ledger needs offset %llu",
			(unsigned long long)identity->log_start, (unsigned long long)position->next_offset);
	if (position->next_offset > identity->log_end)
		return error_set(error, ERROR_FATAL, remedy,
			"the ledger has applied offset %llu, but the log ends at %llu: it is not the same log",
			(unsigned long long)position->next_offset - 1, (unsigned long long)identity->log_end);
	if (!identity->has_position && (position->published.offset > 0 || position->published.rows > 0))
		return error_set(error, ERROR_FATAL, remedy,
			"the group's committed offset is gone; the ledger has published up to offset %llu",
			(unsigned long long)position->published.offset);
	if (identity->position.offset < position->published.offset ||
		(identity->position.offset == position->published.offset &&
			identity->position.rows < position->published.rows))
		return error_set(error, ERROR_FATAL, remedy,
			"the group's committed offset %llu is behind what the ledger has published (%llu)",
			(unsigned long long)identity->position.offset, (unsigned long long)position->published.offset);
	if (identity->position.offset > identity->log_end)
		return error_set(error, ERROR_FATAL, remedy,
			"the group's committed offset %llu lies beyond the log's end %llu",
			(unsigned long long)identity->position.offset, (unsigned long long)identity->log_end);
	return true;
}

/* The ledger's origin against the log and the configuration; written into a new ledger. */
static bool check_origin(struct partition *partition, const struct intake_identity *identity, struct error *error)
{
	struct ledger_origin origin;
	char difference[200];

	ledger_origin_load(&partition->book, &origin);
	if (!origin.present) {
		origin = (struct ledger_origin){.log_id = span_of(identity->log_id),
			.partition_count = identity->partition_count,
			.rules = partition->settings.rules_text};
		ledger_origin_save(&partition->book, &origin);
		return true;
	}
	if (!span_equal(origin.log_id, span_of(identity->log_id)))
		return error_set(error, ERROR_FATAL,
			"point the daemon at the cluster or directory of this ledger, or give it another ledger "
			"directory",
			"the ledger was made from log %.*s, this is %s", (int)origin.log_id.length, origin.log_id.data,
			identity->log_id);
	if (origin.partition_count != identity->partition_count)
		return error_set(error, ERROR_FATAL,
			"partition counts are frozen: restore the topic with its partitions, or rebuild every ledger",
			"the intake topic has %u partitions, the ledger was made with %u", identity->partition_count,
			origin.partition_count);
	if (rules_text_differ(origin.rules, partition->settings.rules_text, difference, sizeof(difference)))
		return error_set(error, ERROR_FATAL,
			"set it back, or run `duizhang rebuild` to judge everything by the new setting",
			"rule settings changed: %s", difference);
	return true;
}

/* Deletes what is out already, and what a staging that was cut short has left. */
static bool clean_up(struct partition *partition, const struct intake_identity *identity, struct error *error)
{
	struct book *book = &partition->book;
	uint64_t keep = partition->position.next_offset;

	if (!begin(partition, true, error))
		return false;
	arena_reset(&book->arena);
	if (!check_origin(partition, identity, error)) {
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
	if (partition->ledger == NULL || !reload(partition, error) || !check_log(partition, identity, error) ||
		!clean_up(partition, identity, error))
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

/* Reads a chunk's value whole. */
static bool chunk_value(struct partition *partition, struct error *error)
{
	struct byte_writer *value = &partition->value;
	ssize_t piece = 1;

	value->length = 0;
	while (piece > 0 && value->length <= CHUNK_BYTES_MAX) {
		uint8_t *room = writer_reserve(value, 65536);

		value->length -= 65536;
		piece = partition->message.value.read(partition->message.value.context, room, 65536, error);
		if (piece < 0)
			return false;
		value->length += (size_t)piece;
	}
	return true;
}

/* A chunk: stored; the document begins when it is the one that completes it. */
static bool take_chunk(struct partition *partition, const char *key_county, struct error *error)
{
	const struct message_headers *headers = &partition->message.headers;
	struct receipt receipt = {.status = RECEIPT_REJECTED};
	struct document_errors *errors;

	if (!chunk_value(partition, error))
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
		errors = calloc(1, sizeof(*errors));
		if (errors == NULL)
			return error_set(error, ERROR_RETRY, "give the process more memory", "memory is short");
		document_errors_add(errors, CODE_LIMIT_EXCEEDED, 0, 0,
			"too many bytes wait for missing chunks; send the missing ones, or raise [limits] "
			"waiting_bytes");
		memcpy(receipt.document, headers->sha256, SHA256_SIZE);
		receipt.name = span_of(headers->name);
		receipt.kind = headers->kind;
		receipt.county = span_of(headers->county);
		receipt.bank = span_of(headers->bank);
		receipt.layout = span_of(headers->layout);
		receipt.errors = errors;
		receipt_publish(&partition->book, &receipt);
		free(errors);
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

/* Rows of documents that are judged to the end may go out. */
static uint64_t publishable_end(const struct partition *partition)
{
	return partition->judging.phase == JUDGE_DONE ? partition->position.next_offset : partition->judging.offset;
}

static bool position_reached(struct publish_position position, uint64_t end)
{
	return position.offset >= end;
}

/* Begins a publish if there is something to publish and none is in hand. */
static bool publish(struct partition *partition, struct error *error)
{
	struct book *book = &partition->book;
	uint64_t end = publishable_end(partition);

	if (partition->publishing || position_reached(book->published, end))
		return true;
	if (!begin(partition, false, error))
		return false;
	if (!outbox_read(book, book->published, end, partition->settings.publish_max_records, &partition->batch))
		error_set(error, ERROR_FATAL, "run `duizhang verify`", "the outbox cannot be read");
	ledger_abort(book->txn);
	book->txn = NULL;
	if (error->class != ERROR_NONE) {
		outbox_batch_free(&partition->batch);
		return false;
	}
	partition->publishing = true;
	if (partition->transport->operations->publish(partition->transport, partition->settings.partition,
		    partition->batch.messages, partition->batch.count, partition->batch.to, error))
		return true;
	partition->publishing = false;
	outbox_batch_free(&partition->batch);
	return false;
}

bool partition_published(struct partition *partition, enum publish_result result,
	const struct intake_identity *identity, struct error *error)
{
	struct publish_position to = partition->batch.to;

	outbox_batch_free(&partition->batch);
	partition->publishing = false;
	if (!partition->assigned || result == PUBLISH_FENCED)
		return true;
	if (result == PUBLISH_RESTARTED) {
		if (!check_log(partition, identity, error))
			return false;
		to = identity->position;
	}
	partition->book.published = to;
	partition->position.published = to;
	partition->position_changed = partition->delete_published = true;
	return true;
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
	if (!begin(partition, true, error))
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
	if (!publish(partition, error))
		return false;
	return more;
}

void partition_stop_at(struct partition *partition, uint64_t offset)
{
	partition->stop_at = offset;
}

bool partition_done(const struct partition *partition)
{
	return partition->assigned && !partition->verify_last &&
	       partition->position.next_offset >= partition->stop_at && partition->judging.phase == JUDGE_DONE &&
	       !partition->has_job && !partition->publishing &&
	       position_reached(partition->book.published, partition->position.next_offset) &&
	       !partition->delete_published;
}

bool partition_assigned(const struct partition *partition)
{
	return partition->assigned;
}

void partition_status(const struct partition *partition, struct partition_status *status)
{
	*status = (struct partition_status){.next_offset = partition->position.next_offset,
		.published = partition->book.published,
		.log_time_ms = partition->position.log_time_ms,
		.judging = partition->judging.phase != JUDGE_DONE};
	if (partition->assigned)
		status->log_end =
			partition->transport->operations->log_end(partition->transport, partition->settings.partition);
}

bool partition_counties(struct partition *partition, void (*function)(void *context, const struct county_state *county),
	void *context, struct error *error)
{
	struct county_state state;
	uint32_t county = 0;

	if (!begin(partition, false, error))
		return false;
	while (county_next(&partition->book, county, &county)) {
		county_load(&partition->book, county, &state);
		function(context, &state);
	}
	ledger_abort(partition->book.txn);
	partition->book.txn = NULL;
	return true;
}

void partition_directory(const char *ledger_directory, const char *topic, int32_t number, char *text, size_t size)
{
	snprintf(text, size, "%s/%s-%d", ledger_directory, topic, number);
}
