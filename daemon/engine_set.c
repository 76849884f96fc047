/* engine_set: an idle handle and a retry timer for each engine. */
#include "daemon/engine_set.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/bytes.h"
#include "daemon/log.h"

#define RETRY_INTERVAL_MS 1000

struct engine_slot {
	struct engine_set *set;
	int32_t partition;
	char ledger_directory[PATH_MAX];
	struct partition *engine;
	struct loop_idle *idle;
	struct loop_timer *retry;
	bool assign_due; /* assigned by the transport, not yet by the engine */
	bool done;       /* its log of then was applied and published, here or before it went elsewhere (--once) */
	bool working;
	struct intake_identity identity;
	struct error fault;
	int64_t fault_since_ms;
};

struct engine_set {
	struct loop *loop;
	const struct engine_settings *settings;
	struct transport *transport;
	bool once;
	struct engine_set_events events;
	struct engine_slot **slots; /* by partition; NULL: never had */
	size_t slot_count;
	uint32_t partition_count; /* of the intake; 0: not known yet */
};

struct engine_set *engine_set_new(
	struct loop *loop, const struct engine_settings *settings, bool once, const struct engine_set_events *events)
{
	struct engine_set *set = bytes_allocate(NULL, sizeof(*set));

	*set = (struct engine_set){.loop = loop, .settings = settings, .once = once, .events = *events};
	return set;
}

void engine_set_use(struct engine_set *set, struct transport *transport)
{
	set->transport = transport;
}

void engine_set_free(struct engine_set *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->slot_count; i++) {
		struct engine_slot *slot = set->slots[i];

		if (slot == NULL)
			continue;
		loop_idle_free(slot->idle);
		loop_timer_free(slot->retry);
		partition_free(slot->engine);
		free(slot);
	}
	free(set->slots);
	free(set);
}

static int64_t wall_clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Takes note of how a step went: a fault that came, went or stays; what is FATAL ends the process. */
static void take_result(struct engine_slot *slot, const struct error *error)
{
	struct engine_set *set = slot->set;

	if (error->class == ERROR_FATAL) {
		slot->fault = *error;
		slot->fault_since_ms = wall_clock_ms();
		set->events.fatal(set->events.context, error);
		return;
	}
	if (error->class == ERROR_RETRY)
		loop_timer_set(slot->retry, RETRY_INTERVAL_MS, false);
	if (error->class == slot->fault.class && strcmp(error->cause, slot->fault.cause) == 0)
		return;
	if (error->class == ERROR_RETRY)
		log_write(LOG_WARNING, "partition waits", log_number("partition", slot->partition), log_error(error));
	else
		log_write(LOG_INFO, "partition goes on", log_number("partition", slot->partition));
	slot->fault = *error;
	slot->fault_since_ms = wall_clock_ms();
}

static void assign(struct engine_slot *slot)
{
	struct error error = {.class = ERROR_NONE};

	slot->assign_due = !partition_assign(slot->engine, &slot->identity, &error);
	if (!slot->assign_due) {
		if (slot->set->once)
			partition_stop_at(slot->engine, slot->identity.log_end);
		loop_idle_wake(slot->idle);
	}
	take_result(slot, &error);
}

static bool work(void *context)
{
	struct engine_slot *slot = context;
	struct engine_set *set = slot->set;
	struct error error = {.class = ERROR_NONE};

	slot->working = partition_work(slot->engine, &error);
	if (partition_assigned(slot->engine))
		take_result(slot, &error);
	slot->done = slot->done || (set->once && partition_done(slot->engine));
	set->events.changed(set->events.context);
	return slot->working;
}

static void retry(void *context)
{
	struct engine_slot *slot = context;

	if (slot->assign_due)
		assign(slot);
	else
		loop_idle_wake(slot->idle);
}

static struct engine_slot *slot_make(struct engine_set *set, int32_t partition)
{
	struct engine_slot *slot = bytes_allocate(NULL, sizeof(*slot));
	struct partition_settings settings;

	memset(slot, 0, sizeof(*slot));
	slot->set = set;
	slot->partition = partition;
	partition_directory(set->settings->config->ledger_directory, set->settings->config->kafka_intake_topic,
		partition, slot->ledger_directory, sizeof(slot->ledger_directory));
	settings = engine_settings_partition(set->settings, partition, slot->ledger_directory);
	slot->engine = partition_new(&settings, set->transport);
	if (slot->engine == NULL)
		abort();
	slot->idle = loop_idle_new(set->loop, work, slot);
	slot->retry = loop_timer_new(set->loop, retry, slot);
	return slot;
}

static struct engine_slot *slot_of(const struct engine_set *set, int32_t partition)
{
	return partition >= 0 && (size_t)partition < set->slot_count ? set->slots[partition] : NULL;
}

void engine_set_assigned(struct engine_set *set, int32_t partition, const struct intake_identity *identity)
{
	struct engine_slot *slot;

	if ((size_t)partition >= set->slot_count) {
		size_t count = (size_t)partition + 1;

		set->slots = bytes_allocate(set->slots, count * sizeof(*set->slots));
		memset(set->slots + set->slot_count, 0, (count - set->slot_count) * sizeof(*set->slots));
		set->slot_count = count;
	}
	if (set->slots[partition] == NULL)
		set->slots[partition] = slot_make(set, partition);
	slot = set->slots[partition];
	slot->identity = *identity;
	set->partition_count = identity->partition_count;
	assign(slot);
	set->events.changed(set->events.context);
}

void engine_set_revoked(struct engine_set *set, int32_t partition)
{
	struct engine_slot *slot = slot_of(set, partition);

	if (slot == NULL)
		return;
	slot->assign_due = slot->working = false;
	slot->fault = (struct error){.class = ERROR_NONE};
	loop_timer_stop(slot->retry);
	partition_revoke(slot->engine);
	log_write(LOG_INFO, "partition revoked", log_number("partition", partition));
	set->events.changed(set->events.context);
}

void engine_set_readable(struct engine_set *set, int32_t partition)
{
	struct engine_slot *slot = slot_of(set, partition);

	/* After a failure its pause comes first. */
	if (slot != NULL && partition_assigned(slot->engine) && slot->fault.class == ERROR_NONE)
		loop_idle_wake(slot->idle);
}

void engine_set_published(
	struct engine_set *set, int32_t partition, enum publish_result result, const struct intake_identity *identity)
{
	struct engine_slot *slot = slot_of(set, partition);
	struct error error = {.class = ERROR_NONE};

	if (slot == NULL)
		return;
	if (!partition_published(slot->engine, result, identity, &error))
		take_result(slot, &error);
	if (partition_assigned(slot->engine))
		loop_idle_wake(slot->idle);
}

bool engine_set_done(const struct engine_set *set)
{
	size_t done = 0;

	for (size_t i = 0; i < set->slot_count; i++)
		if (set->slots[i] != NULL && set->slots[i]->done)
			done++;
	return set->partition_count > 0 && done == set->partition_count;
}

void engine_set_each(const struct engine_set *set,
	void (*function)(void *context, const struct engine_state *state, struct partition *engine), void *context)
{
	for (size_t i = 0; i < set->slot_count; i++) {
		const struct engine_slot *slot = set->slots[i];
		struct engine_state state;

		if (slot == NULL)
			continue;
		state = (struct engine_state){.partition = slot->partition,
			.assigned = partition_assigned(slot->engine),
			.working = slot->working,
			.fault = &slot->fault,
			.fault_since_ms = slot->fault_since_ms};
		partition_status(slot->engine, &state.status);
		function(context, &state, slot->engine);
	}
}
