/*
 * cli_explain_facts: everything that decides about a person or an account in one window, with where it stands.
 *
 * Owner: the verb. One thread. All memory is the book's arena; facts are good until it is reset.
 */
#ifndef DUIZHANG_DAEMON_CLI_EXPLAIN_FACTS_H
#define DUIZHANG_DAEMON_CLI_EXPLAIN_FACTS_H

#include "daemon/account_rows.h"
#include "daemon/finding.h"
#include "daemon/judge_person.h"

/* Why a movement counts in the window or not. */
enum movement_fate {
	FATE_WITHDRAWAL,        /* counts: a withdrawal in the window */
	FATE_WITHDRAWAL_BEFORE, /* for last_withdrawal alone */
	FATE_WITHDRAWAL_AFTER,
	FATE_PAYOUT, /* counts: the account counts, and its bank's month is the fuller */
	FATE_PAYOUT_OUTSIDE,
	FATE_TAKEN_BACK,       /* by a reversal: other */
	FATE_REVERSAL,         /* takes back: other */
	FATE_REVERSAL_NOTHING, /* takes nothing back */
	FATE_CLASS,            /* fee, auto_debit, interest, other: no withdrawal */
	FATE_UNKNOWN,          /* its summary code is not known, or the line contradicts it */
	FATE_COPY,             /* the same as other */
	FATE_DEAD_DOCUMENT,    /* the document is superseded */
	FATE_COUNT
};

extern const char *const movement_fate_names[FATE_COUNT];

static inline bool movement_fate_counts(enum movement_fate fate)
{
	return fate == FATE_WITHDRAWAL || fate == FATE_PAYOUT;
}

struct explained_movement {
	const struct movement *movement;
	enum movement_fate fate;
	const struct movement *other; /* NULL if none is concerned */
};

struct explained_month {
	civil_month month;
	uint64_t had;
	uint64_t all;
	bool thin;
};

#define WINDOW_MONTHS_MAX 8

struct explained_account {
	struct span bank;
	struct span account;
	const struct person_account *held; /* of the person asked about; NULL: asked about the account */
	struct judged_account judged;
	enum verdict verdict; /* from this account alone */
	struct explained_movement *movements;
	size_t movement_count;
	struct date_ranges gaps; /* of the window */
	struct explained_month months[WINDOW_MONTHS_MAX];
	size_t month_count;
	struct account_holder *holders;
	size_t holder_count;
	struct span *conflicts; /* serials that stand for different movements */
	size_t conflict_count;
};

struct explained_finding {
	enum finding_code code;
	struct span bank; /* empty: not of one account */
	struct span account;
	struct span detail;
};

/* What was published of the person in one campaign. */
struct explained_task {
	struct campaign campaign;
	struct stored_judgement stored;
};

struct explanation {
	struct book *book;
	struct campaign campaign; /* of the window */
	bool opened;              /* it was; else the window is only supposed */
	civil_date largest_tick;
	const char *person_ref; /* NULL: about an account */
	struct person person;
	struct judgement judgement;
	struct explained_account *accounts;
	size_t account_count;
	struct explained_task *tasks; /* newest last */
	size_t task_count;
	struct explained_finding *findings; /* that hold, about the person or the accounts */
	size_t finding_count;
};

/*
 * The window: that of the campaign of as_of, else (NONE) of the county's newest, else of the next March or September
 * after the log's time.
 */
void explain_window(struct book *book, uint32_t county, civil_date as_of, struct explanation *explanation);

/* About a person. judge: begun for the county. */
void explain_person(
	struct person_judge *judge, const char id_number[ID_NUMBER_LENGTH], struct explanation *explanation);

/* About one account of nobody in particular. */
void explain_account(
	struct person_judge *judge, struct span bank, struct span account, struct explanation *explanation);

#endif
