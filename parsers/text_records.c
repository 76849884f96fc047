/* text_records: rules between the fields of a row, and the records that rows become. */
#include "parsers/text_document.h"

#include <stdio.h>

enum {
	PERSON_REF_SIZE = 33,
	TASK_ID_SIZE = 64,
	FEEDBACK_MONTHS = 12, /* after the campaign's as_of */
};

static struct span field(const struct text_document *document, uint32_t number)
{
	return document->fields.field[number];
}

static civil_date date(const struct text_document *document, uint32_t number)
{
	return (civil_date)document->value[number];
}

static bool roster_holds(const struct text_document *document)
{
	bool bank = field(document, 13).length > 0;
	bool account = field(document, 14).length > 0;

	return bank == account;
}

/* 32 lower-case hex digits. */
static bool is_person_ref(struct span text)
{
	for (size_t i = 0; i < text.length; i++)
		if ((text.data[i] < '0' || text.data[i] > '9') && (text.data[i] < 'a' || text.data[i] > 'f'))
			return false;
	return text.length == PERSON_REF_SIZE - 1;
}

/* Whether the task_id, if there is one, is that person's: <campaign>-<county>-<person_ref>. */
static bool task_is_persons(const struct text_document *document)
{
	const struct document_context *context = document->parse->context;
	const struct document_header *header = &document->parse->header;
	struct span task_id = field(document, 3);
	char beginning[TASK_ID_SIZE];
	char person_ref[PERSON_REF_SIZE];
	size_t length;

	if (task_id.length == 0)
		return true;
	length = (size_t)snprintf(beginning, sizeof(beginning), "%.*s-%s-", (int)header->campaign.length,
		header->campaign.data, header->county);
	if (task_id.length < length || memcmp(task_id.data, beginning, length) != 0)
		return false;
	task_id = (struct span){task_id.data + length, task_id.length - length};
	if (context->person_ref == NULL)
		return is_person_ref(task_id);
	context->person_ref(context->context, document->id_number, person_ref);
	return span_equal(task_id, span_of(person_ref));
}

static bool feedback_holds(const struct text_document *document)
{
	civil_date as_of = document->parse->header.as_of;
	civil_date verified_on = date(document, 6);
	bool has_death_month = field(document, 10).length > 0;
	bool has_note = field(document, 11).length > 0;

	return has_death_month == (document->value[5] == OUTCOME_DECEASED) &&
	       (has_note || document->value[5] != OUTCOME_OTHER) && verified_on >= as_of &&
	       verified_on <= civil_date_add_months(as_of, FEEDBACK_MONTHS) && task_is_persons(document);
}

bool text_record_holds(const struct text_document *document)
{
	/* An error of the header has already refused the document, and rules lean on the header. */
	if (document->parse->errors->count > 0)
		return true;
	if (document->kind == DOCUMENT_ROSTER)
		return roster_holds(document);
	return document->kind != DOCUMENT_FEEDBACK || feedback_holds(document);
}

/* The class of a summary code (5.4); known: the table has it. */
static enum movement_class summary_class(struct span code, bool *known)
{
	static const struct {
		char code[4];
		enum movement_class movement_class;
	} classes[] = {
		{"QK", MOVEMENT_WITHDRAWAL},
		{"ATM", MOVEMENT_WITHDRAWAL},
		{"POS", MOVEMENT_WITHDRAWAL},
		{"ZZ", MOVEMENT_WITHDRAWAL},
		{"SXF", MOVEMENT_FEE},
		{"DK", MOVEMENT_AUTO_DEBIT},
		{"CZ", MOVEMENT_REVERSAL},
		{"LX", MOVEMENT_INTEREST},
		{"DF", MOVEMENT_PAYOUT},
	};
	char padded[4] = {0};

	*known = code.length < sizeof(padded);
	if (*known) {
		memcpy(padded, code.data, code.length);
		for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
			if (memcmp(padded, classes[i].code, sizeof(padded)) == 0)
				return classes[i].movement_class;
	}
	*known = false;
	return MOVEMENT_UNKNOWN;
}

/* What a class must have: a withdrawal D and an amount, a payout C, a reversal the serial it reverses. */
static bool class_holds(const struct movement_record *movement)
{
	switch (movement->movement_class) {
	case MOVEMENT_WITHDRAWAL:
		return movement->debit && movement->amount_fen > 0;
	case MOVEMENT_PAYOUT:
		return !movement->debit;
	case MOVEMENT_REVERSAL:
		return movement->reversed_serial.length > 0;
	default:
		return true;
	}
}

static void fill_movement(const struct text_document *document, struct document_record *record)
{
	struct movement_record *movement = &record->movement;

	record->type = RECORD_MOVEMENT;
	movement->serial = field(document, 3);
	movement->account = field(document, 4);
	movement->name = field(document, 5);
	movement->id_number = (struct span){document->id_number, document->value[6] != 0 ? ID_NUMBER_LENGTH : 0};
	movement->date = date(document, 7);
	movement->debit = document->value[8] != 0;
	movement->amount_fen = (int64_t)document->value[9];
	movement->summary = field(document, 10);
	movement->reversed_serial = field(document, 12);
	movement->movement_class = summary_class(movement->summary, &movement->summary_known);
	if (!class_holds(movement))
		movement->movement_class = MOVEMENT_UNKNOWN;
}

static void fill_payment(const struct text_document *document, struct document_record *record)
{
	struct payment_record *payment = &record->payment;

	record->type = RECORD_PAYMENT;
	*payment = (struct payment_record){
		.name = field(document, 4), .account = field(document, 5), .amount_fen = (int64_t)document->value[6]};
	memcpy(payment->id_number, document->id_number, ID_NUMBER_LENGTH);
}

static void fill_result(const struct text_document *document, struct document_record *record)
{
	struct payment_record *payment = &record->payment;
	struct span code = field(document, 8);

	fill_payment(document, record);
	payment->paid_on = date(document, 7);
	payment->code = code;
	payment->outcome = span_equal(code, span_of("AAAAAAA")) ? PAYMENT_PAID
			   : span_equal(code, span_of("TH"))    ? PAYMENT_RETURNED
								: PAYMENT_FAILED;
}

static void fill_roster(const struct text_document *document, struct document_record *record)
{
	record->type = RECORD_ROSTER;
	record->roster = (struct roster_record){
		.name = field(document, 4),
		.birth = date(document, 5),
		.scheme = (enum scheme)document->value[6],
		.township = field(document, 7),
		.township_name = field(document, 8),
		.village = field(document, 9),
		.status = (enum roster_status)document->value[10],
		.benefit_start = date(document, 11),
		.monthly_fen = (int64_t)document->value[12],
		.bank = field(document, 13),
		.account = field(document, 14),
		.phone = field(document, 15),
		.lost_contact = document->value[16] != 0,
		.employer = field(document, 17),
		.employer_name = field(document, 18),
	};
	memcpy(record->roster.id_number, document->id_number, ID_NUMBER_LENGTH);
}

static void fill_confirmation(const struct text_document *document, struct document_record *record)
{
	record->type = RECORD_CONFIRMATION;
	record->confirmation = (struct confirmation_record){
		.name = field(document, 4),
		.confirmed_on = date(document, 5),
		.method = (enum confirmation_method)document->value[6],
		.source = field(document, 7),
	};
	memcpy(record->confirmation.id_number, document->id_number, ID_NUMBER_LENGTH);
}

static void fill_feedback(const struct text_document *document, struct document_record *record)
{
	record->type = RECORD_FEEDBACK;
	record->feedback = (struct feedback_record){
		.task_id = field(document, 3),
		.outcome = (enum feedback_outcome)document->value[5],
		.verified_on = date(document, 6),
		.method = (enum confirmation_method)document->value[7],
		.verifier = field(document, 8),
		.verifier_phone = field(document, 9),
		.has_death_month = field(document, 10).length > 0,
		.death_month = (civil_month)document->value[10],
		.note = field(document, 11),
	};
	memcpy(record->feedback.id_number, document->id_number, ID_NUMBER_LENGTH);
}

void text_record_deliver(struct text_document *document, uint32_t line)
{
	static void (*const fill[DOCUMENT_KIND_COUNT])(
		const struct text_document *document, struct document_record *record) = {
		[DOCUMENT_MOVEMENTS] = fill_movement,
		[DOCUMENT_RESULTS] = fill_result,
		[DOCUMENT_PAYROLL] = fill_payment,
		[DOCUMENT_ROSTER] = fill_roster,
		[DOCUMENT_CONFIRMATIONS] = fill_confirmation,
		[DOCUMENT_FEEDBACK] = fill_feedback,
	};

	if (document->parse->errors->count > 0)
		return;
	document->record.line = line;
	fill[document->kind](document, &document->record);
	parse_deliver_record(document->parse, &document->record);
}
