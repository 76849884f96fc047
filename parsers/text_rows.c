/* text_rows: the fields of D lines, read by a table for each kind into typed records. */
#include "parsers/text_document.h"

enum form {
	FORM_TEXT,
	FORM_TOKEN,
	FORM_ID_NUMBER,
	FORM_ID_NUMBER_TOLERATED, /* of movements: a wrong one is noted and the row counts */
	FORM_DATE,
	FORM_MOVEMENT_DATE, /* within from … to */
	FORM_CONFIRMED_ON,  /* not after the header's as_of */
	FORM_MONTH,
	FORM_AMOUNT,
	FORM_DIRECTION,
	FORM_FLAG,
	FORM_SCHEME,
	FORM_TOWNSHIP,
	FORM_STATUS,
	FORM_METHOD,
	FORM_OUTCOME,
	FORM_COUNT
};

/* What is wrong with a value of a wrong form, in messages of structural errors; other forms stand in row errors only.
 */
static const char *const form_problems[FORM_COUNT] = {
	[FORM_TEXT] = "is wrong",
	[FORM_TOKEN] = "is not 1 to 40 visible ASCII characters",
	[FORM_ID_NUMBER_TOLERATED] = "is no ID number",
	[FORM_MOVEMENT_DATE] = "is no date YYYYMMDD within from ... to",
	[FORM_AMOUNT] = "is no number of fen up to 10^15",
	[FORM_DIRECTION] = "is neither D nor C",
};

struct row_field {
	const char *name;
	enum form form;
	bool optional;
	enum document_code code; /* structural or a row's */
};

#define REQUIRED false
#define OPTIONAL true

enum { ROW_NUMBER_FIELD = 2, ROW_FIELD_FIRST = 3 };

/* Indexed by the number of the field. */
static const struct row_field row_fields[DOCUMENT_KIND_COUNT][TEXT_FIELDS_MAX + 1] =
	{
		[DOCUMENT_MOVEMENTS] =
			{
				[3] = {"serial", FORM_TOKEN, REQUIRED, CODE_BAD_FIELD},
				[4] = {"account", FORM_TOKEN, REQUIRED, CODE_BAD_FIELD},
				[5] = {"name", FORM_TEXT, OPTIONAL, CODE_BAD_FIELD},
				[6] = {"ID number", FORM_ID_NUMBER_TOLERATED, OPTIONAL, CODE_INVALID_ID_NUMBER},
				[7] = {"date", FORM_MOVEMENT_DATE, REQUIRED, CODE_BAD_DATE},
				[8] = {"direction", FORM_DIRECTION, REQUIRED, CODE_BAD_FIELD},
				[9] = {"amount", FORM_AMOUNT, REQUIRED, CODE_BAD_AMOUNT},
				[10] = {"summary", FORM_TEXT, REQUIRED, CODE_BAD_FIELD},
				[11] = {"summary text", FORM_TEXT, OPTIONAL, CODE_BAD_FIELD},
				[12] = {"reversed serial", FORM_TOKEN, OPTIONAL, CODE_BAD_FIELD},
			},
		[DOCUMENT_RESULTS] =
			{
				[3] = {"ID number", FORM_ID_NUMBER, REQUIRED, CODE_INVALID_ID_NUMBER},
				[4] = {"name", FORM_TEXT, REQUIRED, CODE_INVALID_ROW},
				[5] = {"account", FORM_TOKEN, REQUIRED, CODE_BAD_FIELD},
				[6] = {"amount", FORM_AMOUNT, REQUIRED, CODE_BAD_AMOUNT},
				[7] = {"paid_on", FORM_DATE, OPTIONAL, CODE_INVALID_ROW},
				[8] = {"code", FORM_TEXT, REQUIRED, CODE_INVALID_ROW},
				[9] = {"text", FORM_TEXT, OPTIONAL, CODE_INVALID_ROW},
			},
		[DOCUMENT_PAYROLL] =
			{
				[3] = {"ID number", FORM_ID_NUMBER, REQUIRED, CODE_INVALID_ID_NUMBER},
				[4] = {"name", FORM_TEXT, REQUIRED, CODE_INVALID_ROW},
				[5] = {"account", FORM_TOKEN, REQUIRED, CODE_BAD_FIELD},
				[6] = {"amount", FORM_AMOUNT, REQUIRED, CODE_BAD_AMOUNT},
			},
		[DOCUMENT_ROSTER] =
			{
				[3] = {"ID number", FORM_ID_NUMBER, REQUIRED, CODE_INVALID_ID_NUMBER},
				[4] = {"name", FORM_TEXT, REQUIRED, CODE_INVALID_ROW},
				[5] = {"birth", FORM_DATE, OPTIONAL, CODE_INVALID_ROW},
				[6] = {"scheme", FORM_SCHEME, REQUIRED, CODE_INVALID_SCHEME},
				[7] = {"township", FORM_TOWNSHIP, REQUIRED, CODE_INVALID_TOWNSHIP},
				[8] = {"township name", FORM_TEXT, REQUIRED, CODE_INVALID_ROW},
				[9] = {"village", FORM_TEXT, OPTIONAL, CODE_INVALID_ROW},
				[10] = {"status", FORM_STATUS, REQUIRED, CODE_INVALID_STATUS},
				[11] = {"benefit_start", FORM_DATE, REQUIRED, CODE_INVALID_ROW},
				[12] = {"monthly fen", FORM_AMOUNT, REQUIRED, CODE_INVALID_ROW},
				[13] = {"bank", FORM_TOKEN, OPTIONAL, CODE_INVALID_ROW},
				[14] = {"account", FORM_TOKEN, OPTIONAL, CODE_INVALID_ROW},
				[15] = {"phone", FORM_TEXT, OPTIONAL, CODE_INVALID_ROW},
				[16] = {"lost_contact", FORM_FLAG, REQUIRED, CODE_INVALID_ROW},
				[17] = {"employer", FORM_TEXT, OPTIONAL, CODE_INVALID_ROW},
				[18] = {"employer name", FORM_TEXT, OPTIONAL, CODE_INVALID_ROW},
			},
		[DOCUMENT_CONFIRMATIONS] =
			{
				[3] = {"ID number", FORM_ID_NUMBER, REQUIRED, CODE_INVALID_ID_NUMBER},
				[4] = {"name", FORM_TEXT, OPTIONAL, CODE_INVALID_ROW},
				[5] = {"confirmed_on", FORM_CONFIRMED_ON, REQUIRED, CODE_INVALID_ROW},
				[6] = {"method", FORM_METHOD, REQUIRED, CODE_INVALID_METHOD},
				[7] = {"source", FORM_TEXT, OPTIONAL, CODE_INVALID_ROW},
			},
		[DOCUMENT_FEEDBACK] =
			{
				[3] = {"task_id", FORM_TEXT, OPTIONAL, CODE_INVALID_ROW},
				[4] = {"ID number", FORM_ID_NUMBER, REQUIRED, CODE_INVALID_ID_NUMBER},
				[5] = {"outcome", FORM_OUTCOME, REQUIRED, CODE_INVALID_OUTCOME},
				[6] = {"verified_on", FORM_DATE, REQUIRED, CODE_INVALID_ROW},
				[7] = {"method", FORM_METHOD, REQUIRED, CODE_INVALID_METHOD},
				[8] = {"verifier", FORM_TEXT, REQUIRED, CODE_INVALID_ROW},
				[9] = {"verifier phone", FORM_TEXT, OPTIONAL, CODE_INVALID_ROW},
				[10] = {"death month", FORM_MONTH, OPTIONAL, CODE_INVALID_ROW},
				[11] = {"note", FORM_TEXT, OPTIONAL, CODE_INVALID_ROW},
			},
};

static bool read_name(const char *const *names, int count, struct span text, uint64_t *value)
{
	*value = (uint64_t)record_name_index(names, count, text);
	return *value != 0;
}

static bool read_date(struct span text, uint64_t *value)
{
	*value = civil_date_parse_compact(text.data, text.length);
	return *value != CIVIL_DATE_NONE;
}

static bool read_letter(struct span text, char zero, char one, uint64_t *value)
{
	if (text.length != 1 || (*text.data != zero && *text.data != one))
		return false;
	*value = *text.data == one;
	return true;
}

/* CODE_NONE if the value of a field, which is not empty, is right. */
static enum document_code read_value(struct text_document *document, const struct row_field *rule, uint32_t field)
{
	struct span text = document->fields.field[field];
	uint64_t *value = &document->value[field];
	civil_month month = 0;
	bool right = false;

	switch (rule->form) {
	case FORM_TEXT:
		right = !text_fields_control(&document->fields, field);
		break;
	case FORM_TOKEN:
		right = text_token(text);
		break;
	case FORM_ID_NUMBER_TOLERATED:
	case FORM_ID_NUMBER:
		if (rule->form == FORM_ID_NUMBER_TOLERATED && text_fields_control(&document->fields, field))
			return CODE_BAD_FIELD;
		right = id_number_parse(text.data, text.length, document->id_number);
		*value = right;
		break;
	case FORM_DATE:
		right = read_date(text, value);
		break;
	case FORM_MOVEMENT_DATE:
		right = read_date(text, value) && *value >= document->movements_from &&
			*value <= document->movements_to;
		break;
	case FORM_CONFIRMED_ON:
		right = read_date(text, value);
		if (right && *value > document->parse->header.as_of)
			return CODE_FUTURE_DATE;
		break;
	case FORM_MONTH:
		right = civil_month_parse_compact(text.data, text.length, &month);
		*value = month;
		break;
	case FORM_AMOUNT:
		right = text_number(text, AMOUNT_FEN_MAX, value);
		break;
	case FORM_DIRECTION:
		right = read_letter(text, 'C', 'D', value);
		break;
	case FORM_FLAG:
		right = read_letter(text, '0', '1', value);
		break;
	case FORM_SCHEME:
		right = read_name(scheme_names, SCHEME_COUNT, text, value);
		break;
	case FORM_TOWNSHIP:
		right = text_township(text, document->parse->header.county);
		break;
	case FORM_STATUS:
		right = read_name(roster_status_names, ROSTER_STATUS_COUNT, text, value);
		break;
	case FORM_METHOD:
		right = read_name(confirmation_method_names, METHOD_COUNT, text, value);
		break;
	case FORM_OUTCOME:
		right = read_name(feedback_outcome_names, OUTCOME_COUNT, text, value);
		break;
	case FORM_COUNT:
		break;
	}
	return right ? CODE_NONE : rule->code;
}

static enum document_code read_field(struct text_document *document, const struct row_field *rule, uint32_t field)
{
	if (document->fields.field[field].length > 0)
		return read_value(document, rule, field);
	document->value[field] = 0;
	return rule->optional ? CODE_NONE : rule->code;
}

static bool is_structural(enum document_code code)
{
	return code < CODE_INVALID_ID_NUMBER;
}

static void add_structural(struct text_document *document, enum document_code code, uint32_t line,
	const struct row_field *rule, uint32_t field)
{
	const char *problem = text_document_common_problem(document, field);

	text_document_add_error(
		document, code, line, field, rule->name, problem == NULL ? form_problems[rule->form] : problem);
}

/* Reads all fields. False if the line has a structural error; else error has the lowest field that is wrong in its row.
 */
static bool read_fields(struct text_document *document, uint32_t line, struct row_error *error)
{
	const struct row_field *rules = row_fields[document->kind];
	uint32_t count = text_kinds[document->kind].row_fields;

	for (uint32_t field = ROW_FIELD_FIRST; field <= count; field++) {
		enum document_code code = read_field(document, &rules[field], field);

		if (code == CODE_NONE)
			continue;
		if (is_structural(code)) {
			add_structural(document, code, line, &rules[field], field);
			return false;
		}
		if (error->code == CODE_NONE)
			*error = (struct row_error){code, line, field, rules[field].form != FORM_ID_NUMBER_TOLERATED};
	}
	return true;
}

/* The number of fields and field 2. */
static bool is_well_numbered(struct text_document *document, uint32_t line)
{
	struct document_errors *errors = document->parse->errors;
	const struct text_kind *kind = &text_kinds[document->kind];
	uint64_t number;

	if (document->fields.count != kind->row_fields) {
		document_errors_add(errors, CODE_FIELD_COUNT, line, 0, "D has %u fields; of this kind it has %u",
			document->fields.count, kind->row_fields);
		return false;
	}
	if (!text_count(document->fields.field[ROW_NUMBER_FIELD], &number) || number != document->row_count) {
		document_errors_add(errors, CODE_LINE_NUMBER, line, ROW_NUMBER_FIELD,
			"the number of the line is not its place among the D lines; they are numbered 1, 2, 3 ...");
		return false;
	}
	return true;
}

void text_row_read(struct text_document *document, uint32_t line)
{
	struct row_error error = {.code = CODE_NONE};
	uint32_t amount_field = text_kinds[document->kind].amount_field;

	if (!is_well_numbered(document, line) || !read_fields(document, line, &error))
		return;
	if (amount_field != 0 && document->row_sum_fen <= SUM_FEN_MAX)
		document->row_sum_fen += document->value[amount_field];
	if (error.code == CODE_NONE && !text_record_holds(document))
		error = (struct row_error){CODE_INVALID_ROW, line, 0, true};
	if (error.code != CODE_NONE)
		parse_deliver_row_error(document->parse, &error);
	if (!error.row_rejected)
		text_record_deliver(document, line);
}
