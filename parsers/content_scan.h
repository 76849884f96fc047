/*
 * content_scan: what must be known of a document's bytes as a whole: the SHA-256 of the value as received and of its
 * content, and whether the content is valid UTF-8 (design 4.1, 5.1).
 *
 * Owner: the caller. Push style: each piece of the value, then the content that gzip_reader made of it. A value that
 * is not gzip is its own content and is hashed once. One thread at a time.
 */
#ifndef DUIZHANG_PARSERS_CONTENT_SCAN_H
#define DUIZHANG_PARSERS_CONTENT_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parsers/message_headers.h"

struct content_scan;

struct content_scan *content_scan_new(void);
void content_scan_value(struct content_scan *scan, const void *bytes, size_t length);   /* as received */
void content_scan_content(struct content_scan *scan, const void *bytes, size_t length); /* decompressed */

/* After the last byte: digests of value and content; utf8: all content is valid UTF-8 (no surrogate, no overlong form).
 */
void content_scan_finish(
	struct content_scan *scan, uint8_t value_sha256[SHA256_SIZE], uint8_t content_sha256[SHA256_SIZE], bool *utf8);
uint64_t content_scan_value_bytes(const struct content_scan *scan);
uint64_t content_scan_content_bytes(const struct content_scan *scan);
void content_scan_free(struct content_scan *scan);

#endif
