/* cli_status_facts: counts rows, asks the log, reads the state file. */
#include "daemon/cli_status_facts.h"

#include <unistd.h>

#include "daemon/intake_log.h"
#include "daemon/state_file.h"

/* `status` answers also when no broker does. */
#define LOG_TIMEOUT_MS 3000

const char *const document_standing_names[DOCUMENT_STANDING_COUNT] = {"alive", "superseded", "dead_on_arrival"};

void status_daemon_read(const struct cli *cli, struct status_daemon *daemon)
{
	struct byte_writer json = {0};
	struct error error = {0};
	char path[PATH_MAX];

	*daemon = (struct status_daemon){.running = false};
	snprintf(path, sizeof(path), "%s/" STATE_FILE_NAME, cli->config->ledger_directory);
	if (access(path, F_OK) != 0)
		return;
	if (!state_file_read(cli->config->ledger_directory, &json, &daemon->running, &error))
		cli_warn(cli, "%s; %s", error.cause, error.remedy);
	else if (json.length > 0)
		daemon->state = json_loadb((const char *)json.data, json.length, 0, NULL);
	writer_free(&json);
}

void status_daemon_free(struct status_daemon *daemon)
{
	json_decref(daemon->state);
	*daemon = (struct status_daemon){.running = false};
}

static const json_t *engine_of(const struct status_daemon *daemon, int32_t partition)
{
	const json_t *list = json_object_get(daemon->state, "partitions");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *engine = json_array_get(list, i);

		if (json_integer_value(json_object_get(engine, "partition")) == partition)
			return engine;
	}
	return NULL;
}

static void count_documents(struct book *book, struct status_facts *facts)
{
	struct document document;

	for (uint64_t from = 0; document_next(book, from, &document); from = document.offset + 1) {
		enum document_standing standing = document.alive             ? DOCUMENT_ALIVE
						  : document.dead_on_arrival ? DOCUMENT_DEAD_ON_ARRIVAL
									     : DOCUMENT_DEAD;

		if (document.kind < DOCUMENT_KIND_COUNT)
			facts->documents[document.kind][standing]++;
	}
}

static void list_waiting(struct book *book, struct status_facts *facts)
{
	struct chunk_set set = {.n = 0};

	while (chunk_set_next(book, &set)) {
		facts->waiting = bytes_allocate(facts->waiting, (facts->waiting_count + 1) * sizeof(*facts->waiting));
		facts->waiting[facts->waiting_count++] = set;
	}
}

static void count_findings(struct book *book, struct status_facts *facts)
{
	uint32_t county = 0;

	while (county_next(book, county, &county)) {
		struct held_finding finding = {.key = {.length = 0}};

		while (finding_next(book, county, &finding))
			facts->findings[finding.code]++;
	}
}

/* A running daemon knows where the log ends; else the log is asked. */
static void read_log(const struct cli *cli, const struct status_daemon *daemon, struct status_facts *facts)
{
	struct error error = {0};
	struct intake_log *log;

	if (daemon->running && json_is_true(json_object_get(facts->engine, "assigned"))) {
		facts->log_end = (uint64_t)json_integer_value(json_object_get(facts->engine, "log_end"));
		if (facts->log_end < facts->position.next_offset)
			facts->log_end = facts->position.next_offset;
		facts->log_known = true;
		return;
	}
	if (cli->config->directory == NULL && cli->config->kafka_bootstrap_servers[0] == '\0')
		return;
	log = intake_log_open(cli->config, facts->ledger->partition, LOG_TIMEOUT_MS, &error);
	if (log == NULL) {
		cli_warn(cli, "the end of the log is not known: %s; %s", error.cause, error.remedy);
		return;
	}
	facts->log_end = intake_log_bounds(log).end;
	facts->not_taken = intake_log_bounds(log).waiting;
	facts->log_known = true;
	intake_log_close(log);
}

void status_facts_read(const struct cli *cli, const struct status_daemon *daemon, struct cli_ledger *ledger,
	struct status_facts *facts)
{
	struct book *book = &ledger->book;
	struct judging judging = {.phase = JUDGE_DONE};

	*facts = (struct status_facts){.ledger = ledger, .engine = engine_of(daemon, ledger->partition)};
	ledger_position_load(book, &facts->position);
	ledger_judging_load(book, &judging);
	facts->judging = judging.phase != JUDGE_DONE;
	judging_free(&judging);
	ledger_info(ledger->ledger, &facts->info);
	count_documents(book, facts);
	list_waiting(book, facts);
	count_findings(book, facts);
	read_log(cli, daemon, facts);
	arena_reset(&book->arena);
}

void status_facts_free(struct status_facts *facts)
{
	free(facts->waiting);
	*facts = (struct status_facts){.ledger = NULL};
}
