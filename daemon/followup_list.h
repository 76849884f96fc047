/*
 * followup_list: the list records of campaigns: counts by township that move by difference, gaps, coverage_gap.
 *
 * Counts are gathered in memory while people are judged and flushed at the end of each transaction; records are
 * published once, when everything a document changes has been judged (invariant 8).
 */
#ifndef DUIZHANG_DAEMON_FOLLOWUP_LIST_H
#define DUIZHANG_DAEMON_FOLLOWUP_LIST_H

#include "daemon/campaign_store.h"
#include "daemon/coverage.h"
#include "daemon/task.h"

/* The record for the county as a whole. */
#define TOWNSHIP_ALL 0u

struct list_counts {
	int64_t by_reason[REASON_COUNT]; /* of tasks that are not cancelled */
	int64_t by_status[TASK_STATUS_COUNT];
	int64_t unknown_people;
};

struct list_change {
	civil_date as_of;
	uint32_t township;
	struct list_counts counts;
};

struct bank_change {
	civil_date as_of;
	char bank[41];
	int64_t people;  /* receiving, with a counting account there */
	int64_t unknown; /* of them unknown_people */
};

struct township_change {
	uint32_t township;
	int64_t people;
};

struct list_changes {
	uint32_t county;
	struct list_change *lists;
	size_t list_count;
	struct bank_change *banks;
	size_t bank_count;
	struct township_change *townships;
	size_t township_count;
	bool any; /* something changed since lists_publish: kept with the judging in hand */
};

/* Adds (sign 1) or takes out (−1) what a judgement contributes to its campaign's counts. */
void list_changes_add(
	struct list_changes *changes, civil_date as_of, const struct stored_judgement *stored, int64_t sign);

/* A person's newest resident row is now in township `to`, and was in `from` (0: none). */
void list_changes_move(struct list_changes *changes, uint32_t from, uint32_t to);

/* Adds the changes to the ledger's counts. */
void list_changes_flush(struct book *book, struct list_changes *changes);
void list_changes_free(struct list_changes *changes);

/* A roster row names a township. */
void township_put_name(struct book *book, uint32_t county, uint32_t township, civil_date as_of, uint64_t offset,
	uint32_t line, struct span name);

/* The name as last worked out, in the book's arena; empty if none is known. */
struct span township_name(struct book *book, uint32_t county, uint32_t number);

/* Works the names of the county's townships out again (after a roster came or died). */
void townships_name(struct book *book, uint32_t county);

/*
 * Publishes the records of a campaign that differ from what was published, and raises or withdraws its coverage_gap
 * findings.
 */
void lists_publish(struct book *book, const struct campaign *campaign);

/* The list record as published, for commands: JSON up to its revision; data NULL if there is none. */
bool list_next(struct book *book, uint32_t county, civil_date as_of, uint32_t *township, struct span *published,
	uint64_t *revision);

#endif
