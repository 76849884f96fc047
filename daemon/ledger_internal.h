/*
 * ledger_internal: what the files of the ledger (ledger*.c) and their tests share. Nobody else includes it, and nobody
 * else includes lmdb.h.
 *
 * ledger.c opens and closes; ledger_files.c makes the directory, the locks and a new file; ledger_map.c grows the map
 * and keeps transactions away while it moves; ledger_txn.c and ledger_cursor.c read and write rows; ledger_row.c knows
 * a row's bytes; ledger_error.c turns LMDB's codes into errors; ledger_check.c and ledger_copy.c read all of it.
 */
#ifndef DUIZHANG_DAEMON_LEDGER_INTERNAL_H
#define DUIZHANG_DAEMON_LEDGER_INTERNAL_H

#include <lmdb.h>
#include <pthread.h>

#include "daemon/ledger.h"

#define LEDGER_KEY_LIMIT 511

/* A table beside those of enum ledger_table: table name → rows, sum of their checksums. */
#define TABLE_SUMS       TABLE_COUNT
#define LEDGER_DATABASES (TABLE_COUNT + 1)

/* Rows of TABLE_META that are the ledger's own begin so. */
#define LEDGER_FORMAT_KEY "ledger.format"

/* Bytes of virtual memory; a parameter for tests, which cannot wait for gigabytes. */
struct ledger_sizes {
	uint64_t first_bytes; /* map of a new ledger */
	uint64_t free_bytes;  /* room a write transaction begins with, or a quarter of the map if that is more */
	uint64_t limit_bytes; /* no larger map */
	uint64_t check_bytes; /* a ledger that uses no more is checked whole when it is opened to write */
	int64_t wait_ms;      /* for reads of this process to end, when the map must grow */
};

extern const struct ledger_sizes ledger_default_sizes;

/* As stored: two big-endian numbers. */
#define LEDGER_SUM_BYTES 16

struct ledger_sum {
	uint64_t rows;
	uint64_t checksum; /* sum of the rows' checksums */
};

struct ledger {
	MDB_env *env;
	char *directory;
	enum ledger_mode mode;
	struct ledger_sizes sizes;
	int writer_lock; /* open and locked in LEDGER_WRITE, else -1 */
	int witness;     /* the data file, opened before anything can fail, else -1; see ledger_commit_code */
	uint64_t page_bytes;
	MDB_dbi tables[LEDGER_DATABASES];
	uint32_t seeds[LEDGER_DATABASES]; /* checksum of the table's name */

	pthread_mutex_t mutex; /* over what follows, and over the map's place in memory */
	pthread_cond_t changed;
	unsigned reading;  /* read transactions of this process */
	bool writing;      /* a write transaction of this process */
	unsigned moving;   /* who waits to move the map: no read transaction begins */
	bool map_was_full; /* the last write transaction did not fit */
	uint64_t writes;   /* write transactions begun */
};

/* What one transaction knows of one table. */
struct ledger_place {
	MDB_cursor *cursor;    /* warm: where the last get, put or delete was */
	uint64_t changes;      /* puts and deletes so far */
	bool appending;        /* the last put was of the table's last row */
	struct ledger_sum sum; /* once changes > 0 */
	uintptr_t last_change; /* where in memory */
	uint64_t dirty_pages;  /* how often a change was somewhere else */
	uint64_t dirty_bytes;
};

struct ledger_txn {
	struct ledger *ledger;
	MDB_txn *txn;
	bool write;
	unsigned cursors;   /* open ones of callers */
	struct error error; /* sticky */
	struct ledger_place places[LEDGER_DATABASES];
};

/* ledger.c */
struct ledger *ledger_open_sized(
	const char *directory, enum ledger_mode mode, const struct ledger_sizes *sizes, struct error *error);
/* The name of a database, TABLE_SUMS included. */
const char *ledger_database_name(int table);
static inline MDB_val ledger_val(const void *data, size_t length)
{
	return (MDB_val){.mv_size = length, .mv_data = (void *)(uintptr_t)data};
}

/* ledger_error.c */
/* Fills error for a code of LMDB (or errno), never 0. doing: "open the ledger". Returns false. */
bool ledger_error_set(struct error *error, int code, const char *doing);
/* The error of a row that is not what was written. Returns false. */
bool ledger_error_damaged(struct error *error, const char *table);
/* The error of a table that has fewer rows than it should, or older ones. Returns false. */
bool ledger_error_incomplete(struct error *error, const char *table);
/* Writes one line to standard error and ends the process with LEDGER_EXIT_STATUS, no handlers run. */
_Noreturn void ledger_end_process(const char *cause, const char *remedy);

/* ledger_files.c */
bool ledger_path(char path[4096], const char *directory, const char *name, struct error *error);
bool ledger_directory_make(const char *directory, struct error *error);
/* The locked file, or -1. */
int ledger_writer_lock(const char *directory, struct error *error);
/* Makes room on the disk for the lock file, which is written through a mapping. */
bool ledger_lock_file_reserve(const char *directory, struct error *error);
/* Lengthens the data file to what its meta page says: what is missing reads as zero pages, not as SIGBUS. */
bool ledger_file_lengthen(struct ledger *ledger, struct error *error);
bool ledger_directory_sync(const char *path, struct error *error);
/* Reads the meta pages of the data file: false if LMDB, which believes them, would stumble. */
bool ledger_file_plausible(int descriptor, struct error *error);
/* True if the file cannot become longer because the disk or the quota is full. */
bool ledger_disk_is_full(int descriptor);

/* ledger_map.c */
/* The map size that has room, 0 if none within the limit has. Pure. */
uint64_t ledger_map_target(const struct ledger_sizes *sizes, uint64_t map_bytes, uint64_t used_bytes, bool was_full);
/* Before mdb_txn_begin and after the transaction's end. Entering to write makes room. */
bool ledger_enter(struct ledger *ledger, bool write, struct error *error);
void ledger_leave(struct ledger *ledger, bool write);
/* Takes over the map size that another process gave the ledger. The caller has left. */
bool ledger_map_adopt(struct ledger *ledger, struct error *error);
void ledger_map_full(struct ledger *ledger);

/* ledger_row.c */
#define LEDGER_ROW_OVERHEAD 5
/* Writes value, version and checksum into a reserved row; returns the checksum. */
uint32_t ledger_row_fill(
	uint32_t seed, const void *key, size_t key_length, const void *value, size_t value_length, void *row);
/* True if the row is what was written; the checksum is that of the row. */
bool ledger_row_whole(uint32_t seed, const MDB_val *key, const MDB_val *row, uint32_t *checksum);
/* Bytewise, the shorter first: the order of LMDB's keys. */
int ledger_key_compare(const void *a, size_t a_length, const void *b, size_t b_length);

/* ledger_gap.c */
/*
 * A seek for `wanted` found no such key but the next one (code 0) or none (MDB_NOTFOUND): false with the transaction
 * failed if that cannot be, going by the rows on both sides. With back, the cursor ends at the next row as it began.
 */
bool ledger_gap_check(struct ledger_txn *txn, int table, MDB_cursor *cursor, int code, const MDB_val *wanted,
	const MDB_val *next_key, const MDB_val *next_row, bool back);
/* A table of which no row was found: false with the transaction failed if it has some. */
bool ledger_gap_check_empty(struct ledger_txn *txn, int table);

/* ledger_txn.c */
/* Fills error for a code of mdb_txn_commit, and ends the process if what is on disk is in doubt. Returns false. */
bool ledger_commit_failed(struct ledger *ledger, int code, struct error *error);
/* Of any database, by its index: */
MDB_cursor *ledger_txn_cursor(struct ledger_txn *txn, int table);
bool ledger_txn_fail_code(struct ledger_txn *txn, int code, const char *doing);
bool ledger_txn_fail_damaged(struct ledger_txn *txn, int table);
/* Checks the row and gives out its value; false with the transaction failed if it is damaged. */
bool ledger_txn_accept(struct ledger_txn *txn, int table, const MDB_val *key, const MDB_val *row,
	struct ledger_bytes *value, uint32_t *checksum);
/* The cursor's row is going to be changed or gone: keeps count. */
bool ledger_txn_changing(struct ledger_txn *txn, int table);
/* The sum of the table's rows, as of the last commit. False with the transaction failed. */
bool ledger_txn_sum(struct ledger_txn *txn, int table, struct ledger_sum *sum);

#endif
