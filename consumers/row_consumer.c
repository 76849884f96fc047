/* row_consumer: groups of rows that name one account or one person → rows of the ledger, and row findings. */
#include "consumers/row_consumer.h"

#include "daemon/account.h"
#include "daemon/followup_list.h"
#include "daemon/json_writer.h"
#include "daemon/pay_batch.h"
#include "daemon/person.h"
#include "parsers/name_form.h"

void row_consumer_begin(struct row_consumer *consumer, uint64_t offset, const struct document_header *header)
{
	*consumer = (struct row_consumer){.offset = offset, .kind = header->kind, .named = {.offset = offset}};
	consumer->county = (uint32_t)strtoul(header->county, NULL, 10);
	snprintf(consumer->bank, sizeof(consumer->bank), "%.*s", (int)header->bank.length, header->bank.data);
	snprintf(consumer->batch, sizeof(consumer->batch), "%.*s", (int)header->batch.length, header->batch.data);
	consumer->as_of = header->as_of;
	consumer->month = header->month;
}

void row_consumer_free(struct row_consumer *consumer)
{
	row_findings_free(&consumer->findings);
	writer_free(&consumer->named.block);
	free(consumer->summaries.hashes);
	free(consumer->mismatched.hashes);
	*consumer = (struct row_consumer){0};
}

void row_consumer_error(struct row_consumer *consumer, const struct row_error *error)
{
	struct row_finding finding = {.code = finding_of_row_error(error->code), .line = error->line};
	char detail[24];

	consumer->rows_rejected += error->row_rejected;
	if (error->field > 0)
		snprintf(detail, sizeof(detail), "{\"field\":%u}", error->field);
	else
		snprintf(detail, sizeof(detail), "{\"field\":null}");
	finding.detail = span_of(detail);
	row_findings_add(&consumer->findings, &finding);
}

/* FNV-1a; two codes that collide in 64 bits would be told as one. */
static uint64_t code_hash(struct span code)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < code.length; i++)
		hash = (hash ^ (unsigned char)code.data[i]) * 0x100000001b3u;
	return hash == 0 ? 1 : hash;
}

static bool code_set_add(struct code_set *set, uint64_t hash)
{
	size_t i;

	if (set->count * 2 >= set->capacity) {
		struct code_set larger = {.capacity = set->capacity == 0 ? 64 : set->capacity * 2};

		larger.hashes = bytes_allocate(NULL, larger.capacity * sizeof(*larger.hashes));
		memset(larger.hashes, 0, larger.capacity * sizeof(*larger.hashes));
		for (size_t k = 0; k < set->capacity; k++) {
			if (set->hashes[k] != 0)
				code_set_add(&larger, set->hashes[k]);
		}
		free(set->hashes);
		*set = larger;
	}
	for (i = hash & (set->capacity - 1); set->hashes[i] != 0; i = (i + 1) & (set->capacity - 1)) {
		if (set->hashes[i] == hash)
			return false;
	}
	set->hashes[i] = hash;
	set->count++;
	return true;
}

void row_consumer_summary(struct row_consumer *consumer, uint32_t line, struct span summary)
{
	struct row_finding finding = {.code = FINDING_UNKNOWN_SUMMARY_CODE, .line = line};
	struct byte_writer detail = {0};

	if (!code_set_add(&consumer->summaries, code_hash(summary)))
		return;
	json_open(&detail, '{');
	json_member_text(&detail, "summary", summary);
	json_close(&detail, '}');
	finding.detail = (struct span){(const char *)detail.data, detail.length};
	row_findings_add(&consumer->findings, &finding);
	writer_free(&detail);
}

/* True if an earlier buffer of the document had movements of the account: it was told then. */
static bool account_met(struct book *book, const struct row_consumer *consumer, struct span account)
{
	for (uint32_t sequence = 0; sequence < consumer->sequence; sequence++) {
		if (account_has_block(
			    book, consumer->county, span_of(consumer->bank), account, consumer->offset, sequence))
			return true;
	}
	return false;
}

static bool account_has_name(const struct account_state *state, struct span name)
{
	for (size_t i = 0; i < state->holder_count; i++) {
		for (size_t k = 0; k < state->holders[i].name_count; k++) {
			if (span_equal(state->holders[i].names[k], name) ||
				name_form_equal(state->holders[i].names[k], name))
				return true;
		}
	}
	return false;
}

/* unknown_account, or name_mismatch at the first line with a name that is nobody's. */
static void check_account(
	struct book *book, struct row_consumer *consumer, const struct row_buffer *buffer, size_t from, size_t to)
{
	struct document_record record;
	struct row_finding finding = {.bank = span_of(consumer->bank)};
	struct account_state state;
	struct span last = {"", 0};
	bool met;

	row_buffer_row(buffer, from, &record);
	finding.account = record.movement.account;
	account_load(book, consumer->county, finding.bank, finding.account, &state);
	if (state.holder_count > 0)
		consumer->matched += to - from;
	else
		consumer->unmatched += to - from;
	met = account_met(book, consumer, finding.account);
	if (state.holder_count == 0) {
		finding.code = FINDING_UNKNOWN_ACCOUNT;
		finding.line = record.line;
		if (!met)
			row_findings_add(&consumer->findings, &finding);
		return;
	}
	for (size_t i = from; i < to; i++) {
		row_buffer_row(buffer, i, &record);
		if (record.movement.name.length == 0 || span_equal(record.movement.name, last))
			continue;
		last = record.movement.name;
		if (account_has_name(&state, last))
			continue;
		finding.code = FINDING_NAME_MISMATCH;
		finding.line = record.line;
		if (code_set_add(&consumer->mismatched, code_hash(finding.account)))
			row_findings_add(&consumer->findings, &finding);
		return;
	}
}

static void apply_account(
	struct book *book, struct row_consumer *consumer, const struct row_buffer *buffer, size_t from, size_t to)
{
	struct span bank = span_of(consumer->bank), account = {"", 0};
	struct movement *movements = arena_allocate(&book->arena, (to - from) * sizeof(*movements));
	struct document_record record;
	size_t count = 0, first = to;
	uint32_t statements = 0;

	for (size_t i = from; i < to; i++) {
		row_buffer_row(buffer, i, &record);
		if (record.type == RECORD_ACCOUNT_COVERAGE) {
			account = record.account_coverage.account;
			account_put_statement(book, consumer->county, bank, consumer->offset,
				consumer->sequence << 16 | statements++, &record.account_coverage);
			continue;
		}
		account = record.movement.account;
		if (first == to)
			first = i;
		movements[count++] = (struct movement){.date = record.movement.date,
			.line = record.line,
			.debit = record.movement.debit,
			.amount_fen = record.movement.amount_fen,
			.movement_class = record.movement.movement_class,
			.serial = record.movement.serial,
			.reversed_serial = record.movement.reversed_serial};
	}
	if (count > 0) {
		check_account(book, consumer, buffer, first, to);
		account_put_movements(
			book, consumer->county, bank, account, consumer->offset, consumer->sequence, movements, count);
	}
	named_add(book, &consumer->named, &(struct named){.type = NAMED_ACCOUNT, .bank = bank, .account = account});
}

static void apply_roster(
	struct book *book, struct row_consumer *consumer, const struct roster_record *row, uint32_t line)
{
	uint32_t township = 0;

	for (size_t i = 0; i < row->township.length; i++)
		township = township * 10 + (uint32_t)(row->township.data[i] - '0');
	person_put_roster_row(book, consumer->county, consumer->as_of, consumer->offset, line, row);
	if (row->scheme == SCHEME_RESIDENT)
		township_put_name(
			book, consumer->county, township, consumer->as_of, consumer->offset, line, row->township_name);
	if (row->account.length == 0)
		return;
	account_put_link(book, consumer->county, consumer->offset, line, row);
	named_add(book, &consumer->named,
		&(struct named){.type = NAMED_ACCOUNT, .bank = row->bank, .account = row->account});
}

/* A finding about a person at one line. */
static void person_finding(
	struct row_consumer *consumer, enum finding_code code, uint32_t line, const char *id_number, const char *detail)
{
	struct row_finding finding = {.code = code, .line = line, .has_person = true, .detail = span_of(detail)};

	memcpy(finding.id_number, id_number, ID_NUMBER_LENGTH);
	row_findings_add(&consumer->findings, &finding);
}

static struct span record_name(const struct document_record *record)
{
	return record->type == RECORD_PAYMENT        ? record->payment.name
	       : record->type == RECORD_CONFIRMATION ? record->confirmation.name
						     : span_of("");
}

/* unknown_person, name_mismatch: each at its first line. */
static void check_person(struct book *book, struct row_consumer *consumer, const struct row_buffer *buffer, size_t from,
	size_t to, const char *id_number)
{
	struct person person;
	struct document_record record;

	person_load(book, consumer->county, id_number, &person);
	row_buffer_row(buffer, from, &record);
	if (person.row_count > 0)
		consumer->matched += to - from;
	else
		consumer->unmatched += to - from;
	if (person.row_count == 0) {
		person_finding(consumer, FINDING_UNKNOWN_PERSON, record.line, id_number, "");
		return;
	}
	for (size_t i = from; i < to; i++) {
		row_buffer_row(buffer, i, &record);
		if (record_name(&record).length == 0 || person_has_name(&person, record_name(&record)))
			continue;
		person_finding(consumer, FINDING_NAME_MISMATCH, record.line, id_number, "");
		return;
	}
}

static void apply_person(
	struct book *book, struct row_consumer *consumer, const struct row_buffer *buffer, size_t from, size_t to)
{
	struct named named = {.type = NAMED_PERSON};
	struct document_record record;

	for (size_t i = from; i < to; i++) {
		row_buffer_row(buffer, i, &record);
		switch (record.type) {
		case RECORD_ROSTER:
			memcpy(named.id_number, record.roster.id_number, ID_NUMBER_LENGTH);
			apply_roster(book, consumer, &record.roster, record.line);
			break;
		case RECORD_CONFIRMATION:
			memcpy(named.id_number, record.confirmation.id_number, ID_NUMBER_LENGTH);
			person_put_confirmation(
				book, consumer->county, consumer->offset, record.line, &record.confirmation);
			break;
		case RECORD_FEEDBACK:
			memcpy(named.id_number, record.feedback.id_number, ID_NUMBER_LENGTH);
			person_put_feedback(book, consumer->county, consumer->as_of, consumer->offset, record.line,
				&record.feedback);
			break;
		case RECORD_PAYMENT:
			memcpy(named.id_number, record.payment.id_number, ID_NUMBER_LENGTH);
			payment_put(book, consumer->county, consumer->kind, span_of(consumer->bank),
				span_of(consumer->batch), consumer->month, consumer->offset, record.line,
				&record.payment);
			named_add(book, &consumer->named,
				&(struct named){.type = NAMED_ACCOUNT,
					.bank = span_of(consumer->bank),
					.account = record.payment.account});
			break;
		default:
			break;
		}
	}
	if (consumer->kind == DOCUMENT_ROSTER)
		consumer->matched += to - from;
	else
		check_person(book, consumer, buffer, from, to, named.id_number);
	named_add(book, &consumer->named, &named);
}

void row_consumer_apply(
	struct book *book, struct row_consumer *consumer, const struct row_buffer *buffer, size_t *at, size_t budget)
{
	size_t stop = buffer->count - *at < budget ? buffer->count : *at + budget;

	while (*at < stop && ledger_ok(book->txn)) {
		size_t end = row_buffer_group_end(buffer, *at);

		arena_reset(&book->arena);
		if (consumer->kind == DOCUMENT_MOVEMENTS)
			apply_account(book, consumer, buffer, *at, end);
		else
			apply_person(book, consumer, buffer, *at, end);
		*at = end;
	}
}

void row_consumer_finish(struct book *book, struct row_consumer *consumer)
{
	named_flush(book, &consumer->named);
}
