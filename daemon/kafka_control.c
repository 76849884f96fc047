/* kafka_control: a short queue in front of a sender that is made anew after a failure. */
#include "daemon/kafka_control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "daemon/bytes.h"
#include "daemon/kafka_message.h"
#include "daemon/kafka_sender.h"
#include "daemon/log.h"

#define WAITING_MAX    1000
#define RETRY_AFTER_MS 1000

struct control_document {
	struct control_document *next;
	char county[16];
	char name[80];
	char json[];
};

struct kafka_control {
	struct kafka_thread thread; /* its mutex guards the queue */
	struct control_document *first;
	struct control_document **last;
	size_t waiting;
	const struct kafka_settings *settings;
	struct kafka_sender *sender; /* the thread's own */
	bool faulty;
};

/* The first stays in the queue until it is sent. NULL: asked to finish. */
static struct control_document *await_document(struct kafka_control *control)
{
	struct control_document *document;

	pthread_mutex_lock(&control->thread.mutex);
	while (control->first == NULL && !control->thread.finishing)
		pthread_cond_wait(&control->thread.changed, &control->thread.mutex);
	document = control->thread.finishing ? NULL : control->first;
	pthread_mutex_unlock(&control->thread.mutex);
	return document;
}

static void drop_first(struct kafka_control *control)
{
	struct control_document *document;

	pthread_mutex_lock(&control->thread.mutex);
	document = control->first;
	control->first = document->next;
	if (control->first == NULL)
		control->last = &control->first;
	control->waiting--;
	pthread_mutex_unlock(&control->thread.mutex);
	free(document);
}

static bool send_document(struct kafka_control *control, struct control_document *document, struct error *error)
{
	struct kafka_value value = {document->json, strlen(document->json), 0};
	struct kafka_sent sent;
	const struct kafka_document out = {
		.key = document->county,
		.name = document->name,
		.kind = "control",
		.county = document->county,
		.content = kafka_value_source(&value),
	};

	if (control->sender == NULL)
		control->sender = kafka_sender_new(control->settings, error);
	if (control->sender == NULL)
		return false;
	if (kafka_sender_send(control->sender, &out, &sent, error)) {
		log_write(LOG_INFO, "control document sent", log_text("name", document->name),
			log_hex("document", sent.sha256, sizeof(sent.sha256)), log_number("partition", sent.partition),
			log_number("offset", (int64_t)sent.offset));
		return true;
	}
	/* An idempotent producer that failed may have failed for good. */
	kafka_sender_free(control->sender);
	control->sender = NULL;
	return false;
}

static void run(void *context)
{
	struct kafka_control *control = context;
	struct control_document *document;

	while ((document = await_document(control)) != NULL) {
		struct error error = {.class = ERROR_NONE};
		bool done = send_document(control, document, &error);

		if (!done || control->faulty)
			kafka_thread_report(&control->thread, KAFKA_REPORT_FAULT, NULL, &error);
		control->faulty = !done;
		if (done)
			drop_first(control);
		else
			kafka_thread_rest(&control->thread, RETRY_AFTER_MS);
	}
}

static void destroy(void *context)
{
	struct kafka_control *control = context;

	while (control->first != NULL) {
		struct control_document *document = control->first;

		control->first = document->next;
		free(document);
	}
	kafka_sender_free(control->sender);
	free(control);
}

struct kafka_control *kafka_control_start(
	const struct kafka_settings *settings, struct kafka_threads *threads, struct error *error)
{
	struct kafka_control *control = bytes_allocate(NULL, sizeof(*control));

	*control = (struct kafka_control){.settings = settings};
	control->last = &control->first;
	kafka_thread_init(&control->thread, threads, KAFKA_SOURCE_CONTROL, run, destroy, control);
	if (kafka_thread_begin(&control->thread))
		return control;
	error_set(error, ERROR_RETRY, "raise the limit of threads", "no thread for control documents");
	return NULL;
}

bool kafka_control_send(struct kafka_control *control, const char *county, const char *json, struct error *error)
{
	struct control_document *document;
	uint64_t unique = 0;
	bool room;

	if (getrandom(&unique, sizeof(unique), 0) != sizeof(unique))
		abort();
	document = bytes_allocate(NULL, sizeof(*document) + strlen(json) + 1);
	document->next = NULL;
	snprintf(document->county, sizeof(document->county), "%s", county);
	snprintf(document->name, sizeof(document->name), "control-%s-%lld-%016llx.json", document->county,
		(long long)time(NULL), (unsigned long long)unique);
	memcpy(document->json, json, strlen(json) + 1);

	pthread_mutex_lock(&control->thread.mutex);
	room = control->waiting < WAITING_MAX;
	if (room) {
		*control->last = document;
		control->last = &document->next;
		control->waiting++;
		pthread_cond_broadcast(&control->thread.changed);
	}
	pthread_mutex_unlock(&control->thread.mutex);
	if (room)
		return true;
	free(document);
	return error_set(error, ERROR_RETRY, "see to the brokers", "%d control documents wait to be sent", WAITING_MAX);
}

void kafka_control_release(struct kafka_control *control)
{
	if (control != NULL)
		kafka_thread_release(&control->thread);
}
