/*
 * document_run: reads a document with document_parser and reduces all that it delivers to a digest; checks what must
 * hold of every record and every list of errors.
 */
#ifndef DUIZHANG_TESTS_FUZZ_DOCUMENT_RUN_H
#define DUIZHANG_TESTS_FUZZ_DOCUMENT_RUN_H

#include <assert.h>

#include "parsers/document_parser.h"
#include "parsers/utf8.h"
#include "tests/unit/pieces.h"

struct document_run {
	struct document_errors errors;
	uint64_t digest; /* FNV-1a of all that was delivered */
	uint32_t line;
	bool has_header;
	bool good;
	struct document_parser *parser;
};

static inline void run_add(struct document_run *run, const void *bytes, size_t length)
{
	const uint8_t *next = bytes;

	for (size_t i = 0; i < length; i++)
		run->digest = (run->digest ^ next[i]) * UINT64_C(0x100000001b3);
	run->digest = (run->digest ^ length) * UINT64_C(0x100000001b3);
}

static inline void run_number(struct document_run *run, uint64_t number)
{
	run_add(run, &number, sizeof(number));
}

/* Text is UTF-8 without control characters. */
static inline void run_text(struct document_run *run, struct span text)
{
	bool unfinished;

	assert(utf8_valid_prefix((const uint8_t *)text.data, text.length, &unfinished) == text.length);
	for (size_t i = 0; i < text.length; i++) {
		uint8_t byte = (uint8_t)text.data[i];

		assert(byte >= 0x20 && byte != 0x7f && byte != '|');
		assert(byte != 0xc2 || (uint8_t)text.data[i + 1] >= 0xa0);
	}
	run_add(run, text.data, text.length);
}

static inline void run_token(struct document_run *run, struct span text, bool optional)
{
	assert(text.length <= 40 && (optional || text.length > 0));
	for (size_t i = 0; i < text.length; i++)
		assert(text.data[i] > 0x20 && text.data[i] < 0x7f);
	run_add(run, text.data, text.length);
}

static inline void run_id_number(struct document_run *run, const char *id_number)
{
	char again[ID_NUMBER_LENGTH];

	assert(id_number_parse(id_number, ID_NUMBER_LENGTH, again));
	assert(memcmp(again, id_number, ID_NUMBER_LENGTH) == 0);
	run_add(run, id_number, ID_NUMBER_LENGTH);
}

static inline void run_date(struct document_run *run, civil_date date, bool optional)
{
	assert(date <= CIVIL_DATE_MAX && (optional || date >= CIVIL_DATE_MIN));
	run_number(run, date);
}

static inline void run_amount(struct document_run *run, int64_t amount_fen)
{
	assert(amount_fen >= 0 && amount_fen <= INT64_C(1000000000000000));
	run_number(run, (uint64_t)amount_fen);
}

static inline bool run_header(void *context, const struct document_header *header)
{
	struct document_run *run = context;

	assert(!run->has_header && run->line == 0);
	run->has_header = true;
	assert(header->kind > DOCUMENT_KIND_NONE && header->kind < DOCUMENT_KIND_COUNT);
	assert(strlen(header->county) == 6);
	run_number(run, header->kind);
	run_token(run, header->bank, true);
	run_add(run, header->county, 6);
	run_number(run, (uint64_t)header->from << 32 | header->to);
	run_number(run, (uint64_t)header->part_k << 32 | header->part_n);
	run_number(run, (uint64_t)header->as_of << 32 | header->month);
	run_text(run, header->batch);
	run_text(run, header->campaign);
	run_text(run, header->township);
	run_number(run, header->declared_lines);
	run_number(run, header->declared_sum_fen);
	return true;
}

static inline void run_movement(struct document_run *run, const struct movement_record *movement)
{
	run_token(run, movement->serial, false);
	run_token(run, movement->account, false);
	run_token(run, movement->reversed_serial, true);
	run_text(run, movement->name);
	run_text(run, movement->summary);
	if (movement->id_number.length > 0)
		run_id_number(run, movement->id_number.data);
	run_date(run, movement->date, false);
	run_amount(run, movement->amount_fen);
	run_number(run, (uint64_t)movement->movement_class * 4 + movement->debit * 2 + movement->summary_known);
}

static inline void run_payment(struct document_run *run, const struct payment_record *payment)
{
	run_id_number(run, payment->id_number);
	run_text(run, payment->name);
	run_token(run, payment->account, false);
	run_amount(run, payment->amount_fen);
	run_date(run, payment->paid_on, true);
	run_text(run, payment->code);
	run_number(run, payment->outcome);
}

static inline void run_roster(struct document_run *run, const struct roster_record *roster)
{
	const struct span texts[] = {roster->name, roster->township, roster->township_name, roster->village,
		roster->phone, roster->employer, roster->employer_name};

	run_id_number(run, roster->id_number);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		run_text(run, texts[i]);
	assert(roster->scheme > SCHEME_NONE && roster->scheme < SCHEME_COUNT);
	assert(roster->status > ROSTER_STATUS_NONE && roster->status < ROSTER_STATUS_COUNT);
	assert((roster->bank.length > 0) == (roster->account.length > 0));
	run_date(run, roster->birth, true);
	run_date(run, roster->benefit_start, false);
	run_amount(run, roster->monthly_fen);
	run_token(run, roster->bank, true);
	run_token(run, roster->account, true);
	run_number(run, (uint64_t)roster->scheme * 16 + (uint64_t)roster->status * 2 + roster->lost_contact);
}

static inline void run_confirmation(struct document_run *run, const struct confirmation_record *confirmation)
{
	run_id_number(run, confirmation->id_number);
	run_text(run, confirmation->name);
	run_text(run, confirmation->source);
	run_date(run, confirmation->confirmed_on, false);
	assert(confirmation->method > METHOD_NONE && confirmation->method < METHOD_COUNT);
	run_number(run, confirmation->method);
}

static inline void run_feedback(struct document_run *run, const struct feedback_record *feedback)
{
	const struct span texts[] = {feedback->task_id, feedback->verifier, feedback->verifier_phone, feedback->note};

	run_id_number(run, feedback->id_number);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		run_text(run, texts[i]);
	run_date(run, feedback->verified_on, false);
	assert(feedback->outcome > OUTCOME_NONE && feedback->outcome < OUTCOME_COUNT);
	assert(feedback->has_death_month == (feedback->outcome == OUTCOME_DECEASED));
	run_number(run, (uint64_t)feedback->outcome * 16 + feedback->method);
	run_number(run, feedback->death_month);
}

static inline void run_control(struct document_run *run, const struct control_record *control)
{
	assert(strlen(control->county) == 6);
	run_add(run, control->county, 6);
	run_add(run, control->campaign, sizeof(control->campaign));
	run_number(run, control->action);
	run_date(run, control->action == CONTROL_TICK ? control->date : control->opened_on, false);
}

static inline bool run_record(void *context, const struct document_record *record)
{
	struct document_run *run = context;

	assert(run->has_header && record->line >= run->line);
	run->line = record->line;
	run_number(run, record->line);
	switch (record->type) {
	case RECORD_MOVEMENT:
		run_movement(run, &record->movement);
		break;
	case RECORD_PAYMENT:
		run_payment(run, &record->payment);
		break;
	case RECORD_ROSTER:
		run_roster(run, &record->roster);
		break;
	case RECORD_CONFIRMATION:
		run_confirmation(run, &record->confirmation);
		break;
	case RECORD_FEEDBACK:
		run_feedback(run, &record->feedback);
		break;
	case RECORD_CONTROL:
		run_control(run, &record->control);
		break;
	case RECORD_ACCOUNT_COVERAGE:
		run_token(run, record->account_coverage.account, false);
		break;
	}
	return true;
}

static inline bool run_row_error(void *context, const struct row_error *error)
{
	struct document_run *run = context;

	assert(run->has_header && error->line > run->line);
	assert(error->code >= CODE_INVALID_ID_NUMBER && error->code < CODE_COUNT);
	/* A movement whose ID number is wrong follows with the same line. */
	run->line = error->line;
	run_number(run, error->line);
	run_number(run, (uint64_t)error->field * 64 + error->code);
	return true;
}

static inline void run_check_errors(struct document_run *run)
{
	const struct document_errors *errors = &run->errors;

	assert(errors->count <= DOCUMENT_ERRORS_MAX && errors->total >= errors->count);
	for (uint32_t i = 0; i < errors->count; i++) {
		const struct document_error *error = &errors->items[i];

		assert(error->code > CODE_NONE && error->code < CODE_INVALID_ID_NUMBER && *error->message != '\0');
		assert(i == 0 || error->line > errors->items[i - 1].line);
		assert(error->line != 0 || (errors->count == 1 && error->field == 0));
		run_number(run, (uint64_t)error->line << 32 | error->field << 8 | error->code);
		run_add(run, error->message, strlen(error->message));
	}
	run_number(run, errors->total);
}

static inline bool run_feed(void *context, const void *bytes, size_t length)
{
	return document_parser_feed(((struct document_run *)context)->parser, bytes, length);
}

/* max: bytes of a piece, 0 for all at once. */
static inline void run_document(struct document_run *run, const struct document_context *context, const char *charset,
	const void *content, size_t length, size_t max)
{
	const struct record_sink sink = {run, run_header, run_record, run_row_error};

	memset(run, 0, sizeof(*run));
	run->digest = UINT64_C(0xcbf29ce484222325);
	run->parser = document_parser_new(context, charset, &sink, &run->errors);
	assert(run->parser != NULL);
	feed_pieces(run_feed, run, content, length, max, length);
	run->good = document_parser_finish(run->parser);
	assert(run->good == (run->errors.count == 0));
	document_parser_free(run->parser);
	run_check_errors(run);
}

/* Whole, in pieces of up to two sizes: all must be the same. */
static inline void run_document_ways(
	const struct document_context *context, const char *charset, const void *content, size_t length)
{
	static struct document_run whole, cut;
	const size_t sizes[] = {7, 300};

	run_document(&whole, context, charset, content, length, 0);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		run_document(&cut, context, charset, content, length, sizes[i]);
		assert(cut.good == whole.good && cut.digest == whole.digest);
	}
}

#endif
