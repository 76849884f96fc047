/* text_document: the order of lines H, D…, T, their counts and sums. */
#include "parsers/text_document.h"

#include <stdlib.h>

const struct text_kind text_kinds[DOCUMENT_KIND_COUNT] = {
	[DOCUMENT_MOVEMENTS] = {"MOVEMENTS", 9, true, 7, 12, 9},
	[DOCUMENT_RESULTS] = {"RESULTS", 8, false, 7, 9, 6},
	[DOCUMENT_PAYROLL] = {"PAYROLL", 8, false, 7, 6, 6},
	[DOCUMENT_ROSTER] = {"ROSTER", 5, false, 5, 18, 0},
	[DOCUMENT_CONFIRMATIONS] = {"CONFIRMATIONS", 5, false, 5, 7, 0},
	[DOCUMENT_FEEDBACK] = {"FEEDBACK", 6, false, 6, 11, 0},
};

enum { TRAILER_COUNT_FIELD = 2, TRAILER_SUM_FIELD = 3 };

void text_document_add_error(struct text_document *document, enum document_code code, uint32_t line, uint32_t field,
	const char *name, const char *problem)
{
	document_errors_add(document->parse->errors, code, line, field, "%s %s; correct it and send the document again",
		name, problem);
}

const char *text_document_common_problem(const struct text_document *document, uint32_t field)
{
	if (document->fields.field[field].length == 0)
		return "is empty";
	return text_fields_control(&document->fields, field) ? "holds a control character" : NULL;
}

/* The letter that is the first field of a line, NUL if that is none. */
static char line_letter(const char *line, size_t length)
{
	return length > 0 && (length == 1 || line[1] == '|') ? *line : '\0';
}

static enum document_kind kind_named(struct span name)
{
	for (int kind = 0; kind < DOCUMENT_KIND_COUNT; kind++)
		if (text_kinds[kind].name != NULL && span_equal(span_of(text_kinds[kind].name), name))
			return (enum document_kind)kind;
	return DOCUMENT_KIND_NONE;
}

/* The kind in H, and whether it is the one that the headers say. */
static bool set_kind(struct text_document *document)
{
	struct parse *parse = document->parse;
	enum document_kind said = parse->header.kind;

	if (document->fields.count >= 2)
		document->kind = kind_named(document->fields.field[2]);
	if (document->kind == DOCUMENT_KIND_NONE) {
		document_errors_add(parse->errors, CODE_UNKNOWN_FORMAT, 0, 0,
			"the first line names no kind of document; field 2 is MOVEMENTS, RESULTS, PAYROLL, ROSTER, "
			"...");
		return false;
	}
	parse->header.kind = document->kind;
	parse->header.layout = span_of(document_kind_names[document->kind]);
	if (said == DOCUMENT_KIND_NONE || said == document->kind)
		return true;
	document_errors_add(parse->errors, CODE_BAD_FIELD, 1, 2,
		"the kind in H is not the one in the headers; correct either and send the document again");
	return false;
}

static void take_header(struct text_document *document, const char *line, size_t length, bool too_long)
{
	struct parse *parse = document->parse;

	document->header_line = malloc(length);
	if (document->header_line == NULL) {
		parse->stopped = true;
		return;
	}
	memcpy(document->header_line, line, length);
	text_fields_split(&document->fields, document->header_line, length);
	document->over = !set_kind(document);
	if (document->kind == DOCUMENT_KIND_NONE)
		return;
	if (document->over) {
		text_header_identify(document);
		return;
	}
	if (too_long)
		document_errors_add(parse->errors, CODE_LIMIT_EXCEEDED, 1, 0, "the line is too long; shorten it");
	else
		text_header_read(document);
	parse_deliver_header(parse);
}

static void take_trailer(struct text_document *document, uint32_t number)
{
	const bool has_sum = text_kinds[document->kind].amount_field != 0;
	const struct span *field = document->fields.field;

	if (document->fields.count != (has_sum ? TRAILER_SUM_FIELD : TRAILER_COUNT_FIELD)) {
		document_errors_add(document->parse->errors, CODE_FIELD_COUNT, number, 0,
			"T has a wrong number of fields; it has the letter, COUNT%s", has_sum ? " and SUM" : "");
		return;
	}
	if (!text_count(field[TRAILER_COUNT_FIELD], &document->trailer_count))
		text_document_add_error(document, CODE_BAD_FIELD, number, TRAILER_COUNT_FIELD, "COUNT", "is no number");
	if (has_sum && !text_number(field[TRAILER_SUM_FIELD], SUM_FEN_MAX, &document->trailer_sum_fen))
		text_document_add_error(
			document, CODE_BAD_AMOUNT, number, TRAILER_SUM_FIELD, "SUM", "is no number of fen up to 10^18");
}

/* One more D line; false if there may be no more. */
static bool count_row(struct text_document *document, uint32_t number)
{
	if (document->row_count == document->parse->context->limits->rows) {
		document_errors_add(document->parse->errors, CODE_LIMIT_EXCEEDED, number, 0,
			"the document has too many rows; split it or raise the limit");
		document->over = true;
		return false;
	}
	document->row_count++;
	return true;
}

/* A line after H and before or after T; only its beginning is there if it is too long. */
static void take_line(struct text_document *document, const char *line, size_t length, uint32_t number, bool too_long)
{
	struct document_errors *errors = document->parse->errors;
	char letter = line_letter(line, length);

	if (document->trailer_line != 0 && length == 0 && !document->empty_line_seen) {
		document->empty_line_seen = true;
	} else if (too_long) {
		document_errors_add(errors, CODE_LIMIT_EXCEEDED, number, 0, "the line is too long; shorten it");
	} else if (document->trailer_line != 0) {
		document_errors_add(errors, CODE_BAD_FIELD, number, 1,
			"something follows the trailer T; nothing but one empty line may");
	} else if (letter != 'D' && letter != 'T') {
		document_errors_add(errors, CODE_BAD_FIELD, number, 1,
			"the line begins with neither D nor T; correct it and send the document again");
	}
	if (document->trailer_line != 0)
		return;
	if (letter == 'T')
		document->trailer_line = number;
	else if (letter != 'D' || !count_row(document, number))
		return;
	if (too_long)
		return;
	text_fields_split(&document->fields, line, length);
	if (letter == 'D')
		text_row_read(document, number);
	else
		take_trailer(document, number);
}

static bool on_line(void *context, const char *line, size_t length, uint32_t number, bool too_long)
{
	struct text_document *document = context;

	if (document->kind == DOCUMENT_KIND_NONE)
		take_header(document, line, length, too_long);
	else
		take_line(document, line, length, number, too_long);
	document->over = document->over || parse_is_over(document->parse);
	return !document->over;
}

/* COUNT and SUM of one line against what was read. */
static void compare_totals(
	struct text_document *document, uint32_t line, uint32_t count_field, uint64_t count, uint64_t sum)
{
	struct document_errors *errors = document->parse->errors;

	if (count != document->row_count)
		document_errors_add(errors, CODE_COUNT_MISMATCH, line, count_field,
			"COUNT is not the number of D lines; a line was lost, added or counted wrongly");
	else if (text_kinds[document->kind].amount_field != 0 && sum != document->row_sum_fen)
		document_errors_add(errors, CODE_SUM_MISMATCH, line, count_field + 1,
			"SUM is not the sum of the amounts; an amount was changed or summed up wrongly");
}

static void text_document_finish(void *format)
{
	struct text_document *document = format;
	struct parse *parse = document->parse;
	const struct document_header *header = &parse->header;

	if (!document->over)
		text_lines_finish(&document->lines);
	parse->stopped = parse->stopped || document->lines.memory_short;
	if (document->over || parse->stopped)
		return;
	if (document->trailer_line == 0) {
		document_errors_add(parse->errors, CODE_MISSING_TRAILER, document->lines.number + 1, 0,
			"the document ends without its trailer T; it was cut short, send it whole");
	} else if (parse->errors->count == 0) {
		compare_totals(document, 1, text_kinds[document->kind].count_field, header->declared_lines,
			header->declared_sum_fen);
		compare_totals(document, document->trailer_line, TRAILER_COUNT_FIELD, document->trailer_count,
			document->trailer_sum_fen);
	}
}

static bool text_document_feed(void *format, const char *text, size_t length)
{
	struct text_document *document = format;

	if (document->over)
		return false;
	text_lines_feed(&document->lines, text, length);
	document->parse->stopped = document->parse->stopped || document->lines.memory_short;
	return !document->over && !document->parse->stopped;
}

static void *text_document_create(struct parse *parse)
{
	struct text_document *document = calloc(1, sizeof(*document));

	if (document == NULL)
		return NULL;
	document->parse = parse;
	document->movements_from = CIVIL_DATE_MIN;
	document->movements_to = CIVIL_DATE_MAX;
	text_lines_init(&document->lines, parse->context->limits->line_bytes, on_line, document);
	return document;
}

static void text_document_destroy(void *format)
{
	struct text_document *document = format;

	text_lines_clear(&document->lines);
	free(document->header_line);
	free(document);
}

const struct format_parser text_document_format = {
	.create = text_document_create,
	.feed = text_document_feed,
	.finish = text_document_finish,
	.destroy = text_document_destroy,
};
