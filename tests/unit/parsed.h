/*
 * parsed: reads one document with document_parser and writes down all that it delivers, as text that tests compare.
 */
#ifndef DUIZHANG_TESTS_UNIT_PARSED_H
#define DUIZHANG_TESTS_UNIT_PARSED_H

#include <stdio.h>

#include "parsers/document_parser.h"
#include "tests/unit/pieces.h"

struct parsed {
	bool good;
	struct document_errors errors;
	char *rows; /* a line for header, record and row error, in the order of delivery */
	size_t rows_size;
	unsigned row_errors;
	unsigned records;
	enum document_kind kind;
	char layout[64];
	char bank[64];
	char county[7];
	/* private */
	FILE *out;
	unsigned stop_after; /* records; 0: never */
	struct document_parser *parser;
};

#define SPAN(span) (int)(span).length, (span).length == 0 ? "" : (span).data

static inline bool parsed_header(void *context, const struct document_header *h)
{
	struct parsed *parsed = context;

	fprintf(parsed->out, "header %s|%.*s|%.*s|%s|%d|%u|%u|%u/%u|%u|%.*s|%u|%.*s|%.*s|%llu|%d|%llu\n",
		document_kind_names[h->kind], SPAN(h->layout), SPAN(h->bank), h->county, h->covers, h->from, h->to,
		h->part_k, h->part_n, h->as_of, SPAN(h->batch), h->month, SPAN(h->campaign), SPAN(h->township),
		(unsigned long long)h->declared_lines, h->has_sum, (unsigned long long)h->declared_sum_fen);
	return true;
}

static inline void parsed_movement(FILE *out, const struct movement_record *m)
{
	fprintf(out, "movement %.*s|%.*s|%.*s|%.*s|%u|%c|%lld|%s|%.*s|%d|%.*s", SPAN(m->serial), SPAN(m->account),
		SPAN(m->name), SPAN(m->id_number), m->date, m->debit ? 'D' : 'C', (long long)m->amount_fen,
		movement_class_names[m->movement_class], SPAN(m->summary), m->summary_known, SPAN(m->reversed_serial));
}

static inline void parsed_payment(FILE *out, const struct payment_record *p)
{
	fprintf(out, "payment %.18s|%.*s|%.*s|%lld|%u|%d|%.*s|%.*s|%u", p->id_number, SPAN(p->name), SPAN(p->account),
		(long long)p->amount_fen, p->paid_on, (int)p->outcome, SPAN(p->code), SPAN(p->batch), p->month);
}

static inline void parsed_roster(FILE *out, const struct roster_record *r)
{
	fprintf(out, "roster %.18s|%.*s|%u|%s|%.*s|%.*s|%.*s|%s|%u|%lld|%.*s|%.*s|%.*s|%d|%.*s|%.*s", r->id_number,
		SPAN(r->name), r->birth, scheme_names[r->scheme], SPAN(r->township), SPAN(r->township_name),
		SPAN(r->village), roster_status_names[r->status], r->benefit_start, (long long)r->monthly_fen,
		SPAN(r->bank), SPAN(r->account), SPAN(r->phone), r->lost_contact, SPAN(r->employer),
		SPAN(r->employer_name));
}

static inline void parsed_feedback(FILE *out, const struct feedback_record *f)
{
	fprintf(out, "feedback %.*s|%.18s|%s|%u|%s|%.*s|%.*s|%d|%u|%.*s", SPAN(f->task_id), f->id_number,
		feedback_outcome_names[f->outcome], f->verified_on, confirmation_method_names[f->method],
		SPAN(f->verifier), SPAN(f->verifier_phone), f->has_death_month, f->death_month, SPAN(f->note));
}

static inline bool parsed_record(void *context, const struct document_record *record)
{
	struct parsed *parsed = context;
	const struct confirmation_record *c = &record->confirmation;
	const struct control_record *o = &record->control;

	parsed->records++;
	fprintf(parsed->out, "%u: ", record->line);
	switch (record->type) {
	case RECORD_MOVEMENT:
		parsed_movement(parsed->out, &record->movement);
		break;
	case RECORD_PAYMENT:
		parsed_payment(parsed->out, &record->payment);
		break;
	case RECORD_ROSTER:
		parsed_roster(parsed->out, &record->roster);
		break;
	case RECORD_CONFIRMATION:
		fprintf(parsed->out, "confirmation %.18s|%.*s|%u|%s|%.*s", c->id_number, SPAN(c->name), c->confirmed_on,
			confirmation_method_names[c->method], SPAN(c->source));
		break;
	case RECORD_FEEDBACK:
		parsed_feedback(parsed->out, &record->feedback);
		break;
	case RECORD_CONTROL:
		fprintf(parsed->out, "control %d|%s|%s|%u|%u|%u", (int)o->action, o->county, o->campaign, o->as_of,
			o->opened_on, o->date);
		break;
	case RECORD_ACCOUNT_COVERAGE:
		break;
	}
	fputc('\n', parsed->out);
	return parsed->stop_after == 0 || parsed->records < parsed->stop_after;
}

static inline bool parsed_row_error(void *context, const struct row_error *error)
{
	struct parsed *parsed = context;

	parsed->row_errors++;
	fprintf(parsed->out, "%u, %u: %s%s\n", error->line, error->field, document_code_names[error->code],
		error->row_rejected ? "" : ", the row counts");
	return true;
}

static inline bool parsed_feed(void *context, const void *bytes, size_t length)
{
	return document_parser_feed(((struct parsed *)context)->parser, bytes, length);
}

/* Feeds pieces of up to max bytes (0: all at once). The caller frees rows. */
static inline void parsed_read(struct parsed *parsed, const struct document_context *context, const char *charset,
	const void *bytes, size_t length, size_t max, uint64_t seed)
{
	const struct record_sink sink = {parsed, parsed_header, parsed_record, parsed_row_error};
	const struct document_header *header;
	unsigned stop_after = parsed->stop_after;

	*parsed = (struct parsed){.stop_after = stop_after};
	parsed->out = open_memstream(&parsed->rows, &parsed->rows_size);
	parsed->parser = document_parser_new(context, charset, &sink, &parsed->errors);
	if (parsed->out == NULL || parsed->parser == NULL)
		abort();
	feed_pieces(parsed_feed, parsed, bytes, length, max, seed);
	parsed->good = document_parser_finish(parsed->parser);
	header = document_parser_header(parsed->parser);
	parsed->kind = header->kind;
	snprintf(parsed->layout, sizeof(parsed->layout), "%.*s", SPAN(header->layout));
	snprintf(parsed->bank, sizeof(parsed->bank), "%.*s", SPAN(header->bank));
	memcpy(parsed->county, header->county, sizeof(parsed->county));
	document_parser_free(parsed->parser);
	fclose(parsed->out);
}

/* "line, field: code" for each structural error, each with a line end; to be freed. */
static inline char *parsed_errors(const struct parsed *parsed)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		abort();
	for (uint32_t i = 0; i < parsed->errors.count; i++)
		fprintf(out, "%u, %u: %s\n", parsed->errors.items[i].line, parsed->errors.items[i].field,
			document_code_names[parsed->errors.items[i].code]);
	fclose(out);
	return text;
}

#endif
