/*
 * ledger: one LMDB environment, the tables in it, and transactions whose first error sticks (design section 6).
 *
 * The only module that includes lmdb.h. Every value is stored with a version and a checksum over table, key and value,
 * added and checked here: callers see their own bytes only. A key that is not found is so only after a look at its
 * neighbours, which a damaged key would have been. After the first failure in a transaction, every later call on it
 * does nothing (get and cursors find nothing) and ledger_commit fails, so callers read straight down and look at
 * the result once.
 *
 * Threads: a ledger may be used by several threads, a transaction by the one that began it. One write transaction at a
 * time for a ledger directory, whoever the process; one writing process, held by a lock. Readers, also of other
 * processes, run beside the writer. A process opens a ledger directory once (LMDB's locks are the process's), and not
 * over a fork.
 */
#ifndef DUIZHANG_DAEMON_LEDGER_H
#define DUIZHANG_DAEMON_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/error.h"

/* Version of what the tables hold; a ledger of a newer one is refused. */
#define LEDGER_FORMAT_VERSION 1

/* Status of a process that ended because a sync failed or LMDB met a damaged page it could not report. */
#define LEDGER_EXIT_STATUS 3

/* The tables; their keys are made by daemon/ledger_keys.h. */
enum ledger_table {
	TABLE_META,      /* names → watermarks, identity of the log, digest of the rule settings, judging in hand */
	TABLE_COUNTIES,  /* county → largest tick, newest campaigns */
	TABLE_DOCUMENTS, /* offset → document */
	TABLE_DOCUMENT_IDS,  /* county, kind, bank, id → offset it was first taken at */
	TABLE_DOCUMENT_KEYS, /* offset, sequence → people and accounts that the document's rows name */
	TABLE_SUPERSEDED,    /* county, kind, bank, id → named by `supersedes`, dead for good */
	TABLE_CHUNK_SETS,    /* sha256, n → a document that waits for its chunks */
	TABLE_CHUNKS,        /* sha256, n, k → bytes */
	TABLE_CHUNKS_DONE,   /* sha256, n → completed, not refused */
	TABLE_PEOPLE,        /* county, id number, … → roster rows, evidence, judgements of one person */
	TABLE_ACCOUNTS, /* county, bank, account, … → links, movements, payments of one account; what they come to */
	TABLE_BANKS,    /* county, bank → covered days as last judged */
	TABLE_BANK_MONTHS,    /* county, bank, month → accounts that begin, end, had a payout */
	TABLE_COVERAGE,       /* county, bank, offset → days of a movements document */
	TABLE_TOWNSHIPS,      /* county, township → people whose newest row it is */
	TABLE_TOWNSHIP_NAMES, /* county, township, as_of, offset → name */
	TABLE_CAMPAIGNS,      /* county, campaign → campaign */
	TABLE_TASKS,          /* county, campaign, id number → there is a task */
	TABLE_LISTS,          /* county, campaign, township → list record */
	TABLE_CAMPAIGN_BANKS, /* county, campaign, bank → people with counting accounts, unknown people */
	TABLE_FINDINGS,       /* county, code, identity → ledger finding that holds */
	TABLE_PAYROLLS,       /* county, bank, month, offset → a payroll document */
	TABLE_RETENTION, /* county, person or account → to be swept by the next tick, or swept and to be judged */
	TABLE_OUTBOX,    /* offset, sequence → a message to publish */
	TABLE_COUNT
};

struct ledger;
struct ledger_txn;
struct ledger_cursor;

/* Bytes of the ledger: valid until the transaction ends, in a write transaction only until its next put or delete. */
struct ledger_bytes {
	const uint8_t *data;
	size_t length;
};

enum ledger_mode {
	LEDGER_READ,  /* beside a running daemon; must exist */
	LEDGER_WRITE, /* makes it if absent; FATAL if another process writes it */
};

/*
 * Opens the ledger in directory (made 0700, files 0600). NULL with error filled: FATAL for corruption, a newer format,
 * a second writer (the remedy names what to do); RETRY for a full disk.
 */
struct ledger *ledger_open(const char *directory, enum ledger_mode mode, struct error *error);
void ledger_close(struct ledger *ledger);

/*
 * Begins a transaction. A write transaction first makes sure that the map has room for a big one (grows it without a
 * restart). NULL with error filled.
 */
struct ledger_txn *ledger_begin(struct ledger *ledger, bool write, struct error *error);

/*
 * Commits (synced) and frees the transaction. False with error filled: RETRY (disk full, map full: nothing of it is in
 * the ledger, the map is grown, do the same step again) or FATAL (checksum, I/O; a failed sync ends the process at
 * once: what is on disk is not known, so nothing may go on).
 */
bool ledger_commit(struct ledger_txn *txn, struct error *error);
void ledger_abort(struct ledger_txn *txn);

/* True while no call on the transaction failed. */
bool ledger_ok(const struct ledger_txn *txn);
/* Makes the transaction fail with an error of the caller's (an invariant that does not hold). */
void ledger_fail(struct ledger_txn *txn, const struct error *error);

/* True if found. Keys are at most 511 bytes. */
bool ledger_get(struct ledger_txn *txn, enum ledger_table table, const void *key, size_t key_length,
	struct ledger_bytes *value);
/*
 * Inserts or replaces; cheapest when keys of a table come in ascending order. value must not point into the ledger, key
 * may. An equal row is left alone.
 */
void ledger_put(struct ledger_txn *txn, enum ledger_table table, const void *key, size_t key_length, const void *value,
	size_t value_length);
/* True if it was there. */
bool ledger_delete(struct ledger_txn *txn, enum ledger_table table, const void *key, size_t key_length);

/*
 * Walks the rows whose keys begin with a prefix, ascending. Cursors of a write transaction stay valid over puts and
 * deletes made through the transaction (they re-seek: the next row is the first after the last one given, whoever put
 * it there). Close before the transaction ends. NULL after a failure; the other functions take it.
 */
struct ledger_cursor *ledger_cursor_open(struct ledger_txn *txn, enum ledger_table table);
/* The first row with key >= from that begins with prefix (from NULL: the prefix itself). */
bool ledger_cursor_seek(struct ledger_cursor *cursor, const void *prefix, size_t prefix_length, const void *from,
	size_t from_length, struct ledger_bytes *key, struct ledger_bytes *value);
bool ledger_cursor_next(struct ledger_cursor *cursor, struct ledger_bytes *key, struct ledger_bytes *value);
/* The last row that begins with prefix. */
bool ledger_cursor_last(struct ledger_cursor *cursor, const void *prefix, size_t prefix_length,
	struct ledger_bytes *key, struct ledger_bytes *value);
/* Deletes the row the cursor is at, if it is still there; the next ledger_cursor_next gives the one after it. */
void ledger_cursor_delete(struct ledger_cursor *cursor);
void ledger_cursor_close(struct ledger_cursor *cursor);

/* Bytes dirtied so far in this transaction, roughly: callers cut their slices by it. */
size_t ledger_txn_bytes(const struct ledger_txn *txn);
/* Number of rows in a table. */
uint64_t ledger_count(struct ledger_txn *txn, enum ledger_table table);

const char *ledger_table_name(enum ledger_table table);

struct ledger_info {
	uint64_t map_bytes;
	uint64_t used_bytes;
	uint64_t last_transaction;
	unsigned readers; /* read transactions of all processes */
};
void ledger_info(struct ledger *ledger, struct ledger_info *info);

/* What a look at every row of a table found. */
struct ledger_table_check {
	uint64_t rows;
	uint64_t damaged; /* rows that are not what was written */
	bool incomplete;  /* rows are missing, or older than they should be */
	bool unreadable;  /* the walk ended early: a page is damaged; the tables after it were not looked at */
};

/*
 * Reads every row of every table, in this transaction's view, and does not stop at damaged ones. True if all is as
 * written. After a damaged page the transaction has failed.
 */
bool ledger_check_checksums(struct ledger_txn *txn, struct ledger_table_check checks[TABLE_COUNT]);

/*
 * Makes a memory fault say on standard error, before the process dies of it, that the ledger's file is a suspect: LMDB
 * believes what it reads, and one in a hundred flipped bits leads it astray. For programs; leaves other handlers alone.
 */
void ledger_report_faults(void);

/* A compacted copy while running (mdb_env_copy2), written whole or not at all: synced, then renamed. */
bool ledger_copy(struct ledger *ledger, const char *path, struct error *error);

#endif
