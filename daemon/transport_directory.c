/* transport_directory: scans, hands out, publishes; each from the loop, none from within another. */
#include "daemon/transport_directory.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/bytes.h"
#include "daemon/directory_intake.h"
#include "daemon/directory_output.h"
#include "daemon/directory_sender.h"
#include "daemon/directory_watch.h"
#include "daemon/durable_file.h"
#include "daemon/intake_source.h"
#include "daemon/log.h"

#define RETRY_INTERVAL_MS 1000

/* What can go wrong apart from each other; the first that does is the one shown. */
enum fault_place { FAULT_SCAN, FAULT_PUBLISH, FAULT_PLACES };

struct transport_directory {
	struct transport transport; /* first: what the engine holds */
	struct transport_directory_settings settings;
	struct loop *loop;
	int intake_fd;
	int output_fd;
	struct directory_order *order;
	struct directory_intake *intake;
	struct directory_output *output;
	struct directory_watch *watch;
	struct loop_idle *idle;
	struct loop_timer *scan_timer;
	struct loop_timer *publish_timer;
	enum directory_scan scan; /* the one that is due */
	bool scan_due;
	bool assigned;
	bool readable_due;
	uint64_t next; /* offset of the next message */
	/* The publish in hand. */
	bool publishing;
	bool publish_waits; /* for its timer */
	const struct output_message *messages;
	size_t message_count;
	struct publish_position to;
	struct error faults[FAULT_PLACES];
	struct error shown;
};

static struct transport_directory *of(struct transport *transport)
{
	return (struct transport_directory *)transport;
}

static int64_t wall_clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Remembers what is wrong at a place (NULL: nothing any more), and tells the engine if that changes what there is to
 * tell. */
static void set_fault(struct transport_directory *directory, enum fault_place place, const struct error *error)
{
	const struct transport_callbacks *callbacks = &directory->transport.callbacks;
	struct error shown = {.class = ERROR_NONE};

	directory->faults[place] = error == NULL ? shown : *error;
	for (size_t i = FAULT_PLACES; i-- > 0;)
		if (directory->faults[i].class != ERROR_NONE)
			shown = directory->faults[i];
	if (shown.class == directory->shown.class && strcmp(shown.cause, directory->shown.cause) == 0)
		return;
	directory->shown = shown;
	callbacks->fault(callbacks->context, &shown);
}

static void describe(const struct transport_directory *directory, struct intake_identity *identity)
{
	*identity = (struct intake_identity){.partition_count = 1, .log_end = directory_order_count(directory->order)};
	strcpy(identity->log_id, directory_order_log_id(directory->order));
	identity->has_position = directory_output_position(directory->output, &identity->position);
}

static void arm_scan(struct transport_directory *directory)
{
	if (directory->settings.watch)
		loop_timer_set(directory->scan_timer, (int64_t)*directory->settings.scan_interval_s * 1000, false);
}

static void scan_later(struct transport_directory *directory, enum directory_scan scan)
{
	/* One that sees more does what was to be done by one that sees less. */
	if (!directory->scan_due || scan < directory->scan)
		directory->scan = scan;
	directory->scan_due = true;
	loop_idle_wake(directory->idle);
}

static void scan_timer_fired(void *context)
{
	struct transport_directory *directory = context;

	/* After a failure all is looked at again: what was noted then is not known any more. */
	scan_later(directory,
		directory->faults[FAULT_SCAN].class == ERROR_NONE ? DIRECTORY_SCAN_QUIET : DIRECTORY_SCAN_ALL);
}

static void scan(struct transport_directory *directory)
{
	struct transport_callbacks *callbacks = &directory->transport.callbacks;
	uint64_t before = directory_order_count(directory->order);
	struct error error = {.class = ERROR_NONE};
	struct intake_identity identity;

	directory->scan_due = false;
	if (!directory_intake_scan(directory->intake, directory->scan, wall_clock_ms(), &error)) {
		loop_timer_set(directory->scan_timer, RETRY_INTERVAL_MS, false);
		set_fault(directory, FAULT_SCAN, &error);
		return;
	}
	if (directory->scan != DIRECTORY_SCAN_NOTED)
		arm_scan(directory);
	set_fault(directory, FAULT_SCAN, NULL);
	if (!directory->assigned) {
		directory->assigned = true;
		describe(directory, &identity);
		callbacks->assigned(callbacks->context, 0, &identity);
	} else if (directory_order_count(directory->order) > before) {
		directory->readable_due = true;
	}
}

static void publish_timer_fired(void *context)
{
	struct transport_directory *directory = context;

	directory->publish_waits = false;
	loop_idle_wake(directory->idle);
}

static void publish_now(struct transport_directory *directory)
{
	struct transport_callbacks *callbacks = &directory->transport.callbacks;
	struct error error = {.class = ERROR_NONE};
	struct intake_identity identity;

	if (!directory_output_publish(
		    directory->output, directory->messages, directory->message_count, directory->to, &error)) {
		directory->publish_waits = true;
		loop_timer_set(directory->publish_timer, RETRY_INTERVAL_MS, false);
		set_fault(directory, FAULT_PUBLISH, &error);
		return;
	}
	directory->publishing = false;
	set_fault(directory, FAULT_PUBLISH, NULL);
	describe(directory, &identity);
	callbacks->published(callbacks->context, 0, PUBLISH_DONE, &identity);
}

/* Whatever is due, one thing a call, so that the loop turns between them. */
static bool work(void *context)
{
	struct transport_directory *directory = context;
	struct transport_callbacks *callbacks = &directory->transport.callbacks;

	if (directory->publishing && !directory->publish_waits) {
		publish_now(directory);
	} else if (directory->scan_due) {
		scan(directory);
	} else if (directory->readable_due) {
		directory->readable_due = false;
		callbacks->readable(callbacks->context, 0);
	}
	return directory->scan_due || directory->readable_due || (directory->publishing && !directory->publish_waits);
}

static void file_is_whole(void *context, const char *name)
{
	struct transport_directory *directory = context;

	directory_intake_note(directory->intake, name);
}

static void notices_lost(void *context)
{
	scan_later(context, DIRECTORY_SCAN_QUIET);
}

static void notices_told(void *context)
{
	scan_later(context, DIRECTORY_SCAN_NOTED);
}

/* Without notices new files are found later, but found. */
static void begin_watch(struct transport_directory *directory)
{
	const struct directory_watch_events events = {directory, file_is_whole, notices_lost, notices_told};
	struct error error = {.class = ERROR_NONE};
	char *path = bytes_allocate(NULL, strlen(directory->settings.directory) + sizeof("/intake"));

	stpcpy(stpcpy(path, directory->settings.directory), "/intake");
	directory->watch = directory_watch_new(directory->loop, path, &events, &error);
	if (directory->watch == NULL)
		log_write(LOG_WARNING, "new documents are found by scans only", log_error(&error));
	free(path);
}

static bool open_folders(struct transport_directory *directory, struct error *error)
{
	int fd = durable_directory(AT_FDCWD, directory->settings.directory, error);

	if (fd == -1)
		return false;
	directory->intake_fd = durable_directory(fd, "intake", error);
	directory->output_fd = directory->intake_fd == -1 ? -1 : durable_directory(fd, "output", error);
	close(fd);
	return directory->output_fd != -1;
}

static bool directory_start(struct transport *transport, struct error *error)
{
	struct transport_directory *directory = of(transport);

	if (!open_folders(directory, error))
		return false;
	directory->order = directory_order_open(directory->intake_fd, DIRECTORY_ORDER_WRITE, error);
	if (directory->order == NULL)
		return false;
	directory->output = directory_output_open(directory->output_fd, directory->settings.output_prefix, error);
	if (directory->output == NULL)
		return false;
	directory->intake = directory_intake_new(directory->intake_fd, directory->order);
	/* First the watch, then the scan: no file falls between them. */
	if (directory->settings.watch)
		begin_watch(directory);
	scan_later(directory, DIRECTORY_SCAN_ALL);
	return true;
}

static bool directory_seek(struct transport *transport, int32_t partition, uint64_t offset, struct error *error)
{
	struct transport_directory *directory = of(transport);

	assert(partition == 0);
	if (!directory_output_prepare(
		    directory->output, directory->settings.topics, directory->settings.topic_count, error))
		return false;
	directory->next = offset;
	directory->readable_due = true;
	loop_idle_wake(directory->idle);
	return true;
}

static int directory_next(
	struct transport *transport, int32_t partition, struct intake_message *message, struct error *error)
{
	struct transport_directory *directory = of(transport);

	assert(partition == 0);
	if (directory->next >= directory_order_count(directory->order))
		return 0;
	if (!directory_intake_message(directory->intake, directory->next, message, error))
		return -1;
	directory->next++;
	return 1;
}

static uint64_t directory_log_end(struct transport *transport, int32_t partition)
{
	assert(partition == 0);
	return directory_order_count(of(transport)->order);
}

static bool directory_publish(struct transport *transport, int32_t partition, const struct output_message *messages,
	size_t count, struct publish_position to, struct error *error)
{
	struct transport_directory *directory = of(transport);

	(void)error;
	assert(partition == 0 && !directory->publishing);
	directory->publishing = true;
	directory->publish_waits = false;
	directory->messages = messages;
	directory->message_count = count;
	directory->to = to;
	loop_idle_wake(directory->idle);
	return true;
}

static bool directory_send_control(
	struct transport *transport, const char *county, const char *json, struct error *error)
{
	struct memory_source source = {.bytes = span_of(json)};
	const struct directory_document document = {
		.name = "control.json", .kind = "control", .county = county, .content = memory_source_bytes(&source)};
	struct directory_sent sent;

	return directory_sender_send(of(transport)->intake_fd, &document, &sent, error);
}

static void directory_stop(struct transport *transport)
{
	struct transport_directory *directory = of(transport);
	struct transport_callbacks *callbacks = &transport->callbacks;

	/* A publish in hand was not begun, or took everything back: the next start does it. */
	if (directory->assigned)
		callbacks->revoked(callbacks->context, 0);
	directory_watch_free(directory->watch);
	loop_idle_free(directory->idle);
	loop_timer_free(directory->scan_timer);
	loop_timer_free(directory->publish_timer);
	directory_intake_free(directory->intake);
	directory_output_close(directory->output);
	directory_order_close(directory->order);
	if (directory->intake_fd != -1)
		close(directory->intake_fd);
	if (directory->output_fd != -1)
		close(directory->output_fd);
	free(directory);
}

static const struct transport_operations operations = {
	.start = directory_start,
	.seek = directory_seek,
	.next = directory_next,
	.log_end = directory_log_end,
	.publish = directory_publish,
	.send_control = directory_send_control,
	.stop = directory_stop,
};

struct transport *transport_directory_new(const struct transport_directory_settings *settings, struct loop *loop,
	const struct transport_callbacks *callbacks)
{
	struct transport_directory *directory = bytes_allocate(NULL, sizeof(*directory));

	*directory = (struct transport_directory){.transport = {&operations, *callbacks},
		.settings = *settings,
		.loop = loop,
		.intake_fd = -1,
		.output_fd = -1};
	directory->idle = loop_idle_new(loop, work, directory);
	directory->scan_timer = loop_timer_new(loop, scan_timer_fired, directory);
	directory->publish_timer = loop_timer_new(loop, publish_timer_fired, directory);
	return &directory->transport;
}
