/*
 * kafka_message: records as librdkafka has them ⇄ intake and output messages.
 *
 * Any thread; plain functions.
 */
#ifndef DUIZHANG_DAEMON_KAFKA_MESSAGE_H
#define DUIZHANG_DAEMON_KAFKA_MESSAGE_H

#include <librdkafka/rdkafka.h>

#include "daemon/kafka_settings.h"
#include "daemon/transport.h"

/* Reads a record's value again and again; the context of a byte_source. */
struct kafka_value {
	const char *data;
	size_t length;
	size_t position;
};

/* The source that reads value, from where it stands. */
struct byte_source kafka_value_source(struct kafka_value *value);

/* Describes record; everything borrows from it, and out->value from value. A null value reads as an empty one. */
void kafka_message_read(const rd_kafka_message_t *record, struct kafka_value *value, struct intake_message *out);

/* Says in CloudEvents where the output comes from: "/duizhang/<intake topic>/<partition>". */
struct kafka_output_source {
	const struct kafka_settings *settings;
	char uri[300];
};

void kafka_output_source_set(
	struct kafka_output_source *source, const struct kafka_settings *settings, int32_t partition);

/*
 * Puts a copy of message into the producer's queue, as a CloudEvent in Kafka's binary mode. Its ce_id is a hash of
 * what it says and when, so the same output bears the same id however often it is tried. _QUEUE_FULL: try again later.
 */
rd_kafka_resp_err_t kafka_output_produce(
	rd_kafka_t *producer, const struct kafka_output_source *source, const struct output_message *message);

#endif
