/*
 * intake: topics of one test's own on the broker at KAFKA_BOOTSTRAP, filled and read back.
 *
 * Whatever goes wrong fails the test at once.
 */
#ifndef DUIZHANG_TESTS_KAFKA_INTAKE_H
#define DUIZHANG_TESTS_KAFKA_INTAKE_H

#include <librdkafka/rdkafka.h>

#include "daemon/kafka_settings.h"

struct intake {
	struct kafka_settings settings;
	char group_id[128];
	char topic[128];
	char prefix[128];
	struct kafka_property properties[8];
	unsigned partition_count;
};

/* Names of their own for the test, not yet made; KAFKA_PREFIX and KAFKA_GROUP keep runs apart. */
void intake_name(struct intake *intake, const char *test);
void intake_property(struct intake *intake, const char *name, const char *value);
/* Makes all topics. */
void intake_make(struct intake *intake, unsigned partition_count);
/* One topic with other settings than ours: "cleanup.policy", "compact". */
void intake_make_topic(const char *name, unsigned partition_count, const char *setting, const char *value);

/* Sends count messages of some 100 bytes each, keys 532900…532919 in turn, and waits for the brokers. */
void intake_fill(struct intake *intake, unsigned count);

/* Calls seen with each record of topic, read_committed, to the end. Returns how many. */
unsigned topic_read(const char *topic, void (*seen)(void *context, const rd_kafka_message_t *record), void *context);

/* The receipts are exactly those of the intake's messages: each once, those of a key in order. */
void intake_check_receipts(struct intake *intake);

/* A producer of the test's own; properties are name, value, …, NULL. */
rd_kafka_t *producer_new(const char *first, ...);

#endif
