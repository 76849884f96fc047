/* format_parser: what every format does the same way: agreement with the headers, delivery to the sink. */
#include "parsers/format_parser.h"

static bool agrees(const char *said, const char *content)
{
	return said == NULL || *said == '\0' || strcmp(said, content) == 0;
}

void parse_set_county(struct parse *parse, const char *county)
{
	const struct document_context *context = parse->context;
	struct document_header *header = &parse->header;

	memcpy(header->county, county, sizeof(header->county) - 1);
	header->county[sizeof(header->county) - 1] = '\0';
	if (!agrees(context->headers->county, header->county))
		document_errors_add(parse->errors, CODE_BAD_HEADERS, 0, 0,
			"header county is not the county of the content; correct the header and send the document "
			"again");
	if (!agrees(context->key_county, header->county))
		document_errors_add(parse->errors, CODE_BAD_HEADERS, 0, 0,
			"the message key is not the county of the content; send the document again with the right key");
}

void parse_set_bank(struct parse *parse, struct span bank)
{
	const char *said = parse->context->headers->bank;

	parse->header.bank = bank;
	if (*said != '\0' && !span_equal(span_of(said), bank))
		document_errors_add(parse->errors, CODE_BAD_HEADERS, 0, 0,
			"header bank is not the bank of the content; correct the header and send the document again");
}

bool parse_is_over(const struct parse *parse)
{
	return parse->stopped || (parse->errors->count > 0 && parse->errors->items[0].line == 0);
}

static bool wanted(const struct parse *parse)
{
	return !parse->stopped && parse->errors->count == 0;
}

void parse_deliver_header(struct parse *parse)
{
	const struct record_sink *sink = parse->sink;

	if (wanted(parse) && sink->header != NULL && !sink->header(sink->context, &parse->header))
		parse->stopped = true;
}

void parse_deliver_record(struct parse *parse, const struct document_record *record)
{
	const struct record_sink *sink = parse->sink;

	if (wanted(parse) && sink->record != NULL && !sink->record(sink->context, record))
		parse->stopped = true;
}

void parse_deliver_row_error(struct parse *parse, const struct row_error *error)
{
	const struct record_sink *sink = parse->sink;

	if (wanted(parse) && sink->row_error != NULL && !sink->row_error(sink->context, error))
		parse->stopped = true;
}
