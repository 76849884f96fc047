/* daemon: starts everything in order, keeps it going, ends it in order. */
#include "daemon/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/control_source.h"
#include "daemon/durable_file.h"
#include "daemon/engine_set.h"
#include "daemon/log.h"
#include "daemon/outbox.h"
#include "daemon/state_file.h"
#include "daemon/state_report.h"
#include "daemon/transport_directory.h"
#include "daemon/transport_kafka.h"

#define START_RETRY_MS      1000
#define STATE_INTERVAL_MS   1000
#define CONTROL_INTERVAL_MS 30000
/* With --once somebody waits: a fault that lasts so long ends it. */
#define ONCE_PATIENCE_MS 30000

struct daemon {
	struct config *config;
	const struct daemon_options *options;
	enum daemon_exit status;
	struct loop *loop;
	struct loop_timer *start_timer;
	struct loop_timer *state_timer;
	struct loop_timer *control_timer;
	int state_fd; /* and the lock of the ledger folder; -1: not yet */
	bool settings_loaded;
	struct engine_settings settings;
	struct engine_set *engines;
	struct transport *transport; /* NULL until it is started */
	struct control_source *control;
	bool control_due; /* as soon as a partition has applied its log */
	/* What is wrong apart from single partitions. */
	struct error fault;
	int64_t fault_since_ms;
	int64_t started_ms;
	int64_t faulty_since_ms; /* of the monotonic clock, with --once; 0: not faulty */
	struct byte_writer state;
};

static int64_t clock_ms(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void end(struct daemon *daemon, enum daemon_exit status)
{
	if (daemon->status == DAEMON_ENDED)
		daemon->status = status;
	loop_stop(daemon->loop);
}

/* Remembers and says what is wrong, or that nothing is any more; what is FATAL ends the daemon. */
static void take_fault(void *context, const struct error *error)
{
	struct daemon *daemon = context;

	if (error->class == daemon->fault.class && strcmp(error->cause, daemon->fault.cause) == 0)
		return;
	if (error->class == ERROR_RETRY)
		log_write(LOG_WARNING, "waiting", log_error(error));
	else if (error->class == ERROR_NONE)
		log_write(LOG_INFO, "going on");
	else
		log_write(LOG_ERROR, "cannot go on", log_error(error));
	daemon->fault = *error;
	daemon->fault_since_ms = clock_ms(CLOCK_REALTIME);
	if (error->class == ERROR_FATAL)
		end(daemon, DAEMON_FATAL);
}

/* What the transport calls back. */

static void assigned(void *context, int32_t partition, const struct intake_identity *identity)
{
	struct daemon *daemon = context;

	engine_set_assigned(daemon->engines, partition, identity);
	daemon->control_due = true;
}

static void revoked(void *context, int32_t partition)
{
	engine_set_revoked(((struct daemon *)context)->engines, partition);
}

static void readable(void *context, int32_t partition)
{
	engine_set_readable(((struct daemon *)context)->engines, partition);
}

static void published(
	void *context, int32_t partition, enum publish_result result, const struct intake_identity *identity)
{
	engine_set_published(((struct daemon *)context)->engines, partition, result, identity);
}

/* Control documents by timer. */

static void send_control(void *context)
{
	struct daemon *daemon = context;
	const struct config *config = daemon->config;
	const struct control_schedule schedule = {config->campaign_open_day, config->campaign_open_time_minutes};
	struct error error = {.class = ERROR_NONE};

	daemon->control_due = false;
	if (!config->campaign_automatic || daemon->options->once || daemon->transport == NULL)
		return;
	if (!control_source_send(
		    daemon->control, daemon->engines, daemon->transport, &schedule, clock_ms(CLOCK_REALTIME), &error))
		log_write(LOG_WARNING, "a control document could not be sent, and will be", log_error(&error));
}

static void note_work(void *context, const struct engine_state *state, struct partition *engine)
{
	bool *at_rest = context;

	(void)engine;
	if (state->assigned && (state->working || state->status.next_offset < state->status.log_end))
		*at_rest = false;
}

/* Some engine has done something. */
static void engines_changed(void *context)
{
	struct daemon *daemon = context;
	bool at_rest = true;

	if (daemon->options->once && engine_set_done(daemon->engines)) {
		end(daemon, DAEMON_ENDED);
		return;
	}
	if (!daemon->control_due)
		return;
	engine_set_each(daemon->engines, note_work, &at_rest);
	if (at_rest)
		loop_timer_set(daemon->control_timer, 0, false);
}

static void control_timer_fired(void *context)
{
	struct daemon *daemon = context;

	send_control(daemon);
	loop_timer_set(daemon->control_timer, CONTROL_INTERVAL_MS, false);
}

/* State, and the patience of --once. */

static void note_fault(void *context, const struct engine_state *state, struct partition *engine)
{
	const struct error **fault = context;

	(void)engine;
	if (state->fault->class != ERROR_NONE)
		*fault = state->fault;
}

static void lose_patience(struct daemon *daemon)
{
	const struct error *fault = daemon->fault.class == ERROR_NONE ? NULL : &daemon->fault;
	int64_t now_ms = clock_ms(CLOCK_MONOTONIC);

	if (daemon->engines != NULL)
		engine_set_each(daemon->engines, note_fault, &fault);
	if (fault == NULL) {
		daemon->faulty_since_ms = 0;
	} else if (daemon->faulty_since_ms == 0) {
		daemon->faulty_since_ms = now_ms;
	} else if (now_ms - daemon->faulty_since_ms > ONCE_PATIENCE_MS) {
		log_write(LOG_ERROR, "gave up: what stands in the way does not pass", log_error(fault));
		end(daemon, DAEMON_FATAL);
	}
}

static void write_state(void *context)
{
	struct daemon *daemon = context;
	const struct state_facts facts = {.started_ms = daemon->started_ms,
		.now_ms = clock_ms(CLOCK_REALTIME),
		.directory = daemon->config->directory,
		.fault = &daemon->fault,
		.fault_since_ms = daemon->fault_since_ms};
	struct error error = {.class = ERROR_NONE};

	if (daemon->options->once)
		lose_patience(daemon);
	if (daemon->state_fd == -1)
		return;
	state_report_write(&facts, daemon->engines, STATE_JSON_SIZE, &daemon->state);
	/* The file is as large as it gets already; if it cannot be written there is no better place to say so. */
	if (!state_file_write(daemon->state_fd, &daemon->state, &error))
		log_write(LOG_WARNING, "the state file cannot be written", log_error(&error));
}

/* Start, step by step; a step that fails for a cause that may pass is tried again. */

/* The ledger folder, and for its sake DIR. */
static bool start_folders(struct daemon *daemon, struct error *error)
{
	const char *folders[] = {daemon->config->directory, daemon->config->ledger_directory};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		int fd = folders[i] == NULL ? -1 : durable_directory(AT_FDCWD, folders[i], error);

		if (folders[i] != NULL && fd == -1)
			return false;
		if (fd != -1)
			close(fd);
	}
	return true;
}

static struct transport *make_transport(struct daemon *daemon)
{
	const struct config *config = daemon->config;
	const struct transport_callbacks callbacks = {daemon, assigned, revoked, readable, published, take_fault};
	const struct transport_directory_settings settings = {.directory = config->directory,
		.output_prefix = config->kafka_output_prefix,
		.topics = output_topic_names,
		.topic_count = TOPIC_COUNT,
		.scan_interval_s = &config->directory_scan_interval_s,
		.watch = !daemon->options->once};

	return config->directory != NULL ? transport_directory_new(&settings, daemon->loop, &callbacks)
					 : transport_kafka_new(&config->kafka, daemon->loop, &callbacks);
}

static bool start_transport(struct daemon *daemon, struct error *error)
{
	struct transport *transport = make_transport(daemon);

	engine_set_use(daemon->engines, transport);
	if (!transport->operations->start(transport, error)) {
		transport->operations->stop(transport);
		return false;
	}
	daemon->transport = transport;
	return true;
}

static void engine_fatal(void *context, const struct error *error)
{
	take_fault(context, error);
}

static bool start(struct daemon *daemon, struct error *error)
{
	const struct engine_set_events events = {daemon, engines_changed, engine_fatal};

	if (daemon->state_fd == -1) {
		if (!start_folders(daemon, error))
			return false;
		daemon->state_fd = state_file_open(daemon->config->ledger_directory, error);
		if (daemon->state_fd == -1)
			return false;
	}
	if (!daemon->settings_loaded) {
		daemon->settings_loaded = engine_settings_load(&daemon->settings, daemon->config, true, error);
		if (!daemon->settings_loaded) {
			engine_settings_free(&daemon->settings);
			return false;
		}
		daemon->engines = engine_set_new(daemon->loop, &daemon->settings, daemon->options->once, &events);
	}
	return start_transport(daemon, error);
}

static void start_timer_fired(void *context)
{
	struct daemon *daemon = context;
	struct error error = {.class = ERROR_NONE};

	if (!start(daemon, &error) && error.class == ERROR_RETRY)
		loop_timer_set(daemon->start_timer, START_RETRY_MS, false);
	take_fault(daemon, &error);
}

/* Signals. */

static void told_to_end(void *context)
{
	log_write(LOG_INFO, "told to end");
	end(context, DAEMON_ENDED);
}

static void say_change(void *context, const struct config_key *key)
{
	static const char *const what[] = {
		[CONFIG_RELOADS] = "a setting was changed",
		[CONFIG_RESTARTS] = "a changed setting needs a restart",
		[CONFIG_REBUILDS] = "a changed setting needs duizhang rebuild",
	};

	(void)context;
	log_write(key == NULL || key->change != CONFIG_RELOADS ? LOG_WARNING : LOG_INFO,
		what[key == NULL ? CONFIG_RESTARTS : key->change],
		log_text("section", key == NULL ? "kafka" : key->section),
		log_text("key", key == NULL ? "properties" : key->name));
}

static void reload(void *context)
{
	struct daemon *daemon = context;
	struct config_faults faults = {0};
	struct config *fresh = config_load(daemon->options->source, &faults);

	for (size_t i = 0; i < faults.count; i++)
		log_write(LOG_ERROR, "fault in the configuration", log_text("file", daemon->options->source->path),
			log_number("line", faults.list[i].line), log_text("cause", faults.list[i].cause),
			log_text("remedy", faults.list[i].remedy));
	config_faults_free(&faults);
	if (fresh == NULL) {
		log_write(LOG_ERROR, "configuration not read again: the old one stays");
		return;
	}
	config_reload(daemon->config, fresh, say_change, daemon);
	config_free(fresh);
	log_set_level((enum log_level)daemon->config->log_level);
	log_write(LOG_INFO, "configuration read again");
	loop_timer_set(daemon->control_timer, 0, false);
}

/* The whole. */

static void prepare(struct daemon *daemon)
{
	log_set_level((enum log_level)daemon->config->log_level);
	log_write(LOG_INFO, "duizhangd starts", log_text("version", DUIZHANG_VERSION),
		log_text("intake", daemon->config->directory != NULL ? "directory" : "kafka"),
		log_flag("once", daemon->options->once));
	loop_signal(daemon->loop, SIGTERM, told_to_end, daemon);
	loop_signal(daemon->loop, SIGINT, told_to_end, daemon);
	loop_signal(daemon->loop, SIGHUP, reload, daemon);
	daemon->start_timer = loop_timer_new(daemon->loop, start_timer_fired, daemon);
	daemon->state_timer = loop_timer_new(daemon->loop, write_state, daemon);
	daemon->control_timer = loop_timer_new(daemon->loop, control_timer_fired, daemon);
	loop_timer_set(daemon->start_timer, 0, false);
	loop_timer_set(daemon->state_timer, STATE_INTERVAL_MS, true);
	loop_timer_set(daemon->control_timer, CONTROL_INTERVAL_MS, false);
	daemon->control = control_source_new();
}

static void tear_down(struct daemon *daemon)
{
	if (daemon->transport != NULL)
		daemon->transport->operations->stop(daemon->transport);
	write_state(daemon);
	engine_set_free(daemon->engines);
	if (daemon->settings_loaded)
		engine_settings_free(&daemon->settings);
	control_source_free(daemon->control);
	writer_free(&daemon->state);
	loop_timer_free(daemon->start_timer);
	loop_timer_free(daemon->state_timer);
	loop_timer_free(daemon->control_timer);
	loop_free(daemon->loop);
	if (daemon->state_fd != -1)
		close(daemon->state_fd);
}

enum daemon_exit daemon_run(struct config *config, const struct daemon_options *options)
{
	struct daemon daemon = {.config = config,
		.options = options,
		.state_fd = -1,
		.loop = loop_new(),
		.started_ms = clock_ms(CLOCK_REALTIME)};

	if (daemon.loop == NULL || signal(SIGPIPE, SIG_IGN) == SIG_ERR) {
		log_write(LOG_ERROR, "cannot start", log_text("cause", strerror(errno)),
			log_text("remedy", "raise the limit of open files"));
		return DAEMON_FATAL;
	}
	prepare(&daemon);
	if (loop_run(daemon.loop) == -1) {
		log_write(LOG_ERROR, "cannot wait for events", log_text("cause", strerror(errno)));
		daemon.status = DAEMON_FATAL;
	}
	tear_down(&daemon);
	log_write(LOG_INFO, "duizhangd ended", log_number("status", daemon.status));
	return daemon.status;
}
