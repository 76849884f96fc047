/* kafka_reader: a consumer outside of any group membership, assigned by hand, one queue to a partition. */
#include "daemon/kafka_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bytes.h"
#include "daemon/kafka_client.h"
#include "daemon/log.h"

/* A stream that met an error is started again from where it stood, but not more often than this. */
#define RESTART_AFTER_MS 1000

struct kafka_reader {
	const struct kafka_settings *settings;
	rd_kafka_t *client;
	rd_kafka_queue_t *queue; /* of errors that belong to no stream */
	int wake_descriptor;
};

struct kafka_stream {
	struct kafka_reader *reader;
	int32_t partition;
	rd_kafka_queue_t *queue;    /* NULL: stopped by an error, to be started again */
	rd_kafka_message_t *record; /* lent to the engine */
	struct kafka_value value;
	uint64_t next;        /* the offset that is wanted next */
	uint64_t end_reached; /* everything before this has been read; 0: not known */
	uint64_t log_end;     /* the newest known */
	int64_t restart_ms;   /* not before */
};

struct kafka_reader *kafka_reader_new(const struct kafka_settings *settings, int wake_descriptor, struct error *error)
{
	rd_kafka_conf_t *configuration = kafka_client_configure(settings, KAFKA_ROLE_READER, error);
	struct kafka_reader *reader;
	rd_kafka_t *client;

	if (configuration == NULL)
		return NULL;
	client = kafka_client_new(configuration, KAFKA_ROLE_READER, error);
	if (client == NULL)
		return NULL;
	reader = bytes_allocate(NULL, sizeof(*reader));
	*reader = (struct kafka_reader){
		.settings = settings,
		.client = client,
		.queue = rd_kafka_queue_get_consumer(client),
		.wake_descriptor = wake_descriptor,
	};
	return reader;
}

void kafka_reader_free(struct kafka_reader *reader, int timeout_ms)
{
	if (reader == NULL)
		return;
	rd_kafka_queue_destroy(reader->queue);
	kafka_client_destroy(reader->client, timeout_ms);
	free(reader);
}

void kafka_reader_poll(struct kafka_reader *reader)
{
	rd_kafka_message_t *record;

	while ((record = rd_kafka_consume_queue(reader->queue, 0)) != NULL) {
		log_write(LOG_WARNING, "kafka reader", log_text("text", rd_kafka_message_errstr(record)));
		rd_kafka_message_destroy(record);
	}
}

/* One partition, by hand: added to or taken from what the client reads. */
static bool assign(struct kafka_reader *reader, int32_t partition, int64_t offset, bool add, struct error *error)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_error_t *failure;

	rd_kafka_topic_partition_list_add(list, reader->settings->intake_topic, partition)->offset = offset;
	failure = add ? rd_kafka_incremental_assign(reader->client, list)
		      : rd_kafka_incremental_unassign(reader->client, list);
	rd_kafka_topic_partition_list_destroy(list);
	if (failure == NULL)
		return true;
	error_set(error, ERROR_RETRY, "none if it passes", "cannot %s to read partition %d: %s",
		add ? "begin" : "cease", partition, rd_kafka_error_string(failure));
	rd_kafka_error_destroy(failure);
	return false;
}

/* The queue is taken out of the common one before anything can be fetched into it. */
static bool open_queue(struct kafka_stream *stream, struct error *error)
{
	static const uint64_t one = 1;
	struct kafka_reader *reader = stream->reader;

	stream->queue = rd_kafka_queue_get_partition(reader->client, reader->settings->intake_topic, stream->partition);
	if (stream->queue == NULL)
		return error_set(
			error, ERROR_RETRY, "none if it passes", "partition %d has no queue", stream->partition);
	rd_kafka_queue_forward(stream->queue, NULL);
	rd_kafka_queue_io_event_enable(stream->queue, reader->wake_descriptor, &one, sizeof(one));
	if (assign(reader, stream->partition, (int64_t)stream->next, true, error))
		return true;
	rd_kafka_queue_destroy(stream->queue);
	stream->queue = NULL;
	return false;
}

static void close_queue(struct kafka_stream *stream)
{
	struct error ignored = {.class = ERROR_NONE};
	rd_kafka_message_t *left;

	if (stream->queue == NULL)
		return;
	rd_kafka_queue_io_event_enable(stream->queue, -1, NULL, 0);
	assign(stream->reader, stream->partition, RD_KAFKA_OFFSET_INVALID, false, &ignored);
	/* What is still queued is outdated; taking it frees its memory now. */
	while ((left = rd_kafka_consume_queue(stream->queue, 0)) != NULL)
		rd_kafka_message_destroy(left);
	rd_kafka_queue_destroy(stream->queue);
	stream->queue = NULL;
}

struct kafka_stream *kafka_reader_start(
	struct kafka_reader *reader, int32_t partition, uint64_t offset, uint64_t log_end, struct error *error)
{
	struct kafka_stream *stream = bytes_allocate(NULL, sizeof(*stream));

	*stream = (struct kafka_stream){.reader = reader, .partition = partition, .next = offset, .log_end = log_end};
	if (!open_queue(stream, error)) {
		free(stream);
		return NULL;
	}
	return stream;
}

static void give_back(struct kafka_stream *stream)
{
	if (stream->record != NULL)
		rd_kafka_message_destroy(stream->record);
	stream->record = NULL;
}

void kafka_stream_stop(struct kafka_stream *stream)
{
	if (stream == NULL)
		return;
	give_back(stream);
	close_queue(stream);
	free(stream);
}

/* Not to be got over by trying again. */
static bool describe_fatal(struct kafka_stream *stream, const rd_kafka_message_t *record, struct error *error)
{
	switch (record->err) {
	case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
	case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
		error_set(error, ERROR_FATAL,
			"if documents were deleted before they were applied, send them again and run `duizhang "
			"rebuild`",
			"partition %d of %s does not hold offset %llu", stream->partition,
			stream->reader->settings->intake_topic, (unsigned long long)stream->next);
		return true;
	case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
		error_set(error, ERROR_FATAL, "grant the daemon's user Read on the topic",
			"the cluster forbids to read %s", stream->reader->settings->intake_topic);
		return true;
	case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
		error_set(error, ERROR_FATAL, "raise receive.message.max.bytes in [kafka]",
			"the message at offset %llu of partition %d is too large to fetch",
			(unsigned long long)stream->next, stream->partition);
		return true;
	default:
		return false;
	}
}

/*
 * The library reports an error once and goes on behind it, also behind a batch that it could not read. Nothing may be
 * skipped, so the stream is ended here and begins again at the offset that is wanted.
 */
static int handle_error(struct kafka_stream *stream, rd_kafka_message_t *record, struct error *error)
{
	if (!describe_fatal(stream, record, error))
		error_set(error, ERROR_RETRY, "none if it passes; else see to the brokers",
			"partition %d at offset %llu: %.160s", stream->partition, (unsigned long long)stream->next,
			rd_kafka_message_errstr(record));
	rd_kafka_message_destroy(record);
	close_queue(stream);
	stream->restart_ms = kafka_client_now_ms() + RESTART_AFTER_MS;
	return -1;
}

int kafka_stream_next(struct kafka_stream *stream, struct intake_message *message, struct error *error)
{
	rd_kafka_message_t *record;

	give_back(stream);
	if (stream->queue == NULL) {
		if (kafka_client_now_ms() < stream->restart_ms)
			return 0;
		if (!open_queue(stream, error))
			return -1;
	}
	while ((record = rd_kafka_consume_queue(stream->queue, 0)) != NULL) {
		if (record->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
			stream->end_reached = (uint64_t)record->offset;
			rd_kafka_message_destroy(record);
			continue;
		}
		if (record->err != RD_KAFKA_RESP_ERR_NO_ERROR)
			return handle_error(stream, record, error);
		if ((uint64_t)record->offset < stream->next) {
			rd_kafka_message_destroy(record);
			continue;
		}
		stream->record = record;
		stream->next = (uint64_t)record->offset + 1;
		stream->end_reached = 0;
		kafka_message_read(record, &stream->value, message);
		return 1;
	}
	return 0;
}

uint64_t kafka_stream_log_end(struct kafka_stream *stream)
{
	int64_t low = 0;
	int64_t high = 0;

	if (rd_kafka_get_watermark_offsets(stream->reader->client, stream->reader->settings->intake_topic,
		    stream->partition, &low, &high) == RD_KAFKA_RESP_ERR_NO_ERROR &&
		high > 0 && (uint64_t)high > stream->log_end)
		stream->log_end = (uint64_t)high;
	return stream->log_end <= stream->end_reached ? stream->next : stream->log_end;
}

void kafka_position_format(uint64_t rows, char text[32])
{
	text[0] = '\0';
	if (rows > 0)
		snprintf(text, 32, "rows=%llu", (unsigned long long)rows);
}

uint64_t kafka_position_parse(const char *text, size_t length)
{
	static const char prefix[] = "rows=";
	uint64_t rows = 0;

	if (length <= strlen(prefix) || length > strlen(prefix) + 18 || memcmp(text, prefix, strlen(prefix)) != 0)
		return 0;
	for (size_t i = strlen(prefix); i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		rows = rows * 10 + (uint64_t)(text[i] - '0');
	}
	return rows;
}

static void take_position(const rd_kafka_topic_partition_t *committed, struct intake_identity *identity)
{
	identity->has_position = committed->offset >= 0;
	identity->position = (struct publish_position){0};
	if (!identity->has_position)
		return;
	identity->position.offset = (uint64_t)committed->offset;
	if (committed->metadata_size > 0)
		identity->position.rows = kafka_position_parse(committed->metadata, committed->metadata_size);
}

bool kafka_reader_position(struct kafka_reader *reader, int32_t partition, struct intake_identity *identity,
	int timeout_ms, struct error *error)
{
	const char *topic = reader->settings->intake_topic;
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_t *committed = rd_kafka_topic_partition_list_add(list, topic, partition);
	rd_kafka_resp_err_t code;
	int64_t low = 0;
	int64_t high = 0;

	/* Read committed: the coordinator answers only when no transaction of this partition's position is pending. */
	code = rd_kafka_committed(reader->client, list, timeout_ms);
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
		code = committed->err;
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
		code = rd_kafka_query_watermark_offsets(reader->client, topic, partition, &low, &high, timeout_ms);
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
		error_set(error, ERROR_RETRY, "none if it passes; else see to the brokers",
			"the position of partition %d cannot be read: %s", partition, rd_kafka_err2str(code));
	} else {
		take_position(committed, identity);
		identity->log_start = (uint64_t)low;
		identity->log_end = (uint64_t)high;
	}
	rd_kafka_topic_partition_list_destroy(list);
	return code == RD_KAFKA_RESP_ERR_NO_ERROR;
}
