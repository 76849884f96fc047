/*
 * cli_sender: puts documents into the intake, a directory's or Kafka's, as the configuration says.
 *
 * Owner: the verb. Blocking; one thread.
 */
#ifndef DUIZHANG_DAEMON_CLI_SENDER_H
#define DUIZHANG_DAEMON_CLI_SENDER_H

#include <limits.h>

#include "daemon/cli_document.h"

struct cli_sender;

/* NULL with error filled. */
struct cli_sender *cli_sender_open(const struct cli *cli, struct error *error);
void cli_sender_close(struct cli_sender *sender);

struct cli_outgoing {
	const char *county; /* the message's key on Kafka, and needed there; else NULL */
	const char *name;
	const char *const *texts; /* headers in the order of DOCUMENT_OPTION_…, NULL where there is none */
	struct byte_source content;
	uint64_t chunk_bytes; /* 0: the transport's own */
};

struct cli_sent {
	uint8_t sha256[SHA256_SIZE]; /* of the bytes sent */
	uint64_t bytes;
	uint32_t chunks;
	bool on_kafka;
	int32_t partition;       /* Kafka */
	uint64_t offset;         /* Kafka: of the last chunk */
	char name[NAME_MAX + 1]; /* directory: of the last file */
};

/* Sends one document and waits until it is in the intake. False: error filled. */
bool cli_sender_send(
	struct cli_sender *sender, const struct cli_outgoing *outgoing, struct cli_sent *sent, struct error *error);

#endif
