/*
 * kafka_sender: puts one document into the intake topic, in chunks, and waits until the brokers have it.
 *
 * Blocking; one thread at a time. An idempotent producer: a chunk is not doubled by its own repeats, and sending a
 * whole document again is harmless (4.1).
 */
#ifndef DUIZHANG_DAEMON_KAFKA_SENDER_H
#define DUIZHANG_DAEMON_KAFKA_SENDER_H

#include "daemon/kafka_settings.h"
#include "daemon/transport.h"

#define KAFKA_CHUNK_BYTES 900000

struct kafka_sender;

/* Borrows settings. Does not wait for a connection. NULL with error FATAL if the properties do not go together. */
struct kafka_sender *kafka_sender_new(const struct kafka_settings *settings, struct error *error);
void kafka_sender_free(struct kafka_sender *sender);

/* A document to send. Texts are headers as in 4.1, left out where NULL. */
struct kafka_document {
	const char *key; /* county code: decides the partition */
	const char *name;
	const char *kind;
	const char *layout;
	const char *bank;
	const char *county;
	const char *charset;
	const char *supersedes;
	struct byte_source content; /* read twice: for its hash, and to be sent */
	uint64_t chunk_bytes;       /* at most; 0: KAFKA_CHUNK_BYTES */
	/* Called as chunks are acknowledged; may be NULL. */
	void (*progress)(void *context, uint64_t bytes_done, uint64_t bytes);
	void *progress_context;
};

struct kafka_sent {
	uint8_t sha256[SHA256_SIZE]; /* of all bytes */
	uint64_t bytes;
	uint32_t chunks;
	int32_t partition;
	uint64_t offset; /* of the last chunk */
};

/*
 * True once every chunk is acknowledged. False: RETRY (no broker acknowledged it in message.timeout.ms, the source
 * cannot be read, or changed meanwhile) or FATAL (no such topic, chunk too large, not allowed); the document may be in
 * the intake in part, which does no harm.
 */
bool kafka_sender_send(struct kafka_sender *sender, const struct kafka_document *document, struct kafka_sent *sent,
	struct error *error);

#endif
