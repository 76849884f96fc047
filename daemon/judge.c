/* judge: the phases of judging after a document. */
#include "daemon/judge.h"

#include "daemon/account.h"
#include "daemon/judge_run.h"
#include "daemon/no_task.h"
#include "daemon/pay_batch.h"
#include "daemon/retention.h"

bool run_spend(struct run *run)
{
	if (run->budget == 0 || !ledger_ok(run->book->txn))
		return false;
	run->budget--;
	return true;
}

static void next_phase(struct run *run)
{
	run->judging->phase++;
	run->judging->document_index = 0;
	run->judging->named = (struct named_position){0};
	run->judging->scan.length = 0;
}

/* What people's rows and evidence say decides when their accounts are in force, and since when the holder is dead. */
static void derive_accounts_of_person(struct run *run, const char *id_number)
{
	struct account_state state;
	struct person person;

	person_load(run->book, run->judging->county, id_number, &person);
	for (size_t i = 0; i < person.row_count; i++) {
		if (person_row_names_account(&person, i))
			account_derive(run->book, run->judging->county, person.rows[i].bank, person.rows[i].account,
				ACCOUNT_DERIVE_LINKS, &run->tally, &state);
	}
}

/* Visits everybody and every account that the rows of the documents in hand name. False: the budget is spent. */
static bool run_named(struct run *run, bool (*wanted)(const struct run *run, const struct judged_document *document),
	void (*visit)(struct run *run, const struct judged_document *document, const struct named *named))
{
	struct judging *judging = run->judging;

	while (judging->document_index < judging->document_count) {
		const struct judged_document *document = &judging->documents[judging->document_index];
		struct named_position before = judging->named;
		struct named named;

		arena_reset(&run->book->arena);
		if (!wanted(run, document) || !named_next(run->book, document->offset, &judging->named, &named)) {
			judging->document_index++;
			judging->named = (struct named_position){0};
			continue;
		}
		if (!run_spend(run)) {
			judging->named = before;
			return false;
		}
		visit(run, document, &named);
	}
	return true;
}

/* The document was killed, not applied. */
static bool is_killed(const struct run *run, const struct judged_document *document)
{
	return document->offset != run->judging->offset;
}

static bool changes_accounts(const struct run *run, const struct judged_document *document)
{
	(void)run;
	return document->kind != DOCUMENT_PAYROLL && document->kind != DOCUMENT_RESULTS;
}

static void visit_accounts(struct run *run, const struct judged_document *document, const struct named *named)
{
	struct account_state state;

	if (named->type == NAMED_PERSON) {
		derive_accounts_of_person(run, named->id_number);
	} else if (document->kind == DOCUMENT_MOVEMENTS) {
		account_derive(run->book, run->judging->county, named->bank, named->account, ACCOUNT_DERIVE_MOVEMENTS,
			&run->tally, &state);
		run->judging->dead_holders |= state.has_death_month || state.batch_findings;
	} else if (is_killed(run, document)) {
		/* Of a living roster the person's own rows lead to the account. */
		account_derive(run->book, run->judging->county, named->bank, named->account, ACCOUNT_DERIVE_LINKS,
			&run->tally, &state);
	}
}

void run_judge_holders(struct run *run, struct span bank, struct span account)
{
	struct account_state state;
	struct account_holder *holders;
	struct person person;
	size_t count;

	account_load(run->book, run->judging->county, bank, account, &state);
	count = state.holder_count;
	holders = bytes_allocate(NULL, count * sizeof(*holders));
	for (size_t i = 0; i < count; i++)
		holders[i] = state.holders[i];
	for (size_t i = 0; i < count; i++) {
		if (holders[i].resident)
			judge_person(&run->judge, holders[i].id_number, &person);
	}
	free(holders);
}

/* Before the first opening and the first tick movements change nothing that is published of people. */
static bool changes_people(const struct run *run, const struct judged_document *document)
{
	if (document->kind == DOCUMENT_MOVEMENTS)
		return run->judge.county.current_count > 0 || run->judge.silence_as_of != CIVIL_DATE_NONE;
	return document->kind == DOCUMENT_ROSTER || document->kind == DOCUMENT_CONFIRMATIONS ||
	       document->kind == DOCUMENT_FEEDBACK;
}

void run_judge_batch(struct run *run, struct span bank, struct span account)
{
	batch_judge(run->book, run->judging->county, bank, account, person_judge_bank(&run->judge, bank),
		run->judge.county.largest_tick);
}

/* The person, and the pay batches of the accounts the person's rows name: a death may show in them. */
void run_judge_person(struct run *run, const char *id_number)
{
	struct person person;

	judge_person(&run->judge, id_number, &person);
	for (size_t i = 0; i < person.row_count; i++) {
		if (person_row_names_account(&person, i))
			run_judge_batch(run, person.rows[i].bank, person.rows[i].account);
	}
}

static void visit_people(struct run *run, const struct judged_document *document, const struct named *named)
{
	if (named->type == NAMED_PERSON)
		run_judge_person(run, named->id_number);
	else if (document->kind == DOCUMENT_MOVEMENTS)
		run_judge_holders(run, named->bank, named->account);
}

/* The first account under prefix (county, or county and bank) after the one in scan; texts are copied into the arena.
 */
bool run_next_account(struct run *run, const struct ledger_key *prefix, struct span *bank, struct span *account)
{
	struct ledger_key from = *prefix;
	struct ledger_cursor *cursor = ledger_cursor_open(run->book->txn, TABLE_ACCOUNTS);
	struct ledger_bytes key, value;
	bool found;

	if (run->judging->scan.length > 0) {
		from = run->judging->scan;
		from.data[from.length - 1] = 1; /* past every row of that account */
	}
	found = ledger_cursor_seek(cursor, prefix->data, prefix->length, from.data, from.length, &key, &value);
	if (found) {
		const char *text = (const char *)key.data + 4;

		*bank = arena_span(&run->book->arena, span_of(text));
		*account = arena_span(&run->book->arena, span_of(text + bank->length + 1));
	}
	ledger_cursor_close(cursor);
	return found;
}

/* Every account of the banks named. document_index is where the name of the bank in hand begins. */
static bool run_banks_accounts(struct run *run, const struct bank_names *banks,
	void (*judge)(struct run *run, struct span bank, struct span account))
{
	struct judging *judging = run->judging;

	while (judging->document_index < banks->names.length) {
		struct span bank = span_of((const char *)banks->names.data + judging->document_index);
		struct ledger_key prefix = key_bank(judging->county, bank);
		struct span own_bank, account;

		arena_reset(&run->book->arena);
		if (!run_next_account(run, &prefix, &own_bank, &account)) {
			judging->document_index += (uint32_t)bank.length + 1;
			judging->scan.length = 0;
			continue;
		}
		if (!run_spend(run))
			return false;
		judging->scan = key_account(judging->county, bank, account);
		judge(run, bank, account);
	}
	return true;
}

static void judge_one(struct run *run, const char *id_number)
{
	struct person person;

	judge_person(&run->judge, id_number, &person);
}

static bool changes_batches(const struct run *run, const struct judged_document *document)
{
	switch (document->kind) {
	case DOCUMENT_PAYROLL:
	case DOCUMENT_RESULTS:
		return true;
	case DOCUMENT_ROSTER:
		return is_killed(run, document);
	case DOCUMENT_MOVEMENTS:
		return run->judging->dead_holders || county_has_payrolls(run->book, run->judging->county);
	default:
		return false;
	}
}

static void visit_batches(struct run *run, const struct judged_document *document, const struct named *named)
{
	(void)document;
	if (named->type == NAMED_ACCOUNT)
		run_judge_batch(run, named->bank, named->account);
}

/* The banks that ever had a payroll, once a month has ended. */
static void add_every_bank(struct run *run)
{
	struct ledger_key prefix = key_county(run->judging->county);
	struct ledger_cursor *cursor = ledger_cursor_open(run->book->txn, TABLE_PAYROLLS);
	struct ledger_bytes key, value;

	for (bool found = ledger_cursor_seek(cursor, prefix.data, prefix.length, NULL, 0, &key, &value); found;
		found = ledger_cursor_next(cursor, &key, &value))
		bank_names_add(&run->judging->batches, span_of((const char *)key.data + prefix.length));
	ledger_cursor_close(cursor);
	run->judging->every_bank = false;
}

/* Judges who stands in a table under prefix + ID number, from where scan is. False: the budget is spent. */
bool run_scan(struct run *run, enum ledger_table table, const struct ledger_key *prefix,
	void (*judge)(struct run *run, const char *id_number))
{
	struct judging *judging = run->judging;

	for (;;) {
		struct ledger_key from = *prefix;
		struct ledger_cursor *cursor;
		struct ledger_bytes key, value;
		char id_number[ID_NUMBER_LENGTH];
		bool found;

		if (judging->scan.length > 0) {
			from = judging->scan;
			key_u8(&from, 0xff);
		}
		cursor = ledger_cursor_open(run->book->txn, table);
		found = ledger_cursor_seek(cursor, prefix->data, prefix->length, from.data, from.length, &key, &value);
		if (found)
			memcpy(id_number, key.data + prefix->length, ID_NUMBER_LENGTH);
		ledger_cursor_close(cursor);
		if (!found)
			return true;
		if (!run_spend(run))
			return false;
		judging->scan = *prefix;
		key_bytes(&judging->scan, id_number, ID_NUMBER_LENGTH);
		judge(run, id_number);
	}
}

static bool run_due(struct run *run)
{
	struct judging *judging = run->judging;

	for (; judging->document_index < CAMPAIGNS_CURRENT; judging->document_index++) {
		struct ledger_key prefix = key_campaign(judging->county, judging->campaigns[judging->document_index]);

		if (!judging->due[judging->document_index])
			continue;
		if (!run_scan(run, TABLE_TASKS, &prefix, judge_one))
			return false;
		judging->scan.length = 0;
	}
	return true;
}

static void run_finish(struct run *run)
{
	const struct county_state *county = &run->judge.county;

	list_changes_flush(run->book, &run->judge.changes);
	if (run->judging->roster) {
		arena_reset(&run->book->arena);
		townships_name(run->book, county->county);
	}
	for (uint32_t i = 0; i < run->judging->document_count; i++) {
		arena_reset(&run->book->arena);
		if (run->judging->documents[i].kind == DOCUMENT_FEEDBACK &&
			run->judging->documents[i].offset == run->judging->offset)
			no_task_publish(run->book, run->judging->offset);
	}
	for (size_t i = 0; i < county->current_count && run->judging->lists; i++) {
		arena_reset(&run->book->arena);
		lists_publish(run->book, &county->current[i]);
	}
}

static bool run_phase(struct run *run)
{
	struct ledger_key county = key_county(run->judging->county);

	switch (run->judging->phase) {
	case JUDGE_SWEEP_CAMPAIGNS:
		return !run->judging->sweep_all || retention_sweep_campaigns(run->book, run->judging->county,
							   run->judging->sweep_before, &run->budget);
	case JUDGE_SWEEP_PEOPLE:
		return run_sweep_people(run);
	case JUDGE_SWEEP_ACCOUNTS:
		return run_sweep_accounts(run);
	case JUDGE_ACCOUNTS:
		return run_named(run, changes_accounts, visit_accounts);
	case JUDGE_BANKS:
		run_banks(run);
		return true;
	case JUDGE_PEOPLE:
		return run_named(run, changes_people, visit_people);
	case JUDGE_FLIPPED:
		return run_banks_accounts(run, &run->judging->flipped, run_judge_holders);
	case JUDGE_EVERYBODY:
		return !run->judging->everybody || run_scan(run, TABLE_PEOPLE, &county, judge_one);
	case JUDGE_DUE:
		return run_due(run);
	case JUDGE_SWEPT:
		return run_swept(run);
	case JUDGE_BATCHES:
		return run_named(run, changes_batches, visit_batches);
	case JUDGE_BATCH_BANKS:
		if (run->judging->every_bank)
			add_every_bank(run);
		return run_banks_accounts(run, &run->judging->batches, run_judge_batch);
	case JUDGE_FINISH:
		run_finish(run);
		return true;
	case JUDGE_DONE:
		break;
	}
	return true;
}

bool judge_run(struct book *book, struct judging *judging, size_t budget)
{
	struct run run = {.book = book, .judging = judging, .budget = budget, .tally = {.county = judging->county}};

	book->offset = judging->offset;
	book->outbox_rows = judging->outbox_rows;
	person_judge_begin(&run.judge, book, judging->county);
	while (judging->phase != JUDGE_DONE && ledger_ok(book->txn) && run_phase(&run)) {
		for (size_t i = 0; i < run.tally.count; i++) {
			if (run.tally.banks[i].judge)
				bank_names_add(&judging->touched, span_of(run.tally.banks[i].bank));
		}
		judging->lists |= run.judge.changes.any;
		next_phase(&run);
	}
	coverage_tally_flush(book, &run.tally);
	for (size_t i = 0; i < run.tally.count; i++) {
		if (run.tally.banks[i].judge && judging->phase <= JUDGE_ACCOUNTS)
			bank_names_add(&judging->touched, span_of(run.tally.banks[i].bank));
	}
	judging->lists |= run.judge.changes.any;
	person_judge_end(&run.judge);
	coverage_tally_free(&run.tally);
	judging->outbox_rows = book->outbox_rows;
	return judging->phase == JUDGE_DONE;
}
