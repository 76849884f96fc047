/*
 * directory_sender: puts documents into DIR/intake so that a daemon takes them whole: headers first, then the document
 * by rename, both on the disk before it returns (design 4.2).
 *
 * Names begin with the time and a random number, so they are unique and sort as they were sent. Blocking; any thread.
 */
#ifndef DUIZHANG_DAEMON_DIRECTORY_SENDER_H
#define DUIZHANG_DAEMON_DIRECTORY_SENDER_H

#include <limits.h>

#include "daemon/transport.h"

/* A document to send. Texts are headers as in 4.1, left out where NULL; a line break in one is refused, in the name
 * replaced. */
struct directory_document {
	const char *name; /* of the original file, folders before it left out; it also ends the name in the intake */
	const char *kind;
	const char *layout;
	const char *bank;
	const char *county;
	const char *charset;
	const char *supersedes;
	struct byte_source content;
	uint64_t chunk_bytes; /* at most in one file; 0: one file, whatever its size */
};

struct directory_sent {
	uint8_t sha256[SHA256_SIZE]; /* of all bytes */
	uint64_t bytes;
	uint32_t chunks;
	char name[NAME_MAX + 1]; /* of the last file in the intake */
};

/* Opens DIR/intake, making both if they are absent; -1 with error filled. To be closed. */
int directory_sender_open(const char *directory, struct error *error);

/*
 * False: error filled: RETRY (no space, content not readable) or FATAL (headers that cannot be written, content that
 * changed meanwhile); a chunked document may then be there in part, which does no harm.
 */
bool directory_sender_send(
	int intake_fd, const struct directory_document *document, struct directory_sent *sent, struct error *error);

#endif
