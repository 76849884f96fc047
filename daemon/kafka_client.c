/* kafka_client: one table of what each role needs, applied around the operator's own properties. */
#include "daemon/kafka_client.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/log.h"

#define CONSUMERS (KAFKA_ROLE_MEMBER | KAFKA_ROLE_READER)
#define PRODUCERS (KAFKA_ROLE_PUBLISHER | KAFKA_ROLE_SENDER)
#define EVERYONE  (CONSUMERS | PRODUCERS | KAFKA_ROLE_ADMIN)

struct role_property {
	unsigned roles;
	const char *name;
	const char *value;
};

/* [kafka] may say otherwise. */
static const struct role_property defaults[] = {
	/* Small requests wait for nobody: a transaction is a handful of round trips. */
	{EVERYONE, "socket.nagle.disable", "true"},
	{EVERYONE, "socket.keepalive.enable", "true"},
	/* A request that is not answered for this long has an unknown outcome. */
	{EVERYONE, "socket.timeout.ms", "15000"},
	{EVERYONE, "socket.connection.setup.timeout.ms", "10000"},
	/* A broker that comes back is found within a second. */
	{EVERYONE, "reconnect.backoff.max.ms", "1000"},
	/* All members hear of a rebalance within a second. */
	{KAFKA_ROLE_MEMBER, "heartbeat.interval.ms", "1000"},
	/* Each partition has a queue of its own, and these hold for each: reading stops until it is drained. */
	{KAFKA_ROLE_READER, "queued.max.messages.kbytes", "16384"},
	{KAFKA_ROLE_READER, "queued.min.messages", "20000"},
	{KAFKA_ROLE_READER, "fetch.max.bytes", "8388608"},
	{KAFKA_ROLE_READER, "fetch.error.backoff.ms", "200"},
	{KAFKA_ROLE_READER, "check.crcs", "true"},
	/* The next transaction meets CONCURRENT_TRANSACTIONS while the last one's markers are written. */
	{KAFKA_ROLE_PUBLISHER, "retry.backoff.ms", "10"},
	/* Batches of a large transaction fill up; committing flushes what is left without waiting. */
	{KAFKA_ROLE_PUBLISHER, "linger.ms", "20"},
	{PRODUCERS, "queue.buffering.max.kbytes", "32768"},
	{KAFKA_ROLE_SENDER, "linger.ms", "5"},
	{KAFKA_ROLE_SENDER, "message.timeout.ms", "120000"},
};

/* [kafka] may not. */
static const struct role_property locked[] = {
	{EVERYONE, "allow.auto.create.topics", "false"},
	{CONSUMERS, "isolation.level", "read_committed"},
	{CONSUMERS, "enable.auto.commit", "false"},
	{CONSUMERS, "enable.auto.offset.store", "false"},
	{CONSUMERS, "auto.offset.reset", "error"},
	{KAFKA_ROLE_READER, "enable.partition.eof", "true"},
	{PRODUCERS, "enable.idempotence", "true"},
	{PRODUCERS, "acks", "all"},
	{PRODUCERS, "partitioner", "murmur2"},
};

static void client_log(const rd_kafka_t *client, int severity, const char *facility, const char *text)
{
	enum log_level level = LOG_DEBUG;

	/* One [kafka] serves producers and consumers: that a property means nothing to one of them is no news. */
	if (strcmp(facility, "CONFWARN") == 0 && strstr(text, "will be ignored by this") != NULL)
		return;
	if (severity <= 2)
		level = LOG_ERROR;
	else if (severity <= 4)
		level = LOG_WARNING;
	else if (severity <= 6)
		level = LOG_INFO;
	log_write(level, "kafka client", log_text("client", client == NULL ? "" : rd_kafka_name(client)),
		log_text("facility", facility), log_text("text", text));
}

void kafka_client_set(rd_kafka_conf_t *configuration, const char *name, const char *value)
{
	char text[256];
	rd_kafka_conf_res_t result = rd_kafka_conf_set(configuration, name, value, text, sizeof(text));

	assert(result == RD_KAFKA_CONF_OK);
	(void)result;
}

static void set_all(
	rd_kafka_conf_t *configuration, enum kafka_role role, const struct role_property *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (table[i].roles & role)
			kafka_client_set(configuration, table[i].name, table[i].value);
	}
}

/* Members are sorted by a name that begins with client.id: with the host in it, a daemon that starts again gets the
 * partitions it had, whose ledgers it holds. */
static void set_client_id(rd_kafka_conf_t *configuration)
{
	char client_id[128] = "duizhang-";

	if (gethostname(client_id + strlen(client_id), sizeof(client_id) - strlen(client_id)) != 0)
		client_id[strlen("duizhang")] = '\0';
	client_id[sizeof(client_id) - 1] = '\0';
	kafka_client_set(configuration, "client.id", client_id);
}

rd_kafka_conf_t *kafka_client_configure(
	const struct kafka_settings *settings, enum kafka_role role, struct error *error)
{
	rd_kafka_conf_t *configuration = rd_kafka_conf_new();
	char text[256];

	set_client_id(configuration);
	set_all(configuration, role, defaults, sizeof(defaults) / sizeof(defaults[0]));
	for (size_t i = 0; i < settings->property_count; i++) {
		const struct kafka_property *property = &settings->properties[i];

		if (rd_kafka_conf_set(configuration, property->name, property->value, text, sizeof(text)) !=
			RD_KAFKA_CONF_OK) {
			error_set(error, ERROR_FATAL, "correct it in the configuration", "[kafka] %s: %s",
				property->name, kafka_settings_is_secret(property->name) ? "not valid" : text);
			rd_kafka_conf_destroy(configuration);
			return NULL;
		}
	}
	set_all(configuration, role, locked, sizeof(locked) / sizeof(locked[0]));
	if (settings->bootstrap_servers != NULL)
		kafka_client_set(configuration, "bootstrap.servers", settings->bootstrap_servers);
	if (role & CONSUMERS)
		kafka_client_set(configuration, "group.id", settings->group_id);
	rd_kafka_conf_set_log_cb(configuration, client_log);
	return configuration;
}

rd_kafka_t *kafka_client_new(rd_kafka_conf_t *configuration, enum kafka_role role, struct error *error)
{
	char text[256];
	rd_kafka_type_t type = (role & CONSUMERS) ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER;
	rd_kafka_t *client = rd_kafka_new(type, configuration, text, sizeof(text));

	if (client == NULL) {
		rd_kafka_conf_destroy(configuration);
		error_set(
			error, ERROR_FATAL, "correct the properties it names in the configuration", "[kafka] %s", text);
		return NULL;
	}
	if (type == RD_KAFKA_CONSUMER)
		rd_kafka_poll_set_consumer(client);
	return client;
}

long kafka_client_number(rd_kafka_t *client, const char *name)
{
	char value[32];
	size_t size = sizeof(value);
	rd_kafka_conf_res_t result = rd_kafka_conf_get(rd_kafka_conf(client), name, value, &size);

	assert(result == RD_KAFKA_CONF_OK);
	(void)result;
	return strtol(value, NULL, 10);
}

static void *destroy(void *client)
{
	rd_kafka_destroy(client);
	return NULL;
}

bool kafka_client_destroy(rd_kafka_t *client, int timeout_ms)
{
	struct timespec deadline;
	pthread_t thread;

	if (pthread_create(&thread, NULL, destroy, client) != 0)
		return false;
	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += timeout_ms / 1000;
	deadline.tv_nsec += (timeout_ms % 1000) * 1000000L;
	if (deadline.tv_nsec >= 1000000000L) {
		deadline.tv_sec++;
		deadline.tv_nsec -= 1000000000L;
	}
	if (pthread_timedjoin_np(thread, NULL, &deadline) == 0)
		return true;
	log_write(LOG_WARNING, "kafka client does not end, and is left behind");
	pthread_detach(thread);
	return false;
}

bool kafka_client_cooperative(const struct kafka_settings *settings)
{
	bool cooperative = false;

	for (size_t i = 0; i < settings->property_count; i++) {
		if (strcmp(settings->properties[i].name, "partition.assignment.strategy") == 0)
			cooperative = strstr(settings->properties[i].value, "cooperative") != NULL;
	}
	return cooperative;
}

int64_t kafka_client_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
