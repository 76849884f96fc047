/*
 * copier: the smallest engine there can be, for tests of the Kafka transport: it publishes one receipt for each intake
 * message, in batches, and holds to what the transport's contract asks of an engine.
 *
 * A receipt's key is the message's, its value {"partition":P,"offset":O,"bytes":N}. What was published exactly once and
 * in order can so be told from the topic alone.
 */
#ifndef DUIZHANG_TESTS_KAFKA_COPIER_H
#define DUIZHANG_TESTS_KAFKA_COPIER_H

#include "daemon/transport_kafka.h"

#define COPIER_PARTITIONS 24
#define COPIER_BATCH      2000

struct copied {
	uint64_t offset;
	char key[16];
	char value[96];
};

struct copier_partition {
	bool assigned;
	bool publishing;
	struct intake_identity identity; /* the newest one told */
	uint64_t next;                   /* after the last one taken */
	struct copied batch[COPIER_BATCH];
	struct output_message messages[COPIER_BATCH];
	size_t count; /* taken and not yet published */
	uint64_t taken;
	unsigned assignments;
	unsigned revocations;
	unsigned done;
	unsigned restarted;
	unsigned fenced;
};

struct copier {
	struct loop *loop;
	struct transport *transport;
	bool paused;  /* takes nothing */
	bool holding; /* takes, but publishes nothing */
	size_t batch; /* publish as soon as that many are taken or none is left */
	struct copier_partition partitions[COPIER_PARTITIONS];
	struct error fault; /* the one shown */
	struct error fatal; /* the first fatal one */
	/* Called with every message taken; may be NULL. */
	void (*seen)(struct copier *copier, int32_t partition, const struct intake_message *message);
	void *seen_context;
};

/* Makes and starts; fails the test if it cannot. Settings and loop outlive it. */
struct copier *copier_start(struct loop *loop, const struct kafka_settings *settings);
void copier_stop(struct copier *copier);

/* Takes and publishes what it can now. */
void copier_work(struct copier *copier);

/* Publishes what the partition has taken, up to `to`. */
void copier_publish(struct copier *copier, int32_t number, struct publish_position to);

/* Runs the loop until condition(context) holds, looked at every few milliseconds; false after timeout_ms. */
bool run_until(struct loop *loop, bool (*condition)(void *context), void *context, int timeout_ms);

/* Conditions, of a struct copier. */
bool copier_has_fatal(void *copier);
bool copier_has_retry(void *copier);
bool copier_is_idle(void *copier); /* assigned something, and everything in the log is taken and published */

unsigned copier_assigned(const struct copier *copier);

#endif
