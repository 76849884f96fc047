/*
 * kafka_reader: reads partitions of the intake, each in a queue of its own, from the offset it is told.
 *
 * Every partition's queue is bounded inside the library (queued.max.messages.kbytes, queued.min.messages): who does not
 * take messages stops the fetching of that partition and of no other. Nothing is ever paused, sought or resumed; a
 * partition is started at an offset and stopped. Belongs to the event loop's thread, but for the functions marked.
 */
#ifndef DUIZHANG_DAEMON_KAFKA_READER_H
#define DUIZHANG_DAEMON_KAFKA_READER_H

#include "daemon/kafka_message.h"
#include "daemon/kafka_settings.h"

struct kafka_reader;
struct kafka_stream; /* one partition being read */

/* Writes 8 bytes into wake_descriptor, an eventfd, when a stream that was found empty is so no more. */
struct kafka_reader *kafka_reader_new(const struct kafka_settings *settings, int wake_descriptor, struct error *error);
/* All streams are stopped, no other thread is inside. Waits at most about timeout_ms. */
void kafka_reader_free(struct kafka_reader *reader, int timeout_ms);

/* Serves what belongs to no stream; every second or so. */
void kafka_reader_poll(struct kafka_reader *reader);

/* log_end: one past the last offset, as far as known. NULL with error RETRY. */
struct kafka_stream *kafka_reader_start(
	struct kafka_reader *reader, int32_t partition, uint64_t offset, uint64_t log_end, struct error *error);
void kafka_stream_stop(struct kafka_stream *stream);

/* As transport_operations.next: the message is borrowed until the next call for this stream. */
int kafka_stream_next(struct kafka_stream *stream, struct intake_message *message, struct error *error);

/*
 * As transport_operations.log_end. Where the log ends with records that are no messages (markers of transactions,
 * aborted ones) and all before has been read, it is the offset after the last message.
 */
uint64_t kafka_stream_log_end(struct kafka_stream *stream);

/* Any thread; waits at most about timeout_ms. Fills has_position, position, log_start, log_end. False: error RETRY. */
bool kafka_reader_position(struct kafka_reader *reader, int32_t partition, struct intake_identity *identity,
	int timeout_ms, struct error *error);

/* The text of an offset's metadata for rows of it that are out, "" for none; and back, 0 for what it does not know. */
void kafka_position_format(uint64_t rows, char text[32]);
uint64_t kafka_position_parse(const char *text, size_t length);

#endif
