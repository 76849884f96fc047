/*
 * kafka_topics: the topics of the product (sections 4.1 and 9) and what each of them must be.
 *
 * Constants and pure functions; any thread. The intake is topic 0.
 */
#ifndef DUIZHANG_DAEMON_KAFKA_TOPICS_H
#define DUIZHANG_DAEMON_KAFKA_TOPICS_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/kafka_settings.h"

#define KAFKA_TOPIC_COUNT     8
#define KAFKA_TOPIC_INTAKE    0
#define KAFKA_TOPIC_NAME_SIZE 256

struct kafka_topic_rule {
	const char *name;           /* as in output_message.topic: "followup-tasks"; NULL: the intake */
	const char *cleanup_policy; /* exactly this */
	const char *timestamp_type; /* exactly this; NULL: any */
	const char *retention_ms;   /* made with this; NULL: the broker's default. Operators may choose another */
	const char *content_type;   /* of the values that are published */
};

extern const struct kafka_topic_rule kafka_topic_rules[KAFKA_TOPIC_COUNT];

/* The name on the broker: the intake's, or output.prefix + name + ".v1". */
void kafka_topic_format(
	const struct kafka_settings *settings, const struct kafka_topic_rule *rule, char name[KAFKA_TOPIC_NAME_SIZE]);

/* The rule of an output topic, by the name without prefix and suffix; NULL if there is none. */
const struct kafka_topic_rule *kafka_topic_find(const char *name);

/*
 * Whether a topic with these settings will do; a setting not known is "". False: fault says what is wrong, and remedy
 * how to mend it; the daemon refuses to start then.
 */
bool kafka_topic_check(const struct kafka_topic_rule *rule, const char *name, const char *cleanup_policy,
	const char *timestamp_type, struct error *error);

#endif
