/* cli_explain_facts: gathers what the rules look at, and says of every movement what became of it. */
#include "daemon/cli_explain_facts.h"

#include "daemon/account.h"
#include "daemon/cli_tasks.h"
#include "daemon/ledger_meta.h"
#include "daemon/movements.h"

const char *const movement_fate_names[FATE_COUNT] = {
	[FATE_WITHDRAWAL] = "withdrawal_in_window",
	[FATE_WITHDRAWAL_BEFORE] = "withdrawal_before_window",
	[FATE_WITHDRAWAL_AFTER] = "withdrawal_after_window",
	[FATE_PAYOUT] = "payout_in_window",
	[FATE_PAYOUT_OUTSIDE] = "payout_outside_window",
	[FATE_TAKEN_BACK] = "taken_back",
	[FATE_REVERSAL] = "reversal",
	[FATE_REVERSAL_NOTHING] = "reversal_of_nothing",
	[FATE_CLASS] = "class_does_not_count",
	[FATE_UNKNOWN] = "class_unknown",
	[FATE_COPY] = "copy",
	[FATE_DEAD_DOCUMENT] = "document_superseded",
};

/* The next March or September that begins after a day. */
static civil_date next_campaign_day(civil_date after)
{
	int year, month, day;

	civil_date_to_ymd(after, &year, &month, &day);
	if (month < 3)
		return civil_date_from_ymd(year, 3, 1);
	return month < 9 ? civil_date_from_ymd(year, 9, 1) : civil_date_from_ymd(year + 1, 3, 1);
}

void explain_window(struct book *book, uint32_t county, civil_date as_of, struct explanation *explanation)
{
	struct county_state state;
	struct ledger_position position;

	*explanation = (struct explanation){.book = book};
	county_load(book, county, &state);
	explanation->largest_tick = state.largest_tick;
	if (as_of == CIVIL_DATE_NONE && state.current_count > 0)
		as_of = state.current[0].as_of;
	if (as_of == CIVIL_DATE_NONE) {
		ledger_position_load(book, &position);
		as_of = next_campaign_day(civil_date_from_unix_ms(position.log_time_ms));
	}
	explanation->opened =
		campaign_next(book, county, as_of - 1, &explanation->campaign) && explanation->campaign.as_of == as_of;
	if (!explanation->opened)
		explanation->campaign = campaign_make(county, as_of, as_of);
}

static bool same_row(const struct movement *a, const struct movement *b)
{
	return a->offset == b->offset && a->line == b->line;
}

/* The movement that a settled reversal takes, NULL if it takes none. */
static const struct movement *taken_by(const struct movement *movements, size_t count, const struct movement *reversal)
{
	for (size_t i = 0; i < count; i++)
		if (movements[i].taken_by != NULL && same_row(movements[i].taken_by, reversal))
			return &movements[i];
	return NULL;
}

static enum movement_fate fate_of_class(const struct movement *movement, civil_date as_of)
{
	civil_date begin = rules_window_begin(as_of);
	bool inside = movement->date >= begin && movement->date < as_of;

	switch (movement->movement_class) {
	case MOVEMENT_WITHDRAWAL:
		return inside                   ? FATE_WITHDRAWAL
		       : movement->date < begin ? FATE_WITHDRAWAL_BEFORE
						: FATE_WITHDRAWAL_AFTER;
	case MOVEMENT_PAYOUT:
		return inside ? FATE_PAYOUT : FATE_PAYOUT_OUTSIDE;
	case MOVEMENT_UNKNOWN:
		return FATE_UNKNOWN;
	default:
		return FATE_CLASS;
	}
}

/* stored: as it arrived; settled: those that the rules see. */
static struct explained_movement explain_movement(
	const struct stored_movement *stored, const struct movement *settled, size_t settled_count, civil_date as_of)
{
	struct explained_movement out = {.movement = &stored->movement, .fate = FATE_DEAD_DOCUMENT};
	const struct movement *kept = NULL;

	for (size_t i = 0; stored->living && i < settled_count && kept == NULL; i++)
		if (movements_equal(&settled[i], &stored->movement))
			kept = &settled[i];
	if (kept == NULL)
		return out;
	if (!same_row(kept, &stored->movement)) {
		out.fate = FATE_COPY;
		out.other = kept;
	} else if (kept->taken) {
		out.fate = FATE_TAKEN_BACK;
		out.other = kept->taken_by;
	} else if (kept->movement_class == MOVEMENT_REVERSAL) {
		out.other = taken_by(settled, settled_count, kept);
		out.fate = out.other == NULL ? FATE_REVERSAL_NOTHING : FATE_REVERSAL;
	} else {
		out.fate = fate_of_class(kept, as_of);
	}
	return out;
}

static void explain_movements(struct explanation *explanation, struct explained_account *account)
{
	struct book *book = explanation->book;
	const uint32_t county = explanation->campaign.county;
	struct stored_movement *stored;
	struct account_rows rows;
	size_t count;

	account_rows_read(book, county, account->bank, account->account, 1u << ACCOUNT_MOVEMENTS, &rows);
	stored = account_stored_movements(book, county, account->bank, account->account, &count);
	account->conflicts = rows.conflicts;
	account->conflict_count = rows.conflict_count;
	account->movements = arena_allocate(&book->arena, (count + 1) * sizeof(*account->movements));
	account->movement_count = count;
	for (size_t i = 0; i < count; i++)
		account->movements[i] =
			explain_movement(&stored[i], rows.movements, rows.movement_count, explanation->campaign.as_of);
}

static bool is_thin(const struct bank_coverage *coverage, civil_month month)
{
	for (size_t i = 0; i < coverage->thin_count; i++)
		if (coverage->thin[i] == month)
			return true;
	return false;
}

static void explain_coverage(struct person_judge *judge, struct explanation *explanation,
	struct explained_account *account, const struct account_state *state)
{
	struct book *book = explanation->book;
	const struct bank_coverage *coverage = person_judge_bank(judge, account->bank);
	civil_date from = rules_window_begin(explanation->campaign.as_of), to = explanation->campaign.as_of - 1;
	struct date_ranges days = coverage_account_days(coverage, &state->statements, &book->arena);

	account->gaps = ranges_gaps(&days, from, to, &book->arena);
	for (civil_month month = civil_date_month(from);
		month <= civil_date_month(to) && account->month_count < WINDOW_MONTHS_MAX; month++) {
		struct explained_month *out = &account->months[account->month_count++];

		*out = (struct explained_month){.month = month, .thin = is_thin(coverage, month)};
		coverage_month_counts(book, explanation->campaign.county, account->bank, month, &out->had, &out->all);
	}
}

/* Everything of an account but what a person's rows say of it. */
static void explain_one(struct person_judge *judge, struct explanation *explanation, struct explained_account *account)
{
	struct account_state state;

	account_load(explanation->book, explanation->campaign.county, account->bank, account->account, &state);
	account->holders = state.holders;
	account->holder_count = state.holder_count;
	explain_movements(explanation, account);
	explain_coverage(judge, explanation, account, &state);
	account->verdict = rules_account_verdict(&account->judged, explanation->campaign.as_of);
}

static void explain_tasks(struct explanation *explanation)
{
	struct book *book = explanation->book;
	struct campaign campaign = {.as_of = 0};

	while (campaign_next(book, explanation->person.county, campaign.as_of, &campaign)) {
		struct explained_task task = {.campaign = campaign};

		cli_task_load(book, campaign.county, campaign.as_of, explanation->person.id_number, &task.stored);
		if (!task.stored.has_task)
			continue;
		explanation->tasks =
			arena_grow(&book->arena, explanation->tasks, explanation->task_count, sizeof(task));
		explanation->tasks[explanation->task_count++] = task;
	}
}

static bool concerns(const struct explanation *explanation, const struct held_finding *finding)
{
	if (explanation->person_ref != NULL && finding->id_number != NULL &&
		memcmp(finding->id_number, explanation->person.id_number, ID_NUMBER_LENGTH) == 0)
		return true;
	for (size_t i = 0; finding->account.length > 0 && i < explanation->account_count; i++)
		if (span_equal(finding->bank, explanation->accounts[i].bank) &&
			span_equal(finding->account, explanation->accounts[i].account))
			return true;
	return false;
}

static void explain_findings(struct explanation *explanation)
{
	struct book *book = explanation->book;
	struct held_finding held = {.key = {.length = 0}};

	while (finding_next(book, explanation->campaign.county, &held)) {
		struct explained_finding finding = {held.code, held.bank, held.account, held.detail};

		if (!concerns(explanation, &held))
			continue;
		explanation->findings =
			arena_grow(&book->arena, explanation->findings, explanation->finding_count, sizeof(finding));
		explanation->findings[explanation->finding_count++] = finding;
	}
}

void explain_person(struct person_judge *judge, const char id_number[ID_NUMBER_LENGTH], struct explanation *explanation)
{
	struct book *book = explanation->book;
	struct person *person = &explanation->person;
	char *person_ref = arena_allocate(&book->arena, REFERENCE_TEXT_SIZE);
	struct judged_account *judged;

	person_load(book, explanation->campaign.county, id_number, person);
	explanation->person_ref = reference_person(book->references, id_number, person_ref);
	judged = person_judge_accounts(judge, person, explanation->campaign.as_of);
	rules_judge(person, judged, person->account_count, &explanation->campaign, explanation->largest_tick,
		book->settings, &explanation->judgement);
	explanation->account_count = person->account_count;
	explanation->accounts =
		arena_allocate(&book->arena, (person->account_count + 1) * sizeof(*explanation->accounts));
	for (size_t i = 0; i < person->account_count; i++) {
		explanation->accounts[i] = (struct explained_account){.bank = person->accounts[i].bank,
			.account = person->accounts[i].account,
			.held = &person->accounts[i],
			.judged = judged[i]};
		explain_one(judge, explanation, &explanation->accounts[i]);
	}
	explain_tasks(explanation);
	explain_findings(explanation);
}

/* Of an account of nobody in particular: in force while it is for any holder. */
static struct person_account *held_by_anybody(struct explanation *explanation, struct explained_account *account)
{
	struct book *book = explanation->book;
	struct person_account *held = arena_allocate(&book->arena, sizeof(*held));

	*held = (struct person_account){.bank = account->bank, .account = account->account};
	for (size_t i = 0; i < account->holder_count; i++) {
		struct person person;

		person_load(book, explanation->campaign.county, account->holders[i].id_number, &person);
		for (size_t k = 0; k < person.account_count; k++) {
			const struct person_account *theirs = &person.accounts[k];

			if (!span_equal(theirs->bank, account->bank) || !span_equal(theirs->account, account->account))
				continue;
			for (size_t j = 0; j < theirs->in_force_count; j++) {
				held->in_force = arena_grow(
					&book->arena, held->in_force, held->in_force_count, sizeof(*held->in_force));
				held->in_force[held->in_force_count++] = theirs->in_force[j];
			}
		}
	}
	return held;
}

void explain_account(struct person_judge *judge, struct span bank, struct span account, struct explanation *explanation)
{
	struct book *book = explanation->book;
	const civil_date as_of = explanation->campaign.as_of;
	struct explained_account *out = arena_allocate(&book->arena, sizeof(*out));
	struct account_state state;

	*out = (struct explained_account){.bank = bank, .account = account};
	account_load(book, explanation->campaign.county, bank, account, &state);
	out->holders = state.holders;
	out->holder_count = state.holder_count;
	out->judged = (struct judged_account){.account = held_by_anybody(explanation, out),
		.withdrawals = state.withdrawals,
		.withdrawal_count = state.withdrawal_count,
		.payouts = state.payouts,
		.payout_count = state.payout_count};
	out->judged.window_covered = coverage_account_covered(
		person_judge_bank(judge, bank), &state.statements, rules_window_begin(as_of), as_of - 1, &book->arena);
	out->judged.counting = rules_account_counts(&out->judged, as_of);
	explanation->accounts = out;
	explanation->account_count = 1;
	explain_one(judge, explanation, out);
	explain_findings(explanation);
}
