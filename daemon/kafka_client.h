/*
 * kafka_client: makes librdkafka's clients, each of a role, from the settings; the way they log and name errors.
 *
 * Only for the files that speak to librdkafka themselves. A client may be used by several threads, and is destroyed
 * after every other call on it has returned.
 */
#ifndef DUIZHANG_DAEMON_KAFKA_CLIENT_H
#define DUIZHANG_DAEMON_KAFKA_CLIENT_H

#include <librdkafka/rdkafka.h>

#include "daemon/error.h"
#include "daemon/kafka_settings.h"

enum kafka_role {
	KAFKA_ROLE_MEMBER = 1,    /* consumer: belongs to the group, is told its partitions, reads nothing */
	KAFKA_ROLE_READER = 2,    /* consumer: reads the partitions it is given, from the offset it is given */
	KAFKA_ROLE_PUBLISHER = 4, /* transactional producer of one partition's output */
	KAFKA_ROLE_SENDER = 8,    /* idempotent producer into the intake */
	KAFKA_ROLE_ADMIN = 16,    /* asks about topics and makes them */
};

/* A configuration for the role: our defaults, then [kafka], then what is locked. NULL with error FATAL. */
rd_kafka_conf_t *kafka_client_configure(
	const struct kafka_settings *settings, enum kafka_role role, struct error *error);

/* One more property on it; the value is ours and must be valid. */
void kafka_client_set(rd_kafka_conf_t *configuration, const char *name, const char *value);

/* Makes the client; configuration is used up either way. NULL with error FATAL. Does not wait for a connection. */
rd_kafka_t *kafka_client_new(rd_kafka_conf_t *configuration, enum kafka_role role, struct error *error);

/* A number among the properties in force, such as socket.timeout.ms. */
long kafka_client_number(rd_kafka_t *client, const char *name);

/*
 * Destroys on a thread of its own and waits for it, at most timeout_ms: known faults of the library can make that hang.
 * False: it is left to itself.
 */
bool kafka_client_destroy(rd_kafka_t *client, int timeout_ms);

/* Whether [kafka] asks for incremental rebalancing. */
bool kafka_client_cooperative(const struct kafka_settings *settings);

/* Milliseconds of the monotonic clock, for deadlines. */
int64_t kafka_client_now_ms(void);

#endif
