/* judge_person: facts of one person → judgement → difference → ledger and outbox. */
#include "daemon/judge_person.h"

#include "daemon/account.h"
#include "daemon/finding.h"
#include "daemon/json_writer.h"
#include "daemon/outbox.h"
#include "daemon/pay_batch.h"
#include "daemon/retention.h"
#include "daemon/standing.h"

void person_judge_begin(struct person_judge *judge, struct book *book, uint32_t county)
{
	*judge = (struct person_judge){.book = book, .changes = {.county = county}};
	county_load(book, county, &judge->county);
	judge->silence_as_of = silence_as_of(judge->county.largest_tick);
}

void person_judge_end(struct person_judge *judge)
{
	list_changes_flush(judge->book, &judge->changes);
	list_changes_free(&judge->changes);
	arena_free(&judge->banks_arena);
}

const struct bank_coverage *person_judge_bank(struct person_judge *judge, struct span bank)
{
	for (size_t i = 0; i < judge->bank_count; i++) {
		if (span_equal(span_of(judge->banks[i].bank), bank))
			return &judge->banks[i];
	}
	judge->banks = arena_grow(&judge->banks_arena, judge->banks, judge->bank_count, sizeof(*judge->banks));
	coverage_load(judge->book, judge->county.county, bank, &judge->banks_arena, &judge->banks[judge->bank_count]);
	judge->banks[judge->bank_count].payrolls = payroll_any(judge->book, judge->county.county, bank);
	return &judge->banks[judge->bank_count++];
}

struct judged_account *person_judge_accounts(struct person_judge *judge, const struct person *person, civil_date as_of)
{
	struct arena *arena = &judge->book->arena;
	struct judged_account *accounts = arena_allocate(arena, (person->account_count + 1) * sizeof(*accounts));

	for (size_t i = 0; i < person->account_count; i++) {
		const struct person_account *account = &person->accounts[i];
		struct account_state state;

		account_load(judge->book, person->county, account->bank, account->account, &state);
		accounts[i] = (struct judged_account){.account = account,
			.withdrawals = state.withdrawals,
			.withdrawal_count = state.withdrawal_count,
			.payouts = state.payouts,
			.payout_count = state.payout_count};
		accounts[i].window_covered = coverage_account_covered(person_judge_bank(judge, account->bank),
			&state.statements, rules_window_begin(as_of), as_of - 1, arena);
	}
	return accounts;
}

/* PERSON_STATE: the township whose people the person is among, and which findings hold. */
struct person_state {
	uint32_t township;
	bool birth_mismatch;
	bool alive_after_death;
};

static struct person_state person_state_read(struct book *book, struct span value)
{
	struct byte_reader reader = reader_of(value.data, value.length);
	struct person_state state = {0};
	unsigned flags;

	if (value.data == NULL)
		return state;
	state.township = (uint32_t)read_number(&reader);
	flags = read_u8(&reader);
	state.birth_mismatch = flags & 1;
	state.alive_after_death = flags & 2;
	if (reader.bad)
		book_damaged(book, TABLE_PEOPLE);
	return state;
}

static void person_state_save(struct book *book, const struct person *person, const struct person_state *state)
{
	struct ledger_key key = key_person_row(person->county, person->id_number, PERSON_STATE);

	book->value.length = 0;
	write_number(&book->value, state->township);
	write_u8(&book->value, (state->birth_mismatch ? 1u : 0u) | (state->alive_after_death ? 2u : 0u));
	book_put(book, TABLE_PEOPLE, &key, &book->value);
}

static void person_finding_set(struct book *book, const struct person *person, enum finding_code code, bool held,
	bool holds, const char *detail)
{
	struct ledger_finding finding = {.code = code, .county = person->county, .id_number = person->id_number};

	key_bytes(&finding.identity, person->id_number, ID_NUMBER_LENGTH);
	finding.detail = span_of(detail);
	if (holds)
		finding_hold(book, &finding);
	else if (held)
		finding_withdraw(book, code, person->county, &finding.identity);
}

/* What is said of the person apart from campaigns. */
static void judge_state(struct person_judge *judge, const struct person *person)
{
	struct book *book = judge->book;
	const struct roster_row *newest = person_newest_row(person);
	struct person_state old = person_state_read(book, person->state), state = {0};
	char detail[40], on_text[CIVIL_DATE_TEXT_SIZE] = "";
	civil_date on;

	state.township = newest == NULL ? 0 : newest->township;
	state.birth_mismatch = rules_birth_mismatch(person);
	state.alive_after_death = rules_alive_after_death(person, &on);
	if (state.alive_after_death)
		civil_date_format(on, on_text);
	snprintf(detail, sizeof(detail), "{\"on\":\"%s\"}", on_text);
	person_finding_set(book, person, FINDING_BIRTH_MISMATCH, old.birth_mismatch, state.birth_mismatch, "{}");
	person_finding_set(
		book, person, FINDING_ALIVE_AFTER_DEATH, old.alive_after_death, state.alive_after_death, detail);
	if (state.township != old.township)
		list_changes_move(&judge->changes, old.township, state.township);
	if (old.township != state.township || old.birth_mismatch != state.birth_mismatch ||
		old.alive_after_death != state.alive_after_death)
		person_state_save(book, person, &state);
}

void judged_banks(
	struct arena *arena, const struct judged_account *accounts, size_t count, struct stored_judgement *stored)
{
	for (size_t i = 0; i < count; i++) {
		struct span bank = accounts[i].account->bank;

		if (!accounts[i].counting ||
			(stored->bank_count > 0 && span_equal(stored->banks[stored->bank_count - 1], bank)))
			continue;
		stored->banks = arena_grow(arena, stored->banks, stored->bank_count, sizeof(*stored->banks));
		stored->banks[stored->bank_count++] = bank;
	}
}

static void task_publish(struct person_judge *judge, const struct campaign *campaign, const struct person *person,
	const char *person_ref, const struct stored_judgement *stored)
{
	struct book *book = judge->book;
	char task_id[TASK_ID_SIZE];

	book->json.length = 0;
	write_bytes(&book->json, stored->published.data, stored->published.length);
	task_write_revision(&book->json, stored->revision);
	task_id_format(campaign, person_ref, task_id);
	outbox_put(book, TOPIC_FOLLOWUP_TASKS, span_of(task_id),
		(struct span){(const char *)book->json.data, book->json.length});
	if (stored->revision == 1) {
		struct ledger_key key = key_campaign(campaign->county, campaign->as_of);

		key_bytes(&key, person->id_number, ID_NUMBER_LENGTH);
		ledger_put(book->txn, TABLE_TASKS, key.data, key.length, "", 0);
	}
}

static void judgement_save(struct book *book, const struct person *person, civil_date as_of,
	const struct stored_judgement *old, const struct stored_judgement *stored)
{
	struct ledger_key key = key_person_row(person->county, person->id_number, PERSON_JUDGEMENT);

	key_u32(&key, as_of);
	stored_judgement_write(&book->value, stored);
	if (stored->township == 0 && !stored->unknown && stored->bank_count == 0 && !stored->has_task) {
		if (old->present)
			book_delete(book, TABLE_PEOPLE, &key);
		return;
	}
	book_put(book, TABLE_PEOPLE, &key, &book->value);
}

static bool stored_equal(const struct stored_judgement *a, const struct stored_judgement *b)
{
	bool equal = a->present && a->township == b->township && a->unknown == b->unknown &&
		     a->bank_count == b->bank_count && a->has_task == b->has_task && a->revision == b->revision;

	for (size_t i = 0; equal && i < a->bank_count; i++)
		equal = span_equal(a->banks[i], b->banks[i]);
	return equal;
}

/* Where the person and the accounts stand; task: of the county's newest campaign, present if it has one. */
static void judge_standing(struct person_judge *judge, const struct person *person, const struct stored_judgement *task)
{
	struct judged_account *accounts;
	civil_date as_of = judge->silence_as_of;

	entitlements_publish(
		judge->book, person, task->status, task->has_task ? judge->county.current[0].as_of : CIVIL_DATE_NONE);
	if (as_of == CIVIL_DATE_NONE)
		return;
	accounts = person_judge_accounts(judge, person, as_of);
	for (size_t i = 0; i < person->account_count; i++)
		accounts[i].counting = rules_account_counts(&accounts[i], as_of);
	silence_publish(judge->book, person, accounts, as_of);
}

/* The task of the judgement: kept, changed, made; or none. Its share of `stored`. */
static void judge_task(struct person_judge *judge, const struct campaign *campaign, bool newest,
	const struct person *person, const struct judgement *judgement, const struct judged_account *accounts,
	const struct stored_judgement *old, struct stored_judgement *stored)
{
	struct book *book = judge->book;
	char person_ref[REFERENCE_TEXT_SIZE];
	struct byte_writer json = {0};

	stored->has_task = old->has_task || (newest && judgement->status != TASK_CANCELLED);
	if (!stored->has_task)
		return;
	reference_person(book->references, person->id_number, person_ref);
	task_write(&json, campaign, person, person_ref, judgement, accounts, person->account_count, old->published);
	stored->status = judgement->status;
	stored->reasons = judgement->status == TASK_CANCELLED ? 0 : judgement->reasons;
	stored->published = arena_span(&book->arena, (struct span){(const char *)json.data, json.length});
	stored->revision = old->revision + (old->has_task && span_equal(stored->published, old->published) ? 0 : 1);
	writer_free(&json);
	if (stored->revision != old->revision)
		task_publish(judge, campaign, person, person_ref, stored);
}

static void judge_campaign(
	struct person_judge *judge, size_t index, const struct person *person, struct stored_judgement *outcome)
{
	const struct campaign *campaign = &judge->county.current[index];
	struct book *book = judge->book;
	struct judged_account *accounts = person_judge_accounts(judge, person, campaign->as_of);
	struct stored_judgement old = {0}, stored = {.present = true};
	struct judgement judgement;

	for (size_t i = 0; i < person->judgement_count; i++) {
		if (person->judgements[i].key == campaign->as_of &&
			!stored_judgement_read(person->judgements[i].value, &book->arena, &old))
			book_damaged(book, TABLE_PEOPLE);
	}
	rules_judge(person, accounts, person->account_count, campaign, judge->county.largest_tick, book->settings,
		&judgement);
	/* Whose rows are all gone stays where he was last. */
	stored.township = judgement.newest != NULL ? judgement.newest->township : old.township;
	stored.unknown = judgement.unknown;
	if (judgement.receiving)
		judged_banks(&book->arena, accounts, person->account_count, &stored);
	judge_task(judge, campaign, index == 0, person, &judgement, accounts, &old, &stored);
	*outcome = stored;
	if (stored_equal(&old, &stored))
		return;
	judgement_save(book, person, campaign->as_of, &old, &stored);
	list_changes_add(&judge->changes, campaign->as_of, &old, -1);
	list_changes_add(&judge->changes, campaign->as_of, &stored, 1);
}

/* Rows that are older than retention keeps go by the next tick. */
static void note_old_rows(struct person_judge *judge, const struct person *person)
{
	struct named named = {.type = NAMED_PERSON};

	if (judge->county.swept_before == CIVIL_DATE_NONE ||
		!retention_person_is_old(person, judge->county.swept_before))
		return;
	memcpy(named.id_number, person->id_number, ID_NUMBER_LENGTH);
	retention_note(judge->book, judge->county.county, &named);
}

void judge_person(struct person_judge *judge, const char id_number[ID_NUMBER_LENGTH], struct person *person)
{
	struct stored_judgement outcomes[CAMPAIGNS_CURRENT] = {0};

	arena_reset(&judge->book->arena);
	person_load(judge->book, judge->county.county, id_number, person);
	judge_state(judge, person);
	note_old_rows(judge, person);
	for (size_t i = 0; i < judge->county.current_count; i++)
		judge_campaign(judge, i, person, &outcomes[i]);
	judge_standing(judge, person, &outcomes[0]);
}
