/*
 * kafka_partitions: the life of each partition of the intake in this process, and what the engine is told of it.
 *
 *   FREE → OPENING (its publisher begins) → OPEN (assigned) → CLOSING (its publisher ends) → FREE (revoked)
 *
 * Belongs to the event loop. Callbacks are made from within; the engine may call the transport from them.
 */
#ifndef DUIZHANG_DAEMON_KAFKA_PARTITIONS_H
#define DUIZHANG_DAEMON_KAFKA_PARTITIONS_H

#include "daemon/kafka_publisher.h"
#include "daemon/kafka_reader.h"

enum kafka_partition_state {
	KAFKA_PARTITION_FREE,
	KAFKA_PARTITION_OPENING,
	KAFKA_PARTITION_OPEN,
	KAFKA_PARTITION_CLOSING
};

struct kafka_partition {
	enum kafka_partition_state state;
	bool announced; /* to the engine */
	bool publishing;
	struct kafka_publisher *publisher;
	uint64_t source;             /* of the publisher's reports */
	struct kafka_stream *stream; /* NULL until the engine has sought */
	uint64_t log_end;            /* at assignment */
	struct error fault;
};

struct kafka_partitions {
	const struct transport_callbacks *callbacks;
	struct kafka_publisher_base *base;
	uint64_t last_source;
	size_t count;
	struct kafka_partition *items;
};

/* Borrows callbacks and base. */
void kafka_partitions_init(struct kafka_partitions *partitions, const struct transport_callbacks *callbacks,
	struct kafka_publisher_base *base);
void kafka_partitions_size(struct kafka_partitions *partitions, size_t count);
/* All are FREE. */
void kafka_partitions_free(struct kafka_partitions *partitions);

/* NULL unless it is OPEN. */
struct kafka_partition *kafka_partitions_find_open(struct kafka_partitions *partitions, int32_t number);

void kafka_partitions_open(struct kafka_partitions *partitions, const int32_t *numbers, size_t count);
void kafka_partitions_close(struct kafka_partitions *partitions, const int32_t *numbers, size_t count);
void kafka_partitions_close_all(struct kafka_partitions *partitions);

/*
 * Frees the CLOSING ones whose publisher has ended, or, with give_up, all of them: a publish in hand is then reported
 * as fenced. True: none is CLOSING any more.
 */
bool kafka_partitions_advance(struct kafka_partitions *partitions, bool give_up);

/* A publisher's report; those of publishers that were given up are ignored. */
void kafka_partitions_take(struct kafka_partitions *partitions, const struct kafka_report *report);

/* Replaces publishers that are lost in a call into the library. */
void kafka_partitions_look_after(struct kafka_partitions *partitions);

void kafka_partitions_call_readable(struct kafka_partitions *partitions);

/* The first partition's fault; NULL if there is none. */
const struct error *kafka_partitions_fault(const struct kafka_partitions *partitions);

#endif
