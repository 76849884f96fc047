/*
 * partition: the engine of one intake partition: messages → documents → ledger → judging → outbox → publish.
 *
 * Owner: the daemon, one for each partition it was ever assigned (the ledger is kept warm over a rebalance). Everything
 * runs on the event loop's thread in bounded slices; a slice is one LMDB transaction (invariant 3).
 */
#ifndef DUIZHANG_DAEMON_PARTITION_H
#define DUIZHANG_DAEMON_PARTITION_H

#include "consumers/chunk_store.h"
#include "daemon/book.h"
#include "daemon/campaign_store.h"
#include "daemon/ledger_meta.h"
#include "daemon/transport.h"
#include "parsers/document_parser.h"

struct partition_settings {
	const char *ledger_directory; /* of this partition; its state file is in it */
	const char *topic;            /* of the intake, as rejects name it */
	int32_t partition;
	struct rule_settings rules;
	struct span rules_text; /* every rule setting as text (rules_text_write); compared with the ledger's */
	struct document_limits limits;
	struct chunk_limits chunk_limits;
	const struct layout_set *layouts;
	struct reference_maker *references;
	size_t publish_max_records;
	uint64_t outbox_rows_max; /* above it no message is taken until some are published */
	bool check_log_date;      /* movements may not end after the log's date (Kafka) */
};

struct partition;

/* Settings are copied, what they point to is not. Nothing is opened yet. */
struct partition *partition_new(const struct partition_settings *settings, struct transport *transport);

/* Closes the ledger. The partition must have been revoked. */
void partition_free(struct partition *partition);

/*
 * The transport assigned the partition: opens the ledger, checks it against the log (refusals of invariant 4 and
 * section 4.1 are FATAL with a remedy), cleans up, and seeks. False: error filled.
 */
bool partition_assign(struct partition *partition, const struct intake_identity *identity, struct error *error);

/* It is somebody else's now: nothing more is read or published. */
void partition_revoke(struct partition *partition);

/*
 * One slice of work. True: there is more to do at once. False: nothing to do until the transport calls, or a pause
 * after a failure is over; error is filled (RETRY or FATAL) when something went wrong.
 */
bool partition_work(struct partition *partition, struct error *error);

/* A publish is over, as the transport said. False: error filled. */
bool partition_published(struct partition *partition, enum publish_result result,
	const struct intake_identity *identity, struct error *error);

/* Messages before this offset are all that is to be applied (--once): partition_done says when they are applied and
 * published. */
void partition_stop_at(struct partition *partition, uint64_t offset);
bool partition_done(const struct partition *partition);

/* True between assign and revoke. */
bool partition_assigned(const struct partition *partition);

struct partition_status {
	uint64_t next_offset;
	struct publish_position published;
	uint64_t log_end;
	int64_t log_time_ms;
	bool judging;
};
void partition_status(const struct partition *partition, struct partition_status *status);

/* Calls function with the state of each county of the partition, for control documents by timer. False: error filled.
 */
bool partition_counties(struct partition *partition, void (*function)(void *context, const struct county_state *county),
	void *context, struct error *error);

/* The ledger's folder of a partition: DIRECTORY/<topic>-<partition>; written to text. */
void partition_directory(const char *ledger_directory, const char *topic, int32_t number, char *text, size_t size);

#endif
