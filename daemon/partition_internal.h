/*
 * partition_internal: what the files of the engine share; only partition*.c include it.
 */
#ifndef DUIZHANG_DAEMON_PARTITION_INTERNAL_H
#define DUIZHANG_DAEMON_PARTITION_INTERNAL_H

#include "consumers/document_job.h"
#include "daemon/outbox.h"
#include "daemon/partition.h"

struct partition {
	struct partition_settings settings;
	struct transport *transport;
	struct ledger *ledger;
	struct book book;
	bool assigned;
	uint64_t log_end_at_assignment;
	uint64_t stop_at; /* --once */
	/* As the ledger has it, with what the open transaction adds. */
	struct ledger_position position;
	bool position_changed;
	struct judging judging;
	bool judging_stored;
	int64_t next_expiry_ms;
	bool verify_last; /* the next message read is the last one applied: compare */
	/* The document in hand; its message is kept by the transport until the next one is asked for. */
	bool has_job;
	struct document_job job;
	struct intake_message message;
	struct chunk_reader chunk_reader;
	struct chunk_set chunk_set;
	bool chunked;
	/* The publish in hand. */
	bool publishing;
	struct outbox_batch batch;
	bool delete_published; /* rows that are out are still in the ledger */
	struct byte_writer value;
};

/* Begins the book's transaction. False: error filled. */
bool partition_begin(struct partition *partition, bool write, struct error *error);

/* Begins a publish if there is something to publish and none is in hand. False: error filled. */
bool partition_publish(struct partition *partition, struct error *error);

#endif
