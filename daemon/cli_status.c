/* cli_status: duizhang status: where every partition stands. */
#include <inttypes.h>

#include "daemon/cli_lists.h"
#include "daemon/cli_status_facts.h"
#include "daemon/cli_verbs.h"
#include "daemon/json_writer.h"

static const struct print_column partition_columns[] = {{"partition", true}, {"next offset", true}, {"published", true},
	{"log end", true}, {"lag", true}, {"log time", false}, {"work", false}, {"ledger", true}};
static const struct print_column document_columns[] = {
	{"documents", false}, {"alive", true}, {"superseded", true}, {"dead on arrival", true}};
static const struct print_column county_columns[] = {{"county", false}, {"newest tick", false}, {"campaign", false},
	{"due", false}, {"tasks", true}, {"open", true}, {"resolved", true}, {"overdue", true}, {"unknown", true}};
static const struct print_column waiting_columns[] = {{"waiting for chunks (sha256)", false}, {"county", false},
	{"have", true}, {"of", true}, {"bytes", true}, {"since", false}};
static const struct print_column finding_columns[] = {{"open findings", false}, {"count", true}};

#define COLUMNS(columns) columns, sizeof(columns) / sizeof((columns)[0])

/* The newest campaign of a county with its list; false if there is none. */
static bool newest_campaign(struct book *book, uint32_t county, struct county_state *state, struct campaign *campaign,
	struct cli_list *list)
{
	county_load(book, county, state);
	if (state->current_count == 0)
		return false;
	*campaign = state->current[0];
	return cli_list_load(book, campaign, TOWNSHIP_ALL, list);
}

static const char *work_of(const struct status_facts *facts)
{
	if (facts->judging)
		return "judging";
	if (facts->log_known && facts->log_end > facts->position.next_offset)
		return "behind";
	return facts->position.published.offset < facts->position.next_offset ? "to publish" : "idle";
}

static void print_partition(struct print_table *table, const struct status_facts *facts)
{
	char text[PRINT_TEXT_SIZE];

	print_cell(table, "%d", facts->ledger->partition);
	print_cell(table, "%" PRIu64, facts->position.next_offset);
	if (facts->position.published.rows > 0)
		print_cell(table, "%" PRIu64 "+%" PRIu64, facts->position.published.offset,
			facts->position.published.rows);
	else
		print_cell(table, "%" PRIu64, facts->position.published.offset);
	if (facts->log_known) {
		print_cell(table, "%" PRIu64, facts->log_end);
		print_cell(table, "%" PRIu64, facts->log_end - facts->position.next_offset);
	} else {
		print_cell(table, "?");
		print_cell(table, "?");
	}
	print_cell(table, "%s", print_time(facts->position.log_time_ms, text));
	print_cell(table, "%s", work_of(facts));
	print_cell(table, "%s", print_bytes(facts->info.used_bytes, text));
}

static void print_documents(FILE *out, const struct status_facts *facts)
{
	struct print_table table;

	print_table_begin(&table, out, COLUMNS(document_columns), 2);
	for (int kind = DOCUMENT_KIND_NONE + 1; kind < DOCUMENT_KIND_COUNT; kind++) {
		uint64_t all = 0;

		for (int standing = 0; standing < DOCUMENT_STANDING_COUNT; standing++)
			all += facts->documents[kind][standing];
		if (all == 0)
			continue;
		print_cell(&table, "%s", document_kind_names[kind]);
		for (int standing = 0; standing < DOCUMENT_STANDING_COUNT; standing++)
			print_cell(&table, "%" PRIu64, facts->documents[kind][standing]);
	}
	print_table_end(&table, "no documents");
}

static void print_county(struct print_table *table, struct book *book, uint32_t county)
{
	struct county_state state;
	struct campaign campaign;
	struct cli_list list;
	char text[PRINT_TEXT_SIZE];
	bool has_campaign = newest_campaign(book, county, &state, &campaign, &list);

	print_cell(table, "%06u", county);
	print_cell(table, "%s", print_date(state.largest_tick, text));
	if (!has_campaign) {
		for (int i = 0; i < 7; i++)
			print_cell_span(table, span_of(""));
		return;
	}
	print_cell(table, "%s", campaign.name);
	print_cell(table, "%s", print_date(campaign.due, text));
	print_cell(table, "%" PRId64, list.tasks);
	print_cell(table, "%" PRId64, list.counts.by_status[TASK_OPEN]);
	print_cell(table, "%" PRId64, list.counts.by_status[TASK_RESOLVED]);
	print_cell(table, "%" PRId64, list.counts.by_status[TASK_OVERDUE]);
	print_cell(table, "%" PRId64, list.counts.unknown_people);
	cli_list_free(&list);
}

static void print_counties(FILE *out, struct book *book)
{
	struct print_table table;
	uint32_t county = 0;

	print_table_begin(&table, out, COLUMNS(county_columns), 2);
	while (county_next(book, county, &county)) {
		arena_reset(&book->arena);
		print_county(&table, book, county);
	}
	print_table_end(&table, NULL);
}

static void print_waiting(FILE *out, const struct status_facts *facts)
{
	struct print_table table;
	char text[2 * SHA256_SIZE + 1];

	print_table_begin(&table, out, COLUMNS(waiting_columns), 2);
	for (size_t i = 0; i < facts->waiting_count; i++) {
		const struct chunk_set *set = &facts->waiting[i];

		sha256_format_hex(set->sha256, text);
		print_cell(&table, "%s", text);
		if (set->county == 0)
			print_cell_span(&table, span_of(""));
		else
			print_cell(&table, "%06u", set->county);
		print_cell(&table, "%u", set->have);
		print_cell(&table, "%u", set->n);
		print_cell(&table, "%" PRIu64, set->bytes);
		print_cell(&table, "%s", print_time(set->first_time_ms, text));
	}
	print_table_end(&table, NULL);
}

static void print_findings(FILE *out, const struct status_facts *facts)
{
	struct print_table table;

	print_table_begin(&table, out, COLUMNS(finding_columns), 2);
	for (int code = 0; code < FINDING_COUNT; code++) {
		if (facts->findings[code] == 0)
			continue;
		print_cell(&table, "%s", finding_code_names[code]);
		print_cell(&table, "%" PRIu64, facts->findings[code]);
	}
	print_table_end(&table, "no open findings");
}

static void print_fault(FILE *out, const char *where, const json_t *fault)
{
	const char *cause, *remedy, *since;

	if (fault != NULL && json_unpack((json_t *)(uintptr_t)fault, "{s:s,s:s,s:s}", "cause", &cause, "remedy",
				     &remedy, "since", &since) == 0)
		fprintf(out, "fault%s: %s; %s (since %s)\n", where, cause, remedy, since);
}

static void print_daemon(FILE *out, const struct status_daemon *daemon)
{
	const char *started, *version;
	json_int_t pid;

	if (!daemon->running)
		fputs("daemon: not running\n", out);
	else if (json_unpack(daemon->state, "{s:I,s:s,s:s}", "pid", &pid, "version", &version, "started", &started) ==
		 0)
		fprintf(out, "daemon: running, pid %" JSON_INTEGER_FORMAT ", version %s, since %s\n", pid, version,
			started);
	else
		fputs("daemon: running\n", out);
	if (daemon->running)
		print_fault(out, "", json_object_get(daemon->state, "fault"));
}

static void print_text(
	struct cli *cli, const struct status_daemon *daemon, const struct status_facts *facts, size_t count)
{
	struct print_table table;

	print_daemon(cli->out, daemon);
	print_table_begin(&table, cli->out, COLUMNS(partition_columns), 0);
	for (size_t i = 0; i < count; i++)
		print_partition(&table, &facts[i]);
	print_table_end(&table, NULL);
	for (size_t i = 0; i < count; i++) {
		char where[32];

		snprintf(where, sizeof(where), " of partition %d", facts[i].ledger->partition);
		if (daemon->running)
			print_fault(cli->out, where, json_object_get(facts[i].engine, "fault"));
		if (facts[i].not_taken > 0)
			fprintf(cli->out, "%" PRIu64 " files in the intake are not taken into the log yet\n",
				facts[i].not_taken);
	}
	for (size_t i = 0; i < count; i++) {
		fprintf(cli->out, "\npartition %d:\n", facts[i].ledger->partition);
		print_counties(cli->out, &facts[i].ledger->book);
		print_documents(cli->out, &facts[i]);
		print_waiting(cli->out, &facts[i]);
		print_findings(cli->out, &facts[i]);
	}
}

static void member_time(struct byte_writer *json, const char *key, int64_t unix_ms)
{
	char text[PRINT_TEXT_SIZE];

	json_member_text(json, key, unix_ms == 0 ? span_of("") : span_of(print_time(unix_ms, text)));
}

static void member_json(struct byte_writer *out, const char *key, const json_t *value)
{
	char *text = value == NULL ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

	json_key(out, key);
	json_literal(out, text == NULL ? "null" : text);
	free(text);
}

static void write_counties(struct byte_writer *out, struct book *book)
{
	uint32_t county = 0;

	json_key(out, "counties");
	json_open(out, '[');
	while (county_next(book, county, &county)) {
		struct county_state state;
		struct campaign campaign = {.as_of = 0};
		char text[8];

		arena_reset(&book->arena);
		county_load(book, county, &state);
		snprintf(text, sizeof(text), "%06u", county);
		json_open(out, '{');
		json_member_text(out, "county", span_of(text));
		json_member_date(out, "largest_tick", state.largest_tick);
		json_key(out, "campaigns");
		json_open(out, '[');
		while (campaign_next(book, county, campaign.as_of, &campaign)) {
			struct cli_list list;

			json_open(out, '{');
			json_member_text(out, "campaign", span_of(campaign.name));
			json_member_date(out, "opened_on", campaign.opened_on);
			json_member_date(out, "due", campaign.due);
			if (cli_list_load(book, &campaign, TOWNSHIP_ALL, &list)) {
				json_member_number(out, "tasks", list.tasks);
				member_json(out, "by_status", json_object_get(list.value, "by_status"));
				json_member_number(out, "unknown_people", list.counts.unknown_people);
				cli_list_free(&list);
			}
			json_close(out, '}');
		}
		json_close(out, ']');
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void write_documents(struct byte_writer *out, const struct status_facts *facts)
{
	json_key(out, "documents");
	json_open(out, '{');
	for (int kind = DOCUMENT_KIND_NONE + 1; kind < DOCUMENT_KIND_COUNT; kind++) {
		json_key(out, document_kind_names[kind]);
		json_open(out, '{');
		for (int standing = 0; standing < DOCUMENT_STANDING_COUNT; standing++)
			json_member_number(
				out, document_standing_names[standing], (int64_t)facts->documents[kind][standing]);
		json_close(out, '}');
	}
	json_close(out, '}');
}

static void write_waiting(struct byte_writer *out, const struct status_facts *facts)
{
	json_key(out, "waiting");
	json_open(out, '[');
	for (size_t i = 0; i < facts->waiting_count; i++) {
		const struct chunk_set *set = &facts->waiting[i];
		char text[2 * SHA256_SIZE + 1];

		json_open(out, '{');
		sha256_format_hex(set->sha256, text);
		json_member_text(out, "sha256", span_of(text));
		snprintf(text, sizeof(text), "%06u", set->county);
		json_member_text(out, "county", set->county == 0 ? span_of("") : span_of(text));
		json_member_number(out, "have", set->have);
		json_member_number(out, "chunks", set->n);
		json_member_number(out, "bytes", (int64_t)set->bytes);
		member_time(out, "since", set->first_time_ms);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void write_partition(struct byte_writer *out, const struct status_daemon *daemon, struct status_facts *facts)
{
	json_open(out, '{');
	json_member_number(out, "partition", facts->ledger->partition);
	json_member_number(out, "next_offset", (int64_t)facts->position.next_offset);
	json_member_number(out, "published_offset", (int64_t)facts->position.published.offset);
	json_member_number(out, "published_rows", (int64_t)facts->position.published.rows);
	json_key(out, "log_end");
	if (facts->log_known)
		json_number(out, (int64_t)facts->log_end);
	else
		json_literal(out, "null");
	json_key(out, "lag");
	if (facts->log_known)
		json_number(out, (int64_t)(facts->log_end - facts->position.next_offset));
	else
		json_literal(out, "null");
	json_member_number(out, "not_taken", (int64_t)facts->not_taken);
	member_time(out, "log_time", facts->position.log_time_ms);
	json_member_text(out, "work", span_of(work_of(facts)));
	json_member_number(out, "ledger_bytes", (int64_t)facts->info.used_bytes);
	member_json(out, "fault", daemon->running ? json_object_get(facts->engine, "fault") : NULL);
	write_counties(out, &facts->ledger->book);
	write_documents(out, facts);
	write_waiting(out, facts);
	json_key(out, "findings");
	json_open(out, '{');
	for (int code = 0; code < FINDING_COUNT; code++)
		if (facts->findings[code] > 0)
			json_member_number(out, finding_code_names[code], (int64_t)facts->findings[code]);
	json_close(out, '}');
	json_close(out, '}');
}

static void print_json(struct cli *cli, const struct status_daemon *daemon, struct status_facts *facts, size_t count)
{
	struct byte_writer json = {0};

	json_open(&json, '{');
	json_key(&json, "daemon");
	json_open(&json, '{');
	json_member_bool(&json, "running", daemon->running);
	member_json(&json, "pid", daemon->running ? json_object_get(daemon->state, "pid") : NULL);
	member_json(&json, "started", daemon->running ? json_object_get(daemon->state, "started") : NULL);
	member_json(&json, "fault", daemon->running ? json_object_get(daemon->state, "fault") : NULL);
	json_close(&json, '}');
	json_key(&json, "partitions");
	json_open(&json, '[');
	for (size_t i = 0; i < count; i++)
		write_partition(&json, daemon, &facts[i]);
	json_close(&json, ']');
	json_close(&json, '}');
	cli_json_line(cli, &json);
	writer_free(&json);
}

static enum cli_exit run(struct cli *cli)
{
	struct cli_ledgers ledgers;
	struct status_daemon daemon;
	struct status_facts *facts;
	enum cli_exit status = cli_ledgers_open(cli, CLI_LEDGERS_ONLY, &ledgers);

	if (status != CLI_DONE)
		return status;
	status_daemon_read(cli, &daemon);
	facts = bytes_allocate(NULL, ledgers.count * sizeof(*facts));
	for (size_t i = 0; i < ledgers.count; i++)
		status_facts_read(cli, &daemon, &ledgers.items[i], &facts[i]);
	if (cli->json)
		print_json(cli, &daemon, facts, ledgers.count);
	else
		print_text(cli, &daemon, facts, ledgers.count);
	for (size_t i = 0; i < ledgers.count; i++)
		status_facts_free(&facts[i]);
	free(facts);
	status_daemon_free(&daemon);
	return cli_ledgers_close(cli, &ledgers, status);
}

static const struct cli_option options[] = {{0}};

const struct cli_verb cli_status_verb = {
	.name = "status",
	.summary = "Watermarks, lag, campaigns, documents, waiting chunks, open findings, faults",
	.help = "next offset: documents before it are applied. published: output of documents before it is out. lag: "
		"documents\n"
		"of the log that are not applied yet. JSON: one object.\n",
	.options = options,
	.run = run,
};
