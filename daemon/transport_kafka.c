/* transport_kafka: brings the group, the threads' reports and the engine's calls together on the loop. */
#include "daemon/transport_kafka.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "daemon/bytes.h"
#include "daemon/kafka_client.h"
#include "daemon/kafka_control.h"
#include "daemon/kafka_monitor.h"
#include "daemon/kafka_partitions.h"
#include "daemon/log.h"

/* Wake-ups of the library can get lost; nothing waits longer than this for them. */
#define POLL_INTERVAL_MS 250
/* How long a revoked partition's publish may take to end; the whole group waits for it. */
#define CLOSE_LIMIT_MS 10000
/* How long threads may take to come out of a call, and then clients to end, when the daemon does. */
#define END_LIMIT_MS 5000
/* The group's faults are events, and nothing tells when one is over. */
#define GROUP_FAULT_SHOWN_MS 10000

struct transport_kafka {
	struct transport transport; /* first: what the engine holds */
	const struct kafka_settings *settings;
	struct loop *loop;
	int wake_descriptor;
	struct loop_watch *wake_watch;
	struct loop_watch *report_watch;
	struct loop_timer *timer;
	struct kafka_threads *threads;
	struct kafka_group *group;
	struct kafka_reader *reader;
	struct kafka_monitor *monitor;
	struct kafka_control *control;
	struct kafka_publisher_base *base;
	struct kafka_partitions partitions;
	bool revoking; /* the group waits for our acknowledgement */
	int64_t close_by_ms;
	struct error monitor_fault;
	struct error control_fault;
	struct error group_fault;
	int64_t group_fault_ms;
	struct error shown; /* the fault that the engine knows */
};

static struct transport_kafka *of(struct transport *transport)
{
	return (struct transport_kafka *)transport;
}

/* Tells the engine the first fault there is, or that there is none any more. */
static void show_faults(struct transport_kafka *kafka)
{
	static const struct error none = {.class = ERROR_NONE};
	const struct error *fault = kafka_partitions_fault(&kafka->partitions);

	if (kafka->monitor_fault.class != ERROR_NONE)
		fault = &kafka->monitor_fault;
	else if (kafka->group_fault.class != ERROR_NONE)
		fault = &kafka->group_fault;
	else if (fault == NULL)
		fault = kafka->control_fault.class != ERROR_NONE ? &kafka->control_fault : &none;
	if (fault->class == kafka->shown.class && strcmp(fault->cause, kafka->shown.cause) == 0)
		return;
	kafka->shown = *fault;
	kafka->transport.callbacks.fault(kafka->transport.callbacks.context, &kafka->shown);
}

static void advance_revocation(struct transport_kafka *kafka)
{
	bool late = kafka_client_now_ms() >= kafka->close_by_ms;

	if (!kafka->revoking || !kafka_partitions_advance(&kafka->partitions, late))
		return;
	kafka->revoking = false;
	kafka_group_acknowledge(kafka->group);
}

static void poll_group(struct transport_kafka *kafka)
{
	const int32_t *numbers;
	size_t count;
	enum kafka_group_event event;

	do {
		struct error fault = {.class = ERROR_NONE};

		event = kafka_group_poll(kafka->group, &numbers, &count, &fault);
		if (event == KAFKA_GROUP_ASSIGNED) {
			memset(&kafka->group_fault, 0, sizeof(kafka->group_fault));
			kafka_partitions_open(&kafka->partitions, numbers, count);
			kafka_group_acknowledge(kafka->group);
		} else if (event == KAFKA_GROUP_REVOKED) {
			kafka->revoking = true;
			kafka->close_by_ms = kafka_client_now_ms() + CLOSE_LIMIT_MS;
			kafka_partitions_close(&kafka->partitions, numbers, count);
			advance_revocation(kafka);
		} else if (event == KAFKA_GROUP_FAULT) {
			kafka->group_fault = fault;
			kafka->group_fault_ms = kafka_client_now_ms();
		}
	} while (event != KAFKA_GROUP_NOTHING);
	show_faults(kafka);
}

/* The cluster will do: everything that depends on it begins. */
static void take_checked(struct transport_kafka *kafka, const struct intake_identity *identity)
{
	kafka_partitions_size(&kafka->partitions, identity->partition_count);
	kafka->base->partition_count = identity->partition_count;
	memcpy(kafka->base->log_id, identity->log_id, sizeof(kafka->base->log_id));
	kafka_group_join(kafka->group, &kafka->group_fault);
}

static void take_reports(void *context)
{
	struct transport_kafka *kafka = context;
	struct mailbox_item *item;

	while ((item = mailbox_take(kafka->threads->mailbox)) != NULL) {
		struct kafka_report *report = (struct kafka_report *)item;

		if (report->source >= KAFKA_SOURCE_PUBLISHERS)
			kafka_partitions_take(&kafka->partitions, report);
		else if (report->type == KAFKA_REPORT_CHECKED)
			take_checked(kafka, &report->identity);
		else if (report->source == KAFKA_SOURCE_MONITOR)
			kafka->monitor_fault = report->error;
		else
			kafka->control_fault = report->error;
		free(report);
	}
	advance_revocation(kafka);
	show_faults(kafka);
}

static void woken(void *context)
{
	struct transport_kafka *kafka = context;
	uint64_t count;
	ssize_t got = read(kafka->wake_descriptor, &count, sizeof(count));

	(void)got;
	poll_group(kafka);
	kafka_partitions_call_readable(&kafka->partitions);
}

static void tick(void *context)
{
	struct transport_kafka *kafka = context;

	if (kafka->group_fault.class == ERROR_RETRY &&
		kafka_client_now_ms() - kafka->group_fault_ms > GROUP_FAULT_SHOWN_MS)
		memset(&kafka->group_fault, 0, sizeof(kafka->group_fault));
	kafka_reader_poll(kafka->reader);
	kafka_partitions_look_after(&kafka->partitions);
	advance_revocation(kafka);
	poll_group(kafka);
	kafka_partitions_call_readable(&kafka->partitions);
}

/* Frees what start has made; left: threads are still inside the clients, which stay as they are. */
static void free_all(struct transport_kafka *kafka, bool left)
{
	loop_timer_free(kafka->timer);
	loop_watch_free(kafka->wake_watch);
	loop_watch_free(kafka->report_watch);
	if (!left) {
		kafka_group_free(kafka->group, END_LIMIT_MS);
		kafka_reader_free(kafka->reader, END_LIMIT_MS);
		mailbox_free(kafka->threads->mailbox);
		free(kafka->threads);
		free(kafka->base);
	}
	kafka_partitions_free(&kafka->partitions);
	free(kafka);
}

static bool watch(struct transport_kafka *kafka, struct error *error)
{
	kafka->wake_watch = loop_watch_fd(kafka->loop, kafka->wake_descriptor, woken, kafka);
	kafka->report_watch =
		loop_watch_fd(kafka->loop, mailbox_descriptor(kafka->threads->mailbox), take_reports, kafka);
	if (kafka->wake_watch == NULL || kafka->report_watch == NULL)
		return error_set(error, ERROR_FATAL, "raise the limit of open files", "cannot watch a descriptor: %s",
			strerror(errno));
	kafka->timer = loop_timer_new(kafka->loop, tick, kafka);
	loop_timer_set(kafka->timer, POLL_INTERVAL_MS, true);
	return true;
}

static bool start(struct transport *transport, struct error *error)
{
	struct transport_kafka *kafka = of(transport);

	kafka->wake_descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	kafka->threads->mailbox = mailbox_new();
	if (kafka->wake_descriptor == -1 || kafka->threads->mailbox == NULL)
		return error_set(
			error, ERROR_FATAL, "raise the limit of open files", "no descriptor: %s", strerror(errno));
	kafka->group = kafka_group_new(kafka->settings, kafka->wake_descriptor, error);
	if (kafka->group == NULL)
		return false;
	kafka->reader = kafka_reader_new(kafka->settings, kafka->wake_descriptor, error);
	if (kafka->reader == NULL)
		return false;
	*kafka->base = (struct kafka_publisher_base){
		.settings = kafka->settings, .group = kafka->group, .reader = kafka->reader, .threads = kafka->threads};
	if (!watch(kafka, error))
		return false;
	kafka->monitor = kafka_monitor_start(kafka->settings, kafka->threads, error);
	return kafka->monitor != NULL;
}

static void stop(struct transport *transport)
{
	struct transport_kafka *kafka = of(transport);
	int wake_descriptor = kafka->wake_descriptor;
	int64_t deadline_ms = kafka_client_now_ms() + CLOSE_LIMIT_MS;
	const struct timespec moment = {.tv_nsec = 5000000};
	bool left;

	kafka_monitor_release(kafka->monitor);
	kafka_control_release(kafka->control);
	kafka_partitions_close_all(&kafka->partitions);
	while (!kafka_partitions_advance(&kafka->partitions, kafka_client_now_ms() >= deadline_ms)) {
		mailbox_wait(kafka->threads->mailbox, 100);
		take_reports(kafka);
	}
	deadline_ms = kafka_client_now_ms() + END_LIMIT_MS;
	while (atomic_load(&kafka->threads->running) > 0 && kafka_client_now_ms() < deadline_ms)
		nanosleep(&moment, NULL);
	left = atomic_load(&kafka->threads->running) > 0;
	if (left)
		log_write(LOG_WARNING, "threads do not end, and are left behind",
			log_number("threads", atomic_load(&kafka->threads->running)));
	free_all(kafka, left);
	if (!left && wake_descriptor != -1)
		close(wake_descriptor);
}

static bool revoked_meanwhile(int32_t number, struct error *error)
{
	return error_set(
		error, ERROR_RETRY, "none: the partition is being revoked", "partition %d is not ours", number);
}

static bool seek(struct transport *transport, int32_t number, uint64_t offset, struct error *error)
{
	struct transport_kafka *kafka = of(transport);
	struct kafka_partition *partition = kafka_partitions_find_open(&kafka->partitions, number);

	if (partition == NULL)
		return revoked_meanwhile(number, error);
	kafka_stream_stop(partition->stream);
	partition->stream = kafka_reader_start(kafka->reader, number, offset, partition->log_end, error);
	return partition->stream != NULL;
}

static int next(struct transport *transport, int32_t number, struct intake_message *message, struct error *error)
{
	struct kafka_partition *partition = kafka_partitions_find_open(&of(transport)->partitions, number);

	if (partition == NULL || partition->stream == NULL)
		return 0;
	return kafka_stream_next(partition->stream, message, error);
}

static uint64_t log_end(struct transport *transport, int32_t number)
{
	struct kafka_partition *partition = kafka_partitions_find_open(&of(transport)->partitions, number);

	if (partition == NULL)
		return 0;
	return partition->stream == NULL ? partition->log_end : kafka_stream_log_end(partition->stream);
}

static bool publish(struct transport *transport, int32_t number, const struct output_message *messages, size_t count,
	struct publish_position to, struct error *error)
{
	struct kafka_partition *partition = kafka_partitions_find_open(&of(transport)->partitions, number);

	if (partition == NULL || partition->publisher == NULL)
		return revoked_meanwhile(number, error);
	assert(!partition->publishing);
	partition->publishing = true;
	kafka_publisher_publish(partition->publisher, messages, count, to);
	return true;
}

static bool send_control(struct transport *transport, const char *county, const char *json, struct error *error)
{
	struct transport_kafka *kafka = of(transport);

	if (kafka->control == NULL)
		kafka->control = kafka_control_start(kafka->settings, kafka->threads, error);
	return kafka->control != NULL && kafka_control_send(kafka->control, county, json, error);
}

struct transport *transport_kafka_new(
	const struct kafka_settings *settings, struct loop *loop, const struct transport_callbacks *callbacks)
{
	static const struct transport_operations operations = {
		.start = start,
		.seek = seek,
		.next = next,
		.log_end = log_end,
		.publish = publish,
		.send_control = send_control,
		.stop = stop,
	};
	struct transport_kafka *kafka = bytes_allocate(NULL, sizeof(*kafka));

	memset(kafka, 0, sizeof(*kafka));
	kafka->transport = (struct transport){&operations, *callbacks};
	kafka->settings = settings;
	kafka->loop = loop;
	kafka->wake_descriptor = -1;
	kafka->threads = bytes_allocate(NULL, sizeof(*kafka->threads));
	memset(kafka->threads, 0, sizeof(*kafka->threads));
	kafka->base = bytes_allocate(NULL, sizeof(*kafka->base));
	memset(kafka->base, 0, sizeof(*kafka->base));
	kafka_partitions_init(&kafka->partitions, &kafka->transport.callbacks, kafka->base);
	return &kafka->transport;
}
