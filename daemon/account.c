/* account: rows of table accounts and the state derived from them. */
#include "daemon/account.h"

#include "daemon/account_rows.h"
#include "daemon/finding.h"
#include "daemon/json_writer.h"
#include "daemon/pay_batch.h"
#include "daemon/person.h"
#include "daemon/standing.h"

static struct ledger_key key_account_row(
	uint32_t county, struct span bank, struct span account, enum account_row_type type)
{
	struct ledger_key key = key_account(county, bank, account);

	key_u8(&key, type);
	return key;
}

static void dates_write(struct byte_writer *out, const civil_date *dates, size_t count)
{
	civil_date last = 0;

	write_number(out, count);
	for (size_t i = 0; i < count; i++) {
		write_number(out, dates[i] - last);
		last = dates[i];
	}
}

static civil_date *dates_read(struct byte_reader *reader, struct arena *arena, size_t *count)
{
	civil_date *dates = NULL, last = 0;
	size_t number = (size_t)read_number(reader);

	for (*count = 0; *count < number && !reader->bad; (*count)++) {
		dates = arena_grow(arena, dates, *count, sizeof(*dates));
		last += (civil_date)read_number(reader);
		dates[*count] = last;
	}
	return dates;
}

static void state_write(struct byte_writer *out, const struct account_state *state)
{
	out->length = 0;
	write_u8(out,
		(state->conflicts ? 1u : 0u) | (state->batch_findings ? 2u : 0u) | (state->has_death_month ? 4u : 0u));
	write_number(out, state->death_month);
	write_number(out, state->holder_count);
	for (size_t i = 0; i < state->holder_count; i++) {
		write_bytes(out, state->holders[i].id_number, ID_NUMBER_LENGTH);
		write_u8(out, state->holders[i].resident);
		write_number(out, state->holders[i].name_count);
		for (size_t k = 0; k < state->holders[i].name_count; k++)
			write_span(out, state->holders[i].names[k]);
	}
	write_number(out, state->counted_count);
	for (size_t i = 0; i < state->counted_count; i++) {
		write_number(out, state->counted[i].begin);
		write_number(out, state->counted[i].end);
	}
	dates_write(out, state->withdrawals, state->withdrawal_count);
	dates_write(out, state->payouts, state->payout_count);
	write_number(out, state->statements.count);
	for (size_t i = 0; i < state->statements.count; i++) {
		write_number(out, state->statements.items[i].from);
		write_number(out, state->statements.items[i].to);
	}
}

static void holder_read(struct byte_reader *reader, struct arena *arena, struct account_holder *holder)
{
	size_t count;

	holder->resident = read_u8(reader) != 0;
	holder->names = NULL;
	holder->name_count = 0;
	count = (size_t)read_number(reader);
	for (size_t i = 0; i < count && !reader->bad; i++) {
		holder->names = arena_grow(arena, holder->names, i, sizeof(*holder->names));
		holder->names[holder->name_count++] = read_span(reader);
	}
}

static bool state_read(struct span value, struct arena *arena, struct account_state *state)
{
	struct byte_reader reader = reader_of(value.data, value.length);
	unsigned flags;
	size_t count;

	flags = read_u8(&reader);
	state->conflicts = flags & 1;
	state->batch_findings = flags & 2;
	state->has_death_month = flags & 4;
	state->death_month = (civil_month)read_number(&reader);
	count = (size_t)read_number(&reader);
	for (size_t i = 0; i < count && !reader.bad; i++) {
		const uint8_t *id = read_bytes(&reader, ID_NUMBER_LENGTH);

		state->holders = arena_grow(arena, state->holders, i, sizeof(*state->holders));
		if (id != NULL)
			memcpy(state->holders[i].id_number, id, ID_NUMBER_LENGTH);
		holder_read(&reader, arena, &state->holders[i]);
		state->holder_count++;
	}
	count = (size_t)read_number(&reader);
	for (size_t i = 0; i < count && !reader.bad; i++) {
		state->counted = arena_grow(arena, state->counted, i, sizeof(*state->counted));
		state->counted[i].begin = (civil_month)read_number(&reader);
		state->counted[i].end = (civil_month)read_number(&reader);
		state->counted_count++;
	}
	state->withdrawals = dates_read(&reader, arena, &state->withdrawal_count);
	state->payouts = dates_read(&reader, arena, &state->payout_count);
	count = (size_t)read_number(&reader);
	for (size_t i = 0; i < count && !reader.bad; i++) {
		state->statements.items =
			arena_grow(arena, state->statements.items, i, sizeof(*state->statements.items));
		state->statements.items[i].from = (civil_date)read_number(&reader);
		state->statements.items[i].to = (civil_date)read_number(&reader);
		state->statements.count++;
	}
	return !reader.bad;
}

void account_load(
	struct book *book, uint32_t county, struct span bank, struct span account, struct account_state *state)
{
	struct ledger_key key = key_account_row(county, bank, account, ACCOUNT_STATE);
	struct ledger_bytes value;

	*state = (struct account_state){0};
	if (book_get(book, TABLE_ACCOUNTS, &key, &value) &&
		!state_read(arena_span(&book->arena, (struct span){(const char *)value.data, value.length}),
			&book->arena, state))
		book_damaged(book, TABLE_ACCOUNTS);
}

void account_save(
	struct book *book, uint32_t county, struct span bank, struct span account, const struct account_state *state)
{
	struct ledger_key key = key_account_row(county, bank, account, ACCOUNT_STATE);

	state_write(&book->value, state);
	book_put(book, TABLE_ACCOUNTS, &key, &book->value);
}

struct movement *account_movements(
	struct book *book, uint32_t county, struct span bank, struct span account, size_t *count)
{
	struct account_rows rows;

	account_rows_read(book, county, bank, account, 1u << ACCOUNT_MOVEMENTS, &rows);
	*count = rows.movement_count;
	return rows.movements;
}

/* Adds a day to ascending days unless it is the last one already. */
static void day_add(struct arena *arena, civil_date **days, size_t *count, civil_date day)
{
	if (*count > 0 && (*days)[*count - 1] == day)
		return;
	*days = arena_grow(arena, *days, *count, sizeof(**days));
	(*days)[(*count)++] = day;
}

static void state_of_movements(struct book *book, const struct account_rows *rows, struct account_state *state)
{
	state->withdrawals = state->payouts = NULL;
	state->withdrawal_count = state->payout_count = 0;
	for (size_t i = 0; i < rows->movement_count; i++) {
		const struct movement *movement = &rows->movements[i];

		if (movement->taken)
			continue;
		if (movement->movement_class == MOVEMENT_WITHDRAWAL)
			day_add(&book->arena, &state->withdrawals, &state->withdrawal_count, movement->date);
		else if (movement->movement_class == MOVEMENT_PAYOUT)
			day_add(&book->arena, &state->payouts, &state->payout_count, movement->date);
	}
	state->statements = rows->statements;
}

static int month_range_compare(const void *a, const void *b)
{
	const struct month_range *x = a, *y = b;

	return x->begin < y->begin ? -1 : x->begin > y->begin;
}

/* The months on whose last day the account is in force for a person who is `receiving` and has started. */
static void counted_months_of(struct book *book, const struct person *person, struct span bank, struct span account,
	struct account_state *state)
{
	for (size_t i = 0; i < person->resident_count; i++) {
		const struct roster_row *row = person->residents[i];
		civil_date begin = i == 0 ? CIVIL_DATE_MIN : row->as_of;
		struct month_range range = {0, UINT32_MAX};

		if (row->status != ROSTER_RECEIVING || !span_equal(row->bank, bank) ||
			!span_equal(row->account, account))
			continue;
		if (row->benefit_start > begin)
			begin = row->benefit_start;
		range.begin = civil_date_month(begin);
		/* The first month whose last day is the next row's as_of or later is not counted any more. */
		if (i + 1 < person->resident_count)
			range.end = civil_date_month(person->residents[i + 1]->as_of);
		if (range.begin >= range.end)
			continue;
		state->counted = arena_grow(&book->arena, state->counted, state->counted_count, sizeof(range));
		state->counted[state->counted_count++] = range;
	}
}

/* The names of the person's newest rows, each once. */
static void holder_names(struct arena *arena, const struct person *person, struct account_holder *holder)
{
	for (int scheme = SCHEME_NONE + 1; scheme < SCHEME_COUNT; scheme++) {
		const struct roster_row *newest = person_newest_of_scheme(person, (enum scheme)scheme);
		bool known = newest == NULL;

		for (size_t i = 0; i < holder->name_count && !known; i++)
			known = span_equal(holder->names[i], newest->name);
		if (known)
			continue;
		holder->names = arena_grow(arena, holder->names, holder->name_count, sizeof(*holder->names));
		holder->names[holder->name_count++] = newest->name;
	}
}

static void state_of_links(struct book *book, uint32_t county, struct span bank, struct span account,
	const struct account_rows *rows, struct account_state *state)
{
	size_t kept = 0;

	state->holders = rows->holders;
	state->holder_count = rows->holder_count;
	state->counted = NULL;
	state->counted_count = 0;
	state->has_death_month = false;
	state->death_month = 0;
	for (size_t i = 0; i < state->holder_count; i++) {
		struct person person;

		person_load(book, county, state->holders[i].id_number, &person);
		holder_names(&book->arena, &person, &state->holders[i]);
		if (state->holder_count == 1)
			state->has_death_month = person_death_month(&person, &state->death_month);
		if (state->holders[i].resident)
			counted_months_of(book, &person, bank, account, state);
	}
	if (state->counted_count == 0)
		return;
	qsort(state->counted, state->counted_count, sizeof(*state->counted), month_range_compare);
	for (size_t i = 1; i < state->counted_count; i++) {
		if (state->counted[i].begin > state->counted[kept].end)
			state->counted[++kept] = state->counted[i];
		else if (state->counted[i].end > state->counted[kept].end)
			state->counted[kept].end = state->counted[i].end;
	}
	state->counted_count = kept + 1;
}

/* Adds what a state contributes to its bank's months, times sign. */
static void tally_state(struct coverage_tally *tally, struct span bank, const struct account_state *state, int64_t sign)
{
	civil_month last = UINT32_MAX;

	for (size_t i = 0; i < state->counted_count; i++) {
		coverage_tally_add(tally, bank, MONTH_BEGINS, state->counted[i].begin, sign);
		if (state->counted[i].end < CIVIL_MONTH_COUNT)
			coverage_tally_add(tally, bank, MONTH_ENDS, state->counted[i].end, sign);
	}
	for (size_t i = 0; i < state->payout_count; i++) {
		civil_month month = civil_date_month(state->payouts[i]);

		if (month == last)
			continue;
		last = month;
		for (size_t k = 0; k < state->counted_count; k++) {
			if (state->counted[k].begin <= month && month < state->counted[k].end)
				coverage_tally_add(tally, bank, MONTH_HAD, month, sign);
		}
	}
	last = UINT32_MAX;
	for (size_t i = 0; i < state->statements.count; i++) {
		for (civil_month month = civil_date_month(state->statements.items[i].from);
			month <= civil_date_month(state->statements.items[i].to); month++) {
			if (month != last)
				coverage_tally_add(tally, bank, MONTH_STATEMENTS, month, sign);
			last = month;
		}
	}
}

static void owner_mismatch_set(
	struct book *book, uint32_t county, struct span bank, struct span account, const struct account_state *state)
{
	struct ledger_finding finding = {
		.code = FINDING_OWNER_MISMATCH, .county = county, .bank = bank, .account = account};
	char detail[40];

	key_text(&finding.identity, bank);
	key_text(&finding.identity, account);
	if (state->holder_count < 2) {
		finding_withdraw(book, FINDING_OWNER_MISMATCH, county, &finding.identity);
		return;
	}
	snprintf(detail, sizeof(detail), "{\"people\":%zu}", state->holder_count);
	finding.detail = span_of(detail);
	finding_hold(book, &finding);
}

/* Raises conflicting_serial for each serial that stands for different movements, and withdraws those that no longer do.
 */
static void conflicts_set(
	struct book *book, uint32_t county, struct span bank, struct span account, const struct account_rows *rows)
{
	struct ledger_key *keep = arena_allocate(&book->arena, (rows->conflict_count + 1) * sizeof(*keep)),
			  prefix = {0};

	key_text(&prefix, bank);
	key_text(&prefix, account);
	for (size_t i = 0; i < rows->conflict_count; i++) {
		struct ledger_finding finding = {.code = FINDING_CONFLICTING_SERIAL,
			.county = county,
			.identity = prefix,
			.bank = bank,
			.account = account};
		char reference[REFERENCE_TEXT_SIZE], detail[64];

		key_text(&finding.identity, rows->conflicts[i]);
		reference_serial(book->references, bank, account, rows->conflicts[i], reference);
		snprintf(detail, sizeof(detail), "{\"serial_ref\":\"%s\"}", reference);
		finding.detail = span_of(detail);
		keep[i] = finding.identity;
		finding_hold(book, &finding);
	}
	finding_withdraw_others(book, FINDING_CONFLICTING_SERIAL, county, &prefix, keep, rows->conflict_count);
}

/* True if somebody who held the account by a resident row does not any more. */
static bool holders_left(const struct account_state *old, const struct account_state *state)
{
	for (size_t i = 0; i < old->holder_count; i++) {
		bool stays = !old->holders[i].resident;

		for (size_t k = 0; k < state->holder_count && !stays; k++)
			stays = state->holders[k].resident &&
				memcmp(state->holders[k].id_number, old->holders[i].id_number, ID_NUMBER_LENGTH) == 0;
		if (!stays)
			return true;
	}
	return false;
}

bool account_derive(struct book *book, uint32_t county, struct span bank, struct span account, unsigned parts,
	struct coverage_tally *tally, struct account_state *derived)
{
	struct account_state old, state;
	struct account_rows rows;
	unsigned types = ((parts & ACCOUNT_DERIVE_MOVEMENTS) ? 1u << ACCOUNT_MOVEMENTS | 1u << ACCOUNT_STATEMENT : 0u) |
			 ((parts & ACCOUNT_DERIVE_LINKS) ? 1u << ACCOUNT_LINK : 0u);
	struct span stored;

	account_rows_read(book, county, bank, account, types, &rows);
	stored = rows.state;
	old = (struct account_state){0};
	if (stored.data != NULL && !state_read(stored, &book->arena, &old))
		book_damaged(book, TABLE_ACCOUNTS);
	state = old;
	if (parts & ACCOUNT_DERIVE_MOVEMENTS) {
		state_of_movements(book, &rows, &state);
		state.conflicts = rows.conflict_count > 0;
		if (state.conflicts || old.conflicts)
			conflicts_set(book, county, bank, account, &rows);
	}
	if (parts & ACCOUNT_DERIVE_LINKS) {
		state_of_links(book, county, bank, account, &rows, &state);
		if (state.holder_count > 1 || old.holder_count > 1)
			owner_mismatch_set(book, county, bank, account, &state);
		if (holders_left(&old, &state))
			silence_withdraw_others(book, county, bank, account, state.holders, state.holder_count);
	}
	*derived = state;
	state_write(&book->value, &state);
	if (stored.data != NULL && stored.length == book->value.length &&
		memcmp(stored.data, book->value.data, stored.length) == 0)
		return false;
	account_save(book, county, bank, account, &state);
	tally_state(tally, bank, &old, -1);
	tally_state(tally, bank, &state, 1);
	return true;
}
