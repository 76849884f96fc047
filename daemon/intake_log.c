/* intake_log: a directory's order and files, or a Kafka reader outside of any group. */
#include "daemon/intake_log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "daemon/bytes.h"
#include "daemon/directory_intake.h"
#include "daemon/kafka_client.h"
#include "daemon/kafka_reader.h"

#define READER_END_MS 5000

struct intake_log {
	int timeout_ms;
	int32_t partition;
	struct intake_log_bounds bounds;
	uint64_t next;
	/* A directory. */
	int intake_fd; /* -1: Kafka */
	struct directory_order *order;
	struct directory_intake *intake;
	/* Kafka. */
	int wake_fd;
	struct kafka_reader *reader;
	struct kafka_stream *stream;
};

static bool open_directory(struct intake_log *log, const char *directory, struct error *error)
{
	char path[4096];

	if (snprintf(path, sizeof(path), "%s/intake", directory) >= (int)sizeof(path))
		return error_set(error, ERROR_FATAL, "choose a shorter one", "the path of the directory is too long");
	log->intake_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (log->intake_fd == -1)
		return error_set(error, ERROR_FATAL, "name another --directory, or run duizhangd on it once",
			"%.150s cannot be read: %s", path, strerror(errno));
	log->order = directory_order_open(log->intake_fd, DIRECTORY_ORDER_READ, error);
	if (log->order == NULL)
		return false;
	log->intake = directory_intake_new(log->intake_fd, log->order);
	log->bounds.end = directory_order_count(log->order);
	return directory_intake_waiting(log->intake, &log->bounds.waiting, error);
}

static bool open_kafka(struct intake_log *log, const struct kafka_settings *settings, struct error *error)
{
	struct intake_identity identity = {.log_start = 0};

	log->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (log->wake_fd == -1)
		return error_set(
			error, ERROR_RETRY, "see to the limit of open files", "no eventfd: %s", strerror(errno));
	log->reader = kafka_reader_new(settings, log->wake_fd, error);
	if (log->reader == NULL ||
		!kafka_reader_position(log->reader, log->partition, &identity, log->timeout_ms, error))
		return false;
	log->bounds.start = identity.log_start;
	log->bounds.end = identity.log_end;
	return true;
}

struct intake_log *intake_log_open(const struct config *config, int32_t partition, int timeout_ms, struct error *error)
{
	struct intake_log *log = bytes_allocate(NULL, sizeof(*log));
	bool opened;

	*log = (struct intake_log){.timeout_ms = timeout_ms, .partition = partition, .intake_fd = -1, .wake_fd = -1};
	opened = config->directory != NULL ? open_directory(log, config->directory, error)
					   : open_kafka(log, &config->kafka, error);
	if (opened)
		return log;
	intake_log_close(log);
	return NULL;
}

void intake_log_close(struct intake_log *log)
{
	if (log == NULL)
		return;
	directory_intake_free(log->intake);
	directory_order_close(log->order);
	if (log->intake_fd != -1)
		close(log->intake_fd);
	kafka_stream_stop(log->stream);
	kafka_reader_free(log->reader, READER_END_MS);
	if (log->wake_fd != -1)
		close(log->wake_fd);
	free(log);
}

struct intake_log_bounds intake_log_bounds(const struct intake_log *log)
{
	return log->bounds;
}

bool intake_log_seek(struct intake_log *log, uint64_t offset, struct error *error)
{
	log->next = offset > log->bounds.start ? offset : log->bounds.start;
	if (log->reader == NULL)
		return true;
	kafka_stream_stop(log->stream);
	log->stream = NULL;
	if (log->next >= log->bounds.end)
		return true;
	log->stream = kafka_reader_start(log->reader, log->partition, log->next, log->bounds.end, error);
	return log->stream != NULL;
}

static void drain(int wake_fd)
{
	uint64_t count;

	while (read(wake_fd, &count, sizeof(count)) > 0)
		continue;
}

/* Waits for a message, at most timeout_ms without any. */
static int next_of_kafka(struct intake_log *log, struct intake_message *message, struct error *error)
{
	const int64_t until_ms = kafka_client_now_ms() + log->timeout_ms;
	int got;

	while ((got = kafka_stream_next(log->stream, message, error)) == 0) {
		struct pollfd wake = {.fd = log->wake_fd, .events = POLLIN};
		int64_t left_ms = until_ms - kafka_client_now_ms();

		/* What is left of the log may hold no messages, only markers of transactions. */
		if (kafka_stream_log_end(log->stream) < log->bounds.end)
			return 0;
		if (left_ms <= 0) {
			error_set(error, ERROR_RETRY, "see to the brokers at bootstrap.servers, then try again",
				"no broker has sent offset %llu of partition %d", (unsigned long long)log->next,
				log->partition);
			return -1;
		}
		poll(&wake, 1, left_ms < 100 ? (int)left_ms : 100);
		drain(log->wake_fd);
	}
	return got;
}

int intake_log_next(struct intake_log *log, struct intake_message *message, struct error *error)
{
	int got = 1;

	if (log->next >= log->bounds.end)
		return 0;
	if (log->reader != NULL)
		got = log->stream == NULL ? 0 : next_of_kafka(log, message, error);
	else if (!directory_intake_message(log->intake, log->next, message, error))
		got = -1;
	if (got == 1) {
		log->next = message->offset + 1;
		if (message->offset >= log->bounds.end)
			got = 0;
	}
	return got;
}
