/*
 * cli: the operators' command-line tool: reads the command line, loads the configuration, runs one verb.
 *
 * Data goes to standard output, messages to standard error, progress to a terminal only. A verb is a row of the table
 * in cli.c and a file cli_VERB.c of its own. One thread.
 */
#ifndef DUIZHANG_DAEMON_CLI_H
#define DUIZHANG_DAEMON_CLI_H

#include <stdio.h>

#include "daemon/bytes.h"
#include "daemon/cli_options.h"
#include "daemon/config.h"
#include "daemon/error.h"

/* What the process exits with (design section 12). */
enum cli_exit {
	CLI_DONE,
	CLI_FINDING,     /* a refused document, a failed verification, nothing found */
	CLI_USAGE,       /* the command line is wrong */
	CLI_ENVIRONMENT, /* no broker, no ledger, no such file, a bad configuration */
};

struct cli_verb;

/* One run of the tool. */
struct cli {
	const struct cli_verb *verb;
	struct cli_value values[CLI_OPTIONS_MAX]; /* of the verb's options, in their order */
	char **arguments;
	int argument_count;
	const struct config *config;
	bool json; /* data as JSON: one value a line */
	FILE *out;
	bool terminal; /* standard error is one: show progress */
};

struct cli_verb {
	const char *name;
	const char *group;     /* heading in the list of verbs, where one begins; else NULL */
	const char *arguments; /* for the usage line; NULL: takes none */
	int argument_min;
	int argument_max;
	bool needs_brokers; /* unless --directory is given */
	const char *summary;
	const char *help; /* more than the summary; lines end in \n */
	const struct cli_option *options;
	enum cli_exit (*run)(struct cli *cli);
};

/* Runs the tool: what main does. */
int cli_main(int argc, char **argv);

/*
 * Says on standard error "duizhang VERB: …" and returns the exit status given. Never a name, an ID number, an account.
 */
enum cli_exit cli_fail(const struct cli *cli, enum cli_exit status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same of an error: "cause; remedy". CLI_ENVIRONMENT. */
enum cli_exit cli_fail_error(const struct cli *cli, const struct error *error);
/* A message that is no failure. */
void cli_warn(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes one JSON value as a line and empties the writer. */
void cli_json_line(struct cli *cli, struct byte_writer *json);

#endif
