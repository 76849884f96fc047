/*
 * judge_run: what the phases of judging share; only judge*.c include it.
 */
#ifndef DUIZHANG_DAEMON_JUDGE_RUN_H
#define DUIZHANG_DAEMON_JUDGE_RUN_H

#include "daemon/account.h"
#include "daemon/judge_person.h"
#include "daemon/judging.h"

/* One run: what is gathered in memory and flushed before the transaction ends. */
struct run {
	struct book *book;
	struct judging *judging;
	struct person_judge judge;
	struct coverage_tally tally;
	size_t budget;
};

/* Takes one person or account from the budget; false when it is spent, or the transaction has failed. */
bool run_spend(struct run *run);

/* The first account under prefix (county, or county and bank) after the one in judging->scan; texts in the arena. */
bool run_next_account(struct run *run, const struct ledger_key *prefix, struct span *bank, struct span *account);

/* Judges who stands in a table under prefix + ID number, from where judging->scan is. False: the budget is spent. */
bool run_scan(struct run *run, enum ledger_table table, const struct ledger_key *prefix,
	void (*judge)(struct run *run, const char *id_number));

/* The people who hold an account by resident rows. */
void run_judge_holders(struct run *run, struct span bank, struct span account);
/* The pay batches of an account. */
void run_judge_batch(struct run *run, struct span bank, struct span account);
/* The person, and the pay batches of the accounts the person's rows name: a death may show in them. */
void run_judge_person(struct run *run, const char *id_number);

/* Phase JUDGE_BANKS (judge_banks.c). */
void run_banks(struct run *run);

/* Phases JUDGE_SWEEP_PEOPLE, JUDGE_SWEEP_ACCOUNTS, JUDGE_SWEPT (judge_sweep.c). False: the budget is spent. */
bool run_sweep_people(struct run *run);
bool run_sweep_accounts(struct run *run);
bool run_swept(struct run *run);

#endif
