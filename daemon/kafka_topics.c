/* kafka_topics: the table of topics. */
#include "daemon/kafka_topics.h"

#include <stdio.h>
#include <string.h>

#define JSON  "application/json"
#define BYTES "application/octet-stream"
/* A year of receipts and exceptions to look back on; rejects hold personal data and are kept as long as somebody may
 * still mend the document. */
#define YEAR_MS    "31622400000"
#define QUARTER_MS "7948800000"

const struct kafka_topic_rule kafka_topic_rules[KAFKA_TOPIC_COUNT] = {
	/* The ledger can be made again only from a log that still holds everything. */
	{NULL, "delete", "LogAppendTime", "-1", NULL},
	{"followup-tasks", "compact", NULL, NULL, JSON},
	{"followup-lists", "compact", NULL, NULL, JSON},
	{"account-silence", "compact", NULL, NULL, JSON},
	{"entitlements", "compact", NULL, NULL, JSON},
	{"receipts", "delete", NULL, YEAR_MS, JSON},
	{"exceptions", "delete", NULL, YEAR_MS, JSON},
	{"rejects", "delete", NULL, QUARTER_MS, BYTES},
};

void kafka_topic_format(
	const struct kafka_settings *settings, const struct kafka_topic_rule *rule, char name[KAFKA_TOPIC_NAME_SIZE])
{
	if (rule->name == NULL)
		snprintf(name, KAFKA_TOPIC_NAME_SIZE, "%s", settings->intake_topic);
	else
		snprintf(name, KAFKA_TOPIC_NAME_SIZE, "%s%s.v1", settings->output_prefix, rule->name);
}

const struct kafka_topic_rule *kafka_topic_find(const char *name)
{
	for (size_t i = KAFKA_TOPIC_INTAKE + 1; i < KAFKA_TOPIC_COUNT; i++) {
		if (strcmp(kafka_topic_rules[i].name, name) == 0)
			return &kafka_topic_rules[i];
	}
	return NULL;
}

bool kafka_topic_check(const struct kafka_topic_rule *rule, const char *name, const char *cleanup_policy,
	const char *timestamp_type, struct error *error)
{
	char remedy[sizeof(error->remedy)];

	if (strcmp(cleanup_policy, rule->cleanup_policy) != 0) {
		snprintf(remedy, sizeof(remedy), "kafka-configs.sh --alter --topic %s --add-config cleanup.policy=%s",
			name, rule->cleanup_policy);
		return error_set(error, ERROR_FATAL, remedy, "topic %s has cleanup.policy=%s and needs %s: %s", name,
			cleanup_policy, rule->cleanup_policy,
			strcmp(rule->cleanup_policy, "compact") == 0 ? "records that still hold would be deleted"
								     : "earlier records of a key would be lost");
	}
	if (rule->timestamp_type != NULL && strcmp(timestamp_type, rule->timestamp_type) != 0) {
		snprintf(remedy, sizeof(remedy),
			"kafka-configs.sh --alter --topic %s --add-config message.timestamp.type=%s", name,
			rule->timestamp_type);
		return error_set(error, ERROR_FATAL, remedy,
			"topic %s has message.timestamp.type=%s and needs %s: one sender's wrong clock would set the "
			"log's time",
			name, timestamp_type, rule->timestamp_type);
	}
	return true;
}
