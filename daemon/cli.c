/* cli: usage, help, the table of verbs, and what happens before and after one. */
#include "daemon/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/cli_verbs.h"
#include "daemon/kafka_settings.h"
#include "daemon/log.h"
#include "daemon/suggest.h"

static const struct cli_verb *const verbs[] = {
	&cli_send_verb,
	&cli_open_campaign_verb,
	&cli_tick_verb,
	&cli_topics_verb,
	&cli_parse_verb,
	&cli_status_verb,
	&cli_coverage_verb,
	&cli_campaigns_verb,
	&cli_tasks_verb,
	&cli_preview_verb,
	&cli_explain_verb,
};

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

enum { GLOBAL_CONFIGURATION, GLOBAL_DIRECTORY, GLOBAL_JSON, GLOBAL_HELP, GLOBAL_VERSION, GLOBAL_COUNT };

static const struct cli_option global_options[GLOBAL_COUNT + 1] = {
	[GLOBAL_CONFIGURATION] = {"config", 'c', CLI_TEXT, .value = "FILE",
		.help = "configuration; default " DUIZHANG_CONFIGURATION_FILE},
	[GLOBAL_DIRECTORY] = {"directory", 0, CLI_TEXT, .value = "DIR",
		.help = "work on DIR/intake, DIR/output and DIR/ledger, without Kafka"},
	[GLOBAL_JSON] = {"json", 0, CLI_FLAG, .help = "print data as JSON, one value a line"},
	[GLOBAL_HELP] = {"help", 'h', CLI_FLAG, .help = "say how the tool, or a verb, is used"},
	[GLOBAL_VERSION] = {"version", 0, CLI_FLAG, .help = "print the version"},
};

static void help_of_tool(FILE *out)
{
	fputs("usage: duizhang [-c FILE] [--directory DIR] [--json] VERB …\n"
	      "Sends documents to duizhangd and asks its ledger. `duizhang VERB --help` says more of one verb.\n",
		out);
	for (size_t i = 0; i < VERB_COUNT; i++) {
		if (verbs[i]->group != NULL)
			fprintf(out, "\n%s:\n", verbs[i]->group);
		fprintf(out, "  %-14s %s\n", verbs[i]->name, verbs[i]->summary);
	}
	fputs("\nOptions of every verb:\n", out);
	cli_options_help(global_options, out);
	fputs("\nExit status: 0 done, 1 a finding, 2 usage, 3 environment (no broker, no ledger).\n", out);
}

static void usage_of_verb(const struct cli_verb *verb, FILE *out)
{
	fprintf(out, "usage: duizhang %s", verb->name);
	cli_options_usage(verb->options, out);
	fprintf(out, "%s%s\n", verb->arguments == NULL ? "" : " ", verb->arguments == NULL ? "" : verb->arguments);
}

static void help_of_verb(const struct cli_verb *verb, FILE *out)
{
	usage_of_verb(verb, out);
	fprintf(out, "\n%s.\n%s", verb->summary, verb->help);
	if (verb->options[0].name != NULL) {
		fputs("\nOptions:\n", out);
		cli_options_help(verb->options, out);
	}
	fputs("\nOptions of every verb:\n", out);
	cli_options_help(global_options, out);
}

static void say(const struct cli *cli, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));

static void say(const struct cli *cli, const char *format, va_list arguments)
{
	fflush(cli->out);
	fprintf(stderr, "duizhang%s%s: ", cli->verb == NULL ? "" : " ", cli->verb == NULL ? "" : cli->verb->name);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
}

enum cli_exit cli_fail(const struct cli *cli, enum cli_exit status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(cli, format, arguments);
	va_end(arguments);
	return status;
}

enum cli_exit cli_fail_error(const struct cli *cli, const struct error *error)
{
	return cli_fail(cli, CLI_ENVIRONMENT, "%s; %s", error->cause, error->remedy);
}

void cli_warn(const struct cli *cli, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(cli, format, arguments);
	va_end(arguments);
}

void cli_json_line(struct cli *cli, struct byte_writer *json)
{
	write_u8(json, '\n');
	fwrite(json->data, 1, json->length, cli->out);
	json->length = 0;
}

static const struct cli_verb *find_verb(const char *name)
{
	for (size_t i = 0; i < VERB_COUNT; i++)
		if (strcmp(verbs[i]->name, name) == 0)
			return verbs[i];
	return NULL;
}

static enum cli_exit unknown_verb(const struct cli *cli, const char *name)
{
	const char *names[VERB_COUNT];
	const char *near;

	for (size_t i = 0; i < VERB_COUNT; i++)
		names[i] = verbs[i]->name;
	near = suggest_word(name, names, VERB_COUNT);
	if (near != NULL)
		return cli_fail(cli, CLI_USAGE, "there is no such verb; did you mean %s? (duizhang --help)", near);
	return cli_fail(cli, CLI_USAGE, "there is no such verb (duizhang --help lists them)");
}

/* A property that must not stand in [kafka] is a fault of the file. */
static struct config *load_configuration(const struct cli *cli, const struct cli_value *globals)
{
	struct config_source source = {
		.path = globals[GLOBAL_CONFIGURATION].present ? globals[GLOBAL_CONFIGURATION].text
							      : DUIZHANG_CONFIGURATION_FILE,
		.may_be_absent = !globals[GLOBAL_CONFIGURATION].present,
		.needs_brokers = cli->verb->needs_brokers,
		.directory = globals[GLOBAL_DIRECTORY].text,
		.check_property = kafka_settings_check_property,
	};
	struct config_faults faults = {0};
	struct config *config = config_load(&source, &faults);

	for (size_t i = 0; i < faults.count; i++) {
		char text[4096 + 600];

		config_fault_format(&faults.list[i], source.path, text, sizeof(text));
		cli_warn(cli, "%s", text);
	}
	config_faults_free(&faults);
	return config;
}

/* What was written to standard output must have got there. */
static enum cli_exit finish_output(const struct cli *cli, enum cli_exit status)
{
	if (fflush(cli->out) == 0 && !ferror(cli->out))
		return status;
	return cli_fail(cli, CLI_ENVIRONMENT, "standard output cannot be written: %s", strerror(errno));
}

static enum cli_exit check_arguments(const struct cli *cli, const struct cli_option_set *set)
{
	char message[CLI_MESSAGE_SIZE] = "";

	if (!cli_options_complete(set, message))
		return cli_fail(
			cli, CLI_USAGE, "%s (duizhang %s --help says how it is used)", message, cli->verb->name);
	if (cli->argument_count >= cli->verb->argument_min && cli->argument_count <= cli->verb->argument_max)
		return CLI_DONE;
	cli_warn(cli, cli->argument_count > cli->verb->argument_max ? "that is an argument too many"
								    : "something is missing");
	usage_of_verb(cli->verb, stderr);
	return CLI_USAGE;
}

static enum cli_exit run_verb(struct cli *cli, struct cli_words *words, struct cli_value *globals)
{
	struct cli_option_set sets[] = {{cli->verb->options, cli->values}, {global_options, globals}};
	char message[CLI_MESSAGE_SIZE];
	struct config *config;
	enum cli_exit status;

	if (!cli_options_take(sets, 2, true, words, message))
		return cli_fail(
			cli, CLI_USAGE, "%s (duizhang %s --help says how it is used)", message, cli->verb->name);
	if (globals[GLOBAL_HELP].present) {
		help_of_verb(cli->verb, cli->out);
		return CLI_DONE;
	}
	cli->arguments = words->words;
	cli->argument_count = words->count;
	cli->json = globals[GLOBAL_JSON].present;
	status = check_arguments(cli, &sets[0]);
	if (status != CLI_DONE)
		return status;
	config = load_configuration(cli, globals);
	if (config == NULL)
		return CLI_ENVIRONMENT;
	cli->config = config;
	status = cli->verb->run(cli);
	config_free(config);
	return status;
}

static enum cli_exit run(struct cli *cli, struct cli_words *words)
{
	struct cli_value globals[GLOBAL_COUNT] = {0};
	struct cli_option_set set = {global_options, globals};
	char message[CLI_MESSAGE_SIZE];
	const char *name;

	if (!cli_options_take(&set, 1, false, words, message))
		return cli_fail(cli, CLI_USAGE, "%s (duizhang --help)", message);
	if (globals[GLOBAL_VERSION].present) {
		fputs("duizhang " DUIZHANG_VERSION "\n", cli->out);
		return CLI_DONE;
	}
	if (words->count == 0 && globals[GLOBAL_HELP].present) {
		help_of_tool(cli->out);
		return CLI_DONE;
	}
	if (words->count == 0) {
		help_of_tool(stderr);
		return CLI_USAGE;
	}
	name = words->words[0];
	if (strcmp(name, "help") == 0) {
		const struct cli_verb *verb = words->count > 1 ? find_verb(words->words[1]) : NULL;

		if (verb == NULL)
			help_of_tool(cli->out);
		else
			help_of_verb(verb, cli->out);
		return CLI_DONE;
	}
	cli->verb = find_verb(name);
	if (cli->verb == NULL)
		return unknown_verb(cli, name);
	words->words++;
	words->count--;
	return run_verb(cli, words, globals);
}

int cli_main(int argc, char **argv)
{
	struct cli cli = {.out = stdout, .terminal = isatty(STDERR_FILENO) == 1};
	struct cli_words words = {argc > 0 ? argc - 1 : 0, argv + 1};

	/* The modules below log for the daemon; an operator wants their faults only. */
	log_set_level(LOG_ERROR);
	return (int)finish_output(&cli, run(&cli, &words));
}
