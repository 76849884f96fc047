/*
 * message_headers: the headers of one intake message (design 4.1), checked and typed.
 *
 * Plain data, owned by the caller; no pointers into the message. Pure functions, any thread.
 */
#ifndef DUIZHANG_PARSERS_MESSAGE_HEADERS_H
#define DUIZHANG_PARSERS_MESSAGE_HEADERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parsers/record.h"

#define SHA256_SIZE 32

struct message_headers {
	char name[256]; /* file name, cut at 255 bytes on a character's border, control characters replaced; "" if none
			 */
	enum document_kind kind; /* NONE if absent */
	char layout[64];
	char bank[41];
	char county[7];
	char charset[16]; /* "" (absent) "auto" "UTF-8" "GB18030"; GBK and GB2312 are read as GB18030 */
	bool has_sha256;
	uint8_t sha256[SHA256_SIZE];
	uint32_t chunk_k; /* 1 of 1 if absent */
	uint32_t chunk_n;
	bool has_supersedes;
	uint8_t supersedes[SHA256_SIZE];
	bool bad;            /* some header is not well-formed, or unknown kind or charset: bad_headers */
	char bad_header[32]; /* which one */
};

/* One header as received; value is not NUL-terminated. */
struct message_header {
	struct span name;
	struct span value;
};

/* Reads headers; unknown names are ignored; of a repeated name the last counts. Never fails: bad tells. */
void message_headers_read(struct message_headers *out, const struct message_header *headers, size_t count);

/*
 * The text of NAME.headers (lines "header: value", LF or CRLF, empty lines ignored) into at most max headers that
 * borrow from text. Returns how many, -1 if a line is not of that form or there are too many.
 */
int message_headers_split(struct span text, struct message_header *headers, size_t max);

/* "k/n" with 1 <= k <= n <= max, no sign, no leading zero. */
bool message_headers_parse_part(struct span text, uint32_t max, uint32_t *k, uint32_t *n);

/* 64 hex digits, either case, to 32 bytes; and back, lower case with NUL. */
bool sha256_parse_hex(struct span text, uint8_t digest[SHA256_SIZE]);
void sha256_format_hex(const uint8_t digest[SHA256_SIZE], char hex[2 * SHA256_SIZE + 1]);

#endif
