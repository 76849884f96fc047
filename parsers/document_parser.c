/* document_parser: checks headers, decodes, finds out which format the content has, and lets that format read it. */
#include "parsers/document_parser.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "parsers/charset_decoder.h"
#include "parsers/control_document.h"
#include "parsers/format_parser.h"
#include "parsers/text_document.h"

const struct document_limits document_limits_default = {
	.document_bytes = UINT64_C(512) << 20,
	.gzip_ratio = 200,
	.gzip_members = 16,
	.line_bytes = 64 << 10,
	.rows = 10000000,
	.xml_depth = 64,
	.xml_names = 1024,
	.xml_text_bytes = 64 << 10,
};

enum { SNIFF_SIZE = 2 }; /* bytes that tell the format */

struct document_parser {
	struct parse parse;
	struct charset_decoder *decoder;
	const char *charset;
	enum document_kind expected_kind;   /* by header kind or a built-in layout; NONE: the content says it */
	const struct format_parser *format; /* NULL until the content has shown it */
	void *format_state;
	bool format_over; /* what is still fed is only decoded: an invalid character goes before other errors */
	char sniffed[SNIFF_SIZE];
	size_t sniffed_length;
};

#define KIND_BIT(kind) (1u << (kind))
#define ANY_KIND       (KIND_BIT(DOCUMENT_KIND_COUNT) - 1)

/*
 * Formats by how their content begins, and the kinds for which they are read: text documents say their kind themselves.
 * ISO 20022 (5.3) is another row, "<" for movements and results.
 */
static const struct {
	const char *beginning;
	unsigned kinds;
	const struct format_parser *format;
} formats[] = {
	{"H|", ANY_KIND, &text_document_format},
	{"{", KIND_BIT(DOCUMENT_KIND_NONE) | KIND_BIT(DOCUMENT_CONTROL), &control_document_format},
};

static bool is_canonical(enum document_kind kind)
{
	return kind != DOCUMENT_KIND_NONE && kind != DOCUMENT_CONTROL;
}

/*
 * The kind of a built-in layout, NONE if there is no such layout. Configured layouts (5.4) are looked up here, in
 * context->layouts: such a layout is the document's format, whatever its content begins with.
 */
static enum document_kind layout_kind(const char *layout)
{
	enum document_kind kind =
		(enum document_kind)record_name_index(document_kind_names, DOCUMENT_KIND_COUNT, span_of(layout));

	return is_canonical(kind) ? kind : DOCUMENT_KIND_NONE;
}

static void judge_layout(struct document_parser *parser, const struct message_headers *headers)
{
	struct parse *parse = &parser->parse;

	if (*headers->layout == '\0')
		return;
	parse->header.layout = span_of(headers->layout);
	parser->expected_kind = layout_kind(headers->layout);
	if (parser->expected_kind == DOCUMENT_KIND_NONE) {
		document_errors_add(parse->errors, CODE_UNKNOWN_LAYOUT, 0, 0,
			"header layout names no layout that is built in or configured; correct it or configure the "
			"layout");
		parser->format_over = true;
	} else if (headers->kind != DOCUMENT_KIND_NONE && headers->kind != parser->expected_kind) {
		document_errors_add(parse->errors, CODE_BAD_HEADERS, 0, 0,
			"header kind is not the kind of the layout in header layout; correct either");
	}
}

/* What the headers say alone. The content is read all the same, so far as it tells what the document is. */
static void judge_headers(struct document_parser *parser)
{
	struct parse *parse = &parser->parse;
	const struct message_headers *headers = parse->context->headers;
	const char *key_county = parse->context->key_county;

	assert(headers != NULL);
	memcpy(parse->header.county, headers->county, sizeof(parse->header.county));
	parse->header.bank = span_of(headers->bank);
	judge_layout(parser, headers);
	if (headers->kind != DOCUMENT_KIND_NONE)
		parser->expected_kind = headers->kind;
	parse->header.kind = parser->expected_kind;
	if (headers->bad)
		document_errors_add(parse->errors, CODE_BAD_HEADERS, 0, 0,
			"header %s is missing or not well-formed; correct it and send the document again",
			headers->bad_header);
	if (*headers->county != '\0' && key_county != NULL && *key_county != '\0' &&
		strcmp(headers->county, key_county) != 0)
		document_errors_add(parse->errors, CODE_BAD_HEADERS, 0, 0,
			"header county is not the county of the message key; correct either and send the document "
			"again");
}

static const struct format_parser *find_format(const struct document_parser *parser)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		size_t length = strlen(formats[i].beginning);

		if ((formats[i].kinds & KIND_BIT(parser->expected_kind)) != 0 && parser->sniffed_length >= length &&
			memcmp(parser->sniffed, formats[i].beginning, length) == 0)
			return formats[i].format;
	}
	/* Said to be control, it is judged as JSON whatever it is. */
	return parser->expected_kind == DOCUMENT_CONTROL ? &control_document_format : NULL;
}

static void refuse_format(struct document_parser *parser)
{
	if (is_canonical(parser->expected_kind) && parser->sniffed_length > 0)
		document_errors_add(parser->parse.errors, CODE_MISSING_HEADER, 1, 1,
			"the first line does not begin with H|; the document was cut or is of another kind");
	else
		document_errors_add(parser->parse.errors, CODE_UNKNOWN_FORMAT, 0, 0,
			parser->sniffed_length == 0
				? "the document is empty; send it again"
				: "the content begins with neither H| nor {, and no header says its kind or layout");
}

/* Chooses the format by the first bytes, all that there are or SNIFF_SIZE, and gives them to it. */
static void begin_format(struct document_parser *parser)
{
	parser->format = parser->sniffed_length > 0 ? find_format(parser) : NULL;
	if (parser->format == NULL) {
		refuse_format(parser);
		parser->format_over = true;
		return;
	}
	parser->format_state = parser->format->create(&parser->parse);
	if (parser->format_state == NULL) {
		parser->format = NULL;
		parser->parse.stopped = true;
		return;
	}
	parser->format_over = !parser->format->feed(parser->format_state, parser->sniffed, parser->sniffed_length);
}

static bool on_text(void *context, const char *text, size_t length)
{
	struct document_parser *parser = context;
	size_t taken = 0;

	if (parser->format == NULL && !parser->format_over) {
		while (taken < length && parser->sniffed_length < SNIFF_SIZE)
			parser->sniffed[parser->sniffed_length++] = text[taken++];
		if (parser->sniffed_length == SNIFF_SIZE)
			begin_format(parser);
	}
	if (parser->format != NULL && !parser->format_over && length > taken)
		parser->format_over = !parser->format->feed(parser->format_state, text + taken, length - taken);
	return !parser->parse.stopped;
}

struct document_parser *document_parser_new(const struct document_context *context, const char *charset,
	const struct record_sink *sink, struct document_errors *errors)
{
	struct document_parser *parser = calloc(1, sizeof(*parser));

	if (parser == NULL)
		return NULL;
	parser->decoder = charset_decoder_new(charset, on_text, parser);
	if (parser->decoder == NULL) {
		free(parser);
		return NULL;
	}
	parser->charset = charset;
	parser->parse.context = context;
	parser->parse.sink = sink;
	parser->parse.errors = errors;
	judge_headers(parser);
	return parser;
}

/*
 * Whether all went well so far as the decoder is concerned. Bytes of a charset that nobody knows are not judged: the
 * header that names it is what is wrong.
 */
static bool judge_charset(struct document_parser *parser, bool decoded)
{
	const struct message_headers *headers = parser->parse.context->headers;
	bool charset_known = !headers->bad || strcmp(headers->bad_header, "charset") != 0;
	uint64_t offset;

	if (!decoded && charset_known && charset_decoder_error(parser->decoder, &offset))
		document_errors_add(parser->parse.errors, CODE_CHARSET, 0, 0,
			"the bytes from offset %" PRIu64
			" on are no character of %s; name the right charset or send the "
			"file whole",
			offset, parser->charset);
	return decoded;
}

bool document_parser_feed(struct document_parser *parser, const void *bytes, size_t length)
{
	return judge_charset(parser, charset_decoder_feed(parser->decoder, bytes, length));
}

bool document_parser_finish(struct document_parser *parser)
{
	struct parse *parse = &parser->parse;

	if (judge_charset(parser, charset_decoder_finish(parser->decoder))) {
		if (parser->format == NULL && !parser->format_over)
			begin_format(parser);
		if (parser->format != NULL && !parse->stopped)
			parser->format->finish(parser->format_state);
	}
	return !parse->stopped && parse->errors->count == 0;
}

const struct document_header *document_parser_header(const struct document_parser *parser)
{
	return &parser->parse.header;
}

void document_parser_free(struct document_parser *parser)
{
	if (parser == NULL)
		return;
	if (parser->format != NULL)
		parser->format->destroy(parser->format_state);
	charset_decoder_free(parser->decoder);
	free(parser);
}
