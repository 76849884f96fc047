/*
 * kafka_settings: what [kafka] of the configuration says, and which of librdkafka's properties may stand there.
 *
 * Plain data, borrowed from the configuration for as long as anything made from it lives. Any thread.
 */
#ifndef DUIZHANG_DAEMON_KAFKA_SETTINGS_H
#define DUIZHANG_DAEMON_KAFKA_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/error.h"

struct kafka_property {
	const char *name;
	const char *value;
};

struct kafka_settings {
	const char *bootstrap_servers;
	const char *group_id;
	const char *intake_topic;
	const char *output_prefix;
	/* Everything else in [kafka]: librdkafka's own properties, in the order they are set. */
	const struct kafka_property *properties;
	size_t property_count;
};

/*
 * Whether a property may stand in [kafka] beside the four keys above: librdkafka knows it and takes the value, and
 * correctness does not need it as it is. False: error is FATAL and says why and what to do.
 */
bool kafka_settings_check_property(const char *name, const char *value, struct error *error);

/*
 * Whether all of it together can be used: the names are legal, and librdkafka makes every client the daemon needs of
 * it (properties may contradict each other). Opens no connection; takes some milliseconds. Error as above.
 */
bool kafka_settings_check(const struct kafka_settings *settings, struct error *error);

/* Passwords, keys and the like: never print the value. */
bool kafka_settings_is_secret(const char *name);

#endif
