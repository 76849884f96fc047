/* partition_publish: outbox rows out, position on; what is known of the partition from outside. */
#include "daemon/partition_internal.h"

#include <stdio.h>

#include "daemon/log_check.h"

/* Rows of documents that are judged to the end may go out. */
static uint64_t publishable_end(const struct partition *partition)
{
	return partition->judging.phase == JUDGE_DONE ? partition->position.next_offset : partition->judging.offset;
}

static bool position_reached(struct publish_position position, uint64_t end)
{
	return position.offset >= end;
}

bool partition_publish(struct partition *partition, struct error *error)
{
	struct book *book = &partition->book;
	uint64_t end = publishable_end(partition);

	if (partition->publishing || position_reached(book->published, end))
		return true;
	if (!partition_begin(partition, false, error))
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
		if (!log_check(&partition->position, identity, error))
			return false;
		to = identity->position;
	}
	partition->book.published = to;
	partition->position.published = to;
	partition->position_changed = partition->delete_published = true;
	return true;
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

	if (!partition_begin(partition, false, error))
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
