/* kafka_monitor: asks, compares, reports, rests. */
#include "daemon/kafka_monitor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bytes.h"
#include "daemon/kafka_admin.h"

#define QUESTION_TIMEOUT_MS 3000
#define RETRY_AFTER_MS      1000
#define LOOK_AGAIN_AFTER_MS 5000
/* A broker that has just started may not know its topics yet: this many answers in a row are believed. */
#define MISSING_ANSWERS 4

struct kafka_monitor {
	struct kafka_thread thread;
	const struct kafka_settings *settings;
	struct kafka_admin *admin;
	struct kafka_log_facts facts; /* when it was checked */
	unsigned missing;             /* answers in a row without a topic that must be there */
	bool checked;
	bool faulty;
};

/* False: error says which topic is missing; FATAL once that is believed. */
static bool miss(struct kafka_monitor *monitor, const char *name, struct error *error)
{
	if (++monitor->missing < MISSING_ANSWERS)
		return error_set(error, ERROR_RETRY, "none if the brokers have just been started",
			"the brokers do not know topic %s", name);
	return error_set(error, ERROR_FATAL, "make the topics with `duizhang topics --create`, or correct [kafka]",
		"there is no topic %s", name);
}

static bool check_topics(struct kafka_monitor *monitor, struct error *error)
{
	struct kafka_topic_state states[KAFKA_TOPIC_COUNT];

	if (!kafka_admin_describe(monitor->admin, states, QUESTION_TIMEOUT_MS, error))
		return false;
	for (size_t i = 0; i < KAFKA_TOPIC_COUNT; i++) {
		if (!states[i].exists)
			return miss(monitor, states[i].name, error);
		if (!kafka_topic_check(
			    states[i].rule, states[i].name, states[i].cleanup_policy, states[i].timestamp_type, error))
			return false;
	}
	return true;
}

static bool compare(struct kafka_monitor *monitor, const struct kafka_log_facts *facts, struct error *error)
{
	if (strcmp(facts->cluster_id, monitor->facts.cluster_id) != 0)
		return error_set(error, ERROR_FATAL,
			"correct bootstrap.servers, or start again to see what the ledger says",
			"the brokers belong to cluster %s now, and to %s before", facts->cluster_id,
			monitor->facts.cluster_id);
	if (facts->partition_count != monitor->facts.partition_count)
		return error_set(error, ERROR_FATAL, "start again to see what the ledger says: counties may have moved",
			"topic %s has %u partitions now, and had %u before", monitor->settings->intake_topic,
			facts->partition_count, monitor->facts.partition_count);
	return true;
}

static bool look(struct kafka_monitor *monitor, struct error *error)
{
	struct kafka_log_facts facts;

	if (!kafka_admin_log_facts(monitor->admin, &facts, QUESTION_TIMEOUT_MS, error))
		return false;
	if (facts.partition_count == 0)
		return miss(monitor, monitor->settings->intake_topic, error);
	if (monitor->checked)
		return compare(monitor, &facts, error);
	if (!check_topics(monitor, error))
		return false;
	monitor->facts = facts;
	return true;
}

static void report_checked(struct kafka_monitor *monitor)
{
	struct intake_identity identity = {.partition_count = monitor->facts.partition_count};

	/* This version of the library cannot ask for the topic's id; a topic made anew is noticed by its messages. */
	snprintf(identity.log_id, sizeof(identity.log_id), "%.46s/%.80s", monitor->facts.cluster_id,
		monitor->settings->intake_topic);
	kafka_thread_report(&monitor->thread, KAFKA_REPORT_CHECKED, &identity, NULL);
	monitor->checked = true;
}

static void run(void *context)
{
	struct kafka_monitor *monitor = context;

	while (!kafka_thread_finishing(&monitor->thread)) {
		struct error error = {.class = ERROR_NONE};
		bool well = look(monitor, &error);

		if (well)
			monitor->missing = 0;
		if (!well || monitor->faulty)
			kafka_thread_report(&monitor->thread, KAFKA_REPORT_FAULT, NULL, &error);
		monitor->faulty = !well;
		if (well && !monitor->checked)
			report_checked(monitor);
		kafka_thread_rest(&monitor->thread, well ? LOOK_AGAIN_AFTER_MS : RETRY_AFTER_MS);
	}
}

static void destroy(void *context)
{
	struct kafka_monitor *monitor = context;

	kafka_admin_free(monitor->admin);
	free(monitor);
}

struct kafka_monitor *kafka_monitor_start(
	const struct kafka_settings *settings, struct kafka_threads *threads, struct error *error)
{
	struct kafka_admin *admin = kafka_admin_new(settings, error);
	struct kafka_monitor *monitor;

	if (admin == NULL)
		return NULL;
	monitor = bytes_allocate(NULL, sizeof(*monitor));
	*monitor = (struct kafka_monitor){.settings = settings, .admin = admin};
	kafka_thread_init(&monitor->thread, threads, KAFKA_SOURCE_MONITOR, run, destroy, monitor);
	if (kafka_thread_begin(&monitor->thread))
		return monitor;
	error_set(error, ERROR_FATAL, "raise the limit of threads", "no thread to look after the brokers");
	return NULL;
}

void kafka_monitor_release(struct kafka_monitor *monitor)
{
	if (monitor != NULL)
		kafka_thread_release(&monitor->thread);
}
