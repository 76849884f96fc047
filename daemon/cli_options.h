/*
 * cli_options: words of a command line → typed options and arguments, by tables.
 *
 * Pure, one thread. Values borrow the words. What is wrong is said without the values of arguments, which may be
 * personal data.
 */
#ifndef DUIZHANG_DAEMON_CLI_OPTIONS_H
#define DUIZHANG_DAEMON_CLI_OPTIONS_H

#include <stdio.h>

#include "parsers/message_headers.h"

enum cli_type {
	CLI_FLAG,     /* takes no value */
	CLI_TEXT,     /* anything but nothing */
	CLI_CODE,     /* 1 to 40 printable ASCII characters: banks, layouts */
	CLI_COUNTY,   /* 6 digits → number */
	CLI_TOWNSHIP, /* 9 digits → number */
	CLI_DATE,     /* YYYY-MM-DD → date */
	CLI_MONTH,    /* YYYY-MM → number, a civil_month */
	CLI_CAMPAIGN, /* YYYY-03 or YYYY-09 → date, its as_of */
	CLI_NUMBER,   /* min … max → number */
	CLI_DOCUMENT, /* a document id, 64 hex digits → document */
	CLI_CHOICE,   /* one of choices → number, its place */
};

struct cli_option {
	const char *name; /* without dashes */
	char letter;      /* short form, 0 if there is none */
	enum cli_type type;
	bool required;
	const char *value; /* what help calls the value: "DATE" */
	uint64_t min;      /* CLI_NUMBER */
	uint64_t max;
	const char *const *choices; /* CLI_CHOICE: choice_count names, of which a NULL is none */
	size_t choice_count;
	const char *help;
};

#define CLI_OPTIONS_MAX 10

struct cli_value {
	bool present;
	const char *text; /* as given */
	civil_date date;
	uint64_t number;
	uint8_t document[SHA256_SIZE];
};

/* Options end with one whose name is NULL; at most CLI_OPTIONS_MAX before it. */
struct cli_option_set {
	const struct cli_option *options;
	struct cli_value *values; /* as many, zeroed by the caller */
};

#define CLI_MESSAGE_SIZE 256

struct cli_words {
	int count;
	char **words;
};

/*
 * Takes options off the front of words or, if everywhere is set, from all of them up to "--"; words is left with the
 * rest, in order. An option stands in the first set that has it; of an option given twice the last one counts. False:
 * message says what is wrong.
 */
bool cli_options_take(const struct cli_option_set *sets, size_t set_count, bool everywhere, struct cli_words *words,
	char message[CLI_MESSAGE_SIZE]);

/* True if all required ones are there; else message names one that is not. */
bool cli_options_complete(const struct cli_option_set *set, char message[CLI_MESSAGE_SIZE]);

/* "[--county CODE] --date DATE", each with a space before it. */
void cli_options_usage(const struct cli_option *options, FILE *out);

/* The options with their help, a line each. */
void cli_options_help(const struct cli_option *options, FILE *out);

#endif
