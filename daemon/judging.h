/*
 * judging: what the document in hand has left to be judged: plain, small, stored with each transaction until it is
 * done.
 */
#ifndef DUIZHANG_DAEMON_JUDGING_H
#define DUIZHANG_DAEMON_JUDGING_H

#include "daemon/campaign_store.h"
#include "daemon/document_store.h"

enum judge_phase {
	JUDGE_SWEEP_CAMPAIGNS, /* retention: campaigns, */
	JUDGE_SWEEP_PEOPLE,    /* rows of people, */
	JUDGE_SWEEP_ACCOUNTS,  /* rows of accounts; or, while the limit stands, of those noted */
	JUDGE_ACCOUNTS,        /* the accounts that the documents name */
	JUDGE_BANKS,           /* coverage of the banks touched */
	JUDGE_PEOPLE,          /* the people that the documents name, and who hold their accounts */
	JUDGE_FLIPPED,         /* everybody at banks whose window is now, or no longer, wholly covered */
	JUDGE_EVERYBODY,       /* a campaign was opened */
	JUDGE_DUE,             /* tasks whose due date a tick passed */
	JUDGE_SWEPT,           /* whose rows retention dropped */
	JUDGE_BATCHES,         /* pay batches of the accounts that the documents name */
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

/* Adds a bank unless it is there. */
void bank_names_add(struct bank_names *banks, struct span bank);

struct judging {
	uint64_t offset; /* of the message that caused it */
	uint32_t county;
	enum judge_phase phase;
	struct judged_document documents[JUDGED_DOCUMENTS_MAX];
	uint32_t document_count;
	bool everybody;              /* a campaign was opened, or opened earlier; account-silence moved on */
	bool due[CAMPAIGNS_CURRENT]; /* the tick passed the due date of this campaign */
	civil_date campaigns[CAMPAIGNS_CURRENT]; /* as_of of the campaigns in `due` */
	bool sweep;                              /* a tick: retention drops what is older than sweep_before */
	bool sweep_all;                          /* … of everybody, since the limit moved on; else of those noted */
	civil_date sweep_before;
	bool dead_holders; /* an account of the movements has a holder known to be dead, or findings of pay batches */
	bool every_bank;   /* a month ended: what pay batches wait for */
	bool roster;       /* a roster is among the documents */
	bool lists;        /* list records may differ */
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

#endif
