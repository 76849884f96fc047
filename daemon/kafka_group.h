/*
 * kafka_group: this process's membership of the consumer group: which partitions are its own.
 *
 * The member reads nothing (kafka_reader does), so a rebalance is only told and acknowledged, in the daemon's own time:
 * the group waits for the acknowledgement. Belongs to the event loop's thread, but for the two functions marked.
 */
#ifndef DUIZHANG_DAEMON_KAFKA_GROUP_H
#define DUIZHANG_DAEMON_KAFKA_GROUP_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/error.h"
#include "daemon/kafka_settings.h"

struct kafka_group;

/* Writes 8 bytes into wake_descriptor, an eventfd, when kafka_group_poll has something. Borrows settings. */
struct kafka_group *kafka_group_new(const struct kafka_settings *settings, int wake_descriptor, struct error *error);

/* Joins, in the background. */
bool kafka_group_join(struct kafka_group *group, struct error *error);

enum kafka_group_event {
	KAFKA_GROUP_NOTHING,
	KAFKA_GROUP_ASSIGNED, /* these partitions are ours as well; acknowledge */
	KAFKA_GROUP_REVOKED,  /* these are not any more; acknowledge when nothing of them is in hand */
	KAFKA_GROUP_FAULT,    /* error says what; it passes by itself if RETRY */
};

/*
 * The next event; call again until NOTHING, and at least every few seconds, or the group takes us for dead. partitions
 * is borrowed until the acknowledgement. No further ASSIGNED or REVOKED comes before that.
 */
enum kafka_group_event kafka_group_poll(
	struct kafka_group *group, const int32_t **partitions, size_t *count, struct error *error);
void kafka_group_acknowledge(struct kafka_group *group);

/* Any thread: what to send with a transaction, to be destroyed by the caller; NULL while we are no member. */
rd_kafka_consumer_group_metadata_t *kafka_group_metadata(struct kafka_group *group);

enum kafka_owner {
	KAFKA_OWNER_UNKNOWN, /* the group is rebalancing, or its coordinator does not answer */
	KAFKA_OWNER_SELF,
	KAFKA_OWNER_OTHER, /* another member's, or nobody's */
};

/* Any thread: whose the coordinator says the partition is. Waits at most about timeout_ms. */
enum kafka_owner kafka_group_owner(struct kafka_group *group, int32_t partition, int timeout_ms);

/*
 * Leaves and frees, within about timeout_ms; nothing is ours any more. Should the library not come to an end by then,
 * its client is left behind: only a process that ends calls this.
 */
void kafka_group_free(struct kafka_group *group, int timeout_ms);

#endif
