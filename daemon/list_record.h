/*
 * list_record: the JSON of a list record, as it stands in its topic (section 9), without its revision.
 *
 * Pure, any thread.
 */
#ifndef DUIZHANG_DAEMON_LIST_RECORD_H
#define DUIZHANG_DAEMON_LIST_RECORD_H

#include "daemon/followup_list.h"

/* The gaps of one bank, with how many people they concern. */
struct bank_gaps {
	struct span bank;
	struct date_ranges gaps;
	int64_t unknown;
};

/* Its gaps as items of an array that is open. */
void list_gaps_write(struct byte_writer *out, const struct bank_gaps *bank);

/* The value of "coverage", of all banks that the campaign asks for. */
void list_coverage_write(struct byte_writer *out, const struct bank_gaps *banks, size_t count);

/* The record without `,"revision":N}`; name is the township's, coverage the JSON of the above. */
void list_record_write(struct byte_writer *out, const struct campaign *campaign, uint32_t township, struct span name,
	const struct list_counts *counts, struct span coverage);

#endif
