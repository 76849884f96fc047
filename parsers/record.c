/* record: the names of typed values, and the list of a document's structural errors. */
#include "parsers/record.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

const char *const document_kind_names[DOCUMENT_KIND_COUNT] = {
	[DOCUMENT_MOVEMENTS] = "movements",
	[DOCUMENT_RESULTS] = "results",
	[DOCUMENT_PAYROLL] = "payroll",
	[DOCUMENT_ROSTER] = "roster",
	[DOCUMENT_CONFIRMATIONS] = "confirmations",
	[DOCUMENT_FEEDBACK] = "feedback",
	[DOCUMENT_CONTROL] = "control",
};

const char *const movement_class_names[MOVEMENT_CLASS_COUNT] = {
	[MOVEMENT_UNKNOWN] = "unknown",
	[MOVEMENT_WITHDRAWAL] = "withdrawal",
	[MOVEMENT_FEE] = "fee",
	[MOVEMENT_AUTO_DEBIT] = "auto_debit",
	[MOVEMENT_REVERSAL] = "reversal",
	[MOVEMENT_INTEREST] = "interest",
	[MOVEMENT_PAYOUT] = "payout",
	[MOVEMENT_OTHER] = "other",
};

const char *const scheme_names[SCHEME_COUNT] = {
	[SCHEME_RESIDENT] = "resident",
	[SCHEME_ENTERPRISE] = "enterprise",
	[SCHEME_INSTITUTION] = "institution",
	[SCHEME_INJURY] = "injury",
};

const char *const roster_status_names[ROSTER_STATUS_COUNT] = {
	[ROSTER_RECEIVING] = "receiving",
	[ROSTER_SUSPENDED] = "suspended",
	[ROSTER_ENDED] = "ended",
	[ROSTER_DECEASED] = "deceased",
};

const char *const confirmation_method_names[METHOD_COUNT] = {
	[METHOD_APP_PROVINCE] = "app_province",
	[METHOD_APP_NATIONAL] = "app_national",
	[METHOD_ON_SITE] = "on_site",
	[METHOD_WINDOW] = "window",
	[METHOD_DATA_MATCH] = "data_match",
};

const char *const feedback_outcome_names[OUTCOME_COUNT] = {
	[OUTCOME_ALIVE] = "alive",
	[OUTCOME_DECEASED] = "deceased",
	[OUTCOME_LOST_CONTACT] = "lost_contact",
	[OUTCOME_MOVED_AWAY] = "moved_away",
	[OUTCOME_IMPRISONED] = "imprisoned",
	[OUTCOME_OTHER] = "other",
};

const char *const document_code_names[CODE_COUNT] = {
	[CODE_HASH_MISMATCH] = "hash_mismatch",
	[CODE_LIMIT_EXCEEDED] = "limit_exceeded",
	[CODE_GZIP_DAMAGED] = "gzip_damaged",
	[CODE_CHARSET] = "charset",
	[CODE_UNKNOWN_LAYOUT] = "unknown_layout",
	[CODE_BAD_HEADERS] = "bad_headers",
	[CODE_UNKNOWN_FORMAT] = "unknown_format",
	[CODE_MISSING_HEADER] = "missing_header",
	[CODE_FIELD_COUNT] = "field_count",
	[CODE_LINE_NUMBER] = "line_number",
	[CODE_BAD_DATE] = "bad_date",
	[CODE_BAD_AMOUNT] = "bad_amount",
	[CODE_BAD_FIELD] = "bad_field",
	[CODE_MISSING_TRAILER] = "missing_trailer",
	[CODE_COUNT_MISMATCH] = "count_mismatch",
	[CODE_SUM_MISMATCH] = "sum_mismatch",
	[CODE_BAD_CONTROL] = "bad_control",
	[CODE_DOCTYPE] = "doctype",
	[CODE_XML_MALFORMED] = "xml_malformed",
	[CODE_INVALID_ID_NUMBER] = "invalid_id_number",
	[CODE_INVALID_SCHEME] = "invalid_scheme",
	[CODE_INVALID_TOWNSHIP] = "invalid_township",
	[CODE_INVALID_STATUS] = "invalid_status",
	[CODE_INVALID_METHOD] = "invalid_method",
	[CODE_INVALID_OUTCOME] = "invalid_outcome",
	[CODE_FUTURE_DATE] = "future_date",
	[CODE_INVALID_ROW] = "invalid_row",
};

int record_name_index(const char *const *names, int count, struct span text)
{
	for (int i = 1; i < count; i++)
		if (span_equal(text, span_of(names[i])))
			return i;
	return 0;
}

civil_date campaign_as_of(struct span text)
{
	char day[CIVIL_DATE_TEXT_SIZE] = "YYYY-MM-01";

	if (text.length != CIVIL_MONTH_TEXT_SIZE - 1)
		return CIVIL_DATE_NONE;
	memcpy(day, text.data, text.length);
	if (memcmp(day + 4, "-03", 3) != 0 && memcmp(day + 4, "-09", 3) != 0)
		return CIVIL_DATE_NONE;
	return civil_date_parse(day, CIVIL_DATE_TEXT_SIZE - 1);
}

/* Whether an error at line 0 outranks what is listed: codes are in the order in which 5.2 has them. */
static bool outranks(const struct document_errors *errors, enum document_code code)
{
	return errors->count == 0 || errors->items[0].line != 0 || code < errors->items[0].code;
}

/* Makes room for an error at a line and field; NULL if what is listed stays as it is. */
static struct document_error *errors_slot(
	struct document_errors *errors, enum document_code code, uint32_t line, uint32_t field)
{
	uint32_t at = errors->count;

	if (line == 0) {
		if (!outranks(errors, code))
			return NULL;
		errors->count = 1;
		errors->total = 1;
		return &errors->items[0];
	}
	if (errors->count > 0 && errors->items[0].line == 0)
		return NULL;
	while (at > 0 && errors->items[at - 1].line > line)
		at--;
	if (at > 0 && errors->items[at - 1].line == line)
		return field < errors->items[at - 1].field ? &errors->items[at - 1] : NULL;
	errors->total++;
	if (at == DOCUMENT_ERRORS_MAX)
		return NULL;
	if (errors->count < DOCUMENT_ERRORS_MAX)
		errors->count++;
	memmove(&errors->items[at + 1], &errors->items[at], (errors->count - 1 - at) * sizeof(errors->items[0]));
	return &errors->items[at];
}

void document_errors_add(
	struct document_errors *errors, enum document_code code, uint32_t line, uint32_t field, const char *format, ...)
{
	struct document_error *error = errors_slot(errors, code, line, field);
	va_list arguments;

	assert(code > CODE_NONE && code < CODE_COUNT);
	if (error == NULL)
		return;
	error->code = code;
	error->line = line;
	error->field = field;
	va_start(arguments, format);
	vsnprintf(error->message, sizeof(error->message), format, arguments);
	va_end(arguments);
}
