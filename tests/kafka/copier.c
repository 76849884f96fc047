/* copier: takes messages, publishes receipts, begins again where the transport says. */
#include "tests/kafka/copier.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/log.h"

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void begin_at(struct copier *copier, int32_t number, const struct intake_identity *identity)
{
	struct copier_partition *partition = &copier->partitions[number];
	struct error error = {.class = ERROR_NONE};

	partition->identity = *identity;
	partition->count = 0;
	partition->next = identity->has_position ? identity->position.offset : identity->log_start;
	if (!copier->transport->operations->seek(copier->transport, number, partition->next, &error))
		log_write(LOG_WARNING, "copier cannot seek", log_error(&error));
}

static void assigned(void *context, int32_t number, const struct intake_identity *identity)
{
	struct copier *copier = context;
	struct copier_partition *partition = &copier->partitions[number];

	assert(!partition->assigned);
	partition->assigned = true;
	partition->assignments++;
	begin_at(copier, number, identity);
}

static void revoked(void *context, int32_t number)
{
	struct copier *copier = context;
	struct copier_partition *partition = &copier->partitions[number];

	assert(partition->assigned && !partition->publishing);
	partition->assigned = false;
	partition->revocations++;
	partition->count = 0;
}

static void published(void *context, int32_t number, enum publish_result result, const struct intake_identity *identity)
{
	struct copier *copier = context;
	struct copier_partition *partition = &copier->partitions[number];

	assert(partition->assigned && partition->publishing);
	partition->publishing = false;
	switch (result) {
	case PUBLISH_DONE:
		partition->done++;
		partition->count = 0;
		break;
	case PUBLISH_RESTARTED:
		partition->restarted++;
		begin_at(copier, number, identity);
		break;
	case PUBLISH_FENCED:
		partition->fenced++;
		break;
	}
	copier_work(copier);
}

void copier_publish(struct copier *copier, int32_t number, struct publish_position to)
{
	struct copier_partition *partition = &copier->partitions[number];
	struct error error = {.class = ERROR_NONE};

	for (size_t i = 0; i < partition->count; i++) {
		partition->messages[i] = (struct output_message){
			.topic = "receipts",
			.key = span_of(partition->batch[i].key),
			.value = span_of(partition->batch[i].value),
			.time_ms = INT64_C(1788645600000),
		};
	}
	partition->publishing = copier->transport->operations->publish(
		copier->transport, number, partition->messages, partition->count, to, &error);
}

static void take(struct copier *copier, int32_t number)
{
	struct copier_partition *partition = &copier->partitions[number];
	struct intake_message message;
	struct error error = {.class = ERROR_NONE};
	int got = 0;

	while (partition->count < copier->batch &&
		(got = copier->transport->operations->next(copier->transport, number, &message, &error)) == 1) {
		struct copied *copied = &partition->batch[partition->count++];

		copied->offset = message.offset;
		snprintf(copied->key, sizeof(copied->key), "%.*s", (int)message.key.length, message.key.data);
		snprintf(copied->value, sizeof(copied->value), "{\"partition\":%d,\"offset\":%llu,\"bytes\":%llu}",
			number, (unsigned long long)message.offset, (unsigned long long)message.value_length);
		partition->next = message.offset + 1;
		partition->taken++;
		if (copier->seen != NULL)
			copier->seen(copier, number, &message);
	}
	if (got == -1) {
		log_write(LOG_WARNING, "copier cannot read", log_error(&error));
		if (error.class == ERROR_FATAL && copier->fatal.class == ERROR_NONE)
			copier->fatal = error;
	}
}

void copier_work(struct copier *copier)
{
	for (int32_t number = 0; number < COPIER_PARTITIONS; number++) {
		struct copier_partition *partition = &copier->partitions[number];

		if (!partition->assigned || partition->publishing || copier->paused)
			continue;
		take(copier, number);
		if (partition->count > 0 && !copier->holding)
			copier_publish(copier, number, (struct publish_position){partition->next, 0});
	}
}

static void readable(void *context, int32_t number)
{
	(void)number;
	copier_work(context);
}

static void fault(void *context, const struct error *error)
{
	struct copier *copier = context;

	copier->fault = *error;
	if (error->class == ERROR_FATAL && copier->fatal.class == ERROR_NONE)
		copier->fatal = *error;
	log_write(LOG_INFO, "copier told of a fault", log_error(error));
}

struct copier *copier_start(struct loop *loop, const struct kafka_settings *settings)
{
	struct copier *copier = calloc(1, sizeof(*copier));
	struct error error = {.class = ERROR_NONE};
	const struct transport_callbacks callbacks = {
		.context = copier,
		.assigned = assigned,
		.revoked = revoked,
		.readable = readable,
		.published = published,
		.fault = fault,
	};

	assert(copier != NULL);
	copier->loop = loop;
	copier->batch = COPIER_BATCH;
	copier->transport = transport_kafka_new(settings, loop, &callbacks);
	if (!copier->transport->operations->start(copier->transport, &error)) {
		fprintf(stderr, "transport does not start: %s; %s\n", error.cause, error.remedy);
		abort();
	}
	return copier;
}

void copier_stop(struct copier *copier)
{
	copier->transport->operations->stop(copier->transport);
	for (int32_t number = 0; number < COPIER_PARTITIONS; number++) {
		const struct copier_partition *partition = &copier->partitions[number];

		/* No publish unreported, no partition unrevoked. */
		assert(!partition->assigned && !partition->publishing);
		assert(partition->assignments == partition->revocations);
	}
	free(copier);
}

struct waiting {
	struct loop *loop;
	bool (*condition)(void *context);
	void *context;
	int64_t deadline_ms;
	bool held;
};

static void look(void *context)
{
	struct waiting *waiting = context;

	waiting->held = waiting->condition(waiting->context);
	if (waiting->held || now_ms() > waiting->deadline_ms)
		loop_stop(waiting->loop);
}

bool run_until(struct loop *loop, bool (*condition)(void *context), void *context, int timeout_ms)
{
	struct waiting waiting = {loop, condition, context, now_ms() + timeout_ms, false};
	struct loop_timer *timer = loop_timer_new(loop, look, &waiting);

	loop_timer_set(timer, 10, true);
	loop_run(loop);
	loop_timer_free(timer);
	return waiting.held;
}

bool copier_has_fatal(void *context)
{
	return ((struct copier *)context)->fatal.class == ERROR_FATAL;
}

bool copier_has_retry(void *context)
{
	return ((struct copier *)context)->fault.class == ERROR_RETRY;
}

bool copier_is_idle(void *context)
{
	struct copier *copier = context;

	if (copier_assigned(copier) == 0)
		return false;
	for (int32_t number = 0; number < COPIER_PARTITIONS; number++) {
		const struct copier_partition *partition = &copier->partitions[number];

		if (partition->assigned &&
			(partition->publishing || partition->count > 0 ||
				partition->next < copier->transport->operations->log_end(copier->transport, number)))
			return false;
	}
	return true;
}

unsigned copier_assigned(const struct copier *copier)
{
	unsigned count = 0;

	for (int32_t number = 0; number < COPIER_PARTITIONS; number++)
		count += copier->partitions[number].assigned;
	return count;
}
