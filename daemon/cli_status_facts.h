/*
 * cli_status_facts: where one partition stands: its ledger's rows counted, its log's end, what its daemon says.
 *
 * Owner: the verb. One thread. Everything is found by tables that stay small, whatever the number of people.
 */
#ifndef DUIZHANG_DAEMON_CLI_STATUS_FACTS_H
#define DUIZHANG_DAEMON_CLI_STATUS_FACTS_H

#include <jansson.h>

#include "consumers/chunk_store.h"
#include "daemon/cli_ledgers.h"
#include "daemon/finding.h"
#include "daemon/ledger_meta.h"

enum document_standing { DOCUMENT_ALIVE, DOCUMENT_DEAD, DOCUMENT_DEAD_ON_ARRIVAL, DOCUMENT_STANDING_COUNT };

struct status_facts {
	struct cli_ledger *ledger;
	struct ledger_position position;
	bool judging; /* the people that the last document names are being judged */
	struct ledger_info info;
	uint64_t documents[DOCUMENT_KIND_COUNT][DOCUMENT_STANDING_COUNT];
	struct chunk_set *waiting; /* chunk sets that are not whole */
	size_t waiting_count;
	uint64_t findings[FINDING_COUNT]; /* that hold */
	bool log_known;                   /* the two below */
	uint64_t log_end;
	uint64_t not_taken;   /* directory: files that are not in the log yet */
	const json_t *engine; /* of the daemon's state: this partition; NULL: it says nothing of it */
};

/* What the daemon says of itself; borrowed from the state file. */
struct status_daemon {
	bool running;
	json_t *state; /* NULL: it never said anything */
};

/* Reads the state file; one that cannot be read is as if there were none, with a message. */
void status_daemon_read(const struct cli *cli, struct status_daemon *daemon);
void status_daemon_free(struct status_daemon *daemon);

void status_facts_read(const struct cli *cli, const struct status_daemon *daemon, struct cli_ledger *ledger,
	struct status_facts *facts);
void status_facts_free(struct status_facts *facts);

extern const char *const document_standing_names[DOCUMENT_STANDING_COUNT];

#endif
