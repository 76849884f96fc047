/* text_header: the fields of H, each read into the document's header by a function of its own. */
#include "parsers/text_document.h"

enum { COUNTY_LENGTH = 6, PARTS_MAX = 9999 };

/* Each returns NULL, or what is wrong with the value, as a message goes on after the field's name. */
typedef const char *(*header_read)(struct text_document *document, struct span text);

struct header_field {
	const char *name;
	enum document_code code;
	header_read read;
	bool identity; /* read also when other fields are missing */
};

static const char *read_bank(struct text_document *document, struct span text)
{
	if (!text_token(text))
		return "is not 1 to 40 visible ASCII characters";
	parse_set_bank(document->parse, text);
	return NULL;
}

static const char *read_county(struct text_document *document, struct span text)
{
	if (!text_digits(text, COUNTY_LENGTH))
		return "is no county code of six digits";
	parse_set_county(document->parse, text.data);
	return NULL;
}

/* Retention (section 8): what ends on a day is taken from oldest_date on. */
static bool too_old(const struct text_document *document, civil_date last_day)
{
	const struct document_context *context = document->parse->context;

	return context->oldest_date != NULL &&
	       last_day < context->oldest_date(context->context, document->parse->header.county);
}

static const char *read_date(struct span text, civil_date *date)
{
	*date = civil_date_parse_compact(text.data, text.length);
	return *date == CIVIL_DATE_NONE ? "is no date YYYYMMDD" : NULL;
}

static const char *read_from(struct text_document *document, struct span text)
{
	return read_date(text, &document->parse->header.from);
}

static const char *judge_to(const struct text_document *document)
{
	const struct document_header *header = &document->parse->header;
	civil_date log_date = document->parse->context->log_date;

	if (header->to < header->from)
		return "lies before from";
	if (log_date != CIVIL_DATE_NONE && header->to > log_date)
		return "lies after the day on which the document arrived";
	return too_old(document, header->to) ? "lies before the years that are kept" : NULL;
}

static const char *read_to(struct text_document *document, struct span text)
{
	struct document_header *header = &document->parse->header;
	const char *problem = read_date(text, &header->to);

	if (problem == NULL)
		problem = judge_to(document);
	if (problem == NULL && header->from != CIVIL_DATE_NONE) {
		document->movements_from = header->from;
		document->movements_to = header->to;
	}
	return problem;
}

static const char *read_as_of(struct text_document *document, struct span text)
{
	struct document_header *header = &document->parse->header;
	const char *problem = read_date(text, &header->as_of);

	if (problem == NULL && too_old(document, header->as_of))
		problem = "lies before the years that are kept";
	return problem;
}

static const char *read_batch(struct text_document *document, struct span text)
{
	document->parse->header.batch = text;
	return NULL;
}

static const char *read_month(struct text_document *document, struct span text)
{
	struct document_header *header = &document->parse->header;

	if (!civil_month_parse_compact(text.data, text.length, &header->month))
		return "is no month YYYYMM";
	return too_old(document, civil_month_last_day(header->month)) ? "lies before the years that are kept" : NULL;
}

static const char *read_campaign(struct text_document *document, struct span text)
{
	struct document_header *header = &document->parse->header;

	header->campaign = text;
	header->as_of = campaign_as_of(text);
	return header->as_of == CIVIL_DATE_NONE ? "is no campaign YYYY-03 or YYYY-09" : NULL;
}

static const char *read_township(struct text_document *document, struct span text)
{
	document->parse->header.township = text;
	return text_township(text, document->parse->header.county) ? NULL
								   : "is no township code of nine digits in the county";
}

static const char *read_count(struct text_document *document, struct span text)
{
	return text_count(text, &document->parse->header.declared_lines) ? NULL : "is no number";
}

static const char *read_sum(struct text_document *document, struct span text)
{
	document->parse->header.has_sum = true;
	return text_number(text, SUM_FEN_MAX, &document->parse->header.declared_sum_fen)
		       ? NULL
		       : "is no number of fen up to 10^18";
}

static const char *read_part(struct text_document *document, struct span text)
{
	struct document_header *header = &document->parse->header;

	return message_headers_parse_part(text, PARTS_MAX, &header->part_k, &header->part_n)
		       ? NULL
		       : "is not k/n with 1 <= k <= n <= 9999";
}

static const struct header_field bank = {"bank", CODE_BAD_FIELD, read_bank, true};
static const struct header_field county = {"county", CODE_BAD_FIELD, read_county, true};
static const struct header_field from = {"from", CODE_BAD_DATE, read_from, false};
static const struct header_field to = {"to", CODE_BAD_DATE, read_to, false};
static const struct header_field as_of = {"as_of", CODE_BAD_DATE, read_as_of, false};
static const struct header_field batch = {"batch", CODE_BAD_FIELD, read_batch, false};
static const struct header_field month = {"month", CODE_BAD_DATE, read_month, false};
static const struct header_field campaign = {"campaign", CODE_BAD_FIELD, read_campaign, false};
static const struct header_field township = {"township", CODE_BAD_FIELD, read_township, false};
static const struct header_field count = {"COUNT", CODE_BAD_FIELD, read_count, false};
static const struct header_field sum = {"SUM", CODE_BAD_AMOUNT, read_sum, false};
static const struct header_field part = {"part", CODE_BAD_FIELD, read_part, false};

/* Fields 3 … of H. */
static const struct header_field *const header_fields[DOCUMENT_KIND_COUNT][7] = {
	[DOCUMENT_MOVEMENTS] = {&bank, &county, &from, &to, &count, &sum, &part},
	[DOCUMENT_RESULTS] = {&bank, &county, &batch, &month, &count, &sum},
	[DOCUMENT_PAYROLL] = {&bank, &county, &batch, &month, &count, &sum},
	[DOCUMENT_ROSTER] = {&county, &as_of, &count},
	[DOCUMENT_CONFIRMATIONS] = {&county, &as_of, &count},
	[DOCUMENT_FEEDBACK] = {&county, &campaign, &township, &count},
};

enum { HEADER_FIELD_FIRST = 3 };

/* Reads the fields that are there, all of them or bank and county; what is wrong with them is an error of line 1. */
static void read_fields(struct text_document *document, bool identity_only)
{
	uint32_t there = document->fields.count;
	uint32_t last = text_kinds[document->kind].header_fields;

	last = there < last ? there : last;
	for (uint32_t field = HEADER_FIELD_FIRST; field <= last; field++) {
		const struct header_field *rule = header_fields[document->kind][field - HEADER_FIELD_FIRST];
		const char *problem;

		if (identity_only && !rule->identity)
			continue;
		problem = text_document_common_problem(document, field);
		if (problem == NULL)
			problem = rule->read(document, document->fields.field[field]);
		if (problem != NULL)
			text_document_add_error(document, rule->code, 1, field, rule->name, problem);
	}
}

void text_header_identify(struct text_document *document)
{
	read_fields(document, true);
}

void text_header_read(struct text_document *document)
{
	const struct text_kind *kind = &text_kinds[document->kind];
	struct document_header *header = &document->parse->header;
	uint32_t missing = kind->header_fields - document->fields.count;
	bool whole = missing == 0 || (missing == 1 && kind->part_optional);

	header->covers = document->kind == DOCUMENT_MOVEMENTS;
	header->part_k = header->part_n = 1;
	if (!whole)
		document_errors_add(document->parse->errors, CODE_FIELD_COUNT, 1, 0,
			"H has a wrong number of fields; of this kind it has %u", kind->header_fields);
	read_fields(document, !whole);
}
