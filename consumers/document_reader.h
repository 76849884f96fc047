/*
 * document_reader: one document's bytes → content → records, and what is then known of it: ids, charset, errors.
 *
 * The stages are gzip_reader, content_scan, document_parser. Content is taken for UTF-8 at first; if it is not, it is
 * read again as GB18030. Nothing is written anywhere.
 *
 * Owner: the caller, who keeps it in one place. One thread. Source, context and sink are borrowed.
 */
#ifndef DUIZHANG_CONSUMERS_DOCUMENT_READER_H
#define DUIZHANG_CONSUMERS_DOCUMENT_READER_H

#include "daemon/transport.h"
#include "parsers/content_scan.h"
#include "parsers/document_parser.h"
#include "parsers/gzip_reader.h"

struct document_reader {
	struct byte_source source;
	const struct document_context *context; /* headers and limits in it are set */
	const struct record_sink *sink;
	void (*restarted)(void *context); /* of the sink: what came so far is void, it comes again; may be NULL */
	/* The pass in hand. */
	struct gzip_reader *gzip;
	struct content_scan *scan;
	struct document_parser *parser;
	uint8_t *buffer;
	bool scanning;        /* the first pass: bytes are hashed */
	bool repeating;       /* a pass after everything is known */
	bool content_stopped; /* the parser wants no more content */
	bool at_end;          /* of the bytes; unless `known`, another pass begins with the next step */
	/* What is known of the document. */
	bool known;
	uint8_t value_sha256[SHA256_SIZE];
	uint8_t id[SHA256_SIZE];
	bool utf8;
	const char *charset;
	bool refused;
	struct document_errors *errors;
	struct document_header header; /* its texts are in header_text */
	char header_text[4][128];
};

/* Nothing is read yet. */
void document_reader_begin(struct document_reader *reader, struct byte_source source,
	const struct document_context *context, const struct record_sink *sink, void (*restarted)(void *context));

/*
 * Reads a piece of some 64 KiB. After the last one `known` is set and all that is known is filled in, after that of a
 * repeated pass at_end. False with error RETRY: the source cannot be read, or memory is short.
 */
bool document_reader_step(struct document_reader *reader, struct error *error);

/* Once all is known: delivers the records to the sink once more, by further steps until at_end. */
bool document_reader_repeat(struct document_reader *reader, struct error *error);

void document_reader_free(struct document_reader *reader);

#endif
