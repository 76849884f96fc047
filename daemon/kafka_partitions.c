/* kafka_partitions: one state machine for each partition, driven by the group and by the publishers' reports. */
#include "daemon/kafka_partitions.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bytes.h"
#include "daemon/log.h"

void kafka_partitions_init(struct kafka_partitions *partitions, const struct transport_callbacks *callbacks,
	struct kafka_publisher_base *base)
{
	*partitions =
		(struct kafka_partitions){.callbacks = callbacks, .base = base, .last_source = KAFKA_SOURCE_PUBLISHERS};
}

void kafka_partitions_size(struct kafka_partitions *partitions, size_t count)
{
	assert(partitions->items == NULL);
	partitions->items = bytes_allocate(NULL, count * sizeof(*partitions->items));
	memset(partitions->items, 0, count * sizeof(*partitions->items));
	partitions->count = count;
}

void kafka_partitions_free(struct kafka_partitions *partitions)
{
	free(partitions->items);
}

static int32_t number_of(const struct kafka_partitions *partitions, const struct kafka_partition *partition)
{
	return (int32_t)(partition - partitions->items);
}

/* NULL for one that the topic did not have when it was checked. */
static struct kafka_partition *find(struct kafka_partitions *partitions, int32_t number)
{
	return number >= 0 && (size_t)number < partitions->count ? &partitions->items[number] : NULL;
}

struct kafka_partition *kafka_partitions_find_open(struct kafka_partitions *partitions, int32_t number)
{
	struct kafka_partition *partition = find(partitions, number);

	return partition != NULL && partition->state == KAFKA_PARTITION_OPEN ? partition : NULL;
}

static void start_publisher(struct kafka_partitions *partitions, struct kafka_partition *partition)
{
	partition->source = ++partitions->last_source;
	memset(&partition->fault, 0, sizeof(partition->fault));
	partition->publisher = kafka_publisher_start(
		partitions->base, number_of(partitions, partition), partition->source, &partition->fault);
}

void kafka_partitions_open(struct kafka_partitions *partitions, const int32_t *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct kafka_partition *partition = find(partitions, numbers[i]);

		/* The monitor sees that the topic has grown, and says what it means. */
		if (partition == NULL)
			continue;
		assert(partition->state == KAFKA_PARTITION_FREE);
		*partition = (struct kafka_partition){.state = KAFKA_PARTITION_OPENING};
		start_publisher(partitions, partition);
	}
}

static void close_one(struct kafka_partition *partition)
{
	if (partition == NULL || partition->state == KAFKA_PARTITION_FREE)
		return;
	partition->state = KAFKA_PARTITION_CLOSING;
	if (partition->publisher != NULL)
		kafka_publisher_finish(partition->publisher);
}

void kafka_partitions_close(struct kafka_partitions *partitions, const int32_t *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		close_one(find(partitions, numbers[i]));
}

void kafka_partitions_close_all(struct kafka_partitions *partitions)
{
	for (size_t i = 0; i < partitions->count; i++)
		close_one(&partitions->items[i]);
}

static void end_publish(struct kafka_partitions *partitions, struct kafka_partition *partition,
	enum publish_result result, const struct intake_identity *identity)
{
	if (!partition->publishing)
		return;
	partition->publishing = false;
	partitions->callbacks->published(
		partitions->callbacks->context, number_of(partitions, partition), result, identity);
}

static void free_one(struct kafka_partitions *partitions, struct kafka_partition *partition)
{
	if (partition->publisher != NULL) {
		log_write(LOG_WARNING, "publisher given up", log_number("partition", number_of(partitions, partition)));
		kafka_publisher_release(partition->publisher);
		partition->publisher = NULL;
	}
	end_publish(partitions, partition, PUBLISH_FENCED, NULL);
	kafka_stream_stop(partition->stream);
	partition->stream = NULL;
	if (partition->announced)
		partitions->callbacks->revoked(partitions->callbacks->context, number_of(partitions, partition));
	*partition = (struct kafka_partition){.state = KAFKA_PARTITION_FREE};
}

bool kafka_partitions_advance(struct kafka_partitions *partitions, bool give_up)
{
	bool left = false;

	for (size_t i = 0; i < partitions->count; i++) {
		struct kafka_partition *partition = &partitions->items[i];

		if (partition->state != KAFKA_PARTITION_CLOSING)
			continue;
		if (give_up || partition->publisher == NULL)
			free_one(partitions, partition);
		else
			left = true;
	}
	return !left;
}

static void take_ready(
	struct kafka_partitions *partitions, struct kafka_partition *partition, const struct intake_identity *identity)
{
	if (partition->state != KAFKA_PARTITION_OPENING) {
		end_publish(partitions, partition, PUBLISH_RESTARTED, identity);
		return;
	}
	partition->state = KAFKA_PARTITION_OPEN;
	partition->announced = true;
	partition->log_end = identity->log_end;
	partitions->callbacks->assigned(partitions->callbacks->context, number_of(partitions, partition), identity);
}

static struct kafka_partition *find_source(struct kafka_partitions *partitions, uint64_t source)
{
	for (size_t i = 0; i < partitions->count; i++) {
		if (partitions->items[i].publisher != NULL && partitions->items[i].source == source)
			return &partitions->items[i];
	}
	return NULL;
}

void kafka_partitions_take(struct kafka_partitions *partitions, const struct kafka_report *report)
{
	struct kafka_partition *partition = find_source(partitions, report->source);

	if (partition == NULL)
		return;
	switch (report->type) {
	case KAFKA_REPORT_READY:
		take_ready(partitions, partition, &report->identity);
		break;
	case KAFKA_REPORT_DONE:
		end_publish(partitions, partition, PUBLISH_DONE, NULL);
		break;
	case KAFKA_REPORT_FENCED:
		end_publish(partitions, partition, PUBLISH_FENCED, NULL);
		break;
	case KAFKA_REPORT_FAULT:
		partition->fault = report->error;
		break;
	case KAFKA_REPORT_ENDED:
		kafka_publisher_release(partition->publisher);
		partition->publisher = NULL;
		break;
	case KAFKA_REPORT_CHECKED:
		break;
	}
}

void kafka_partitions_look_after(struct kafka_partitions *partitions)
{
	for (size_t i = 0; i < partitions->count; i++) {
		struct kafka_partition *partition = &partitions->items[i];
		bool busy = partition->publishing || partition->state == KAFKA_PARTITION_OPENING;

		if (partition->state != KAFKA_PARTITION_OPENING && partition->state != KAFKA_PARTITION_OPEN)
			continue;
		if (partition->publisher == NULL) {
			start_publisher(partitions, partition);
		} else if (busy && kafka_publisher_silence_ms(partition->publisher) > KAFKA_PUBLISHER_STUCK_MS) {
			log_write(LOG_ERROR, "publisher hangs and is replaced", log_number("partition", (int64_t)i));
			kafka_publisher_release(partition->publisher);
			start_publisher(partitions, partition);
		}
	}
}

void kafka_partitions_call_readable(struct kafka_partitions *partitions)
{
	for (size_t i = 0; i < partitions->count; i++) {
		if (partitions->items[i].state == KAFKA_PARTITION_OPEN && partitions->items[i].stream != NULL)
			partitions->callbacks->readable(partitions->callbacks->context, (int32_t)i);
	}
}

const struct error *kafka_partitions_fault(const struct kafka_partitions *partitions)
{
	for (size_t i = 0; i < partitions->count; i++) {
		if (partitions->items[i].fault.class != ERROR_NONE)
			return &partitions->items[i].fault;
	}
	return NULL;
}
