/* log_check: refusals at assignment, each with its cause and its remedy. */
#include "daemon/log_check.h"

bool log_check(const struct ledger_position *position, const struct intake_identity *identity, struct error *error)
{
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

bool log_check_origin(struct book *book, struct span rules, const struct intake_identity *identity, struct error *error)
{
	struct ledger_origin origin;
	char difference[200];

	ledger_origin_load(book, &origin);
	if (!origin.present) {
		origin = (struct ledger_origin){.log_id = span_of(identity->log_id),
			.partition_count = identity->partition_count,
			.rules = rules};
		ledger_origin_save(book, &origin);
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
	if (rules_text_differ(origin.rules, rules, difference, sizeof(difference)))
		return error_set(error, ERROR_FATAL,
			"set it back, or run `duizhang rebuild` to judge everything by the new setting",
			"rule settings changed: %s", difference);
	return true;
}
