/*
 * judge: after a document was applied (or died), works out again what it can have changed, in slices (invariant 3).
 *
 * What each kind can change:
 *   movements      the accounts its rows name (withdrawals, payouts, conflicting serials); the months of its bank
 * (payouts seen) and the days it covers; the people who hold those accounts roster         the people its rows name,
 * the accounts of their rows (holders, when in force), the months of those banks (accounts to be paid), the townships
 *   confirmations, feedback    the people its rows name
 *   results, payroll           the pay batches of the accounts its rows name; of a month's first payroll, of its bank
 *   (all of these) the pay batches of the accounts they touch
 *   open_campaign  everybody in the county
 *   tick           tasks whose due date it passes; everybody when account-silence moves on to another month
 * and whenever the answer "the window is wholly covered" of a bank flips, everybody with an account there.
 *
 * The state is small and plain; it is stored with each transaction until the judging is done, so that a restart goes
 * on.
 */
#ifndef DUIZHANG_DAEMON_JUDGE_H
#define DUIZHANG_DAEMON_JUDGE_H

#include "daemon/campaign_store.h"
#include "daemon/document_store.h"
#include "daemon/followup_list.h"

enum judge_phase {
	JUDGE_ACCOUNTS,    /* the accounts that the documents name */
	JUDGE_BANKS,       /* coverage of the banks touched */
	JUDGE_PEOPLE,      /* the people that the documents name, and who hold their accounts */
	JUDGE_FLIPPED,     /* everybody at banks whose window is now, or no longer, wholly covered */
	JUDGE_EVERYBODY,   /* a campaign was opened */
	JUDGE_DUE,         /* tasks whose due date a tick passed */
	JUDGE_BATCHES,     /* pay batches of the accounts that the documents name */
	JUDGE_BATCH_BANKS, /* … of every account of banks whose months are covered otherwise, or of which a month ended
			    */
	JUDGE_FINISH,      /* list records and gaps */
	JUDGE_DONE
};

/* A document to judge: applied just now, or killed by one that was. */
struct judged_document {
	uint64_t offset;
	enum document_kind kind;
};

#define JUDGED_DOCUMENTS_MAX 2
#define JUDGED_BANKS_MAX     65536

struct bank_names {
	struct byte_writer names; /* each with a zero byte */
};

struct judging {
	uint64_t offset; /* of the message that caused it */
	uint32_t county;
	enum judge_phase phase;
	struct judged_document documents[JUDGED_DOCUMENTS_MAX];
	uint32_t document_count;
	bool everybody;              /* a campaign was opened, or opened earlier; account-silence moved on */
	bool due[CAMPAIGNS_CURRENT]; /* the tick passed the due date of this campaign */
	civil_date campaigns[CAMPAIGNS_CURRENT]; /* as_of of the campaigns in `due` */
	bool every_bank;                         /* a month ended: what pay batches wait for */
	bool roster;                             /* a roster is among the documents */
	bool lists;                              /* list records may differ */
	/* Where the phase stands. */
	uint32_t document_index;
	struct named_position named;
	struct ledger_key scan;    /* the last key judged; length 0: none */
	struct bank_names touched; /* banks to judge */
	struct bank_names flipped; /* banks whose people are to be judged */
	struct bank_names batches; /* banks whose pay batches are to be judged */
	uint64_t outbox_rows;
};

void judging_free(struct judging *judging);

/* Adds a document; its bank is touched if it covers days. */
void judging_add_document(struct judging *judging, const struct document *document);

/* Stored form, for the ledger's meta table. */
void judging_write(struct byte_writer *out, const struct judging *judging);
bool judging_read(struct span value, struct judging *judging);

/*
 * Judges until everything is done (true) or about `budget` people and accounts have been looked at (false: call again,
 * in this or another transaction). The caller stores the judging when it is not done. book->offset is the judging's.
 */
bool judge_run(struct book *book, struct judging *judging, size_t budget);

#endif
