/* rules: verdict, reasons, resolution and status of one person in one campaign. */
#include "daemon/rules.h"

#include <stdio.h>

const char *const reason_names[REASON_COUNT] = {"no_withdrawal", "age_80", "lost_contact"};
const char *const verdict_names[3] = {"unknown", "active", "silent"};
const char *const task_status_names[TASK_STATUS_COUNT] = {"open", "resolved", "overdue", "cancelled"};

#define WINDOW_MONTHS  6
#define LIST_AGE_YEARS 80
#define TASK_MONTHS    1

struct campaign campaign_make(uint32_t county, civil_date as_of, civil_date opened_on)
{
	struct campaign campaign = {.county = county, .as_of = as_of, .opened_on = opened_on};

	civil_month_format(civil_date_month(as_of), campaign.name);
	campaign.due = civil_date_add_months(opened_on, TASK_MONTHS);
	return campaign;
}

civil_date rules_window_begin(civil_date as_of)
{
	return civil_date_add_months(as_of, -WINDOW_MONTHS);
}

static bool any_day_in(const civil_date *days, size_t count, civil_date begin, civil_date end)
{
	for (size_t i = count; i-- > 0 && days[i] >= begin;) {
		if (days[i] < end)
			return true;
	}
	return false;
}

bool rules_account_counts(const struct judged_account *account, civil_date as_of)
{
	civil_date begin = rules_window_begin(as_of);

	for (size_t i = 0; i < account->account->in_force_count; i++) {
		if (account->account->in_force[i].begin < as_of && account->account->in_force[i].end > begin)
			return true;
	}
	return any_day_in(account->payouts, account->payout_count, begin, as_of);
}

enum verdict rules_account_verdict(const struct judged_account *account, civil_date as_of)
{
	if (any_day_in(account->withdrawals, account->withdrawal_count, rules_window_begin(as_of), as_of))
		return VERDICT_ACTIVE;
	return account->counting && account->window_covered ? VERDICT_SILENT : VERDICT_UNKNOWN;
}

static void judge_withdrawals(
	struct judged_account *accounts, size_t count, civil_date as_of, struct judgement *judgement)
{
	civil_date begin = rules_window_begin(as_of);
	bool active = false, counting = false, covered = true;

	for (size_t i = 0; i < count; i++) {
		struct judged_account *account = &accounts[i];

		account->counting = rules_account_counts(account, as_of);
		counting |= account->counting;
		covered &= !account->counting || account->window_covered;
		for (size_t k = account->withdrawal_count; k-- > 0;) {
			civil_date day = account->withdrawals[k];

			if (day >= as_of)
				continue;
			active |= day >= begin;
			if (day > judgement->last_withdrawal)
				judgement->last_withdrawal = day;
			break;
		}
	}
	judgement->verdict = active ? VERDICT_ACTIVE : counting && covered ? VERDICT_SILENT : VERDICT_UNKNOWN;
	judgement->silent_months = judgement->last_withdrawal == CIVIL_DATE_NONE
					   ? -1
					   : civil_date_months_between(judgement->last_withdrawal, as_of);
}

/* Of `deceased` feedback and confirmations dated before as_of, is the newest `deceased`? On one day: it is. */
static bool deceased_before(const struct person *person, civil_date as_of)
{
	civil_date deceased = CIVIL_DATE_NONE, confirmed = CIVIL_DATE_NONE;

	for (size_t i = 0; i < person->evidence_count && person->evidence[i].date < as_of; i++) {
		if (person->evidence[i].outcome == OUTCOME_DECEASED)
			deceased = person->evidence[i].date;
		else if (evidence_confirms(&person->evidence[i]))
			confirmed = person->evidence[i].date;
	}
	return deceased != CIVIL_DATE_NONE && deceased >= confirmed;
}

static civil_date last_confirmed_before(const struct person *person, civil_date as_of)
{
	civil_date last = CIVIL_DATE_NONE;

	for (size_t i = 0; i < person->evidence_count && person->evidence[i].date < as_of; i++) {
		if (evidence_confirms(&person->evidence[i]))
			last = person->evidence[i].date;
	}
	return last;
}

static bool lost_contact(const struct person *person, civil_date as_of)
{
	civil_date said_on = CIVIL_DATE_NONE;
	bool lost = false;

	for (size_t i = 0; i < person->resident_count && person->residents[i]->as_of <= as_of; i++) {
		said_on = person->residents[i]->as_of;
		lost = person->residents[i]->lost_contact;
	}
	for (size_t i = 0; i < person->evidence_count && person->evidence[i].date < as_of; i++) {
		if (person->evidence[i].outcome != OUTCOME_LOST_CONTACT || person->evidence[i].date < said_on)
			continue;
		said_on = person->evidence[i].date;
		lost = true;
	}
	return lost && last_confirmed_before(person, as_of) <= said_on;
}

bool rules_birth_mismatch(const struct person *person)
{
	const struct roster_row *newest = person_newest_row(person);

	return newest != NULL && newest->birth != CIVIL_DATE_NONE &&
	       newest->birth != id_number_birth(person->id_number);
}

bool rules_alive_after_death(const struct person *person, civil_date *on)
{
	civil_date deceased = CIVIL_DATE_NONE, confirmed = CIVIL_DATE_NONE;

	for (size_t i = 0; i < person->evidence_count; i++) {
		if (person->evidence[i].outcome == OUTCOME_DECEASED)
			deceased = person->evidence[i].date;
		else if (evidence_confirms(&person->evidence[i]))
			confirmed = person->evidence[i].date;
	}
	*on = confirmed;
	return person->row_count > 0 && deceased != CIVIL_DATE_NONE && confirmed > deceased;
}

static unsigned judge_reasons(const struct person *person, const struct campaign *campaign,
	const struct rule_settings *settings, struct judgement *judgement)
{
	civil_date window = rules_window_begin(campaign->as_of);
	bool started = judgement->in_force->benefit_start <= window;
	bool old = judgement->age >= LIST_AGE_YEARS;
	unsigned reasons = 0;

	if (settings->skip_confirmed && judgement->last_confirmed >= window &&
		judgement->last_confirmed != CIVIL_DATE_NONE)
		return 0;
	if (judgement->age_disputed && judgement->newest->birth <= campaign->as_of)
		old |= civil_date_age_years(judgement->newest->birth, campaign->as_of) >= LIST_AGE_YEARS;
	if (judgement->verdict == VERDICT_SILENT && started)
		reasons |= REASON_NO_WITHDRAWAL;
	if (old)
		reasons |= REASON_AGE_80;
	if (lost_contact(person, campaign->as_of))
		reasons |= REASON_LOST_CONTACT;
	judgement->unknown = judgement->verdict == VERDICT_UNKNOWN && started;
	return reasons;
}

/* Section 8: the campaign's own feedback, else a death from any campaign, else the earliest confirmation. */
static void judge_resolution(
	const struct person *person, const struct campaign *campaign, struct resolution *resolution)
{
	const struct evidence *own = NULL, *deceased = NULL, *confirmed = NULL, *chosen;

	for (size_t i = 0; i < person->evidence_count; i++) {
		const struct evidence *evidence = &person->evidence[i];

		if (evidence->is_feedback && evidence->campaign == campaign->as_of)
			own = evidence;
		if (evidence->date < campaign->as_of)
			continue;
		if (evidence->outcome == OUTCOME_DECEASED)
			deceased = evidence;
		if (evidence_confirms(evidence) && confirmed == NULL)
			confirmed = evidence;
	}
	chosen = own != NULL ? own : deceased != NULL ? deceased : confirmed;
	*resolution = (struct resolution){.present = chosen != NULL};
	if (chosen == NULL)
		return;
	resolution->outcome = chosen->outcome;
	resolution->method = chosen->method;
	resolution->on = chosen->date;
	resolution->late = chosen->date > campaign->due;
}

static enum task_status judge_status(
	const struct judgement *judgement, const struct campaign *campaign, civil_date largest_tick)
{
	if (judgement->reasons == 0)
		return TASK_CANCELLED;
	if (judgement->resolution.present)
		return TASK_RESOLVED;
	if (judgement->newest->status != ROSTER_RECEIVING)
		return TASK_CANCELLED;
	return largest_tick > campaign->due ? TASK_OVERDUE : TASK_OPEN;
}

void rules_judge(const struct person *person, struct judged_account *accounts, size_t account_count,
	const struct campaign *campaign, civil_date largest_tick, const struct rule_settings *settings,
	struct judgement *judgement)
{
	*judgement = (struct judgement){
		.in_force = person_row_in_force(person, campaign->as_of), .newest = person_newest_row(person)};
	judgement->receiving = judgement->in_force != NULL && judgement->in_force->status == ROSTER_RECEIVING;
	judgement->listed = judgement->receiving && !deceased_before(person, campaign->as_of);
	judge_withdrawals(accounts, account_count, campaign->as_of, judgement);
	judgement->last_confirmed = last_confirmed_before(person, campaign->as_of);
	judgement->age = civil_date_age_years(id_number_birth(person->id_number), campaign->as_of);
	judgement->age_disputed = rules_birth_mismatch(person);
	if (judgement->listed)
		judgement->reasons = judge_reasons(person, campaign, settings, judgement);
	judge_resolution(person, campaign, &judgement->resolution);
	judgement->status = judge_status(judgement, campaign, largest_tick);
}
