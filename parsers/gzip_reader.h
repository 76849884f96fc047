/*
 * gzip_reader: the bytes of a document as received → its content: plain bytes as they are, gzip inflated, with the
 * limits of design 5.5 enforced before memory is spent.
 *
 * Owner: the caller. Push style; how bytes are cut never shows. One thread at a time.
 */
#ifndef DUIZHANG_PARSERS_GZIP_READER_H
#define DUIZHANG_PARSERS_GZIP_READER_H

#include "parsers/document_parser.h"

struct gzip_reader;

/* Receives content in pieces; false stops the reading (gzip_reader_feed then returns false without an error). */
typedef bool (*gzip_content_function)(void *context, const void *bytes, size_t length);

struct gzip_reader *gzip_reader_new(const struct document_limits *limits, gzip_content_function content, void *context);

/* False after damage, a limit, or when content said stop; further feeding does nothing. */
bool gzip_reader_feed(struct gzip_reader *reader, const void *bytes, size_t length);

/* The end of the bytes: an unfinished gzip member is damage. True if the content is whole. */
bool gzip_reader_finish(struct gzip_reader *reader);

/* CODE_NONE, CODE_LIMIT_EXCEEDED or CODE_GZIP_DAMAGED, the byte offset in the input where it was seen, a sentence. */
enum document_code gzip_reader_error(const struct gzip_reader *reader, uint64_t *input_offset, const char **message);

void gzip_reader_free(struct gzip_reader *reader);

#endif
