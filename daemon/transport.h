/*
 * transport: the small interface that the directory and Kafka implement: intake messages in, output transactions out.
 *
 * Everything here is called on the event loop's thread, and calls back on it; whatever blocks runs on threads of the
 * transport's own. A partition's life: assigned → (engine seeks) → readable … published … → revoked.
 */
#ifndef DUIZHANG_DAEMON_TRANSPORT_H
#define DUIZHANG_DAEMON_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/error.h"
#include "parsers/message_headers.h"

/* Bytes that can be read from the start again and again. */
struct byte_source {
	void *context;
	/* Up to size bytes; 0 at the end, -1 with error filled (RETRY: file not readable; the message is not lost). */
	ssize_t (*read)(void *context, void *buffer, size_t size, struct error *error);
	bool (*rewind)(void *context, struct error *error);
};

/* One message of the intake log; everything borrowed until the next transport_next or revocation of the partition. */
struct intake_message {
	uint64_t offset;
	int64_t timestamp_ms; /* Unix time of the record; the running maximum is the log time */
	struct span key;      /* county code; empty if the transport has no keys */
	bool has_key;
	struct message_headers headers;
	uint64_t value_length; /* bytes, as far as known beforehand; for limits and progress */
	struct byte_source value;
	uint8_t fingerprint[SHA256_SIZE]; /* identifies the message (its hash, or name, size and headers), to notice a
					     log that changed */
};

/* Where publishing stands (invariant 4): rows of offsets < offset are out, and of offset itself the first rows. */
struct publish_position {
	uint64_t offset;
	uint64_t rows;
};

/* One message to publish; borrowed until the publish is over. */
struct output_message {
	const char *topic; /* without prefix and suffix: "followup-tasks" */
	struct span key;
	struct span value;                    /* data NULL: tombstone */
	int64_t time_ms;                      /* ce_time */
	const struct message_header *headers; /* further headers (rejects) */
	size_t header_count;
};

/* What the log is, for the checks at assignment. */
struct intake_identity {
	char log_id[128];         /* cluster id and topic id, or the directory's own id */
	uint32_t partition_count; /* of the intake topic */
	bool has_position;        /* the group has a committed position; else position is zero */
	struct publish_position position;
	uint64_t log_start; /* first offset still in the log */
	uint64_t log_end;   /* one past the last, at assignment */
};

enum publish_result {
	PUBLISH_DONE,
	/* Outcome unknown or failed: the transport has made a new producer and read the position again; identity says
	   it. */
	PUBLISH_RESTARTED,
	/* Somebody else owns the partition's output now; it will be revoked. */
	PUBLISH_FENCED,
};

struct transport_callbacks {
	void *context;
	/* A partition is ours: the engine opens its ledger and calls transport_seek; nothing is read before. */
	void (*assigned)(void *context, int32_t partition, const struct intake_identity *identity);
	/* It is not ours any more; after the call nothing of it may be published or read. */
	void (*revoked)(void *context, int32_t partition);
	/* transport_next may have something now (also after pauses). */
	void (*readable)(void *context, int32_t partition);
	/* The publish in hand is over. */
	void (*published)(
		void *context, int32_t partition, enum publish_result result, const struct intake_identity *identity);
	/* RETRY: a fault to show in status until a call with class NONE; FATAL: the daemon ends. */
	void (*fault)(void *context, const struct error *error);
};

struct transport;

struct transport_operations {
	/* Begins: assignments will be called back. */
	bool (*start)(struct transport *transport, struct error *error);
	/* Where to read on. */
	bool (*seek)(struct transport *transport, int32_t partition, uint64_t offset, struct error *error);
	/* 1: message filled; 0: nothing at the moment (readable will be called); -1: error filled. */
	int (*next)(
		struct transport *transport, int32_t partition, struct intake_message *message, struct error *error);
	/* One past the last offset in the log now, as far as known without blocking. */
	uint64_t (*log_end)(struct transport *transport, int32_t partition);
	/*
	 * Publishes messages and moves the group's position to `to`, all or nothing; published is called back when it
	 * is over. One publish at a time for a partition; messages stay valid until then. False: error filled, nothing
	 * begun.
	 */
	bool (*publish)(struct transport *transport, int32_t partition, const struct output_message *messages,
		size_t count, struct publish_position to, struct error *error);
	/* Puts a document into the intake (the daemon's own control documents); asynchronous, unique, at least once. */
	bool (*send_control)(struct transport *transport, const char *county, const char *json, struct error *error);
	/* Ends: publishes in hand are finished or aborted, partitions revoked, memory freed. */
	void (*stop)(struct transport *transport);
};

struct transport {
	const struct transport_operations *operations;
	struct transport_callbacks callbacks;
};

#endif
