/*
 * memory_transport: an intake log, a group position and output topics in memory, for the simulation.
 *
 * What a broker may do is done when the simulation says so: a publish is lost, applied and reported as uncertain,
 * fenced; a position vanishes; the log's beginning expires. One partition. The log outlives the daemons that come and
 * go over it.
 */
#ifndef DUIZHANG_TESTS_MEMORY_TRANSPORT_H
#define DUIZHANG_TESTS_MEMORY_TRANSPORT_H

#include "daemon/transport.h"

struct memory_message {
	int64_t timestamp_ms;
	char key[16];
	struct message_headers headers;
	uint8_t *value;
	size_t length;
	uint8_t fingerprint[SHA256_SIZE];
};

struct memory_record {
	char *topic;
	char *key;
	char *value; /* NULL: tombstone */
	size_t value_length;
	uint64_t offset; /* `to` of the publish that put it out */
};

/* The broker: everything that survives a daemon. */
struct memory_broker {
	struct memory_message *messages;
	size_t message_count;
	bool has_position;
	struct publish_position position;
	uint64_t log_start;
	struct memory_record *records;
	size_t record_count;
	uint64_t producer_epoch; /* of whoever initialised last */
};

void memory_broker_append(struct memory_broker *broker, const char *key, const struct message_header *headers,
	size_t header_count, const void *value, size_t length, int64_t timestamp_ms);
void memory_broker_free(struct memory_broker *broker);

enum memory_publish_fault {
	MEMORY_PUBLISH_OK,
	MEMORY_PUBLISH_LOST,      /* nothing was committed; the daemon does not know */
	MEMORY_PUBLISH_UNCERTAIN, /* committed; the daemon does not know */
};

/* One daemon's connection. */
struct memory_transport {
	struct transport base;
	struct memory_broker *broker;
	uint64_t epoch;
	uint64_t next;
	size_t value_at;
	bool publishing;
	enum publish_result result;
	/* Asked before each publish: what shall become of it. */
	enum memory_publish_fault (*fault)(void *context);
	void *fault_context;
};

void memory_transport_init(struct memory_transport *transport, struct memory_broker *broker);
struct intake_identity memory_transport_identity(const struct memory_transport *transport);
/* Takes the partition over: whoever had it is fenced from now on. */
void memory_transport_join(struct memory_transport *transport);
/* True if a publish is over; result says how. */
bool memory_transport_take_result(struct memory_transport *transport, enum publish_result *result);

#endif
