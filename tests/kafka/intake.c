/* intake: the brokers as a plain client sees them, without any of the transport's code but kafka_admin. */
#include "tests/kafka/intake.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/kafka_admin.h"

#define KEYS 20

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

static const char *environment(const char *name)
{
	const char *value = getenv(name);

	must(value != NULL, name);
	return value;
}

void intake_name(struct intake *intake, const char *test)
{
	memset(intake, 0, sizeof(*intake));
	snprintf(intake->group_id, sizeof(intake->group_id), "%s-%s", environment("KAFKA_GROUP"), test);
	snprintf(intake->topic, sizeof(intake->topic), "%s%s.intake.v1", environment("KAFKA_PREFIX"), test);
	snprintf(intake->prefix, sizeof(intake->prefix), "%s%s.", environment("KAFKA_PREFIX"), test);
	intake->settings = (struct kafka_settings){
		.bootstrap_servers = environment("KAFKA_BOOTSTRAP"),
		.group_id = intake->group_id,
		.intake_topic = intake->topic,
		.output_prefix = intake->prefix,
		.properties = intake->properties,
	};
}

void intake_property(struct intake *intake, const char *name, const char *value)
{
	intake->properties[intake->settings.property_count++] = (struct kafka_property){name, value};
}

void intake_make(struct intake *intake, unsigned partition_count)
{
	struct kafka_topic_state states[KAFKA_TOPIC_COUNT];
	struct error error = {.class = ERROR_NONE};
	struct kafka_admin *admin = kafka_admin_new(&intake->settings, &error);

	must(admin != NULL, error.cause);
	must(kafka_admin_describe(admin, states, 30000, &error), error.cause);
	must(kafka_admin_create(admin, states, partition_count, 30000, &error), error.cause);
	kafka_admin_free(admin);
	intake->partition_count = partition_count;
}

static rd_kafka_t *client_new(rd_kafka_type_t type, const char *first, va_list properties)
{
	rd_kafka_conf_t *configuration = rd_kafka_conf_new();
	char text[256] = "";
	rd_kafka_t *client;

	rd_kafka_conf_set(configuration, "bootstrap.servers", environment("KAFKA_BOOTSTRAP"), text, sizeof(text));
	for (const char *name = first; name != NULL; name = va_arg(properties, const char *)) {
		const char *value = va_arg(properties, const char *);

		must(rd_kafka_conf_set(configuration, name, value, text, sizeof(text)) == RD_KAFKA_CONF_OK, text);
	}
	client = rd_kafka_new(type, configuration, text, sizeof(text));
	must(client != NULL, text);
	return client;
}

rd_kafka_t *producer_new(const char *first, ...)
{
	rd_kafka_t *client;
	va_list properties;

	va_start(properties, first);
	client = client_new(RD_KAFKA_PRODUCER, first, properties);
	va_end(properties);
	return client;
}

static rd_kafka_t *consumer_new(const char *first, ...)
{
	rd_kafka_t *client;
	va_list properties;

	va_start(properties, first);
	client = client_new(RD_KAFKA_CONSUMER, first, properties);
	va_end(properties);
	return client;
}

void intake_make_topic(const char *name, unsigned partition_count, const char *setting, const char *value)
{
	rd_kafka_t *client = producer_new("client.id", "test", (char *)NULL);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
	char text[256];
	rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(name, (int)partition_count, 1, text, sizeof(text));
	rd_kafka_event_t *event;
	size_t count;

	if (setting != NULL)
		rd_kafka_NewTopic_set_config(topic, setting, value);
	rd_kafka_CreateTopics(client, &topic, 1, NULL, queue);
	event = rd_kafka_queue_poll(queue, 30000);
	must(event != NULL, "no answer");
	must(rd_kafka_topic_result_error(rd_kafka_CreateTopics_result_topics(
		     rd_kafka_event_CreateTopics_result(event), &count)[0]) == RD_KAFKA_RESP_ERR_NO_ERROR,
		"topic not made");
	rd_kafka_event_destroy(event);
	rd_kafka_NewTopic_destroy(topic);
	rd_kafka_queue_destroy(queue);
	rd_kafka_destroy(client);
}

void intake_fill(struct intake *intake, unsigned count)
{
	rd_kafka_t *client =
		producer_new("enable.idempotence", "true", "partitioner", "murmur2", "linger.ms", "20", (char *)NULL);

	for (unsigned i = 0; i < count; i++) {
		char key[16];
		char value[128];
		rd_kafka_resp_err_t code;

		snprintf(key, sizeof(key), "5329%02u", i % KEYS);
		snprintf(value, sizeof(value), "%0100u", i);
		while ((code = rd_kafka_producev(client, RD_KAFKA_V_TOPIC(intake->topic),
				RD_KAFKA_V_KEY(key, strlen(key)), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
				RD_KAFKA_V_VALUE(value, strlen(value)), RD_KAFKA_V_END)) ==
			RD_KAFKA_RESP_ERR__QUEUE_FULL)
			rd_kafka_poll(client, 10);
		must(code == RD_KAFKA_RESP_ERR_NO_ERROR, rd_kafka_err2str(code));
	}
	must(rd_kafka_flush(client, 60000) == RD_KAFKA_RESP_ERR_NO_ERROR, "the intake is not filled");
	rd_kafka_destroy(client);
}

static rd_kafka_topic_partition_list_t *all_partitions(rd_kafka_t *client, const char *topic)
{
	rd_kafka_topic_t *handle = rd_kafka_topic_new(client, topic, NULL);
	const struct rd_kafka_metadata *metadata;
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

	must(rd_kafka_metadata(client, 0, handle, &metadata, 30000) == RD_KAFKA_RESP_ERR_NO_ERROR, "no metadata");
	must(metadata->topics[0].partition_cnt > 0, topic);
	for (int i = 0; i < metadata->topics[0].partition_cnt; i++)
		rd_kafka_topic_partition_list_add(list, topic, i)->offset = 0;
	rd_kafka_metadata_destroy(metadata);
	rd_kafka_topic_destroy(handle);
	return list;
}

unsigned topic_read(const char *topic, void (*seen)(void *context, const rd_kafka_message_t *record), void *context)
{
	rd_kafka_t *client =
		consumer_new("group.id", "topic-read", "enable.auto.commit", "false", "enable.partition.eof", "true",
			"isolation.level", "read_committed", "auto.offset.reset", "error", (char *)NULL);
	rd_kafka_topic_partition_list_t *list = all_partitions(client, topic);
	int ends = 0;
	unsigned count = 0;

	must(rd_kafka_assign(client, list) == RD_KAFKA_RESP_ERR_NO_ERROR, "not assigned");
	while (ends < list->cnt) {
		rd_kafka_message_t *record = rd_kafka_consumer_poll(client, 30000);

		must(record != NULL, "the topic cannot be read to its end");
		if (record->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
			ends++;
		} else if (record->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
			seen(context, record);
			count++;
		} else {
			fprintf(stderr, "reading %s: %s\n", topic, rd_kafka_message_errstr(record));
		}
		rd_kafka_message_destroy(record);
	}
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_consumer_close(client);
	rd_kafka_destroy(client);
	return count;
}

/* What has been seen of each intake message, by partition and offset. */
struct tally {
	struct {
		unsigned char *receipts; /* 0: no such message */
		size_t size;
	} partitions[64];
	struct {
		char key[16];
		int64_t last[64]; /* the offset of the last receipt of each intake partition */
	} keys[KEYS];
};

#define THERE 1

static unsigned char *cell(struct tally *tally, int32_t partition, int64_t offset)
{
	size_t size = (size_t)offset + 1;

	must(partition < 64 && offset >= 0, "odd partition or offset");
	if (tally->partitions[partition].size < size) {
		size_t wanted = size * 2;

		tally->partitions[partition].receipts = realloc(tally->partitions[partition].receipts, wanted);
		must(tally->partitions[partition].receipts != NULL, "memory");
		memset(tally->partitions[partition].receipts + tally->partitions[partition].size, 0,
			wanted - tally->partitions[partition].size);
		tally->partitions[partition].size = wanted;
	}
	return &tally->partitions[partition].receipts[offset];
}

static void see_intake(void *context, const rd_kafka_message_t *record)
{
	*cell(context, record->partition, record->offset) = THERE;
}

static void check_order(struct tally *tally, const char *key, int partition, long long offset)
{
	for (size_t i = 0; i < KEYS; i++) {
		if (tally->keys[i].key[0] == '\0')
			snprintf(tally->keys[i].key, sizeof(tally->keys[i].key), "%s", key);
		if (strcmp(tally->keys[i].key, key) != 0)
			continue;
		must(offset >= tally->keys[i].last[partition], "a key's receipts are out of order");
		tally->keys[i].last[partition] = offset;
		return;
	}
	must(false, "a key that was never sent");
}

static void see_receipt(void *context, const rd_kafka_message_t *record)
{
	char value[128];
	char key[16];
	int partition;
	long long offset;
	unsigned char *seen;

	snprintf(value, sizeof(value), "%.*s", (int)record->len, (const char *)record->payload);
	snprintf(key, sizeof(key), "%.*s", (int)record->key_len, (const char *)record->key);
	must(strncmp(value, "{\"partition\":", 13) == 0 && strstr(value, "\"offset\":") != NULL, "an odd receipt");
	partition = (int)strtol(value + 13, NULL, 10);
	offset = strtoll(strstr(value, "\"offset\":") + 9, NULL, 10);
	seen = cell(context, partition, offset);
	must(*seen != 0, "a receipt of no message");
	must(*seen == THERE, "two receipts of one message");
	*seen = THERE + 1;
	check_order(context, key, partition, offset);
}

void intake_check_receipts(struct intake *intake)
{
	struct tally *tally = calloc(1, sizeof(*tally));
	char receipts[160];
	unsigned sent;
	unsigned found;

	must(tally != NULL, "memory");
	snprintf(receipts, sizeof(receipts), "%sreceipts.v1", intake->prefix);
	sent = topic_read(intake->topic, see_intake, tally);
	found = topic_read(receipts, see_receipt, tally);
	if (sent != found)
		fprintf(stderr, "%u messages and %u receipts\n", sent, found);
	must(sent == found, "receipts are missing");
	for (size_t i = 0; i < 64; i++)
		free(tally->partitions[i].receipts);
	free(tally);
}
