/*
 * kafka_publisher: the thread that owns one partition's output: its transactional producer, and every blocking call.
 *
 * It begins by making the producer (which fences whoever owned the output before), reads the committed position and
 * reports READY. Each batch ends in DONE, in READY (the outcome was not known, so everything was begun anew and the
 * position read again), or in FENCED. The functions are the event loop's.
 */
#ifndef DUIZHANG_DAEMON_KAFKA_PUBLISHER_H
#define DUIZHANG_DAEMON_KAFKA_PUBLISHER_H

#include "daemon/kafka_group.h"
#include "daemon/kafka_reader.h"
#include "daemon/kafka_thread.h"
#include "daemon/transport.h"

struct kafka_publisher;

/* What publishers share. It outlives their threads, which may be inside its clients. */
struct kafka_publisher_base {
	const struct kafka_settings *settings;
	struct kafka_group *group;
	struct kafka_reader *reader;
	struct kafka_threads *threads;
	char log_id[128];
	uint32_t partition_count;
};

/* source is that of its reports. NULL with error RETRY if there can be no thread. */
struct kafka_publisher *kafka_publisher_start(
	struct kafka_publisher_base *base, int32_t partition, uint64_t source, struct error *error);

/* One batch at a time, after READY or DONE; messages are borrowed until its report. */
void kafka_publisher_publish(struct kafka_publisher *publisher, const struct output_message *messages, size_t count,
	struct publish_position to);

/* Asks it to end once the batch in hand is out; ENDED follows, and then kafka_publisher_release. */
void kafka_publisher_finish(struct kafka_publisher *publisher);

/*
 * The publisher is not used any more. One that has not ENDED is let go of: it reports nothing more (what is already in
 * the mailbox stays there), it has nothing borrowed any more, and ends if ever its call returns. Whoever makes the
 * partition's next producer fences it. Waits for a copy of one message at most.
 */
void kafka_publisher_release(struct kafka_publisher *publisher);

/* Milliseconds since it last came out of a call into the library; every call it makes has a limit well below
 * KAFKA_PUBLISHER_STUCK_MS. */
int64_t kafka_publisher_silence_ms(struct kafka_publisher *publisher);
#define KAFKA_PUBLISHER_STUCK_MS 180000

#endif
