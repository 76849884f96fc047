/*
 * kafka_admin: asks the cluster what it and the product's topics are, and makes topics that are missing.
 *
 * Calls wait for the brokers, at most about the time given, so never on the event loop; one thread at a time. Errors:
 * RETRY when no broker answers, FATAL when the answer is no; error is given and of class NONE.
 */
#ifndef DUIZHANG_DAEMON_KAFKA_ADMIN_H
#define DUIZHANG_DAEMON_KAFKA_ADMIN_H

#include <stdint.h>

#include "daemon/kafka_topics.h"

struct kafka_admin;

/* Borrows settings. Does not wait for a connection. NULL with error FATAL if the properties do not go together. */
struct kafka_admin *kafka_admin_new(const struct kafka_settings *settings, struct error *error);
void kafka_admin_free(struct kafka_admin *admin);

struct kafka_topic_state {
	const struct kafka_topic_rule *rule;
	char name[KAFKA_TOPIC_NAME_SIZE];
	bool exists; /* the rest is empty if not */
	uint32_t partition_count;
	char cleanup_policy[32];
	char timestamp_type[32];
	char retention_ms[32];
};

/* All topics as they are. */
bool kafka_admin_describe(struct kafka_admin *admin, struct kafka_topic_state states[KAFKA_TOPIC_COUNT], int timeout_ms,
	struct error *error);

/*
 * Makes the topics that states (just described) says are missing, as their rules want them, and waits until every
 * partition of them can be used; states then shows them. Others stay as they are.
 */
bool kafka_admin_create(struct kafka_admin *admin, struct kafka_topic_state states[KAFKA_TOPIC_COUNT],
	uint32_t partition_count, int timeout_ms, struct error *error);

struct kafka_log_facts {
	char cluster_id[64];
	uint32_t partition_count; /* of the intake topic; 0: there is no such topic */
};

/* What the log is now; cheap enough to ask every few seconds. */
bool kafka_admin_log_facts(
	struct kafka_admin *admin, struct kafka_log_facts *facts, int timeout_ms, struct error *error);

#endif
