/*
 * cli_document: a document that an operator names: the bytes of FILE, its headers from FILE.headers and the options.
 *
 * Owner: the caller. One thread. Error text names files, never what is in them.
 */
#ifndef DUIZHANG_DAEMON_CLI_DOCUMENT_H
#define DUIZHANG_DAEMON_CLI_DOCUMENT_H

#include "daemon/cli.h"
#include "daemon/transport.h"

/* Options that set headers, first in the tables of the verbs that take them. An option goes before FILE.headers. */
enum {
	DOCUMENT_OPTION_KIND,
	DOCUMENT_OPTION_LAYOUT,
	DOCUMENT_OPTION_BANK,
	DOCUMENT_OPTION_COUNTY,
	DOCUMENT_OPTION_CHARSET,
	DOCUMENT_OPTION_SUPERSEDES,
	DOCUMENT_OPTION_COUNT
};

/* clang-format off */
#define DOCUMENT_OPTIONS \
	[DOCUMENT_OPTION_KIND] = {"kind", 0, CLI_CHOICE, .value = "KIND", .choices = document_kind_names, \
		.choice_count = DOCUMENT_KIND_COUNT, .help = "movements, results, payroll, roster, confirmations, feedback, control"}, \
	[DOCUMENT_OPTION_LAYOUT] = {"layout", 0, CLI_CODE, .value = "LAYOUT", .help = "layout of a bank's own format"}, \
	[DOCUMENT_OPTION_BANK] = {"bank", 0, CLI_CODE, .value = "BANK", .help = "bank, where the content does not say it"}, \
	[DOCUMENT_OPTION_COUNTY] = {"county", 0, CLI_COUNTY, .value = "CODE", .help = "county, where the content does not say it"}, \
	[DOCUMENT_OPTION_CHARSET] = {"charset", 0, CLI_CHOICE, .value = "CHARSET", .choices = cli_document_charsets, \
		.choice_count = CLI_DOCUMENT_CHARSETS, .help = "auto, UTF-8, GB18030, GBK, GB2312"}, \
	[DOCUMENT_OPTION_SUPERSEDES] = {"supersedes", 0, CLI_DOCUMENT, .value = "ID", .help = "id of the document that this one replaces"}
/* clang-format on */

#define CLI_DOCUMENT_CHARSETS 5
extern const char *const cli_document_charsets[CLI_DOCUMENT_CHARSETS];

struct cli_document {
	const char *path;
	int fd;
	uint64_t bytes;
	struct byte_source content;
	struct message_headers headers; /* as a daemon reads them */
	/* As they are sent, in the order of DOCUMENT_OPTION_…; NULL where there is none. */
	const char *texts[DOCUMENT_OPTION_COUNT];
	char name[256];
	char *own; /* what FILE.headers held; texts point into it */
};

/* Opens FILE. values: of the verb's options. False: error filled, and nothing is to be closed. */
bool cli_document_open(
	struct cli_document *document, const char *path, const struct cli_value *values, struct error *error);
void cli_document_close(struct cli_document *document);

#endif
