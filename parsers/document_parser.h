/*
 * document_parser: decompressed bytes of one document in, typed records and structural errors out (design section 5).
 *
 * Owner: the caller, who frees it. Push style: feed any number of pieces of any size, then finish; how the bytes are
 * cut never shows. One thread at a time. Memory is bounded by the limits, not by the document.
 *
 * Stages in front of it: gzip_reader (bytes as received → content) and content_scan (document id, UTF-8 or not).
 */
#ifndef DUIZHANG_PARSERS_DOCUMENT_PARSER_H
#define DUIZHANG_PARSERS_DOCUMENT_PARSER_H

#include "parsers/message_headers.h"
#include "parsers/record.h"

/* Limits of 5.5; document_limits_default has the design's. */
struct document_limits {
	uint64_t document_bytes; /* decompressed, 512 MiB */
	uint32_t gzip_ratio;     /* 200 after the first MiB */
	uint32_t gzip_members;   /* 16 */
	uint32_t line_bytes;     /* 64 KiB */
	uint32_t rows;           /* 10,000,000 */
	uint32_t xml_depth;      /* 64 */
	uint32_t xml_names;      /* 1,024 distinct */
	uint32_t xml_text_bytes; /* 64 KiB a field */
};
extern const struct document_limits document_limits_default;

struct layout_set; /* configured layouts (layout.h); NULL: only the built-in ones */

/* What a document is judged against, besides its bytes. All pointers outlive the parser. */
struct document_context {
	const struct message_headers *headers;
	const char *key_county; /* county of the message key, NULL or "" if there is none */
	civil_date log_date;    /* movements may not end after it; NONE: not checked (directory) */
	const struct document_limits *limits;
	const struct layout_set *layouts;
	void *context; /* for the two functions, which may be NULL */
	/* The oldest `to`, `as_of` or last day of a month that retention still takes; NONE: no limit (section 8). */
	civil_date (*oldest_date)(void *context, const char county[7]);
	/* person_ref of section 9 as 32 hex digits and NUL, for the task_id rule of feedback. */
	void (*person_ref)(void *context, const char id_number[ID_NUMBER_LENGTH], char hex[33]);
};

struct document_parser;

/*
 * charset: "UTF-8" or "GB18030", as content_scan and the charset header decide; pass UTF-8 to speculate, and begin
 * again with GB18030 when the scan finds that the content is not UTF-8. errors is the caller's, filled as they are
 * found. NULL only when memory is short.
 */
struct document_parser *document_parser_new(const struct document_context *context, const char *charset,
	const struct record_sink *sink, struct document_errors *errors);

/*
 * False once nothing that is still to come can change the outcome: an invalid character was met, a callback said stop,
 * or memory is short; further feeding does nothing. After other errors feeding goes on, since an invalid character
 * later in the content goes before them (5.2).
 */
bool document_parser_feed(struct document_parser *parser, const void *bytes, size_t length);

/*
 * The end of the content. True if the document is whole and has no structural error; false without an error in the list
 * if a callback said stop or memory was short.
 */
bool document_parser_finish(struct document_parser *parser);

/*
 * What content and headers say of the document, also after a refusal (for the receipt): kind, layout, bank, county as
 * far as known. Valid until the parser is freed.
 */
const struct document_header *document_parser_header(const struct document_parser *parser);

void document_parser_free(struct document_parser *parser);

#endif
