/*
 * cli_explain: the two ways in which an explanation is shown.
 *
 * One thread. What the operator asked about is shown in full, other people's numbers and names are masked.
 */
#ifndef DUIZHANG_DAEMON_CLI_EXPLAIN_H
#define DUIZHANG_DAEMON_CLI_EXPLAIN_H

#include "daemon/cli.h"
#include "daemon/cli_explain_facts.h"

/* As text for people, on cli->out. */
void explain_print(struct cli *cli, const struct explanation *explanation);

/* As one JSON object, a line. */
void explain_print_json(struct cli *cli, const struct explanation *explanation);

#endif
