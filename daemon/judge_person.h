/*
 * judge_person: judges one person for the county's current campaigns, and publishes what changed.
 *
 * One person_judge serves one transaction: it caches the coverage of banks and gathers the changes of counts.
 */
#ifndef DUIZHANG_DAEMON_JUDGE_PERSON_H
#define DUIZHANG_DAEMON_JUDGE_PERSON_H

#include "daemon/campaign_store.h"
#include "daemon/coverage.h"
#include "daemon/followup_list.h"

struct person_judge {
	struct book *book;
	struct county_state county;
	civil_date silence_as_of; /* of account-silence; NONE before the first tick */
	struct list_changes changes;
	struct arena banks_arena; /* of banks, for as long as the transaction lasts */
	struct bank_coverage *banks;
	size_t bank_count;
};

void person_judge_begin(struct person_judge *judge, struct book *book, uint32_t county);

/* Flushes the counts. */
void person_judge_end(struct person_judge *judge);

/*
 * Judges a person again; what differs from what is stored is stored and published. Resets the book's arena; the
 * person's facts stay in it.
 */
void judge_person(struct person_judge *judge, const char id_number[ID_NUMBER_LENGTH], struct person *person);

/* The coverage of a bank of the county, loaded once. */
const struct bank_coverage *person_judge_bank(struct person_judge *judge, struct span bank);

/* What rules_judge needs of the person's accounts for one window; memory from the book's arena. */
struct judged_account *person_judge_accounts(struct person_judge *judge, const struct person *person, civil_date as_of);

/* Fills in the banks of counting accounts, ascending as the accounts are, each once. */
void judged_banks(
	struct arena *arena, const struct judged_account *accounts, size_t count, struct stored_judgement *stored);

#endif
