/* cli_parse: duizhang parse: what a file holds, and the receipt it would get, without a ledger. */
#include <time.h>

#include "consumers/document_reader.h"
#include "daemon/cli_document.h"
#include "daemon/cli_verbs.h"
#include "daemon/json_writer.h"
#include "daemon/receipt.h"

/* What is made of one file. */
struct parse {
	struct cli *cli;
	struct byte_writer json;
	bool printing; /* the second pass: the first decides charset and verdict */
	uint64_t rows_rejected;
};

static void member_id(struct byte_writer *out, const char id_number[ID_NUMBER_LENGTH])
{
	json_member_text(out, "id_number", (struct span){id_number, ID_NUMBER_LENGTH});
}

static void write_movement(struct byte_writer *out, const struct document_record *record)
{
	const struct movement_record *movement = &record->movement;

	json_member_text(out, "serial", movement->serial);
	json_member_text(out, "account", movement->account);
	json_member_text(out, "name", movement->name);
	json_member_text(out, "id_number", movement->id_number);
	json_member_date(out, "date", movement->date);
	json_member_text(out, "direction", span_of(movement->debit ? "D" : "C"));
	json_member_number(out, "amount_fen", movement->amount_fen);
	json_member_text(out, "class", span_of(movement_class_names[movement->movement_class]));
	json_member_text(out, "summary", movement->summary);
	json_member_bool(out, "summary_known", movement->summary_known);
	json_member_text(out, "reversed_serial", movement->reversed_serial);
}

static void write_payment(struct byte_writer *out, const struct document_record *record)
{
	static const char *const outcomes[] = {
		[PAYMENT_PAID] = "paid", [PAYMENT_RETURNED] = "returned", [PAYMENT_FAILED] = "failed"};
	const struct payment_record *payment = &record->payment;

	member_id(out, payment->id_number);
	json_member_text(out, "name", payment->name);
	json_member_text(out, "account", payment->account);
	json_member_number(out, "amount_fen", payment->amount_fen);
	if (payment->batch.length > 0) {
		json_member_text(out, "batch", payment->batch);
		json_member_month(out, "month", payment->month);
	}
	if (payment->code.length == 0)
		return;
	json_member_date(out, "paid_on", payment->paid_on);
	json_member_text(out, "code", payment->code);
	json_member_text(out, "outcome", span_of(outcomes[payment->outcome]));
}

static void write_roster(struct byte_writer *out, const struct document_record *record)
{
	const struct roster_record *row = &record->roster;

	member_id(out, row->id_number);
	json_member_text(out, "name", row->name);
	json_member_date(out, "birth", row->birth);
	json_member_text(out, "scheme", span_of(scheme_names[row->scheme]));
	json_member_text(out, "township", row->township);
	json_member_text(out, "township_name", row->township_name);
	json_member_text(out, "village", row->village);
	json_member_text(out, "status", span_of(roster_status_names[row->status]));
	json_member_date(out, "benefit_start", row->benefit_start);
	json_member_number(out, "monthly_fen", row->monthly_fen);
	json_member_text(out, "bank", row->bank);
	json_member_text(out, "account", row->account);
	json_member_text(out, "phone", row->phone);
	json_member_bool(out, "lost_contact", row->lost_contact);
	json_member_text(out, "employer", row->employer);
	json_member_text(out, "employer_name", row->employer_name);
}

static void write_confirmation(struct byte_writer *out, const struct document_record *record)
{
	member_id(out, record->confirmation.id_number);
	json_member_text(out, "name", record->confirmation.name);
	json_member_date(out, "confirmed_on", record->confirmation.confirmed_on);
	json_member_text(out, "method", span_of(confirmation_method_names[record->confirmation.method]));
	json_member_text(out, "source", record->confirmation.source);
}

static void write_feedback(struct byte_writer *out, const struct document_record *record)
{
	const struct feedback_record *feedback = &record->feedback;

	json_member_text(out, "task_id", feedback->task_id);
	member_id(out, feedback->id_number);
	json_member_text(out, "outcome", span_of(feedback_outcome_names[feedback->outcome]));
	json_member_date(out, "verified_on", feedback->verified_on);
	json_member_text(out, "method", span_of(confirmation_method_names[feedback->method]));
	json_member_text(out, "verifier", feedback->verifier);
	json_member_text(out, "verifier_phone", feedback->verifier_phone);
	if (feedback->has_death_month)
		json_member_month(out, "death_month", feedback->death_month);
	json_member_text(out, "note", feedback->note);
}

static void write_control(struct byte_writer *out, const struct document_record *record)
{
	const struct control_record *control = &record->control;
	const bool opens = control->action == CONTROL_OPEN_CAMPAIGN;

	json_member_text(out, "action", span_of(opens ? "open_campaign" : "tick"));
	json_member_text(out, "county", span_of(control->county));
	if (opens) {
		json_member_text(out, "campaign", span_of(control->campaign));
		json_member_date(out, "as_of", control->as_of);
		json_member_date(out, "opened_on", control->opened_on);
	} else {
		json_member_date(out, "date", control->date);
	}
}

static void write_account_coverage(struct byte_writer *out, const struct document_record *record)
{
	const struct account_coverage_record *coverage = &record->account_coverage;

	json_member_text(out, "account", coverage->account);
	json_member_text(out, "statement", coverage->statement_id);
	json_member_date(out, "from", coverage->from);
	json_member_date(out, "to", coverage->to);
	json_member_number(out, "page", coverage->page);
	json_member_bool(out, "last_page", coverage->last_page);
}

static const struct {
	const char *name;
	void (*write)(struct byte_writer *out, const struct document_record *record);
} record_types[] = {
	[RECORD_MOVEMENT] = {"movement", write_movement},
	[RECORD_PAYMENT] = {"payment", write_payment},
	[RECORD_ROSTER] = {"roster", write_roster},
	[RECORD_CONFIRMATION] = {"confirmation", write_confirmation},
	[RECORD_FEEDBACK] = {"feedback", write_feedback},
	[RECORD_CONTROL] = {"control", write_control},
	[RECORD_ACCOUNT_COVERAGE] = {"account_coverage", write_account_coverage},
};

static void member_code(struct byte_writer *out, const char *key, struct span text)
{
	if (text.length > 0)
		json_member_text(out, key, text);
}

static void member_day(struct byte_writer *out, const char *key, civil_date date)
{
	if (date != CIVIL_DATE_NONE)
		json_member_date(out, key, date);
}

/* Of the header what the kind has. */
static bool on_header(void *context, const struct document_header *header)
{
	struct parse *parse = context;
	struct byte_writer *out = &parse->json;
	const bool has_batch = header->kind == DOCUMENT_RESULTS || header->kind == DOCUMENT_PAYROLL;

	if (!parse->printing)
		return true;
	json_open(out, '{');
	json_member_text(out, "type", span_of("header"));
	json_member_text(out, "kind", span_of(document_kind_names[header->kind]));
	json_member_text(out, "layout", header->layout);
	member_code(out, "bank", header->bank);
	member_code(out, "county", span_of(header->county));
	if (header->kind == DOCUMENT_MOVEMENTS)
		json_member_bool(out, "covers", header->covers);
	member_day(out, "from", header->from);
	member_day(out, "to", header->to);
	if (header->part_n > 1) {
		json_member_number(out, "part", header->part_k);
		json_member_number(out, "parts", header->part_n);
	}
	member_day(out, "as_of", header->as_of);
	if (has_batch && header->batch.length > 0) {
		json_member_text(out, "batch", header->batch);
		json_member_month(out, "month", header->month);
	}
	member_code(out, "campaign", header->campaign);
	member_code(out, "township", header->township);
	json_close(out, '}');
	cli_json_line(parse->cli, out);
	return true;
}

static bool on_record(void *context, const struct document_record *record)
{
	struct parse *parse = context;

	if (!parse->printing)
		return true;
	json_open(&parse->json, '{');
	json_member_text(&parse->json, "type", span_of(record_types[record->type].name));
	json_member_number(&parse->json, "line", record->line);
	record_types[record->type].write(&parse->json, record);
	json_close(&parse->json, '}');
	cli_json_line(parse->cli, &parse->json);
	return true;
}

static bool on_row_error(void *context, const struct row_error *error)
{
	struct parse *parse = context;

	if (!parse->printing)
		return true;
	parse->rows_rejected += error->row_rejected;
	json_open(&parse->json, '{');
	json_member_text(&parse->json, "type", span_of("row_error"));
	json_member_number(&parse->json, "line", error->line);
	json_key(&parse->json, "field");
	if (error->field > 0)
		json_number(&parse->json, error->field);
	else
		json_literal(&parse->json, "null");
	json_member_text(&parse->json, "code", span_of(document_code_names[error->code]));
	json_member_bool(&parse->json, "row_rejected", error->row_rejected);
	json_close(&parse->json, '}');
	cli_json_line(parse->cli, &parse->json);
	return true;
}

static void print_receipt(struct parse *parse, const struct document_reader *reader, const char *name)
{
	const struct document_header *header = &reader->header;
	struct receipt receipt = {
		.name = span_of(name),
		.kind = header->kind,
		.layout = header->layout,
		.bank = header->bank,
		.county = span_of(header->county),
		.status = reader->refused ? RECEIPT_REJECTED : RECEIPT_ACCEPTED,
		.has_numbers = !reader->refused && header->kind != DOCUMENT_CONTROL,
		.lines = header->declared_lines,
		.has_sum = header->has_sum,
		.amount_fen = header->declared_sum_fen,
		.rows_rejected = parse->rows_rejected,
		.without_ledger = true,
		.errors = reader->errors,
	};

	memcpy(receipt.document, reader->id, SHA256_SIZE);
	json_open(&parse->json, '{');
	json_key(&parse->json, "receipt");
	receipt_write(&parse->json, &receipt);
	json_close(&parse->json, '}');
	cli_json_line(parse->cli, &parse->json);
}

/* Reads until all is known, and once more to print, when the content is whole enough to have records. */
static bool read_all(struct parse *parse, struct document_reader *reader, struct error *error)
{
	while (!reader->known)
		if (!document_reader_step(reader, error))
			return false;
	if (reader->errors->count > 0 && reader->errors->items[0].line == 0)
		return true;
	/* The errors of the first pass are those of the receipt; the second finds them again. */
	parse->printing = true;
	if (!document_reader_repeat(reader, error))
		return false;
	while (!reader->at_end)
		if (!document_reader_step(reader, error))
			return false;
	return true;
}

static enum cli_exit run(struct cli *cli)
{
	struct parse parse = {.cli = cli};
	const struct record_sink sink = {
		.context = &parse, .header = on_header, .record = on_record, .row_error = on_row_error};
	struct document_context context = {.limits = &cli->config->limits};
	struct document_reader reader = {0};
	struct cli_document document;
	struct error error = {0};
	enum cli_exit status;

	if (!cli_document_open(&document, cli->arguments[0], cli->values, &error))
		return cli_fail_error(cli, &error);
	context.headers = &document.headers;
	/* On Kafka movements may not end after the day the document arrives. */
	if (cli->config->directory == NULL && cli->config->kafka_bootstrap_servers[0] != '\0')
		context.log_date = civil_date_from_unix_ms((int64_t)time(NULL) * 1000);
	document_reader_begin(&reader, document.content, &context, &sink, NULL);
	if (read_all(&parse, &reader, &error)) {
		print_receipt(&parse, &reader, document.name);
		status = reader.refused ? CLI_FINDING : CLI_DONE;
	} else {
		status = cli_fail_error(cli, &error);
	}
	document_reader_free(&reader);
	writer_free(&parse.json);
	cli_document_close(&document);
	return status;
}

static const struct cli_option options[] = {DOCUMENT_OPTIONS, {0}};

const struct cli_verb cli_parse_verb = {
	.name = "parse",
	.group = "Asking",
	.arguments = "FILE",
	.argument_min = 1,
	.argument_max = 1,
	.summary = "Read a file without a ledger",
	.help = "Prints its header and records as JSON lines and, last, the receipt it would get; what only a ledger "
		"knows is "
		"null\n"
		"in it. Headers come from FILE.headers where there is one, and from the options. Nothing is sent.\n"
		"Exit status 1: the file would be refused.\n",
	.options = options,
	.run = run,
};
