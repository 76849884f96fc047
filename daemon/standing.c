/* standing: entitlements by scheme and person, silence by account and person. */
#include "daemon/standing.h"

#include "daemon/account.h"
#include "daemon/json_writer.h"
#include "daemon/outbox.h"

static const char *const entitlement_state_names[] = {NULL, "qualified", "pending", "lost"};
static const char *const entitlement_cause_names[] = {"roster", "feedback", "task", "confirmation"};

/* The campaign opens on the 6th by default; so does the month for silence (section 9). */
#define SILENCE_DAY 6

/* The newest by date; on one day feedback is the newer. confirming: only confirmations and `alive`. */
static const struct evidence *newest_evidence(const struct person *person, bool confirming)
{
	const struct evidence *newest = NULL;

	for (size_t i = 0; i < person->evidence_count; i++) {
		const struct evidence *evidence = &person->evidence[i];

		if (confirming && !evidence_confirms(evidence))
			continue;
		/* They are in (date, document id, line) order: a later one is newer, unless it is no feedback where the
		 * other is. */
		if (newest != NULL && newest->date == evidence->date && newest->is_feedback && !evidence->is_feedback)
			continue;
		newest = evidence;
	}
	return newest;
}

static struct entitlement entitlement_of(enum entitlement_state state, const struct evidence *evidence)
{
	return (struct entitlement){
		state, evidence->is_feedback ? BECAUSE_FEEDBACK : BECAUSE_CONFIRMATION, evidence->date};
}

struct entitlement entitlement_judge(
	const struct person *person, enum scheme scheme, enum task_status task, civil_date task_as_of)
{
	const struct roster_row *row = person_newest_of_scheme(person, scheme);
	const struct evidence *newest = newest_evidence(person, false), *confirmed = newest_evidence(person, true);

	if (row == NULL)
		return (struct entitlement){.state = ENTITLEMENT_NONE};
	if (row->status == ROSTER_DECEASED || row->status == ROSTER_ENDED)
		return (struct entitlement){ENTITLEMENT_LOST, BECAUSE_ROSTER, row->as_of};
	if (newest != NULL && newest->outcome == OUTCOME_DECEASED)
		return entitlement_of(ENTITLEMENT_LOST, newest);
	if (newest != NULL && (newest->outcome == OUTCOME_LOST_CONTACT || newest->outcome == OUTCOME_IMPRISONED ||
				      newest->outcome == OUTCOME_OTHER))
		return entitlement_of(ENTITLEMENT_PENDING, newest);
	if (scheme == SCHEME_RESIDENT && task_as_of != CIVIL_DATE_NONE && (task == TASK_OPEN || task == TASK_OVERDUE))
		return (struct entitlement){ENTITLEMENT_PENDING, BECAUSE_TASK, task_as_of};
	if (confirmed != NULL)
		return entitlement_of(ENTITLEMENT_QUALIFIED, confirmed);
	return (struct entitlement){.state = ENTITLEMENT_NONE};
}

static void entitlement_write(struct byte_writer *out, const struct person *person, enum scheme scheme,
	const char *person_ref, const struct entitlement *entitlement)
{
	char county[8];

	snprintf(county, sizeof(county), "%06u", person->county);
	json_open(out, '{');
	json_member_text(out, "person_ref", span_of(person_ref));
	json_member_text(out, "id_number", (struct span){person->id_number, ID_NUMBER_LENGTH});
	json_member_text(out, "county", span_of(county));
	json_member_text(out, "scheme", span_of(scheme_names[scheme]));
	json_member_text(out, "state", span_of(entitlement_state_names[entitlement->state]));
	json_member_text(out, "because", span_of(entitlement_cause_names[entitlement->because]));
	json_member_date(out, "on", entitlement->on);
	json_close(out, '}');
}

static void entitlement_publish(
	struct book *book, const struct person *person, enum scheme scheme, const struct entitlement *entitlement)
{
	struct ledger_key key = key_person_row(person->county, person->id_number, PERSON_ENTITLEMENT);
	char person_ref[REFERENCE_TEXT_SIZE], topic_key[80];
	struct span value = {NULL, 0};

	key_u8(&key, scheme);
	if (entitlement->state == ENTITLEMENT_NONE) {
		book_delete(book, TABLE_PEOPLE, &key);
	} else {
		book->value.length = 0;
		write_u8(&book->value, entitlement->state);
		write_u8(&book->value, entitlement->because);
		write_number(&book->value, entitlement->on);
		book_put(book, TABLE_PEOPLE, &key, &book->value);
	}
	reference_person(book->references, person->id_number, person_ref);
	if (entitlement->state != ENTITLEMENT_NONE) {
		book->json.length = 0;
		entitlement_write(&book->json, person, scheme, person_ref, entitlement);
		value = (struct span){(const char *)book->json.data, book->json.length};
	}
	snprintf(topic_key, sizeof(topic_key), "%06u/%s/%s", person->county, scheme_names[scheme], person_ref);
	outbox_put(book, TOPIC_ENTITLEMENTS, span_of(topic_key), value);
}

static struct entitlement entitlement_stored(struct book *book, const struct person *person, enum scheme scheme)
{
	struct entitlement stored = {.state = ENTITLEMENT_NONE};

	for (size_t i = 0; i < person->entitlement_count; i++) {
		struct byte_reader reader =
			reader_of(person->entitlements[i].value.data, person->entitlements[i].value.length);

		if (person->entitlements[i].key != (uint32_t)scheme)
			continue;
		stored.state = read_u8(&reader);
		stored.because = read_u8(&reader);
		stored.on = (civil_date)read_number(&reader);
		if (reader.bad)
			book_damaged(book, TABLE_PEOPLE);
	}
	return stored;
}

void entitlements_publish(struct book *book, const struct person *person, enum task_status task, civil_date task_as_of)
{
	for (int scheme = SCHEME_NONE + 1; scheme < SCHEME_COUNT; scheme++) {
		struct entitlement old = entitlement_stored(book, person, (enum scheme)scheme);
		struct entitlement now = entitlement_judge(person, (enum scheme)scheme, task, task_as_of);

		if (old.state == now.state &&
			(now.state == ENTITLEMENT_NONE || (old.because == now.because && old.on == now.on)))
			continue;
		entitlement_publish(book, person, (enum scheme)scheme, &now);
	}
}

civil_date silence_as_of(civil_date largest_tick)
{
	civil_month month;

	if (largest_tick == CIVIL_DATE_NONE)
		return CIVIL_DATE_NONE;
	month = civil_date_month(largest_tick);
	if (largest_tick < civil_month_first_day(month) + SILENCE_DAY - 1) {
		if (month == 0)
			return CIVIL_DATE_NONE;
		month--;
	}
	return civil_month_first_day(month);
}

static struct ledger_key key_silence(uint32_t county, struct span bank, struct span account, const char *id_number)
{
	struct ledger_key key = key_account(county, bank, account);

	key_u8(&key, ACCOUNT_SILENCE);
	key_bytes(&key, id_number, ID_NUMBER_LENGTH);
	return key;
}

static void silence_send(struct book *book, uint32_t county, struct span bank, struct span account,
	const char *id_number, struct span value)
{
	char account_ref[REFERENCE_TEXT_SIZE], person_ref[REFERENCE_TEXT_SIZE], key[80];

	snprintf(key, sizeof(key), "%06u/%s/%s", county,
		reference_account(book->references, bank, account, account_ref),
		reference_person(book->references, id_number, person_ref));
	outbox_put(book, TOPIC_ACCOUNT_SILENCE, span_of(key), value);
}

struct silence {
	enum verdict verdict;
	civil_date last_withdrawal;
	int silent_months; /* -1: none known */
};

static struct silence silence_of(const struct judged_account *account, civil_date as_of)
{
	struct silence silence = {.verdict = rules_account_verdict(account, as_of), .silent_months = -1};

	if (account->withdrawal_count == 0)
		return silence;
	silence.last_withdrawal = account->withdrawals[account->withdrawal_count - 1];
	if (silence.last_withdrawal >= as_of) {
		silence.verdict = VERDICT_ACTIVE;
		silence.silent_months = 0;
	} else {
		silence.silent_months = civil_date_months_between(silence.last_withdrawal, as_of);
	}
	return silence;
}

static void silence_write(struct byte_writer *out, const struct person *person, const struct person_account *account,
	const struct silence *silence, civil_date as_of, struct reference_maker *references)
{
	char reference[REFERENCE_TEXT_SIZE], county[8];

	snprintf(county, sizeof(county), "%06u", person->county);
	json_open(out, '{');
	json_member_text(
		out, "account_ref", span_of(reference_account(references, account->bank, account->account, reference)));
	json_member_text(out, "person_ref", span_of(reference_person(references, person->id_number, reference)));
	json_member_text(out, "county", span_of(county));
	json_member_text(out, "bank", account->bank);
	json_member_text(out, "verdict", span_of(verdict_names[silence->verdict]));
	json_member_date(out, "as_of", as_of);
	json_member_date(out, "last_withdrawal", silence->last_withdrawal);
	json_key(out, "silent_months");
	if (silence->silent_months >= 0)
		json_number(out, silence->silent_months);
	else
		json_literal(out, "null");
	json_close(out, '}');
}

void silence_publish(struct book *book, const struct person *person, struct judged_account *accounts, civil_date as_of)
{
	for (size_t i = 0; i < person->account_count; i++) {
		const struct person_account *account = &person->accounts[i];
		struct ledger_key key = key_silence(person->county, account->bank, account->account, person->id_number);
		struct silence silence = silence_of(&accounts[i], as_of);
		struct ledger_bytes old;

		book->value.length = 0;
		write_u8(&book->value, silence.verdict);
		write_number(&book->value, as_of);
		write_number(&book->value, silence.last_withdrawal);
		if (book_get(book, TABLE_ACCOUNTS, &key, &old) && old.length == book->value.length &&
			memcmp(old.data, book->value.data, old.length) == 0)
			continue;
		book_put(book, TABLE_ACCOUNTS, &key, &book->value);
		book->json.length = 0;
		silence_write(&book->json, person, account, &silence, as_of, book->references);
		silence_send(book, person->county, account->bank, account->account, person->id_number,
			(struct span){(const char *)book->json.data, book->json.length});
	}
}

void silence_withdraw_others(struct book *book, uint32_t county, struct span bank, struct span account,
	const struct account_holder *holders, size_t holder_count)
{
	struct ledger_key prefix = key_account(county, bank, account);
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_ACCOUNTS);
	char(*gone)[ID_NUMBER_LENGTH] = NULL;
	struct ledger_bytes key, value;
	size_t gone_count = 0;

	key_u8(&prefix, ACCOUNT_SILENCE);
	for (bool found = ledger_cursor_seek(cursor, prefix.data, prefix.length, NULL, 0, &key, &value); found;
		found = ledger_cursor_next(cursor, &key, &value)) {
		const uint8_t *id_number = key.data + prefix.length;
		bool linked = false;

		for (size_t i = 0; i < holder_count && !linked; i++)
			linked = holders[i].resident && memcmp(holders[i].id_number, id_number, ID_NUMBER_LENGTH) == 0;
		if (linked)
			continue;
		gone = arena_grow(&book->arena, gone, gone_count, sizeof(*gone));
		memcpy(gone[gone_count++], id_number, ID_NUMBER_LENGTH);
	}
	ledger_cursor_close(cursor);
	for (size_t i = 0; i < gone_count; i++) {
		struct ledger_key row = key_silence(county, bank, account, gone[i]);

		book_delete(book, TABLE_ACCOUNTS, &row);
		silence_send(book, county, bank, account, gone[i], (struct span){NULL, 0});
	}
}
