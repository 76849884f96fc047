/* retention: sweeps people, accounts, campaigns; table retention. */
#include "daemon/retention.h"

#include <stdio.h>

#include "daemon/finding.h"
#include "daemon/outbox.h"
#include "daemon/person.h"
#include "daemon/task.h"

static struct ledger_key key_note(uint32_t county, const struct named *named)
{
	struct ledger_key key = key_county(county);

	key_u8(&key, named->type);
	if (named->type == NAMED_PERSON) {
		key_bytes(&key, named->id_number, ID_NUMBER_LENGTH);
	} else {
		key_text(&key, named->bank);
		key_text(&key, named->account);
	}
	return key;
}

void retention_note(struct book *book, uint32_t county, const struct named *named)
{
	struct ledger_key key = key_note(county, named);
	struct ledger_bytes value;

	if (!book_get(book, TABLE_RETENTION, &key, &value))
		ledger_put(book->txn, TABLE_RETENTION, key.data, key.length, "", 0);
}

bool retention_next(struct book *book, uint32_t county, struct ledger_key *after, struct named *named)
{
	struct ledger_key prefix = key_county(county), from = after->length == 0 ? prefix : *after;
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_RETENTION);
	struct ledger_bytes key, value;
	struct span text;
	bool found;

	/* Keys end in a zero byte or an ID number: one more byte is past the key and before the next. */
	if (after->length > 0)
		key_u8(&from, 0);
	found = ledger_cursor_seek(cursor, prefix.data, prefix.length, from.data, from.length, &key, &value);
	if (found) {
		after->length = 0;
		key_bytes(after, key.data, key.length);
		*named = (struct named){.type = key.data[4]};
		if (named->type == NAMED_PERSON) {
			memcpy(named->id_number, key.data + 5, ID_NUMBER_LENGTH);
		} else {
			text = arena_span(&book->arena, (struct span){(const char *)key.data + 5, key.length - 5});
			named->bank = span_of(text.data);
			named->account = span_of(text.data + named->bank.length + 1);
		}
	}
	ledger_cursor_close(cursor);
	return found;
}

void retention_forget(struct book *book, const struct ledger_key *at)
{
	book_delete(book, TABLE_RETENTION, at);
}

bool retention_any(struct book *book, uint32_t county)
{
	struct ledger_key after = {.length = 0};
	struct named named;

	return retention_next(book, county, &after, &named);
}

static bool row_is_newest(const struct person *person, const struct roster_row *row)
{
	return person_newest_of_scheme(person, row->scheme) == row;
}

/* Evidence is in (date, document id, line) order: the newest of a kind is its last. */
static bool evidence_is_newest(const struct person *person, const struct evidence *evidence)
{
	for (const struct evidence *later = evidence + 1; later < person->evidence + person->evidence_count; later++) {
		if (later->is_feedback == evidence->is_feedback && later->outcome == evidence->outcome)
			return false;
	}
	return true;
}

bool retention_person_is_old(const struct person *person, civil_date limit)
{
	for (size_t i = 0; i < person->row_count; i++) {
		if (person->rows[i].as_of < limit && !row_is_newest(person, &person->rows[i]))
			return true;
	}
	for (size_t i = 0; i < person->evidence_count && person->evidence[i].date < limit; i++) {
		if (!evidence_is_newest(person, &person->evidence[i]))
			return true;
	}
	return false;
}

/* One row of the ledger that a sweep drops. */
struct old_row {
	struct ledger_key key;
	struct ledger_key link; /* of a roster row: its account's link; length 0: none */
};

static bool kept_roster_row(const struct person *person, enum scheme scheme, uint64_t offset, uint32_t line)
{
	const struct roster_row *newest = person_newest_of_scheme(person, scheme);

	return newest != NULL && newest->offset == offset && newest->line == line;
}

static bool kept_evidence(const struct person *person, uint64_t offset, uint32_t line)
{
	for (size_t i = 0; i < person->evidence_count; i++) {
		if (person->evidence[i].offset == offset && person->evidence[i].line == line)
			return evidence_is_newest(person, &person->evidence[i]);
	}
	return false;
}

/* The link row of a roster row's account, from the stored row. */
static struct ledger_key link_of(
	uint32_t county, const struct person *person, struct byte_reader suffix, struct ledger_bytes value)
{
	struct ledger_key key = {.length = 0};
	struct roster_row row = {.scheme = read_u8(&suffix)};

	read_u32(&suffix);
	if (!roster_row_decode(value, &row) || row.account.length == 0)
		return key;
	key = key_account(county, row.bank, row.account);
	key_u8(&key, ACCOUNT_LINK);
	key_bytes(&key, person->id_number, ID_NUMBER_LENGTH);
	key_u8(&key, row.scheme);
	key_u64(&key, read_u64(&suffix));
	key_u32(&key, read_u32(&suffix));
	return key;
}

/* The person's rows before limit that are not kept, also those of dead documents. */
static struct old_row *person_old_rows(struct book *book, const struct person *person, civil_date limit, size_t *count)
{
	struct ledger_key prefix = key_person(person->county, person->id_number);
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_PEOPLE);
	struct ledger_bytes key, value;
	struct old_row *old = NULL;

	*count = 0;
	for (bool found = ledger_cursor_seek(cursor, prefix.data, prefix.length, NULL, 0, &key, &value); found;
		found = ledger_cursor_next(cursor, &key, &value)) {
		struct byte_reader rest = reader_of(key.data + prefix.length, key.length - prefix.length), suffix;
		enum person_row_type type = read_u8(&rest);
		struct old_row row = {.link = {.length = 0}};
		enum scheme scheme;
		civil_date date;
		uint64_t offset;

		suffix = rest;
		if (type != PERSON_ROSTER_ROW && type != PERSON_EVIDENCE && type != PERSON_JUDGEMENT)
			continue;
		scheme = type == PERSON_ROSTER_ROW ? read_u8(&rest) : SCHEME_NONE;
		date = read_u32(&rest);
		if (date >= limit)
			continue;
		if (type != PERSON_JUDGEMENT) {
			offset = read_u64(&rest);
			if (type == PERSON_ROSTER_ROW ? kept_roster_row(person, scheme, offset, read_u32(&rest))
						      : kept_evidence(person, offset, read_u32(&rest)))
				continue;
		}
		if (type == PERSON_ROSTER_ROW)
			row.link = link_of(person->county, person, suffix, value);
		key_bytes(&row.key, key.data, key.length);
		old = arena_grow(&book->arena, old, *count, sizeof(*old));
		old[(*count)++] = row;
	}
	ledger_cursor_close(cursor);
	return old;
}

bool retention_sweep_person(struct book *book, uint32_t county, const char id_number[ID_NUMBER_LENGTH],
	civil_date limit, struct coverage_tally *tally)
{
	struct person before;
	struct account_state state;
	struct old_row *old;
	size_t count;

	person_load(book, county, id_number, &before);
	old = person_old_rows(book, &before, limit, &count);
	for (size_t i = 0; i < count; i++) {
		book_delete(book, TABLE_PEOPLE, &old[i].key);
		if (old[i].link.length > 0)
			book_delete(book, TABLE_ACCOUNTS, &old[i].link);
	}
	if (count == 0)
		return false;
	for (size_t i = 0; i < before.row_count; i++) {
		if (person_row_names_account(&before, i))
			account_derive(book, county, before.rows[i].bank, before.rows[i].account, ACCOUNT_DERIVE_LINKS,
				tally, &state);
	}
	return true;
}

bool retention_sweep_account(struct book *book, uint32_t county, struct span bank, struct span account,
	civil_date limit, struct coverage_tally *tally)
{
	bool swept = account_drop_before(book, county, bank, account, limit);
	struct account_state state;

	if (swept)
		account_derive(book, county, bank, account, ACCOUNT_DERIVE_MOVEMENTS, tally, &state);
	return swept;
}

static bool campaign_tasks_drop(struct book *book, const struct campaign *campaign, size_t *budget)
{
	struct ledger_key prefix = key_campaign(campaign->county, campaign->as_of);
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_TASKS);
	char person_ref[REFERENCE_TEXT_SIZE], task_id[TASK_ID_SIZE];
	struct ledger_bytes key, value;
	bool found;

	for (found = ledger_cursor_seek(cursor, prefix.data, prefix.length, NULL, 0, &key, &value);
		found && *budget > 0; found = ledger_cursor_next(cursor, &key, &value)) {
		reference_person(book->references, (const char *)key.data + prefix.length, person_ref);
		ledger_cursor_delete(cursor);
		task_id_format(campaign, person_ref, task_id);
		outbox_put(book, TOPIC_FOLLOWUP_TASKS, span_of(task_id), (struct span){NULL, 0});
		(*budget)--;
	}
	ledger_cursor_close(cursor);
	return !found;
}

/* Deletes the rows of a table that begin with the campaign's key; lists get their tombstones. */
static void campaign_rows_drop(struct book *book, const struct campaign *campaign, enum ledger_table table)
{
	struct ledger_key prefix = key_campaign(campaign->county, campaign->as_of);
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, table);
	struct ledger_bytes key, value;
	char topic_key[40], township[12];

	for (bool found = ledger_cursor_seek(cursor, prefix.data, prefix.length, NULL, 0, &key, &value); found;
		found = ledger_cursor_next(cursor, &key, &value)) {
		uint32_t number = table == TABLE_LISTS ? bytes_load_u32(key.data + prefix.length) : 0;

		ledger_cursor_delete(cursor);
		if (table != TABLE_LISTS)
			continue;
		if (number == 0)
			snprintf(township, sizeof(township), "all");
		else
			snprintf(township, sizeof(township), "%09u", number);
		snprintf(topic_key, sizeof(topic_key), "%s/%06u/%s", campaign->name, campaign->county, township);
		outbox_put(book, TOPIC_FOLLOWUP_LISTS, span_of(topic_key), (struct span){NULL, 0});
	}
	ledger_cursor_close(cursor);
}

bool retention_sweep_campaigns(struct book *book, uint32_t county, civil_date limit, size_t *budget)
{
	struct campaign campaign;

	while (campaign_next(book, county, CIVIL_DATE_NONE, &campaign) && campaign.as_of < limit) {
		struct ledger_key key = key_campaign(county, campaign.as_of), identity = {.length = 0};

		if (!campaign_tasks_drop(book, &campaign, budget))
			return false;
		campaign_rows_drop(book, &campaign, TABLE_LISTS);
		campaign_rows_drop(book, &campaign, TABLE_CAMPAIGN_BANKS);
		key_u32(&identity, campaign.as_of);
		finding_withdraw_others(book, FINDING_COVERAGE_GAP, county, &identity, NULL, 0);
		book_delete(book, TABLE_CAMPAIGNS, &key);
	}
	return true;
}

void retention_sweep_documents(struct book *book, uint32_t county, civil_date limit)
{
	struct ledger_key prefix = key_county(county);
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_COVERAGE);
	struct ledger_bytes key, value;

	for (bool found = ledger_cursor_seek(cursor, prefix.data, prefix.length, NULL, 0, &key, &value); found;
		found = ledger_cursor_next(cursor, &key, &value)) {
		struct byte_reader reader = reader_of(value.data, value.length);

		read_number(&reader);
		if ((civil_date)read_number(&reader) < limit)
			ledger_cursor_delete(cursor);
	}
	ledger_cursor_close(cursor);
	cursor = ledger_cursor_open(book->txn, TABLE_PAYROLLS);
	for (bool found = ledger_cursor_seek(cursor, prefix.data, prefix.length, NULL, 0, &key, &value); found;
		found = ledger_cursor_next(cursor, &key, &value)) {
		if (civil_month_last_day(bytes_load_u32(key.data + key.length - 12)) < limit)
			ledger_cursor_delete(cursor);
	}
	ledger_cursor_close(cursor);
}
