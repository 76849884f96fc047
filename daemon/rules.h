/*
 * rules: who is on the list and why (design 7, 8): pure functions of facts and dates.
 *
 * No I/O, no ledger: everything comes in as arguments. Any thread.
 */
#ifndef DUIZHANG_DAEMON_RULES_H
#define DUIZHANG_DAEMON_RULES_H

#include "daemon/person.h"

/* Bits of reasons, in the order of section 7.3. */
enum reason { REASON_NO_WITHDRAWAL = 1, REASON_AGE_80 = 2, REASON_LOST_CONTACT = 4 };
#define REASON_COUNT 3
extern const char *const reason_names[REASON_COUNT];

enum verdict { VERDICT_UNKNOWN, VERDICT_ACTIVE, VERDICT_SILENT };
extern const char *const verdict_names[3];

enum task_status { TASK_OPEN, TASK_RESOLVED, TASK_OVERDUE, TASK_CANCELLED, TASK_STATUS_COUNT };
extern const char *const task_status_names[TASK_STATUS_COUNT];

struct campaign {
	uint32_t county;
	char name[8]; /* "2026-09" */
	civil_date as_of;
	civil_date opened_on;
	civil_date due;
};

/* Fills name and due from as_of and opened_on. */
struct campaign campaign_make(uint32_t county, civil_date as_of, civil_date opened_on);

/* The first day of window(as_of) (7.1); its last is as_of - 1. */
civil_date rules_window_begin(civil_date as_of);

/* What the movements and statements of one linked account come to, for one window. */
struct judged_account {
	const struct person_account *account;
	/* Days of withdrawals that count and of payouts that were not taken back, ascending. */
	const civil_date *withdrawals;
	size_t withdrawal_count;
	const civil_date *payouts;
	size_t payout_count;
	bool window_covered; /* every day of the window is covered for the account */
	bool counting;       /* out: in force on a day of the window, or a payout in it */
};

struct resolution {
	bool present;
	enum feedback_outcome outcome;
	enum confirmation_method method;
	civil_date on;
	bool late;
};

struct judgement {
	const struct roster_row *in_force; /* on as_of; NULL: no resident row */
	const struct roster_row *newest;   /* of any date */
	bool receiving;                    /* in_force is */
	bool listed;                       /* the gate of 7.3: receiving, and not known to be dead before as_of */
	enum verdict verdict;
	unsigned reasons;
	bool unknown; /* would be no_withdrawal if `unknown` were `silent` */
	civil_date last_withdrawal;
	int silent_months; /* -1: none is known */
	civil_date last_confirmed;
	int age;
	bool age_disputed;
	struct resolution resolution;
	enum task_status status;
};

/* Judges one person for one campaign; largest_tick NONE: no tick yet. accounts are the person's, and their counting is
 * set. */
void rules_judge(const struct person *person, struct judged_account *accounts, size_t account_count,
	const struct campaign *campaign, civil_date largest_tick, const struct rule_settings *settings,
	struct judgement *judgement);

/* True if the account counts for the window of as_of: in force on a day of it, or a payout in it. */
bool rules_account_counts(const struct judged_account *account, civil_date as_of);

/* The verdict of one account alone for the window (7.2); counting as judged. */
enum verdict rules_account_verdict(const struct judged_account *account, civil_date as_of);

/* birth_mismatch: the newest resident row's birth date is not the ID number's. */
bool rules_birth_mismatch(const struct person *person);

/* alive_after_death of a person on a roster: a confirmation after the newest `deceased` feedback; on = the newest
 * confirmation's date. */
bool rules_alive_after_death(const struct person *person, civil_date *on);

#endif
