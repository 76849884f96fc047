/* kafka_settings: the properties that stay as correctness needs them, and the trial of all others. */
#include "daemon/kafka_settings.h"

#include <string.h>

#include "daemon/kafka_client.h"

/* Names that are not the operator's to set, with the reason; aliases stand beside what they mean. */
static const struct {
	const char *name;
	const char *reason;
	const char *remedy;
} locked_properties[] = {
	{"metadata.broker.list", "is another name of bootstrap.servers", "set bootstrap.servers"},
	{"bootstrap.servers", "stands in [kafka] more than once", "keep one of the lines"},
	{"group.id", "stands in [kafka] more than once", "keep one of the lines"},
	{"transactional.id",
		"is made of group.id and the partition, so that one daemon alone owns a partition's output",
		"remove the line; set group.id for another group"},
	{"isolation.level", "is read_committed: aborted documents must never be applied", "remove the line"},
	{"enable.auto.commit", "is false: the position is committed together with the output", "remove the line"},
	{"auto.commit.enable", "is false: the position is committed together with the output", "remove the line"},
	{"auto.commit.interval.ms", "has no meaning: the position is committed together with the output",
		"remove the line"},
	{"enable.auto.offset.store", "is false: the position is committed together with the output", "remove the line"},
	{"offset.store.method", "is broker: the position is committed together with the output", "remove the line"},
	{"auto.offset.reset", "is error: a lost position must stop the daemon, not skip documents", "remove the line"},
	{"enable.partition.eof", "is true: the daemon must know when it has read the whole log", "remove the line"},
	{"enable.idempotence", "is true: nothing may be published twice", "remove the line"},
	{"acks", "is all: what is published must outlive a broker", "remove the line"},
	{"request.required.acks", "is all: what is published must outlive a broker", "remove the line"},
	{"delivery.report.only.error", "is false: sending waits for the acknowledgement", "remove the line"},
	{"partitioner", "is murmur2, as Java producers use: a county must stay in one partition", "remove the line"},
	{"allow.auto.create.topics", "is false: a mistyped name must not make a topic",
		"remove the line; `duizhang topics --create` makes the topics"},
	{"test.mock.num.brokers", "belongs to the library's own tests: its brokers lose transactions",
		"remove the line"},
};

bool kafka_settings_check_property(const char *name, const char *value, struct error *error)
{
	char text[256];
	rd_kafka_conf_t *scratch;
	rd_kafka_conf_res_t result;

	for (size_t i = 0; i < sizeof(locked_properties) / sizeof(locked_properties[0]); i++) {
		if (strcmp(name, locked_properties[i].name) == 0)
			return error_set(error, ERROR_FATAL, locked_properties[i].remedy, "[kafka] %s %s", name,
				locked_properties[i].reason);
	}
	scratch = rd_kafka_conf_new();
	result = rd_kafka_conf_set(scratch, name, value, text, sizeof(text));
	rd_kafka_conf_destroy(scratch);
	if (result == RD_KAFKA_CONF_UNKNOWN)
		return error_set(error, ERROR_FATAL,
			"correct the name, or remove the line; librdkafka's CONFIGURATION.md lists the properties",
			"[kafka] %s is no property of librdkafka %s", name, rd_kafka_version_str());
	if (result != RD_KAFKA_CONF_OK)
		return error_set(error, ERROR_FATAL,
			"correct the value; librdkafka's CONFIGURATION.md says what it may be", "[kafka] %s: %s", name,
			kafka_settings_is_secret(name) ? "the value is not valid" : text);
	return true;
}

/* What Kafka allows in the name of a topic. */
static bool topic_name_valid(const char *name, size_t longest)
{
	size_t length = strlen(name);

	return length > 0 && length <= longest && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == length;
}

static bool names_check(const struct kafka_settings *settings, struct error *error)
{
	if (settings->bootstrap_servers == NULL || settings->bootstrap_servers[0] == '\0')
		return error_set(error, ERROR_FATAL, "set it to the brokers, such as 127.0.0.1:9092",
			"[kafka] bootstrap.servers is not set");
	if (settings->group_id[0] == '\0' || strlen(settings->group_id) > 200)
		return error_set(error, ERROR_FATAL, "set it to a name, such as duizhang",
			"[kafka] group.id is empty or longer than 200 bytes");
	if (!topic_name_valid(settings->intake_topic, 249))
		return error_set(error, ERROR_FATAL, "use letters, digits, '.', '_' and '-', at most 249",
			"[kafka] intake.topic is no name for a topic");
	if (settings->output_prefix[0] != '\0' && !topic_name_valid(settings->output_prefix, 200))
		return error_set(error, ERROR_FATAL, "use letters, digits, '.', '_' and '-', at most 200",
			"[kafka] output.prefix cannot begin the name of a topic");
	return true;
}

bool kafka_settings_check(const struct kafka_settings *settings, struct error *error)
{
	struct kafka_settings offline = *settings;

	if (!names_check(settings, error))
		return false;
	for (size_t i = 0; i < settings->property_count; i++) {
		if (!kafka_settings_check_property(settings->properties[i].name, settings->properties[i].value, error))
			return false;
	}
	offline.bootstrap_servers = NULL;
	for (unsigned role = KAFKA_ROLE_MEMBER; role <= KAFKA_ROLE_ADMIN; role <<= 1) {
		rd_kafka_conf_t *configuration = kafka_client_configure(&offline, role, error);
		rd_kafka_t *client;

		if (configuration == NULL)
			return false;
		if (role == KAFKA_ROLE_PUBLISHER)
			kafka_client_set(configuration, "transactional.id", "check");
		/* What it says of having no brokers is of no interest. */
		rd_kafka_conf_set_log_cb(configuration, NULL);
		client = kafka_client_new(configuration, role, error);
		if (client == NULL)
			return false;
		rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
	}
	return true;
}

bool kafka_settings_is_secret(const char *name)
{
	static const char *const marks[] = {"password", "secret", "key.pem", "oauthbearer.config", "ssl_key"};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (strstr(name, marks[i]) != NULL)
			return true;
	}
	return false;
}
