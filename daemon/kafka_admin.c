/* kafka_admin: metadata, DescribeConfigs and CreateTopics, waited for. */
#include "daemon/kafka_admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bytes.h"
#include "daemon/kafka_client.h"

struct kafka_admin {
	const struct kafka_settings *settings;
	rd_kafka_t *client;
	char reason[160]; /* the last thing librdkafka said of its connections */
};

static void connection_failed(rd_kafka_t *client, int code, const char *reason, void *context)
{
	struct kafka_admin *admin = context;

	(void)client;
	if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
		snprintf(admin->reason, sizeof(admin->reason), "%s", reason);
}

struct kafka_admin *kafka_admin_new(const struct kafka_settings *settings, struct error *error)
{
	rd_kafka_conf_t *configuration = kafka_client_configure(settings, KAFKA_ROLE_ADMIN, error);
	struct kafka_admin *admin;

	if (configuration == NULL)
		return NULL;
	admin = bytes_allocate(NULL, sizeof(*admin));
	*admin = (struct kafka_admin){.settings = settings};
	rd_kafka_conf_set_opaque(configuration, admin);
	rd_kafka_conf_set_error_cb(configuration, connection_failed);
	admin->client = kafka_client_new(configuration, KAFKA_ROLE_ADMIN, error);
	if (admin->client == NULL) {
		free(admin);
		return NULL;
	}
	return admin;
}

void kafka_admin_free(struct kafka_admin *admin)
{
	if (admin == NULL)
		return;
	rd_kafka_destroy(admin->client);
	free(admin);
}

/* The request got no answer; the connections' own words say more than the request's. */
static bool unanswered(struct kafka_admin *admin, rd_kafka_resp_err_t code, struct error *error)
{
	rd_kafka_poll(admin->client, 0);
	return error_set(error, ERROR_RETRY,
		"start the brokers, or correct bootstrap.servers and the security properties",
		"no broker answers at %.80s: %.160s", admin->settings->bootstrap_servers,
		admin->reason[0] != '\0' ? admin->reason : rd_kafka_err2str(code));
}

static bool refused(rd_kafka_resp_err_t code, const char *what, const char *name, const char *text, struct error *error)
{
	switch (code) {
	case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
		return error_set(error, ERROR_FATAL,
			"grant the daemon's user Describe, DescribeConfigs, Read and Write on its topics",
			"the cluster forbids to %s topic %s", what, name);
	case RD_KAFKA_RESP_ERR__TRANSPORT:
	case RD_KAFKA_RESP_ERR__TIMED_OUT:
	case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
	case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
	case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
	case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
		return error_set(error, ERROR_RETRY, "wait until the cluster has settled", "cannot %s topic %s now: %s",
			what, name, text != NULL ? text : rd_kafka_err2str(code));
	default:
		return error_set(error, ERROR_FATAL, "see the brokers' logs", "cannot %s topic %s: %s", what, name,
			text != NULL ? text : rd_kafka_err2str(code));
	}
}

/* The partitions of a topic that have a leader; 0 if there is no such topic. */
static bool count_partitions(
	struct kafka_admin *admin, const char *name, uint32_t *count, int timeout_ms, struct error *error)
{
	rd_kafka_topic_t *topic = rd_kafka_topic_new(admin->client, name, NULL);
	const struct rd_kafka_metadata *metadata = NULL;
	rd_kafka_resp_err_t code = rd_kafka_metadata(admin->client, 0, topic, &metadata, timeout_ms);
	bool done = false;

	*count = 0;
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
		unanswered(admin, code, error);
	} else if (metadata->topic_cnt == 0 || metadata->topics[0].err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
		done = true;
	} else if (metadata->topics[0].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
		refused(metadata->topics[0].err, "see", name, NULL, error);
	} else {
		*count = (uint32_t)metadata->topics[0].partition_cnt;
		for (uint32_t i = 0; i < *count; i++) {
			if (metadata->topics[0].partitions[i].leader == -1)
				refused(RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, "use", name, NULL, error);
		}
		done = error->class == ERROR_NONE;
	}
	if (metadata != NULL)
		rd_kafka_metadata_destroy(metadata);
	rd_kafka_topic_destroy(topic);
	return done;
}

bool kafka_admin_log_facts(
	struct kafka_admin *admin, struct kafka_log_facts *facts, int timeout_ms, struct error *error)
{
	char *cluster_id;

	memset(facts, 0, sizeof(*facts));
	admin->reason[0] = '\0';
	if (!count_partitions(admin, admin->settings->intake_topic, &facts->partition_count, timeout_ms, error))
		return false;
	cluster_id = rd_kafka_clusterid(admin->client, timeout_ms);
	if (cluster_id == NULL)
		return unanswered(admin, RD_KAFKA_RESP_ERR__TIMED_OUT, error);
	snprintf(facts->cluster_id, sizeof(facts->cluster_id), "%s", cluster_id);
	rd_kafka_mem_free(admin->client, cluster_id);
	return true;
}

static void take_setting(struct kafka_topic_state *state, const rd_kafka_ConfigEntry_t *entry)
{
	const struct {
		const char *name;
		char *value;
		size_t size;
	} wanted[] = {
		{"cleanup.policy", state->cleanup_policy, sizeof(state->cleanup_policy)},
		{"message.timestamp.type", state->timestamp_type, sizeof(state->timestamp_type)},
		{"retention.ms", state->retention_ms, sizeof(state->retention_ms)},
	};
	const char *value = rd_kafka_ConfigEntry_value(entry);

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (strcmp(rd_kafka_ConfigEntry_name(entry), wanted[i].name) == 0)
			snprintf(wanted[i].value, wanted[i].size, "%s", value == NULL ? "" : value);
	}
}

static bool take_settings(
	struct kafka_topic_state *state, const rd_kafka_ConfigResource_t *resource, struct error *error)
{
	rd_kafka_resp_err_t code = rd_kafka_ConfigResource_error(resource);
	const rd_kafka_ConfigEntry_t **entries;
	size_t count;

	if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
		return true;
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
		return refused(code, "describe", state->name, rd_kafka_ConfigResource_error_string(resource), error);
	state->exists = true;
	entries = rd_kafka_ConfigResource_configs(resource, &count);
	for (size_t i = 0; i < count; i++)
		take_setting(state, entries[i]);
	return true;
}

static rd_kafka_AdminOptions_t *options_new(struct kafka_admin *admin, rd_kafka_admin_op_t operation, int timeout_ms)
{
	rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(admin->client, operation);
	char text[128];

	rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, text, sizeof(text));
	return options;
}

static bool describe_settings(struct kafka_admin *admin, struct kafka_topic_state states[KAFKA_TOPIC_COUNT],
	int timeout_ms, struct error *error)
{
	rd_kafka_AdminOptions_t *options = options_new(admin, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout_ms);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(admin->client);
	rd_kafka_ConfigResource_t *resources[KAFKA_TOPIC_COUNT];
	const rd_kafka_ConfigResource_t **answers;
	rd_kafka_event_t *event;
	size_t count;

	for (size_t i = 0; i < KAFKA_TOPIC_COUNT; i++)
		resources[i] = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, states[i].name);
	rd_kafka_DescribeConfigs(admin->client, resources, KAFKA_TOPIC_COUNT, options, queue);
	event = rd_kafka_queue_poll(queue, timeout_ms + 1000);
	if (event == NULL) {
		unanswered(admin, RD_KAFKA_RESP_ERR__TIMED_OUT, error);
	} else if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
		unanswered(admin, rd_kafka_event_error(event), error);
	} else {
		answers =
			rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &count);
		for (size_t i = 0; i < count; i++) {
			for (size_t topic = 0; topic < KAFKA_TOPIC_COUNT; topic++) {
				if (strcmp(rd_kafka_ConfigResource_name(answers[i]), states[topic].name) == 0)
					take_settings(&states[topic], answers[i], error);
			}
		}
	}
	if (event != NULL)
		rd_kafka_event_destroy(event);
	rd_kafka_ConfigResource_destroy_array(resources, KAFKA_TOPIC_COUNT);
	rd_kafka_queue_destroy(queue);
	rd_kafka_AdminOptions_destroy(options);
	return error->class == ERROR_NONE;
}

bool kafka_admin_describe(struct kafka_admin *admin, struct kafka_topic_state states[KAFKA_TOPIC_COUNT], int timeout_ms,
	struct error *error)
{
	admin->reason[0] = '\0';
	for (size_t i = 0; i < KAFKA_TOPIC_COUNT; i++) {
		states[i] = (struct kafka_topic_state){.rule = &kafka_topic_rules[i]};
		kafka_topic_format(admin->settings, states[i].rule, states[i].name);
	}
	if (!describe_settings(admin, states, timeout_ms, error))
		return false;
	for (size_t i = 0; i < KAFKA_TOPIC_COUNT; i++) {
		if (states[i].exists &&
			!count_partitions(admin, states[i].name, &states[i].partition_count, timeout_ms, error))
			return false;
		states[i].exists = states[i].partition_count > 0;
	}
	return true;
}

static rd_kafka_NewTopic_t *new_topic(const struct kafka_topic_state *state, uint32_t partition_count)
{
	char text[128];
	/* As many copies as the cluster's own default says. */
	rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(state->name, (int)partition_count, -1, text, sizeof(text));

	if (topic == NULL)
		return NULL;
	rd_kafka_NewTopic_set_config(topic, "cleanup.policy", state->rule->cleanup_policy);
	if (state->rule->timestamp_type != NULL)
		rd_kafka_NewTopic_set_config(topic, "message.timestamp.type", state->rule->timestamp_type);
	if (state->rule->retention_ms != NULL)
		rd_kafka_NewTopic_set_config(topic, "retention.ms", state->rule->retention_ms);
	return topic;
}

static bool create_topics(
	struct kafka_admin *admin, rd_kafka_NewTopic_t **topics, size_t count, int timeout_ms, struct error *error)
{
	rd_kafka_AdminOptions_t *options = options_new(admin, RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout_ms);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(admin->client);
	const rd_kafka_topic_result_t **results;
	rd_kafka_event_t *event;

	rd_kafka_CreateTopics(admin->client, topics, count, options, queue);
	event = rd_kafka_queue_poll(queue, timeout_ms + 1000);
	if (event == NULL || rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
		unanswered(admin, event == NULL ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event), error);
	} else {
		results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
		for (size_t i = 0; i < count; i++) {
			rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[i]);

			/* Somebody else may have been quicker. */
			if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
				refused(code, "make", rd_kafka_topic_result_name(results[i]),
					rd_kafka_topic_result_error_string(results[i]), error);
		}
	}
	if (event != NULL)
		rd_kafka_event_destroy(event);
	rd_kafka_queue_destroy(queue);
	rd_kafka_AdminOptions_destroy(options);
	return error->class == ERROR_NONE;
}

/* A topic that has been made is known to all brokers only a little later. */
static bool wait_visible(struct kafka_admin *admin, struct kafka_topic_state states[KAFKA_TOPIC_COUNT], int timeout_ms,
	struct error *error)
{
	int64_t deadline_ms = kafka_client_now_ms() + timeout_ms;

	for (;;) {
		struct error latest = {.class = ERROR_NONE};
		bool whole = kafka_admin_describe(admin, states, timeout_ms, &latest);

		for (size_t i = 0; i < KAFKA_TOPIC_COUNT && whole; i++)
			whole = states[i].exists;
		if (whole)
			return true;
		if (latest.class == ERROR_FATAL || kafka_client_now_ms() > deadline_ms) {
			*error = latest;
			return error_set(
				error, ERROR_RETRY, "run the command again", "the new topics cannot be seen yet");
		}
		rd_kafka_poll(admin->client, 100);
	}
}

bool kafka_admin_create(struct kafka_admin *admin, struct kafka_topic_state states[KAFKA_TOPIC_COUNT],
	uint32_t partition_count, int timeout_ms, struct error *error)
{
	rd_kafka_NewTopic_t *topics[KAFKA_TOPIC_COUNT];
	size_t count = 0;
	bool done;

	for (size_t i = 0; i < KAFKA_TOPIC_COUNT; i++) {
		if (states[i].exists)
			continue;
		topics[count] = new_topic(&states[i], partition_count);
		if (topics[count] == NULL) {
			error_set(error, ERROR_FATAL, "use 1 to 100000 partitions",
				"topic %s cannot have %u partitions", states[i].name, partition_count);
			break;
		}
		count++;
	}
	done = error->class == ERROR_NONE && (count == 0 || create_topics(admin, topics, count, timeout_ms, error)) &&
	       wait_visible(admin, states, timeout_ms, error);
	rd_kafka_NewTopic_destroy_array(topics, count);
	return done;
}
