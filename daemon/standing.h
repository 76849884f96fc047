/*
 * standing: where every person and account stands between campaigns: topics entitlements and account-silence (section
 * 9).
 *
 * Values are compared with what was last published and go out only when they differ.
 */
#ifndef DUIZHANG_DAEMON_STANDING_H
#define DUIZHANG_DAEMON_STANDING_H

#include "daemon/rules.h"
#include "daemon/task.h"

enum entitlement_state { ENTITLEMENT_NONE, ENTITLEMENT_QUALIFIED, ENTITLEMENT_PENDING, ENTITLEMENT_LOST };
enum entitlement_cause { BECAUSE_ROSTER, BECAUSE_FEEDBACK, BECAUSE_TASK, BECAUSE_CONFIRMATION };

struct entitlement {
	enum entitlement_state state;
	enum entitlement_cause because;
	civil_date on;
};

/*
 * The first rule of section 9 that holds. task: status of the person's task in the county's newest campaign, with that
 * campaign's as_of; as_of NONE: there is no such task. Pure.
 */
struct entitlement entitlement_judge(
	const struct person *person, enum scheme scheme, enum task_status task, civil_date task_as_of);

/* Judges and publishes the entitlements of all schemes the person has, or had, rows of. */
void entitlements_publish(struct book *book, const struct person *person, enum task_status task, civil_date task_as_of);

/* as_of of account-silence: the newest first of a month whose 6th is not after the largest tick; NONE before any tick.
 */
civil_date silence_as_of(civil_date largest_tick);

/* Judges and publishes the silence of the person's accounts; accounts are judged for the window of as_of. */
void silence_publish(struct book *book, const struct person *person, struct judged_account *accounts, civil_date as_of);

/* Tombstones for people who are no longer linked to an account; holders are those who are. */
struct account_holder;
void silence_withdraw_others(struct book *book, uint32_t county, struct span bank, struct span account,
	const struct account_holder *holders, size_t holder_count);

#endif
