/*
 * format_parser: what document_parser asks of a format, and what it gives each format to work with.
 *
 * A format is a constant table of functions and a state for each document. The state is owned by document_parser, the
 * struct parse outlives it. One thread at a time.
 */
#ifndef DUIZHANG_PARSERS_FORMAT_PARSER_H
#define DUIZHANG_PARSERS_FORMAT_PARSER_H

#include "parsers/document_parser.h"

/* One document being read, shared by document_parser and the format. */
struct parse {
	const struct document_context *context;
	const struct record_sink *sink;
	struct document_errors *errors;
	/* From the message's headers at first; the format replaces what the content says. Its spans live as long as the
	 * format's state. */
	struct document_header header;
	/* A callback said stop, or memory was short: nothing more is read or delivered, and no error stands for it. */
	bool stopped;
};

struct format_parser {
	/* NULL when memory is short. */
	void *(*create)(struct parse *parse);
	/* The next piece of decoded text, whole UTF-8 characters. False if the format wants no more of it. */
	bool (*feed)(void *format, const char *text, size_t length);
	/* The end of the text; also after feed said false, not after a character that is invalid or parse->stopped. */
	void (*finish)(void *format);
	void (*destroy)(void *format);
};

/*
 * What the content says, once it is known to be well-formed: kept in the header, bad_headers if the message's key or
 * headers say otherwise (4.1). county has six digits; bank lives as long as the format's state.
 */
void parse_set_county(struct parse *parse, const char *county);
void parse_set_bank(struct parse *parse, struct span bank);

/* Nothing is worth reading any more but the bytes themselves: an error at line 0 or a stop. */
bool parse_is_over(const struct parse *parse);

/* To the sink, unless the document has an error: then nobody needs its rows. */
void parse_deliver_header(struct parse *parse);
void parse_deliver_record(struct parse *parse, const struct document_record *record);
void parse_deliver_row_error(struct parse *parse, const struct row_error *error);

#endif
