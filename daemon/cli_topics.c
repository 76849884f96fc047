/* cli_topics: duizhang topics: what the topics are and what they should be; makes those that are missing. */
#include "daemon/cli_print.h"
#include "daemon/cli_verbs.h"
#include "daemon/json_writer.h"
#include "daemon/kafka_admin.h"

#define TIMEOUT_MS     15000
#define PARTITIONS_MAX 1000

enum { OPTION_CREATE, OPTION_PARTITIONS, OPTION_COUNT };

static const struct cli_option options[OPTION_COUNT + 1] = {
	[OPTION_CREATE] = {"create", 0, CLI_FLAG, .help = "make the topics that are missing"},
	[OPTION_PARTITIONS] = {"partitions", 0, CLI_NUMBER, .value = "N", .min = 1, .max = PARTITIONS_MAX,
		.help = "of topics that are made; default: as many as the intake has, else 1"},
};

static const struct print_column columns[] = {{"topic", false}, {"partitions", true}, {"cleanup.policy", false},
	{"message.timestamp.type", false}, {"retention.ms", true}, {"", false}};
#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

/* False: fault says what is wrong with the topic. */
static bool topic_fits(const struct kafka_topic_state *state, struct error *fault)
{
	*fault = (struct error){.class = ERROR_NONE};
	if (!state->exists)
		return error_set(fault, ERROR_FATAL, "duizhang topics --create", "topic %s is missing", state->name);
	return kafka_topic_check(state->rule, state->name, state->cleanup_policy, state->timestamp_type, fault);
}

static void print_text(struct cli *cli, const struct kafka_topic_state states[KAFKA_TOPIC_COUNT])
{
	struct print_table table;

	print_table_begin(&table, cli->out, columns, COLUMN_COUNT, 0);
	for (size_t i = 0; i < KAFKA_TOPIC_COUNT; i++) {
		struct error fault;
		bool fits = topic_fits(&states[i], &fault);

		print_cell(&table, "%s", states[i].name);
		if (states[i].exists)
			print_cell(&table, "%u", states[i].partition_count);
		else
			print_cell_span(&table, span_of(""));
		print_cell(&table, "%s", states[i].cleanup_policy);
		print_cell(&table, "%s", states[i].timestamp_type);
		print_cell(&table, "%s", states[i].retention_ms);
		print_cell(&table, "%s", fits ? "as it should be" : states[i].exists ? "wrong" : "missing");
	}
	print_table_end(&table, NULL);
}

static void member_texts(struct byte_writer *json, const char *key, const char *is, const char *should_be)
{
	json_key(json, key);
	json_open(json, '{');
	json_member_text(json, "is", span_of(is));
	json_member_text(json, "should_be", span_of(should_be));
	json_close(json, '}');
}

static void print_json(struct cli *cli, const struct kafka_topic_state states[KAFKA_TOPIC_COUNT])
{
	struct byte_writer json = {0};

	for (size_t i = 0; i < KAFKA_TOPIC_COUNT; i++) {
		const struct kafka_topic_state *state = &states[i];
		struct error fault;

		json_open(&json, '{');
		json_member_text(&json, "topic", span_of(state->name));
		json_member_bool(&json, "exists", state->exists);
		json_member_bool(&json, "as_it_should_be", topic_fits(state, &fault));
		json_member_number(&json, "partitions", state->partition_count);
		member_texts(&json, "cleanup.policy", state->cleanup_policy, state->rule->cleanup_policy);
		member_texts(&json, "message.timestamp.type", state->timestamp_type,
			state->rule->timestamp_type == NULL ? "" : state->rule->timestamp_type);
		member_texts(&json, "retention.ms", state->retention_ms,
			state->rule->retention_ms == NULL ? "" : state->rule->retention_ms);
		json_close(&json, '}');
		cli_json_line(cli, &json);
	}
	writer_free(&json);
}

/* Says what is wrong with each; a topic of other settings is a finding. */
static enum cli_exit judge(struct cli *cli, const struct kafka_topic_state states[KAFKA_TOPIC_COUNT])
{
	enum cli_exit status = CLI_DONE;

	for (size_t i = 0; i < KAFKA_TOPIC_COUNT; i++) {
		struct error fault;

		if (topic_fits(&states[i], &fault))
			continue;
		cli_warn(cli, "%s; %s", fault.cause, fault.remedy);
		status = CLI_FINDING;
	}
	return status;
}

static uint32_t partitions_wanted(const struct cli *cli, const struct kafka_topic_state states[KAFKA_TOPIC_COUNT])
{
	if (cli->values[OPTION_PARTITIONS].present)
		return (uint32_t)cli->values[OPTION_PARTITIONS].number;
	return states[KAFKA_TOPIC_INTAKE].exists ? states[KAFKA_TOPIC_INTAKE].partition_count : 1;
}

static enum cli_exit run(struct cli *cli)
{
	struct kafka_topic_state states[KAFKA_TOPIC_COUNT];
	struct error error = {0};
	struct kafka_admin *admin;
	bool done;

	if (cli->config->directory != NULL)
		return cli_fail(cli, CLI_USAGE,
			"a directory has no topics to make: its output is DIR/output/TOPIC.jsonl, made by duizhangd");
	if (cli->values[OPTION_PARTITIONS].present && !cli->values[OPTION_CREATE].present)
		return cli_fail(cli, CLI_USAGE, "--partitions goes with --create: those of a topic are frozen");
	admin = kafka_admin_new(&cli->config->kafka, &error);
	if (admin == NULL)
		return cli_fail_error(cli, &error);
	done = kafka_admin_describe(admin, states, TIMEOUT_MS, &error);
	if (done && cli->values[OPTION_CREATE].present)
		done = kafka_admin_create(admin, states, partitions_wanted(cli, states), TIMEOUT_MS, &error);
	kafka_admin_free(admin);
	if (!done)
		return cli_fail_error(cli, &error);
	if (cli->json)
		print_json(cli, states);
	else
		print_text(cli, states);
	return judge(cli, states);
}

const struct cli_verb cli_topics_verb = {
	.name = "topics",
	.needs_brokers = true,
	.summary = "The topics, what they should be and what they are",
	.help = "Topics that are there are never changed; a message says how. The number of partitions of the intake "
		"is frozen\n"
		"once there are documents in it. Exit status 1: one is missing or has wrong settings.\n",
	.options = options,
	.run = run,
};
