/*
 * cli_ledgers: the ledgers of all partitions, read beside a running daemon, each as it stood at one moment.
 *
 * Owner: the verb. One thread.
 */
#ifndef DUIZHANG_DAEMON_CLI_LEDGERS_H
#define DUIZHANG_DAEMON_CLI_LEDGERS_H

#include <limits.h>

#include "daemon/cli.h"
#include "daemon/engine_settings.h"

struct cli_ledger {
	int32_t partition;
	char directory[PATH_MAX];
	struct ledger *ledger;
	struct book book; /* its transaction reads, until cli_ledgers_close */
};

struct cli_county {
	uint32_t county;
	struct cli_ledger *ledger;
};

struct cli_ledgers {
	struct engine_settings settings; /* references are NULL without the key */
	struct cli_ledger *items;        /* by partition */
	size_t count;
	struct cli_county *counties; /* ascending */
	size_t county_count;
};

enum cli_ledgers_need { CLI_LEDGERS_ONLY, CLI_LEDGERS_AND_KEY };

/*
 * Opens every ledger below the ledger directory. Not CLI_DONE: said why, and nothing is open. CLI_ENVIRONMENT when
 * there is none, or the pseudonym key is needed and cannot be read. With the key, says so on standard error if a ledger
 * was made with other rule settings than those in force: what is judged here may then differ from what stands.
 */
enum cli_exit cli_ledgers_open(const struct cli *cli, enum cli_ledgers_need need, struct cli_ledgers *ledgers);

/*
 * Closes them. status is what the verb wants to exit with; a ledger that turned out to be damaged makes it
 * CLI_ENVIRONMENT, with a message.
 */
enum cli_exit cli_ledgers_close(const struct cli *cli, struct cli_ledgers *ledgers, enum cli_exit status);

/*
 * Leaves only the county of an option, if that is given. CLI_FINDING, with a message, if no ledger knows it.
 */
enum cli_exit cli_ledgers_choose(const struct cli *cli, struct cli_ledgers *ledgers, const struct cli_value *county);

/* The ledger directory's partitions, ascending; to be freed. Returns how many, -1 with error filled. */
int cli_partitions_list(const struct config *config, int32_t **partitions, struct error *error);

/* True while the ledger's transaction has met no damage; a walk ends when it is false. */
static inline bool cli_ledger_ok(const struct cli_ledger *ledger)
{
	return ledger_ok(ledger->book.txn);
}

#endif
