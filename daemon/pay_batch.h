/*
 * pay_batch: what the bureau ordered to be paid, what the bank answered, what was paid (section 9): one account at a
 * time.
 *
 * Lines of pay batches and of answers stand among the rows of the account they pay to, so an account is reconciled
 * from its own rows alone.
 */
#ifndef DUIZHANG_DAEMON_PAY_BATCH_H
#define DUIZHANG_DAEMON_PAY_BATCH_H

#include "daemon/account_rows.h"
#include "daemon/person.h"

enum settlement {
	SETTLEMENT_PAID,     /* a payout, or the bank's word, of the amount expected */
	SETTLEMENT_MISMATCH, /* the bank says paid, with another amount */
	SETTLEMENT_FAILED,
	SETTLEMENT_RETURNED,
	SETTLEMENT_OPEN, /* nothing settles it: unpaid once its time is over */
};

/* The payroll lines of one (month, batch, person) to the account, summed, and how they are settled. */
struct batch_line {
	civil_month month;
	struct span batch;
	const char *id_number;
	int64_t expected_fen;
	int64_t paid_fen;
	enum settlement settlement;
	const struct payment *order;   /* the first of the lines summed */
	const struct payment *result;  /* the bank's answer; NULL: none */
	const struct movement *payout; /* that it used; NULL: none */
};

struct batch_account {
	struct batch_line *lines; /* by (month, batch, ID number) */
	size_t line_count;
	/* Payouts that were not taken back, ascending; used ones settle a line. */
	struct batch_payout {
		const struct movement *movement;
		bool used;
	} * payouts;
	size_t payout_count;
};

/* Settles the lines of an account's rows (payments and movements read). Memory from arena. Pure. */
void batch_settle(struct arena *arena, const struct account_rows *rows, struct batch_account *account);

/* The month of death, by the newest `deceased` feedback or a newest row that says so; false: not known to be dead. */
bool person_death_month(const struct person *person, civil_month *month);

/* Remembers that a payroll document of (bank, month) was taken; and whether a living one is there. */
void payroll_put(struct book *book, uint32_t county, struct span bank, civil_month month, uint64_t offset);
bool payroll_exists(struct book *book, uint32_t county, struct span bank, civil_month month);
/* True if the bank ever had a payroll document. */
bool payroll_any(struct book *book, uint32_t county, struct span bank);

/* True if any bank of the county had. */
bool county_has_payrolls(struct book *book, uint32_t county);

/* Adds one line of a payroll or results document that is being staged. */
void payment_put(struct book *book, uint32_t county, enum document_kind kind, struct span bank, struct span batch,
	civil_month month, uint64_t offset, uint32_t line, const struct payment_record *payment);

/* Reconciles an account again: raises and withdraws its findings. coverage is the bank's; largest_tick NONE: no tick.
 */
void batch_judge(struct book *book, uint32_t county, struct span bank, struct span account,
	const struct bank_coverage *coverage, civil_date largest_tick);

#endif
