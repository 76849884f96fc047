/* kafka_group: a consumer that only ever acknowledges its assignments, with none of the partitions in it. */
#include "daemon/kafka_group.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bytes.h"
#include "daemon/kafka_client.h"
#include "daemon/log.h"

struct kafka_group {
	const struct kafka_settings *settings;
	rd_kafka_t *client;
	rd_kafka_queue_t *queue;
	rd_kafka_event_t *pending; /* the rebalance to acknowledge */
	int32_t *partitions;
	bool cooperative; /* protocol of the group, known from the first event */
	bool joined;
	bool assigned_once;
};

struct kafka_group *kafka_group_new(const struct kafka_settings *settings, int wake_descriptor, struct error *error)
{
	static const uint64_t one = 1;
	rd_kafka_conf_t *configuration = kafka_client_configure(settings, KAFKA_ROLE_MEMBER, error);
	struct kafka_group *group;
	rd_kafka_t *client;

	if (configuration == NULL)
		return NULL;
	rd_kafka_conf_set_events(configuration, RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_ERROR);
	client = kafka_client_new(configuration, KAFKA_ROLE_MEMBER, error);
	if (client == NULL)
		return NULL;
	group = bytes_allocate(NULL, sizeof(*group));
	*group = (struct kafka_group){.settings = settings, .client = client};
	group->queue = rd_kafka_queue_get_consumer(client);
	rd_kafka_queue_io_event_enable(group->queue, wake_descriptor, &one, sizeof(one));
	return group;
}

bool kafka_group_join(struct kafka_group *group, struct error *error)
{
	rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
	rd_kafka_resp_err_t code;

	rd_kafka_topic_partition_list_add(topics, group->settings->intake_topic, RD_KAFKA_PARTITION_UA);
	code = rd_kafka_subscribe(group->client, topics);
	rd_kafka_topic_partition_list_destroy(topics);
	group->joined = code == RD_KAFKA_RESP_ERR_NO_ERROR;
	return group->joined || error_set(error, ERROR_FATAL, "see librdkafka's message", "cannot join the group: %s",
					rd_kafka_err2str(code));
}

/* Errors of the member that end the daemon; all others pass. */
static const struct {
	rd_kafka_resp_err_t code;
	const char *cause;
	const char *remedy;
} fatal_errors[] = {
	{RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, "the cluster forbids to join the group",
		"grant the daemon's user Read on the group"},
	{RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "the cluster forbids to read the intake topic",
		"grant the daemon's user Describe and Read on the topic"},
	{RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL, "the group's other members share partitions in another way",
		"give all daemons of the group the same partition.assignment.strategy"},
	{RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT, "the brokers do not allow this session.timeout.ms",
		"set it between the brokers' group.min.session.timeout.ms and group.max.session.timeout.ms"},
	{RD_KAFKA_RESP_ERR_INVALID_GROUP_ID, "the brokers do not allow this group.id", "choose another name"},
	{RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, "another daemon has the same group.instance.id",
		"give each daemon its own"},
};

static void describe_fault(rd_kafka_t *client, rd_kafka_event_t *event, struct error *error)
{
	rd_kafka_resp_err_t code = rd_kafka_event_error(event);
	char text[200];

	if (code == RD_KAFKA_RESP_ERR__FATAL) {
		code = rd_kafka_fatal_error(client, text, sizeof(text));
		error_set(error, ERROR_FATAL, "see librdkafka's message; start again when its cause is gone",
			"the group membership has ended: %s", text);
	}
	for (size_t i = 0; i < sizeof(fatal_errors) / sizeof(fatal_errors[0]); i++) {
		if (code == fatal_errors[i].code)
			error_set(error, ERROR_FATAL, fatal_errors[i].remedy, "%s", fatal_errors[i].cause);
	}
	error_set(error, ERROR_RETRY, "none if it passes; else see to the brokers and the network", "group: %s",
		rd_kafka_event_error_string(event));
}

static enum kafka_group_event take_rebalance(
	struct kafka_group *group, rd_kafka_event_t *event, const int32_t **partitions, size_t *count)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_event_topic_partition_list(event);
	bool assigned = rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;

	assert(group->pending == NULL);
	group->pending = event;
	group->cooperative = strcmp(rd_kafka_rebalance_protocol(group->client), "COOPERATIVE") == 0;
	if (assigned)
		group->assigned_once = true;
	group->partitions = bytes_allocate(group->partitions, (size_t)list->cnt * sizeof(*group->partitions));
	for (int i = 0; i < list->cnt; i++)
		group->partitions[i] = list->elems[i].partition;
	*partitions = group->partitions;
	*count = (size_t)list->cnt;
	log_write(LOG_INFO, assigned ? "partitions assigned" : "partitions revoked",
		log_text("topic", group->settings->intake_topic), log_number("count", list->cnt),
		log_flag("lost", rd_kafka_assignment_lost(group->client)));
	return assigned ? KAFKA_GROUP_ASSIGNED : KAFKA_GROUP_REVOKED;
}

enum kafka_group_event kafka_group_poll(
	struct kafka_group *group, const int32_t **partitions, size_t *count, struct error *error)
{
	rd_kafka_event_t *event;
	bool fault;

	*count = 0;
	while ((event = rd_kafka_queue_poll(group->queue, 0)) != NULL) {
		if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE)
			return take_rebalance(group, event, partitions, count);
		fault = rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR;
		if (fault)
			describe_fault(group->client, event, error);
		rd_kafka_event_destroy(event);
		if (fault)
			return KAFKA_GROUP_FAULT;
	}
	return KAFKA_GROUP_NOTHING;
}

/* The group is content with an assignment that has none of the partitions in it: it keeps its own account of them. */
static void acknowledge(struct kafka_group *group, rd_kafka_event_t *event)
{
	rd_kafka_topic_partition_list_t *none = rd_kafka_topic_partition_list_new(0);
	bool assigned = rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
	rd_kafka_error_t *failure = NULL;
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;

	if (group->cooperative)
		failure = assigned ? rd_kafka_incremental_assign(group->client, none)
				   : rd_kafka_incremental_unassign(group->client, none);
	else
		code = rd_kafka_assign(group->client, assigned ? none : NULL);
	if (failure != NULL || code != RD_KAFKA_RESP_ERR_NO_ERROR)
		log_write(LOG_WARNING, "rebalance not acknowledged",
			log_text("text", failure != NULL ? rd_kafka_error_string(failure) : rd_kafka_err2str(code)));
	if (failure != NULL)
		rd_kafka_error_destroy(failure);
	rd_kafka_topic_partition_list_destroy(none);
}

void kafka_group_acknowledge(struct kafka_group *group)
{
	assert(group->pending != NULL);
	acknowledge(group, group->pending);
	rd_kafka_event_destroy(group->pending);
	group->pending = NULL;
}

rd_kafka_consumer_group_metadata_t *kafka_group_metadata(struct kafka_group *group)
{
	char *member_id = rd_kafka_memberid(group->client);
	bool member = member_id != NULL && member_id[0] != '\0';

	if (member_id != NULL)
		rd_kafka_mem_free(group->client, member_id);
	/* Without a member id the coordinator would not check whether we still belong to the group. */
	return member ? rd_kafka_consumer_group_metadata(group->client) : NULL;
}

static bool holds(const rd_kafka_MemberDescription_t *member, const char *topic, int32_t partition)
{
	const rd_kafka_MemberAssignment_t *assignment = rd_kafka_MemberDescription_assignment(member);
	const rd_kafka_topic_partition_list_t *list = rd_kafka_MemberAssignment_partitions(assignment);

	for (int i = 0; list != NULL && i < list->cnt; i++) {
		if (list->elems[i].partition == partition && strcmp(list->elems[i].topic, topic) == 0)
			return true;
	}
	return false;
}

static enum kafka_owner find_owner(const rd_kafka_ConsumerGroupDescription_t *description, const char *member_id,
	const char *topic, int32_t partition)
{
	size_t count = rd_kafka_ConsumerGroupDescription_member_count(description);

	if (rd_kafka_ConsumerGroupDescription_error(description) != NULL)
		return KAFKA_OWNER_UNKNOWN;
	/* While the group rebalances nobody's assignment counts. */
	if (rd_kafka_ConsumerGroupDescription_state(description) != RD_KAFKA_CONSUMER_GROUP_STATE_STABLE)
		return KAFKA_OWNER_UNKNOWN;
	for (size_t i = 0; i < count; i++) {
		const rd_kafka_MemberDescription_t *member = rd_kafka_ConsumerGroupDescription_member(description, i);

		if (strcmp(rd_kafka_MemberDescription_consumer_id(member), member_id) == 0)
			return holds(member, topic, partition) ? KAFKA_OWNER_SELF : KAFKA_OWNER_OTHER;
	}
	return KAFKA_OWNER_OTHER;
}

enum kafka_owner kafka_group_owner(struct kafka_group *group, int32_t partition, int timeout_ms)
{
	const char *name = group->settings->group_id;
	char *member_id = rd_kafka_memberid(group->client);
	rd_kafka_AdminOptions_t *options;
	enum kafka_owner owner = KAFKA_OWNER_UNKNOWN;
	rd_kafka_queue_t *queue;
	rd_kafka_event_t *event;
	char text[64];

	if (member_id == NULL)
		return KAFKA_OWNER_UNKNOWN;
	options = rd_kafka_AdminOptions_new(group->client, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS);
	rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, text, sizeof(text));
	queue = rd_kafka_queue_new(group->client);
	rd_kafka_DescribeConsumerGroups(group->client, &name, 1, options, queue);
	event = rd_kafka_queue_poll(queue, timeout_ms);
	if (event != NULL && rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR) {
		size_t count;
		const rd_kafka_ConsumerGroupDescription_t **groups = rd_kafka_DescribeConsumerGroups_result_groups(
			rd_kafka_event_DescribeConsumerGroups_result(event), &count);

		if (count == 1)
			owner = find_owner(groups[0], member_id, group->settings->intake_topic, partition);
	}
	if (event != NULL)
		rd_kafka_event_destroy(event);
	rd_kafka_queue_destroy(queue);
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_mem_free(group->client, member_id);
	return owner;
}

/* Leaves the group; false if it has not come to that by the deadline. */
static bool leave(struct kafka_group *group, int64_t deadline_ms)
{
	rd_kafka_queue_t *queue = rd_kafka_queue_new(group->client);
	rd_kafka_error_t *failure = rd_kafka_consumer_close_queue(group->client, queue);
	rd_kafka_event_t *event;
	bool left = true;

	if (failure != NULL) {
		rd_kafka_error_destroy(failure);
		goto out;
	}
	while (!rd_kafka_consumer_closed(group->client) && kafka_client_now_ms() < deadline_ms) {
		event = rd_kafka_queue_poll(queue, 50);
		if (event == NULL)
			continue;
		if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE)
			acknowledge(group, event);
		rd_kafka_event_destroy(event);
	}
	left = rd_kafka_consumer_closed(group->client) != 0;
out:
	rd_kafka_queue_destroy(queue);
	return left;
}

void kafka_group_free(struct kafka_group *group, int timeout_ms)
{
	int64_t deadline_ms = kafka_client_now_ms() + timeout_ms;
	bool left = true;

	if (group == NULL)
		return;
	if (group->pending != NULL)
		kafka_group_acknowledge(group);
	/* Up to 2.2 the library aborts when a cooperative member ends that has joined but was never assigned. */
	if (group->joined)
		left = (group->assigned_once || !kafka_client_cooperative(group->settings)) &&
		       leave(group, deadline_ms);
	rd_kafka_queue_io_event_enable(group->queue, -1, NULL, 0);
	rd_kafka_queue_destroy(group->queue);
	if (left)
		kafka_client_destroy(group->client, timeout_ms);
	free(group->partitions);
	free(group);
}
