/* document_reader: passes over the bytes, and what they come to. */
#include "consumers/document_reader.h"

#include <assert.h>
#include <stdio.h>

#include "daemon/bytes.h"

#define READ_BYTES 65536

void document_reader_begin(struct document_reader *reader, struct byte_source source,
	const struct document_context *context, const struct record_sink *sink, void (*restarted)(void *context))
{
	*reader = (struct document_reader){.source = source, .context = context, .sink = sink, .restarted = restarted};
	reader->charset = strcmp(context->headers->charset, "GB18030") == 0 ? "GB18030" : "UTF-8";
	reader->errors = bytes_allocate(NULL, sizeof(*reader->errors));
	memset(reader->errors, 0, sizeof(*reader->errors));
	reader->buffer = bytes_allocate(NULL, READ_BYTES);
}

static void pass_end(struct document_reader *reader)
{
	gzip_reader_free(reader->gzip);
	document_parser_free(reader->parser);
	reader->gzip = NULL;
	reader->parser = NULL;
}

void document_reader_free(struct document_reader *reader)
{
	pass_end(reader);
	content_scan_free(reader->scan);
	free(reader->errors);
	free(reader->buffer);
	*reader = (struct document_reader){0};
}

static bool on_content(void *context, const void *bytes, size_t length)
{
	struct document_reader *reader = context;

	if (reader->scanning)
		content_scan_content(reader->scan, bytes, length);
	if (!reader->content_stopped && !document_parser_feed(reader->parser, bytes, length))
		reader->content_stopped = true;
	return true;
}

static bool pass_begin(struct document_reader *reader, struct error *error)
{
	pass_end(reader);
	reader->content_stopped = reader->at_end = false;
	memset(reader->errors, 0, sizeof(*reader->errors));
	reader->gzip = gzip_reader_new(reader->context->limits, on_content, reader);
	reader->parser = document_parser_new(reader->context, reader->charset, reader->sink, reader->errors);
	if (reader->gzip == NULL || reader->parser == NULL)
		return error_set(error, ERROR_RETRY, "give the process more memory", "memory is short");
	return reader->source.rewind(reader->source.context, error);
}

static bool first_pass(struct document_reader *reader, struct error *error)
{
	reader->scanning = true;
	reader->scan = content_scan_new();
	if (reader->scan == NULL)
		return error_set(error, ERROR_RETRY, "give the process more memory", "memory is short");
	return pass_begin(reader, error);
}

/* A document error at line 0 that comes before everything the parser may have found. */
static void refuse(struct document_reader *reader, enum document_code code, const char *message)
{
	memset(reader->errors, 0, sizeof(*reader->errors));
	document_errors_add(reader->errors, code, 0, 0, "%s", message);
}

/* The header outlives the parser that read it. */
static void keep_header(struct document_reader *reader)
{
	struct span *texts[] = {
		&reader->header.layout, &reader->header.bank, &reader->header.batch, &reader->header.campaign};

	reader->header = *document_parser_header(reader->parser);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		snprintf(reader->header_text[i], sizeof(reader->header_text[i]), "%.*s", (int)texts[i]->length,
			texts[i]->length == 0 ? "" : texts[i]->data);
		*texts[i] = span_of(reader->header_text[i]);
	}
}

/* Naming oneself is refused, unless the charset or the layout is what hides the rest. */
static bool names_itself(const struct document_reader *reader)
{
	const struct message_headers *headers = reader->context->headers;
	const struct document_error *first = &reader->errors->items[0];

	return headers->has_supersedes && memcmp(headers->supersedes, reader->id, SHA256_SIZE) == 0 &&
	       !(reader->errors->count > 0 && first->line == 0 &&
		       (first->code == CODE_CHARSET || first->code == CODE_UNKNOWN_LAYOUT));
}

/* What the bytes as a whole say, in the order of 5.2. */
static void judge_bytes(struct document_reader *reader)
{
	const struct message_headers *headers = reader->context->headers;
	const char *message = "";
	uint64_t at = 0;
	enum document_code code = gzip_reader_error(reader->gzip, &at, &message);
	char text[sizeof(reader->errors->items[0].message)];

	if (code == CODE_NONE)
		document_parser_finish(reader->parser);
	else
		memcpy(reader->id, reader->value_sha256, sizeof(reader->id));
	if (headers->has_sha256 && memcmp(headers->sha256, reader->value_sha256, SHA256_SIZE) != 0) {
		refuse(reader, CODE_HASH_MISMATCH, "the bytes are not those of header sha256; send the file again");
	} else if (code != CODE_NONE) {
		snprintf(text, sizeof(text), "%s (byte %llu)", message, (unsigned long long)at);
		refuse(reader, code, text);
	} else if (names_itself(reader)) {
		refuse(reader, CODE_BAD_HEADERS,
			"header supersedes names the document itself; name the one it replaces");
	}
	reader->refused = reader->errors->count > 0;
	keep_header(reader);
	reader->known = true;
}

static bool is_gb18030(const struct document_reader *reader)
{
	const char *charset = reader->context->headers->charset;
	const char *message;
	uint64_t at;

	return !reader->utf8 && (charset[0] == '\0' || strcmp(charset, "auto") == 0) &&
	       gzip_reader_error(reader->gzip, &at, &message) == CODE_NONE;
}

static bool pass_over(struct document_reader *reader, struct error *error)
{
	gzip_reader_finish(reader->gzip);
	reader->at_end = true;
	if (reader->repeating) {
		document_parser_finish(reader->parser);
		return true;
	}
	if (reader->scanning) {
		reader->scanning = false;
		content_scan_finish(reader->scan, reader->value_sha256, reader->id, &reader->utf8);
		if (is_gb18030(reader)) {
			reader->charset = "GB18030";
			if (reader->restarted != NULL)
				reader->restarted(reader->sink->context);
			return pass_begin(reader, error);
		}
	}
	judge_bytes(reader);
	return true;
}

bool document_reader_step(struct document_reader *reader, struct error *error)
{
	ssize_t length;

	if (reader->scan == NULL && !first_pass(reader, error))
		return false;
	assert(!reader->at_end);
	length = reader->source.read(reader->source.context, reader->buffer, READ_BYTES, error);
	if (length < 0)
		return false;
	if (length == 0)
		return pass_over(reader, error);
	if (reader->scanning)
		content_scan_value(reader->scan, reader->buffer, (size_t)length);
	/* After damage the rest is read for the hash of the value alone. */
	gzip_reader_feed(reader->gzip, reader->buffer, (size_t)length);
	return true;
}

bool document_reader_repeat(struct document_reader *reader, struct error *error)
{
	assert(reader->known);
	reader->repeating = true;
	return pass_begin(reader, error);
}
