/* daemon_command: options to a configuration, the configuration checked or run. */
#include "daemon/daemon_command.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "daemon/config.h"
#include "daemon/daemon.h"
#include "daemon/kafka_settings.h"

static const char usage[] =
	"usage: duizhangd [-c FILE] [--directory DIR] [--once] [--log-level LEVEL]\n"
	"       duizhangd --check [--print] [-c FILE] [--directory DIR]\n"
	"\n"
	"  -c, --config FILE   configuration; default " DUIZHANG_CONFIGURATION_FILE ", which may be absent\n"
	"  --directory DIR     take documents from DIR/intake, append output to DIR/output; no Kafka\n"
	"  --once              apply and publish what is there now, then exit\n"
	"  --check             read the configuration, name every fault by file and line, exit\n"
	"  --print             with --check: print all values in force\n"
	"  --log-level LEVEL   debug, info, warning or error\n"
	"  --help, --version\n";

enum option_name {
	OPTION_CONFIG = 'c',
	OPTION_DIRECTORY = 256,
	OPTION_ONCE,
	OPTION_CHECK,
	OPTION_PRINT,
	OPTION_LOG_LEVEL,
	OPTION_HELP,
	OPTION_VERSION
};

struct command_line {
	struct config_source source;
	bool once;
	bool check;
	bool print;
};

static int usage_error(const char *what)
{
	fprintf(stderr, "duizhangd: %s\n%s", what, usage);
	return DAEMON_USAGE;
}

/* -1: go on; else what to exit with. */
static int take_option(struct command_line *line, int option)
{
	switch (option) {
	case OPTION_CONFIG:
		line->source.path = optarg;
		line->source.may_be_absent = false;
		return -1;
	case OPTION_DIRECTORY:
		line->source.directory = optarg;
		return optarg[0] != '\0' ? -1 : usage_error("--directory needs the name of a directory");
	case OPTION_ONCE:
		line->once = true;
		return -1;
	case OPTION_CHECK:
		line->check = true;
		return -1;
	case OPTION_PRINT:
		line->print = true;
		return -1;
	case OPTION_LOG_LEVEL:
		line->source.log_level = optarg;
		return -1;
	case OPTION_HELP:
		fputs(usage, stdout);
		return DAEMON_ENDED;
	case OPTION_VERSION:
		puts("duizhangd " DUIZHANG_VERSION);
		return DAEMON_ENDED;
	default:
		fputs(usage, stderr);
		return DAEMON_USAGE;
	}
}

static int read_command_line(int argc, char **argv, struct command_line *line)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, OPTION_CONFIG},
		{"directory", required_argument, NULL, OPTION_DIRECTORY},
		{"once", no_argument, NULL, OPTION_ONCE},
		{"check", no_argument, NULL, OPTION_CHECK},
		{"print", no_argument, NULL, OPTION_PRINT},
		{"log-level", required_argument, NULL, OPTION_LOG_LEVEL},
		{"help", no_argument, NULL, OPTION_HELP},
		{"version", no_argument, NULL, OPTION_VERSION},
		{NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		int status = take_option(line, option);

		if (status >= 0)
			return status;
	}
	if (optind < argc)
		return usage_error("it takes no arguments but options");
	if (line->print && !line->check)
		return usage_error("--print goes with --check");
	return -1;
}

/* All faults on standard error, file and line first, as compilers do. */
static void print_faults(const struct config_source *source, const struct config_faults *faults)
{
	for (size_t i = 0; i < faults->count; i++) {
		char text[1024];

		config_fault_format(&faults->list[i], source->path, text, sizeof(text));
		fprintf(stderr, "%s\n", text);
	}
}

/* What single keys cannot show: whether librdkafka makes its clients of all of [kafka] together. */
static bool check_kafka(const struct config *config, struct config_faults *faults)
{
	struct error error = {.class = ERROR_NONE};

	if (config->directory != NULL || kafka_settings_check(&config->kafka, &error))
		return true;
	config_faults_add(faults, 0, error.remedy, error.cause);
	return false;
}

int daemon_command(int argc, char **argv)
{
	struct command_line line = {.source = {.path = DUIZHANG_CONFIGURATION_FILE,
					    .may_be_absent = true,
					    .needs_brokers = true,
					    .check_property = kafka_settings_check_property}};
	const struct rlimit no_core = {0, 0};
	struct config_faults faults = {0};
	struct config *config;
	int status;

	status = read_command_line(argc, argv, &line);
	if (status >= 0)
		return status;
	/* Memory holds names and numbers of people: it never goes into a file. */
	setrlimit(RLIMIT_CORE, &no_core);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	umask(077);
	config = config_load(&line.source, &faults);
	if (config == NULL || !check_kafka(config, &faults)) {
		print_faults(&line.source, &faults);
		status = DAEMON_USAGE;
	} else if (line.check) {
		if (line.print)
			config_print(config, kafka_settings_is_secret, stdout);
		status = DAEMON_ENDED;
	} else {
		status = daemon_run(config, &(struct daemon_options){&line.source, line.once});
	}
	config_faults_free(&faults);
	config_free(config);
	return status;
}
