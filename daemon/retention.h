/*
 * retention: drops what is older than the county keeps (section 8): movements, payments, roster rows, evidence,
 * campaigns.
 *
 * A scheme's newest roster row and a person's newest evidence of each kind are never dropped. Everything is swept once
 * when the limit moves on (the tick after an opening); in between, whoever gets or keeps an old row is noted and swept
 * by the next tick.
 */
#ifndef DUIZHANG_DAEMON_RETENTION_H
#define DUIZHANG_DAEMON_RETENTION_H

#include "daemon/account.h"
#include "daemon/campaign_store.h"
#include "daemon/document_store.h"

/* Notes a person or an account for the next tick's sweep, or as swept and to be judged. */
void retention_note(struct book *book, uint32_t county, const struct named *named);

/* The first one noted after *after (length 0: from the beginning); *after is moved on. False at the end. */
bool retention_next(struct book *book, uint32_t county, struct ledger_key *after, struct named *named);
/* The note at a key that retention_next gave goes. */
void retention_forget(struct book *book, const struct ledger_key *at);
bool retention_any(struct book *book, uint32_t county);

/* True if the person has a row that a sweep with this limit would drop. */
bool retention_person_is_old(const struct person *person, civil_date limit);

/*
 * Drops the person's rows dated before limit, with their links, and judgements of campaigns before it. The accounts
 * whose links went, and the others of the person, are derived again. True if something went.
 */
bool retention_sweep_person(struct book *book, uint32_t county, const char id_number[ID_NUMBER_LENGTH],
	civil_date limit, struct coverage_tally *tally);

/* Drops the account's movements, payments and statements before limit, and derives it again. True if something went. */
bool retention_sweep_account(struct book *book, uint32_t county, struct span bank, struct span account,
	civil_date limit, struct coverage_tally *tally);

/*
 * Drops campaigns before limit: tombstones for their tasks and lists, up to *budget of them. False: the budget is
 * spent, call again.
 */
bool retention_sweep_campaigns(struct book *book, uint32_t county, civil_date limit, size_t *budget);

/* Drops the county's coverage documents and payrolls that end before limit. */
void retention_sweep_documents(struct book *book, uint32_t county, civil_date limit);

#endif
