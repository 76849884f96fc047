/* pay_batch: settles pay batches account by account; findings of reconciliation. */
#include "daemon/pay_batch.h"

#include "daemon/finding.h"
#include "daemon/json_writer.h"

void payment_put(struct book *book, uint32_t county, enum document_kind kind, struct span bank, struct span batch,
	civil_month month, uint64_t offset, uint32_t line, const struct payment_record *payment)
{
	struct ledger_key key = key_account(county, bank, payment->account);
	struct byte_writer *out = &book->value;
	bool own = payment->batch.length > 0;

	key_u8(&key, ACCOUNT_PAYMENT);
	key_u64(&key, offset);
	key_u32(&key, line);
	out->length = 0;
	write_u8(out, kind);
	write_number(out, own ? payment->month : month);
	write_span(out, own ? payment->batch : batch);
	write_bytes(out, payment->id_number, ID_NUMBER_LENGTH);
	write_number(out, (uint64_t)payment->amount_fen);
	write_u8(out, payment->outcome);
	write_number(out, payment->paid_on);
	book_put(book, TABLE_ACCOUNTS, &key, out);
}

static struct ledger_key key_payroll(uint32_t county, struct span bank, civil_month month)
{
	struct ledger_key key = key_bank(county, bank);

	key_u32(&key, month);
	return key;
}

void payroll_put(struct book *book, uint32_t county, struct span bank, civil_month month, uint64_t offset)
{
	struct ledger_key key = key_payroll(county, bank, month);

	key_u64(&key, offset);
	ledger_put(book->txn, TABLE_PAYROLLS, key.data, key.length, "", 0);
}

static bool payroll_living(struct book *book, const struct ledger_key *prefix)
{
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_PAYROLLS);
	struct ledger_bytes key, value;
	bool living = false;

	for (bool found = ledger_cursor_seek(cursor, prefix->data, prefix->length, NULL, 0, &key, &value);
		found && !living; found = ledger_cursor_next(cursor, &key, &value))
		living = book_document(book, bytes_load_u64(key.data + key.length - 8))->alive;
	ledger_cursor_close(cursor);
	return living;
}

bool payroll_exists(struct book *book, uint32_t county, struct span bank, civil_month month)
{
	struct ledger_key prefix = key_payroll(county, bank, month);

	return payroll_living(book, &prefix);
}

bool county_has_payrolls(struct book *book, uint32_t county)
{
	struct ledger_key prefix = key_county(county);
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_PAYROLLS);
	struct ledger_bytes key, value;
	bool found = ledger_cursor_seek(cursor, prefix.data, prefix.length, NULL, 0, &key, &value);

	ledger_cursor_close(cursor);
	return found;
}

bool payroll_any(struct book *book, uint32_t county, struct span bank)
{
	struct ledger_key prefix = key_bank(county, bank);
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_PAYROLLS);
	struct ledger_bytes key, value;
	bool found = ledger_cursor_seek(cursor, prefix.data, prefix.length, NULL, 0, &key, &value);

	ledger_cursor_close(cursor);
	return found;
}

static int text_compare(struct span a, struct span b)
{
	size_t shorter = a.length < b.length ? a.length : b.length;
	int order = shorter == 0 ? 0 : memcmp(a.data, b.data, shorter);

	if (order != 0)
		return order;
	return a.length < b.length ? -1 : a.length > b.length;
}

/* (month, batch, ID number): which batch line a payment belongs to. */
static int line_compare(const struct payment *x, const struct payment *y)
{
	int order;

	if (x->month != y->month)
		return x->month < y->month ? -1 : 1;
	order = text_compare(x->batch, y->batch);
	return order != 0 ? order : memcmp(x->id_number, y->id_number, ID_NUMBER_LENGTH);
}

static int order_compare(const void *a, const void *b)
{
	const struct payment *x = *(const struct payment *const *)a, *y = *(const struct payment *const *)b;
	int order = line_compare(x, y);

	return order != 0 ? order : book_compare_rows(x->document, x->line, y->document, y->line);
}

/* The payroll lines, sorted, those of one batch line summed. */
static void lines_sum(struct arena *arena, const struct account_rows *rows, struct batch_account *account)
{
	const struct payment **orders = arena_allocate(arena, (rows->payment_count + 1) * sizeof(*orders));
	size_t count = 0;

	for (size_t i = 0; i < rows->payment_count; i++) {
		if (rows->payments[i].kind == DOCUMENT_PAYROLL)
			orders[count++] = &rows->payments[i];
	}
	if (count > 1)
		qsort(orders, count, sizeof(*orders), order_compare);
	for (size_t i = 0; i < count; i++) {
		struct batch_line *last = account->line_count == 0 ? NULL : &account->lines[account->line_count - 1];

		if (last != NULL && line_compare(last->order, orders[i]) == 0) {
			last->expected_fen += orders[i]->amount_fen;
			continue;
		}
		account->lines = arena_grow(arena, account->lines, account->line_count, sizeof(*account->lines));
		account->lines[account->line_count++] = (struct batch_line){.month = orders[i]->month,
			.batch = orders[i]->batch,
			.id_number = orders[i]->id_number,
			.expected_fen = orders[i]->amount_fen,
			.settlement = SETTLEMENT_OPEN,
			.order = orders[i]};
	}
}

/* The newest answer: by paid_on (none counts as the first of the month), document id, line. */
static const struct payment *result_of(const struct account_rows *rows, const struct batch_line *line)
{
	const struct payment *newest = NULL;
	civil_date newest_on = CIVIL_DATE_NONE;

	for (size_t i = 0; i < rows->payment_count; i++) {
		const struct payment *result = &rows->payments[i];
		civil_date on =
			result->paid_on != CIVIL_DATE_NONE ? result->paid_on : civil_month_first_day(result->month);

		if (result->kind != DOCUMENT_RESULTS || line_compare(result, line->order) != 0)
			continue;
		if (newest != NULL &&
			(on < newest_on || (on == newest_on && book_compare_rows(result->document, result->line,
								       newest->document, newest->line) < 0)))
			continue;
		newest = result;
		newest_on = on;
	}
	return newest;
}

/* Uses the earliest unused payout of the amount, dated in the month or the next. */
static const struct movement *use_payout(struct batch_account *account, civil_month month, int64_t amount_fen)
{
	for (size_t i = 0; i < account->payout_count; i++) {
		struct batch_payout *payout = &account->payouts[i];
		civil_month paid_in = civil_date_month(payout->movement->date);

		if (payout->used || payout->movement->amount_fen != amount_fen || paid_in < month ||
			paid_in > month + 1)
			continue;
		payout->used = true;
		return payout->movement;
	}
	return NULL;
}

static void line_settle(const struct account_rows *rows, struct batch_account *account, struct batch_line *line)
{
	line->result = result_of(rows, line);
	if (line->result == NULL) {
		line->payout = use_payout(account, line->month, line->expected_fen);
		line->settlement = line->payout != NULL ? SETTLEMENT_PAID : SETTLEMENT_OPEN;
		line->paid_fen = line->payout != NULL ? line->expected_fen : 0;
	} else if (line->result->outcome == PAYMENT_PAID) {
		line->payout = use_payout(account, line->month, line->result->amount_fen);
		line->paid_fen = line->result->amount_fen;
		line->settlement = line->paid_fen == line->expected_fen ? SETTLEMENT_PAID : SETTLEMENT_MISMATCH;
	} else {
		line->settlement = line->result->outcome == PAYMENT_RETURNED ? SETTLEMENT_RETURNED : SETTLEMENT_FAILED;
	}
}

void batch_settle(struct arena *arena, const struct account_rows *rows, struct batch_account *account)
{
	*account = (struct batch_account){0};
	for (size_t i = 0; i < rows->movement_count; i++) {
		const struct movement *movement = &rows->movements[i];

		if (movement->movement_class != MOVEMENT_PAYOUT || movement->taken)
			continue;
		account->payouts =
			arena_grow(arena, account->payouts, account->payout_count, sizeof(*account->payouts));
		account->payouts[account->payout_count++] = (struct batch_payout){movement, false};
	}
	lines_sum(arena, rows, account);
	for (size_t i = 0; i < account->line_count; i++)
		line_settle(rows, account, &account->lines[i]);
}

bool person_death_month(const struct person *person, civil_month *month)
{
	const struct evidence *deceased = NULL;
	civil_date confirmed = CIVIL_DATE_NONE;
	bool dead = false;

	for (size_t i = 0; i < person->evidence_count; i++) {
		if (person->evidence[i].outcome == OUTCOME_DECEASED)
			deceased = &person->evidence[i];
		else if (evidence_confirms(&person->evidence[i]))
			confirmed = person->evidence[i].date;
	}
	if (deceased != NULL && deceased->has_death_month && confirmed <= deceased->date) {
		*month = deceased->death_month;
		return true;
	}
	for (int scheme = SCHEME_NONE + 1; scheme < SCHEME_COUNT; scheme++) {
		const struct roster_row *newest = person_newest_of_scheme(person, (enum scheme)scheme);

		if (newest == NULL || newest->status != ROSTER_DECEASED)
			continue;
		if (!dead || civil_date_month(newest->as_of) < *month)
			*month = civil_date_month(newest->as_of);
		dead = true;
	}
	return dead;
}

/* One account being judged, and the findings that hold of it. */
struct batch_judgement {
	struct book *book;
	uint32_t county;
	struct span bank;
	struct span account;
	const struct bank_coverage *coverage;
	const struct date_ranges *statements;
	civil_date largest_tick;
	struct ledger_key prefix; /* of the identities: bank, account */
	struct ledger_key *held[FINDING_COUNT];
	size_t held_count[FINDING_COUNT];
};

static void hold(struct batch_judgement *judgement, enum finding_code code, const char *id_number,
	const struct ledger_key *identity, struct byte_writer *detail)
{
	struct arena *arena = &judgement->book->arena;
	size_t count = judgement->held_count[code];
	struct ledger_finding finding = {.code = code,
		.county = judgement->county,
		.identity = *identity,
		.id_number = id_number,
		.bank = judgement->bank,
		.account = judgement->account,
		.detail = {(const char *)detail->data, detail->length}};

	finding_hold(judgement->book, &finding);
	judgement->held[code] = arena_grow(arena, judgement->held[code], count, sizeof(*identity));
	judgement->held[code][count] = *identity;
	judgement->held_count[code]++;
}

/* The next month's end is over, and both months are covered for the account. */
static bool matured(const struct batch_judgement *judgement, civil_month month)
{
	civil_date end;

	if (month + 1 >= CIVIL_MONTH_COUNT)
		return false;
	end = civil_month_last_day(month + 1);
	return judgement->largest_tick > end && coverage_account_covered(judgement->coverage, judgement->statements,
							civil_month_first_day(month), end, &judgement->book->arena);
}

static void hold_line(struct batch_judgement *judgement, const struct batch_line *line)
{
	static const enum finding_code codes[] = {[SETTLEMENT_MISMATCH] = FINDING_AMOUNT_MISMATCH,
		[SETTLEMENT_FAILED] = FINDING_FAILED_PAYMENT,
		[SETTLEMENT_RETURNED] = FINDING_RETURNED_PAYMENT,
		[SETTLEMENT_OPEN] = FINDING_UNPAID};
	struct ledger_key identity = judgement->prefix;
	struct byte_writer detail = {0};

	if (line->settlement == SETTLEMENT_PAID ||
		(line->settlement == SETTLEMENT_OPEN && !matured(judgement, line->month)))
		return;
	key_u32(&identity, line->month);
	key_text(&identity, line->batch);
	key_bytes(&identity, line->id_number, ID_NUMBER_LENGTH);
	json_open(&detail, '{');
	json_member_text(&detail, "bank", judgement->bank);
	json_member_month(&detail, "month", line->month);
	json_member_text(&detail, "batch", line->batch);
	json_member_number(&detail, "expected_fen", line->expected_fen);
	json_member_number(&detail, "paid_fen", line->paid_fen);
	json_close(&detail, '}');
	hold(judgement, codes[line->settlement], line->id_number, &identity, &detail);
	writer_free(&detail);
}

/* Of several payouts with one serial the first is told. */
static bool serial_told(const struct batch_account *account, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (!account->payouts[i].used &&
			civil_date_month(account->payouts[i].movement->date) ==
				civil_date_month(account->payouts[index].movement->date) &&
			span_equal(account->payouts[i].movement->serial, account->payouts[index].movement->serial))
			return true;
	}
	return false;
}

static void hold_unexpected(struct batch_judgement *judgement, const struct batch_account *account)
{
	for (size_t i = 0; i < account->payout_count; i++) {
		const struct movement *payout = account->payouts[i].movement;
		civil_month month = civil_date_month(payout->date);
		struct ledger_key identity = judgement->prefix;
		struct byte_writer detail = {0};

		if (account->payouts[i].used || !matured(judgement, month) ||
			!payroll_exists(judgement->book, judgement->county, judgement->bank, month) ||
			serial_told(account, i))
			continue;
		key_u32(&identity, month);
		key_text(&identity, payout->serial);
		json_open(&detail, '{');
		json_member_text(&detail, "bank", judgement->bank);
		json_member_date(&detail, "on", payout->date);
		json_member_number(&detail, "amount_fen", payout->amount_fen);
		json_close(&detail, '}');
		hold(judgement, FINDING_UNEXPECTED_PAYMENT, NULL, &identity, &detail);
		writer_free(&detail);
	}
}

/* Payouts in months after the death of the one person the account is linked to, summed by month. */
static void hold_after_death(
	struct batch_judgement *judgement, const struct batch_account *account, const struct account_state *state)
{
	for (size_t i = 0; i < account->payout_count;) {
		civil_month month = civil_date_month(account->payouts[i].movement->date);
		struct ledger_key identity = judgement->prefix;
		struct byte_writer detail = {0};
		int64_t amount_fen = 0;

		for (; i < account->payout_count && civil_date_month(account->payouts[i].movement->date) == month; i++)
			amount_fen += account->payouts[i].movement->amount_fen;
		if (month <= state->death_month)
			continue;
		key_bytes(&identity, state->holders[0].id_number, ID_NUMBER_LENGTH);
		key_u32(&identity, month);
		json_open(&detail, '{');
		json_member_text(&detail, "bank", judgement->bank);
		json_member_month(&detail, "month", month);
		json_member_number(&detail, "amount_fen", amount_fen);
		json_close(&detail, '}');
		hold(judgement, FINDING_PAID_AFTER_DEATH, state->holders[0].id_number, &identity, &detail);
		writer_free(&detail);
	}
}

static bool withdraw_others(struct batch_judgement *judgement)
{
	bool held = false;

	for (int code = FINDING_FAILED_PAYMENT; code <= FINDING_PAID_AFTER_DEATH; code++)
		held |= finding_withdraw_others(judgement->book, (enum finding_code)code, judgement->county,
				&judgement->prefix, judgement->held[code], judgement->held_count[code]) > 0;
	return held;
}

void batch_judge(struct book *book, uint32_t county, struct span bank, struct span account,
	const struct bank_coverage *coverage, civil_date largest_tick)
{
	struct batch_judgement judgement = {.book = book,
		.county = county,
		.bank = bank,
		.account = account,
		.coverage = coverage,
		.largest_tick = largest_tick};
	struct account_state state;
	struct account_rows rows;
	struct batch_account settled;
	bool held;

	account_load(book, county, bank, account, &state);
	if (!state.has_death_month && !state.batch_findings && !coverage->payrolls)
		return;
	account_rows_read(book, county, bank, account, 1u << ACCOUNT_MOVEMENTS | 1u << ACCOUNT_PAYMENT, &rows);
	judgement.statements = &state.statements;
	key_text(&judgement.prefix, bank);
	key_text(&judgement.prefix, account);
	batch_settle(&book->arena, &rows, &settled);
	for (size_t i = 0; i < settled.line_count; i++)
		hold_line(&judgement, &settled.lines[i]);
	hold_unexpected(&judgement, &settled);
	if (state.has_death_month)
		hold_after_death(&judgement, &settled, &state);
	held = withdraw_others(&judgement);
	if (held != state.batch_findings) {
		state.batch_findings = held;
		account_save(book, county, bank, account, &state);
	}
}
