/* kafka_publisher: one transaction after another, and a new producer after any that did not plainly succeed. */
#include "daemon/kafka_publisher.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bytes.h"
#include "daemon/kafka_client.h"
#include "daemon/log.h"

/* How long one attempt to make a producer, or one question to the cluster, may take before it is made anew. */
#define OPEN_TIMEOUT_MS 10000
/* Between attempts. */
#define RETRY_AFTER_MS 500

struct kafka_publisher {
	struct kafka_publisher_base *base;
	int32_t partition;
	struct kafka_output_source source;

	struct kafka_thread thread; /* its mutex guards what follows */
	bool borrowing;             /* the thread is reading the messages */
	bool has_batch;
	const struct output_message *messages;
	size_t count;
	struct publish_position to;

	_Atomic int64_t alive_ms;

	rd_kafka_t *producer; /* the thread's own, as all that follows */
	long request_timeout_ms;
	bool faulty; /* a fault has been reported and not yet taken back */
};

enum outcome { OUTCOME_OUT, OUTCOME_UNCERTAIN, OUTCOME_LOST };

static void report_fault(struct kafka_publisher *publisher, const struct error *error)
{
	publisher->faulty = true;
	kafka_thread_report(&publisher->thread, KAFKA_REPORT_FAULT, NULL, error);
}

static void report_recovery(struct kafka_publisher *publisher)
{
	const struct error none = {.class = ERROR_NONE};

	if (publisher->faulty)
		kafka_thread_report(&publisher->thread, KAFKA_REPORT_FAULT, NULL, &none);
	publisher->faulty = false;
}

static void show_life(struct kafka_publisher *publisher)
{
	atomic_store(&publisher->alive_ms, kafka_client_now_ms());
}

static void rest(struct kafka_publisher *publisher)
{
	kafka_thread_rest(&publisher->thread, RETRY_AFTER_MS);
	show_life(publisher);
}

/* Takes failure, logs it, and says what it means for the batch. */
static enum outcome judge(struct kafka_publisher *publisher, const char *step, rd_kafka_error_t *failure)
{
	bool fenced = rd_kafka_error_code(failure) == RD_KAFKA_RESP_ERR__FENCED;

	log_write(LOG_WARNING, fenced ? "publishing fenced" : "publishing begins anew",
		log_number("partition", publisher->partition), log_text("step", step),
		log_text("code", rd_kafka_error_name(failure)), log_text("text", rd_kafka_error_string(failure)));
	rd_kafka_error_destroy(failure);
	return fenced ? OUTCOME_LOST : OUTCOME_UNCERTAIN;
}

static void close_producer(struct kafka_publisher *publisher)
{
	if (publisher->producer != NULL) {
		rd_kafka_purge(publisher->producer,
			RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
		rd_kafka_destroy(publisher->producer);
	}
	publisher->producer = NULL;
	show_life(publisher);
}

/* A new producer, not initialised. False: error FATAL. */
static bool make_producer(struct kafka_publisher *publisher, struct error *error)
{
	const struct kafka_settings *settings = publisher->base->settings;
	rd_kafka_conf_t *configuration = kafka_client_configure(settings, KAFKA_ROLE_PUBLISHER, error);
	char transactional_id[256];

	if (configuration == NULL)
		return false;
	snprintf(
		transactional_id, sizeof(transactional_id), "duizhang-%s-%d", settings->group_id, publisher->partition);
	kafka_client_set(configuration, "transactional.id", transactional_id);
	publisher->producer = kafka_client_new(configuration, KAFKA_ROLE_PUBLISHER, error);
	if (publisher->producer == NULL)
		return false;
	publisher->request_timeout_ms = kafka_client_number(publisher->producer, "socket.timeout.ms");
	return true;
}

/* Errors of initialising that no waiting mends. */
static bool describe_refusal(struct kafka_publisher *publisher, rd_kafka_error_t *failure, struct error *error)
{
	switch (rd_kafka_error_code(failure)) {
	case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
		return !error_set(error, ERROR_FATAL,
			"grant the daemon's user Describe and Write on transactional ids that begin duizhang-",
			"the cluster forbids the transactional producer of partition %d", publisher->partition);
	case RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT:
		return !error_set(error, ERROR_FATAL,
			"set transaction.timeout.ms to at most the brokers' transaction.max.timeout.ms",
			"the brokers do not allow this transaction.timeout.ms");
	case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
		return !error_set(
			error, ERROR_FATAL, "use Apache Kafka 2.5 or later", "the brokers know no transactions");
	default:
		return false;
	}
}

static bool initialise(struct kafka_publisher *publisher, struct error *error)
{
	rd_kafka_error_t *failure = rd_kafka_init_transactions(publisher->producer, OPEN_TIMEOUT_MS);

	show_life(publisher);
	if (failure == NULL)
		return true;
	if (!describe_refusal(publisher, failure, error))
		error_set(error, ERROR_RETRY, "none if it passes; else see to the brokers",
			"the producer of partition %d cannot begin: %.150s", publisher->partition,
			rd_kafka_error_string(failure));
	rd_kafka_error_destroy(failure);
	return false;
}

/*
 * A producer that owns the partition's output, and then the position, which nobody but us can move any more. Tries
 * until it is asked to finish: false.
 */
static bool open_producer(struct kafka_publisher *publisher)
{
	struct intake_identity identity = {.partition_count = publisher->base->partition_count};

	memcpy(identity.log_id, publisher->base->log_id, sizeof(identity.log_id));
	while (!kafka_thread_finishing(&publisher->thread)) {
		struct error error = {.class = ERROR_NONE};

		if (make_producer(publisher, &error) && initialise(publisher, &error) &&
			kafka_reader_position(
				publisher->base->reader, publisher->partition, &identity, OPEN_TIMEOUT_MS, &error)) {
			show_life(publisher);
			report_recovery(publisher);
			kafka_thread_report(&publisher->thread, KAFKA_REPORT_READY, &identity, NULL);
			return true;
		}
		report_fault(publisher, &error);
		close_producer(publisher);
		rest(publisher);
	}
	return false;
}

/* Hands all messages to the library, which copies them. Whatever goes wrong, borrowing has ended afterwards. */
static rd_kafka_resp_err_t produce_all(struct kafka_publisher *publisher)
{
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
	int64_t deadline_ms = kafka_client_now_ms() + 2 * publisher->request_timeout_ms;
	size_t i = 0;
	bool going_on;

	while (i < publisher->count) {
		pthread_mutex_lock(&publisher->thread.mutex);
		going_on = publisher->borrowing = !publisher->thread.released;
		pthread_mutex_unlock(&publisher->thread.mutex);
		if (!going_on)
			return RD_KAFKA_RESP_ERR__DESTROY;
		code = kafka_output_produce(publisher->producer, &publisher->source, &publisher->messages[i]);
		pthread_mutex_lock(&publisher->thread.mutex);
		publisher->borrowing = false;
		pthread_cond_broadcast(&publisher->thread.changed);
		pthread_mutex_unlock(&publisher->thread.mutex);
		if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
			i++;
		} else if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL && kafka_client_now_ms() < deadline_ms) {
			rd_kafka_poll(publisher->producer, 10);
		} else {
			return code;
		}
	}
	return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_error_t *send_position(struct kafka_publisher *publisher, struct publish_position to)
{
	rd_kafka_consumer_group_metadata_t *metadata = kafka_group_metadata(publisher->base->group);
	rd_kafka_topic_partition_list_t *list;
	rd_kafka_topic_partition_t *position;
	rd_kafka_error_t *failure;
	char text[32];

	if (metadata == NULL)
		return rd_kafka_error_new(RD_KAFKA_RESP_ERR__FENCED, "we are no member of the group");
	list = rd_kafka_topic_partition_list_new(1);
	position =
		rd_kafka_topic_partition_list_add(list, publisher->base->settings->intake_topic, publisher->partition);
	position->offset = (int64_t)to.offset;
	kafka_position_format(to.rows, text);
	if (text[0] != '\0') {
		/* The list frees it with libc's free. */
		position->metadata = strdup(text);
		position->metadata_size = position->metadata == NULL ? 0 : strlen(text);
		if (position->metadata == NULL)
			abort();
	}
	failure = rd_kafka_send_offsets_to_transaction(
		publisher->producer, list, metadata, (int)publisher->request_timeout_ms);
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_consumer_group_metadata_destroy(metadata);
	return failure;
}

static enum outcome commit(struct kafka_publisher *publisher)
{
	int64_t began_ms;
	rd_kafka_error_t *failure;
	rd_kafka_resp_err_t code = rd_kafka_flush(publisher->producer, (int)(2 * publisher->request_timeout_ms));

	show_life(publisher);
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
		return judge(publisher, "flush", rd_kafka_error_new(code, "%s", rd_kafka_err2str(code)));
	began_ms = kafka_client_now_ms();
	failure = rd_kafka_commit_transaction(publisher->producer, (int)(2 * publisher->request_timeout_ms));
	show_life(publisher);
	if (failure != NULL)
		return judge(publisher, "commit", failure);
	/* A request may have got lost on the way and been repeated: only the committed position says for certain. */
	if (kafka_client_now_ms() - began_ms >= publisher->request_timeout_ms)
		return judge(publisher, "commit",
			rd_kafka_error_new(RD_KAFKA_RESP_ERR__TIMED_OUT, "committing took longer than a request may"));
	return OUTCOME_OUT;
}

static enum outcome publish_batch(struct kafka_publisher *publisher)
{
	rd_kafka_error_t *failure;
	rd_kafka_resp_err_t code;

	show_life(publisher);
	failure = rd_kafka_begin_transaction(publisher->producer);
	if (failure != NULL)
		return judge(publisher, "begin", failure);
	code = produce_all(publisher);
	show_life(publisher);
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
		rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(publisher->producer, NULL, 0);

		code = fatal != RD_KAFKA_RESP_ERR_NO_ERROR ? fatal : code;
		return judge(publisher, "produce", rd_kafka_error_new(code, "%s", rd_kafka_err2str(code)));
	}
	failure = send_position(publisher, publisher->to);
	show_life(publisher);
	if (failure != NULL)
		return judge(publisher, "position", failure);
	return commit(publisher);
}

/*
 * Fenced: by the partition's next owner, or by the coordinator, which also fences a producer whose transaction took too
 * long. Only the group can tell; and one that is not the owner must not fence the owner in turn. True: it is still
 * ours.
 */
static bool await_ownership(struct kafka_publisher *publisher)
{
	bool told = false;

	while (!kafka_thread_finishing(&publisher->thread)) {
		enum kafka_owner owner =
			kafka_group_owner(publisher->base->group, publisher->partition, OPEN_TIMEOUT_MS);

		show_life(publisher);
		if (owner == KAFKA_OWNER_SELF && !told)
			return true;
		if (owner == KAFKA_OWNER_OTHER && !told) {
			kafka_thread_report(&publisher->thread, KAFKA_REPORT_FENCED, NULL, NULL);
			told = true;
		}
		rest(publisher);
	}
	return false;
}

static bool take_batch(struct kafka_publisher *publisher)
{
	bool taken;

	pthread_mutex_lock(&publisher->thread.mutex);
	while (!publisher->has_batch && !publisher->thread.finishing) {
		pthread_cond_wait(&publisher->thread.changed, &publisher->thread.mutex);
	}
	taken = publisher->has_batch && !publisher->thread.finishing;
	publisher->has_batch = false;
	pthread_mutex_unlock(&publisher->thread.mutex);
	return taken;
}

static void work(struct kafka_publisher *publisher)
{
	bool owner = open_producer(publisher);

	while (owner && take_batch(publisher)) {
		enum outcome outcome = publish_batch(publisher);

		if (outcome == OUTCOME_OUT) {
			kafka_thread_report(&publisher->thread, KAFKA_REPORT_DONE, NULL, NULL);
			continue;
		}
		close_producer(publisher);
		owner = (outcome == OUTCOME_UNCERTAIN || await_ownership(publisher)) && open_producer(publisher);
	}
}

static void run(void *context)
{
	struct kafka_publisher *publisher = context;

	work(publisher);
	report_recovery(publisher);
	kafka_thread_report(&publisher->thread, KAFKA_REPORT_ENDED, NULL, NULL);
	/* Nobody waits for this: the partition's next owner fences the producer if it is still there. */
	close_producer(publisher);
}

struct kafka_publisher *kafka_publisher_start(
	struct kafka_publisher_base *base, int32_t partition, uint64_t source, struct error *error)
{
	struct kafka_publisher *publisher = bytes_allocate(NULL, sizeof(*publisher));

	*publisher = (struct kafka_publisher){.base = base, .partition = partition};
	kafka_output_source_set(&publisher->source, base->settings, partition);
	kafka_thread_init(&publisher->thread, base->threads, source, run, free, publisher);
	show_life(publisher);
	if (kafka_thread_begin(&publisher->thread))
		return publisher;
	error_set(error, ERROR_RETRY, "raise the limit of threads", "no thread for the output of partition %d",
		partition);
	return NULL;
}

void kafka_publisher_publish(struct kafka_publisher *publisher, const struct output_message *messages, size_t count,
	struct publish_position to)
{
	show_life(publisher);
	pthread_mutex_lock(&publisher->thread.mutex);
	assert(!publisher->has_batch);
	publisher->messages = messages;
	publisher->count = count;
	publisher->to = to;
	publisher->has_batch = true;
	pthread_cond_broadcast(&publisher->thread.changed);
	pthread_mutex_unlock(&publisher->thread.mutex);
}

void kafka_publisher_finish(struct kafka_publisher *publisher)
{
	kafka_thread_finish(&publisher->thread);
}

void kafka_publisher_release(struct kafka_publisher *publisher)
{
	pthread_mutex_lock(&publisher->thread.mutex);
	publisher->thread.released = true;
	while (publisher->borrowing)
		pthread_cond_wait(&publisher->thread.changed, &publisher->thread.mutex);
	pthread_mutex_unlock(&publisher->thread.mutex);
	kafka_thread_release(&publisher->thread);
}

int64_t kafka_publisher_silence_ms(struct kafka_publisher *publisher)
{
	return kafka_client_now_ms() - atomic_load(&publisher->alive_ms);
}
