/*
 * account: what the ledger knows of one bank account in one county, and what its rows come to.
 *
 * Rows (links of roster rows, movements by document, statements) are never rewritten; account_derive reads those of
 * living documents, works out the state, and adds the difference to the bank's months.
 */
#ifndef DUIZHANG_DAEMON_ACCOUNT_H
#define DUIZHANG_DAEMON_ACCOUNT_H

#include "daemon/coverage.h"

/* Whole months begin … end − 1; end UINT32_MAX: until further notice. */
struct month_range {
	civil_month begin;
	civil_month end;
};

struct account_holder {
	char id_number[ID_NUMBER_LENGTH];
	bool resident;      /* by a resident row; else only by rows of other schemes */
	struct span *names; /* of the person's newest rows, one for each scheme, each name once */
	size_t name_count;
};

/* The derived state: everything ascending. */
struct account_state {
	struct account_holder *holders; /* people whom living roster rows link to it */
	size_t holder_count;
	struct month_range *counted; /* months that count it among the bank's accounts (7.2, plausible) */
	size_t counted_count;
	civil_date *withdrawals; /* days of withdrawals that count */
	size_t withdrawal_count;
	civil_date *payouts; /* days of payouts that were not taken back */
	size_t payout_count;
	struct date_ranges statements; /* days its own statements cover */
	bool conflicts;                /* a conflicting_serial holds */
	bool batch_findings;           /* a finding of reconciliation holds (pay_batch.h) */
	bool has_death_month;          /* the only holder is known to be dead since death_month */
	civil_month death_month;
};

/* One movement as the rules see it: equal ones (section 6) are one, with the smallest (document id, line). */
struct movement {
	civil_date date;
	uint64_t offset;
	uint32_t line;
	const uint8_t *document;
	bool debit;
	int64_t amount_fen;
	enum movement_class movement_class;
	struct span serial;
	struct span reversed_serial;
	bool taken;                      /* a reversal took it */
	const struct movement *taken_by; /* which */
};

/* The stored state; all zero if there is none. Memory from the book's arena. */
void account_load(
	struct book *book, uint32_t county, struct span bank, struct span account, struct account_state *state);

void account_save(
	struct book *book, uint32_t county, struct span bank, struct span account, const struct account_state *state);

/* The living movements, in (date, document id, line) order, reversals settled. For derivation and for `explain`. */
struct movement *account_movements(
	struct book *book, uint32_t county, struct span bank, struct span account, size_t *count);

enum account_parts { ACCOUNT_DERIVE_MOVEMENTS = 1, ACCOUNT_DERIVE_LINKS = 2 };

/*
 * Works the state out again: its movements and statements, its links and the months it counts in, or both. Stores it if
 * it differs, tallies the difference for the bank's months, and raises or withdraws conflicting_serial and
 * owner_mismatch. True if the state differs
 * from what was stored. *state: as it is now, in the book's arena.
 */
bool account_derive(struct book *book, uint32_t county, struct span bank, struct span account, unsigned parts,
	struct coverage_tally *tally, struct account_state *state);

/* A roster row names the account. */
void account_put_link(
	struct book *book, uint32_t county, uint64_t offset, uint32_t line, const struct roster_record *row);

/*
 * Adds movements of one account in one document; sequence is 0 for the first block of the document for this account,
 * and account_has_block tells whether there is one.
 */
void account_put_movements(struct book *book, uint32_t county, struct span bank, struct span account, uint64_t offset,
	uint32_t sequence, const struct movement *movements, size_t count);
bool account_has_block(
	struct book *book, uint32_t county, struct span bank, struct span account, uint64_t offset, uint32_t sequence);

/*
 * Drops movements dated before limit, payments of months that end before it, statements that end before it; of dead
 * documents too. True if something went. Of one block's movements those left stay in it.
 */
bool account_drop_before(struct book *book, uint32_t county, struct span bank, struct span account, civil_date limit);

void account_put_statement(struct book *book, uint32_t county, struct span bank, uint64_t offset, uint32_t sequence,
	const struct account_coverage_record *statement);

#endif
