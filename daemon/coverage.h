/*
 * coverage: for which days a bank's movements are known to be complete (7.2), and which months are too thin to believe.
 *
 * Bank months are counted by difference: whoever changes an account adds to a tally, which is flushed into the ledger
 * and then judged.
 */
#ifndef DUIZHANG_DAEMON_COVERAGE_H
#define DUIZHANG_DAEMON_COVERAGE_H

#include "daemon/book.h"
#include "daemon/document_store.h"

/* Days from … to, both included. */
struct date_range {
	civil_date from;
	civil_date to;
};

struct date_ranges {
	struct date_range *items; /* ascending, apart from each other by at least a day */
	size_t count;
};

/* Sorts and joins ranges that touch or overlap, in place. */
void ranges_normalise(struct date_ranges *ranges);
/* True if from … to lies in one range. */
bool ranges_cover(const struct date_ranges *ranges, civil_date from, civil_date to);
/* The days of from … to that are in no range; memory from arena. */
struct date_ranges ranges_gaps(const struct date_ranges *ranges, civil_date from, civil_date to, struct arena *arena);

/* Changes of the counts of a bank's months; see bank_month. */
enum bank_month_count {
	MONTH_HAD,        /* accounts counted that month that had a payout */
	MONTH_BEGINS,     /* accounts that count from this month on */
	MONTH_ENDS,       /* … that do not count from this month on */
	MONTH_STATEMENTS, /* accounts with a statement of their own that covers a day of it */
	MONTH_COUNTS
};

struct bank_tally {
	char bank[41];
	bool judge;                      /* something of the bank changed that coverage depends on */
	int64_t (*months)[MONTH_COUNTS]; /* CIVIL_MONTH_COUNT of them, NULL until one is needed */
};

struct coverage_tally {
	uint32_t county;
	struct bank_tally *banks;
	size_t count;
};

struct bank_tally *coverage_tally_bank(struct coverage_tally *tally, struct span bank);
void coverage_tally_add(
	struct coverage_tally *tally, struct span bank, enum bank_month_count what, civil_month month, int64_t change);
/* Adds the changes to the ledger; the tally keeps which banks to judge. */
void coverage_tally_flush(struct book *book, struct coverage_tally *tally);
void coverage_tally_free(struct coverage_tally *tally);

/* What was last judged of a bank. */
struct bank_coverage {
	char bank[41];
	struct date_ranges covered; /* thin months are taken out */
	civil_month *thin;          /* months that are not plausible, ascending, among those that documents cover */
	size_t thin_count;
	bool payrolls; /* the bank ever had a payroll: filled by person_judge_bank */
};

/* Loads into arena; a bank without a record covers nothing. */
void coverage_load(
	struct book *book, uint32_t county, struct span bank, struct arena *arena, struct bank_coverage *coverage);

/*
 * Judges a bank again from its living documents and its months, from `since` on (what retention dropped is not judged),
 * stores the outcome, and raises or withdraws thin_month. before and after are in the book's arena.
 */
void coverage_judge(struct book *book, uint32_t county, struct span bank, civil_date since,
	struct bank_coverage *before, struct bank_coverage *after);

/* A movements document that covers days of its bank: remembered for coverage_judge, whether it lives or not. */
void coverage_put_document(struct book *book, const struct document *document);

/* The next bank, by code, that was ever judged in a county; bank[0] is 0 at first. False at the end. */
bool coverage_bank_next(struct book *book, uint32_t county, char bank[41]);

/* The days that are covered for an account: by its bank, or by its own statements in plausible months. */
struct date_ranges coverage_account_days(
	const struct bank_coverage *bank, const struct date_ranges *statements, struct arena *arena);

/* True if every day of from … to is covered for an account: by its bank, or by its own statements in plausible months.
 */
bool coverage_account_covered(const struct bank_coverage *bank, const struct date_ranges *statements, civil_date from,
	civil_date to, struct arena *arena);

/* True if some account of the bank has statements of its own. */
bool coverage_has_statements(struct book *book, uint32_t county, struct span bank);

/* The months the bank has counts for: what status and explain show. had and all of one month. */
void coverage_month_counts(
	struct book *book, uint32_t county, struct span bank, civil_month month, uint64_t *had, uint64_t *all);

#endif
