/* ledger: opens and closes the environment, and makes a new one. */
#include "daemon/ledger_internal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/bytes.h"
#include "daemon/crc32c.h"

#define READERS 126

static const char *const table_names[LEDGER_DATABASES] = {
	[TABLE_META] = "meta",
	[TABLE_COUNTIES] = "counties",
	[TABLE_DOCUMENTS] = "documents",
	[TABLE_DOCUMENT_IDS] = "document_ids",
	[TABLE_DOCUMENT_KEYS] = "document_keys",
	[TABLE_SUPERSEDED] = "superseded",
	[TABLE_CHUNK_SETS] = "chunk_sets",
	[TABLE_CHUNKS] = "chunks",
	[TABLE_CHUNKS_DONE] = "chunks_done",
	[TABLE_PEOPLE] = "people",
	[TABLE_ACCOUNTS] = "accounts",
	[TABLE_BANKS] = "banks",
	[TABLE_BANK_MONTHS] = "bank_months",
	[TABLE_COVERAGE] = "coverage",
	[TABLE_TOWNSHIPS] = "townships",
	[TABLE_TOWNSHIP_NAMES] = "township_names",
	[TABLE_CAMPAIGNS] = "campaigns",
	[TABLE_TASKS] = "tasks",
	[TABLE_LISTS] = "lists",
	[TABLE_CAMPAIGN_BANKS] = "campaign_banks",
	[TABLE_FINDINGS] = "findings",
	[TABLE_PAYROLLS] = "payrolls",
	[TABLE_RETENTION] = "retention",
	[TABLE_OUTBOX] = "outbox",
	[TABLE_SUMS] = "sums",
};

const char *ledger_database_name(int table)
{
	assert(table >= 0 && table < LEDGER_DATABASES && table_names[table] != NULL);
	return table_names[table];
}

const char *ledger_table_name(enum ledger_table table)
{
	return ledger_database_name((int)table);
}

static void on_lmdb_assert(MDB_env *env, const char *message)
{
	char cause[200];

	(void)env;
	snprintf(cause, sizeof(cause), "the ledger's file is damaged: %s", message);
	ledger_end_process(
		cause, "run \"duizhang verify\"; then \"duizhang restore\" a snapshot, or \"duizhang rebuild\"");
}

static int make_environment(MDB_env **env)
{
	int code = mdb_env_create(env);

	if (code != 0)
		return code;
	mdb_env_set_assert(*env, on_lmdb_assert);
	mdb_env_set_maxdbs(*env, LEDGER_DATABASES);
	mdb_env_set_maxreaders(*env, READERS);
	return 0;
}

static int put_first_row(
	MDB_txn *txn, int table, const char *name, const void *value, size_t value_length, uint32_t *checksum)
{
	const uint32_t seed = crc32c_update(0, table_names[table], strlen(table_names[table]));
	MDB_val key = ledger_val(name, strlen(name));
	MDB_val row = {.mv_size = value_length + LEDGER_ROW_OVERHEAD};
	MDB_dbi database;
	int code = mdb_dbi_open(txn, table_names[table], MDB_CREATE, &database);

	if (code == 0)
		code = mdb_put(txn, database, &key, &row, MDB_RESERVE);
	if (code == 0)
		*checksum = ledger_row_fill(seed, key.mv_data, key.mv_size, value, value_length, row.mv_data);
	return code;
}

/* The first transaction of a new file: what its format is. */
static int write_format(MDB_env *env)
{
	uint8_t version[4], sum[LEDGER_SUM_BYTES];
	uint32_t checksum = 0;
	MDB_txn *txn = NULL;
	int code = mdb_txn_begin(env, NULL, 0, &txn);

	if (code != 0)
		return code;
	bytes_store_u32(version, LEDGER_FORMAT_VERSION);
	code = put_first_row(txn, TABLE_META, LEDGER_FORMAT_KEY, version, sizeof(version), &checksum);
	bytes_store_u64(sum, 1);
	bytes_store_u64(sum + 8, checksum);
	if (code == 0)
		code = put_first_row(txn, TABLE_SUMS, table_names[TABLE_META], sum, sizeof(sum), &checksum);
	if (code == 0)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return code;
}

/* LMDB calls a write that a full disk cut short an I/O error too. */
static int code_of_making(const char *path, int code)
{
	int descriptor;
	bool full;

	if (code != EIO)
		return code;
	descriptor = open(path, O_RDWR | O_CLOEXEC);
	full = descriptor >= 0 && ledger_disk_is_full(descriptor);
	if (descriptor >= 0)
		close(descriptor);
	if (!full)
		ledger_end_process("a new ledger's file could not be written or synced", NULL);
	return ENOSPC;
}

/* A new file comes into being whole: whoever looks finds no ledger or one that can be opened. */
static bool make_file(const char *directory, const char *data_path, struct error *error)
{
	char new_path[4096];
	MDB_env *env = NULL;
	int code;

	if (access(data_path, F_OK) == 0)
		return true;
	if (!ledger_path(new_path, directory, "data.mdb.new", error))
		return false;
	unlink(new_path);
	code = make_environment(&env);
	if (code == 0)
		code = mdb_env_open(env, new_path, MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOTLS, 0600);
	if (code == 0)
		code = write_format(env);
	mdb_env_close(env);
	if (code == 0 && (chmod(new_path, 0600) != 0 || rename(new_path, data_path) != 0))
		code = errno;
	if (code != 0) {
		code = code_of_making(new_path, code);
		unlink(new_path);
		return ledger_error_set(error, code, "make the ledger's file");
	}
	return ledger_directory_sync(directory, error);
}

/* MDB_NOTFOUND if the table that is not there may be missing: it never had a row, or has none. */
static int code_of_missing(struct ledger *ledger, MDB_txn *txn, int table)
{
	MDB_val key = ledger_val(table_names[table], strlen(table_names[table]));
	MDB_val row;
	uint32_t checksum;
	int code = mdb_get(txn, ledger->tables[TABLE_SUMS], &key, &row);

	if (code != 0)
		return code;
	if (!ledger_row_whole(ledger->seeds[TABLE_SUMS], &key, &row, &checksum) ||
		row.mv_size != LEDGER_SUM_BYTES + LEDGER_ROW_OVERHEAD || bytes_load_u64(row.mv_data) > 0)
		return MDB_CORRUPTED;
	return MDB_NOTFOUND;
}

static int open_table(struct ledger *ledger, MDB_txn *txn, int table)
{
	int code = mdb_dbi_open(txn, table_names[table], 0, &ledger->tables[table]);

	ledger->seeds[table] = crc32c_update(0, table_names[table], strlen(table_names[table]));
	if (code != MDB_NOTFOUND)
		return code;
	if (table == TABLE_SUMS)
		return MDB_CORRUPTED;
	code = code_of_missing(ledger, txn, table);
	if (code == MDB_NOTFOUND && ledger->mode == LEDGER_WRITE)
		code = mdb_dbi_open(txn, table_names[table], MDB_CREATE, &ledger->tables[table]);
	return code;
}

static int open_tables(struct ledger *ledger, MDB_txn *txn)
{
	int code = open_table(ledger, txn, TABLE_SUMS);

	for (int table = 0; table < TABLE_COUNT && code == 0; table++)
		code = open_table(ledger, txn, table);
	return code;
}

/* Tables that a newer program added are made by whoever writes. */
static bool open_databases(struct ledger *ledger, struct error *error)
{
	const bool write = ledger->mode == LEDGER_WRITE;
	MDB_txn *txn;
	int code;

	if (!ledger_enter(ledger, write, error))
		return false;
	code = mdb_txn_begin(ledger->env, NULL, write ? 0 : MDB_RDONLY, &txn);
	if (code == 0) {
		code = open_tables(ledger, txn);
		if (code != 0)
			mdb_txn_abort(txn);
		else if ((code = mdb_txn_commit(txn)) != 0)
			ledger_commit_failed(ledger, code, error);
	}
	ledger_leave(ledger, write);
	if (code == MDB_NOTFOUND)
		return error_set(error, ERROR_FATAL, "start this version of duizhangd on it once",
			"the ledger was written by an older version of duizhang");
	return code == 0 || ledger_error_set(error, code, "open the ledger's tables");
}

static bool check_version(const uint8_t *value, size_t length, struct error *error)
{
	uint32_t version = length == 4 ? bytes_load_u32(value) : 0;

	if (version == LEDGER_FORMAT_VERSION)
		return true;
	if (version > LEDGER_FORMAT_VERSION)
		return error_set(error, ERROR_FATAL,
			"install the newer duizhang, or \"duizhang rebuild\" from the intake log",
			"the ledger has format %u, newer than %d", version, LEDGER_FORMAT_VERSION);
	return error_set(error, ERROR_FATAL, "\"duizhang rebuild\" from the intake log",
		"the ledger has format %u, which this version no longer reads", version);
}

/* Before any table is made: a ledger of a newer format stays as it is. */
static bool check_format(struct ledger *ledger, struct error *error)
{
	const uint32_t seed = crc32c_update(0, table_names[TABLE_META], strlen(table_names[TABLE_META]));
	MDB_val key = ledger_val(LEDGER_FORMAT_KEY, strlen(LEDGER_FORMAT_KEY));
	MDB_val row;
	MDB_txn *txn;
	MDB_dbi table;
	uint32_t checksum;
	bool good = false;
	int code = mdb_txn_begin(ledger->env, NULL, MDB_RDONLY, &txn);

	if (code != 0)
		return ledger_error_set(error, code, "read the ledger's format");
	code = mdb_dbi_open(txn, table_names[TABLE_META], 0, &table);
	if (code == 0)
		code = mdb_get(txn, table, &key, &row);
	if (code == MDB_NOTFOUND)
		ledger_error_set(error, MDB_INVALID, "read the ledger's format");
	else if (code != 0)
		ledger_error_set(error, code, "read the ledger's format");
	else if (!ledger_row_whole(seed, &key, &row, &checksum))
		ledger_error_damaged(error, table_names[TABLE_META]);
	else
		good = check_version(row.mv_data, row.mv_size - LEDGER_ROW_OVERHEAD, error);
	mdb_txn_abort(txn);
	return good;
}

static bool open_environment(struct ledger *ledger, const char *data_path, struct error *error)
{
	MDB_stat stat;
	int code;

	ledger->witness = open(data_path, O_RDONLY | O_CLOEXEC);
	if (ledger->witness < 0 && errno == ENOENT)
		return error_set(error, ERROR_FATAL, "name the directory of a ledger, or start duizhangd once",
			"there is no ledger in %s", ledger->directory);
	if (ledger->witness < 0)
		return ledger_error_set(error, errno, "open the ledger");
	if (!ledger_file_plausible(ledger->witness, error))
		return false;
	code = make_environment(&ledger->env);
	if (code == 0)
		code = mdb_env_open(ledger->env, ledger->directory,
			MDB_NOTLS | (ledger->mode == LEDGER_READ ? MDB_RDONLY : 0), 0600);
	if (code != 0)
		return ledger_error_set(error, code, "open the ledger");
	mdb_env_stat(ledger->env, &stat);
	ledger->page_bytes = stat.ms_psize;
	return true;
}

static bool prepare_writing(struct ledger *ledger, const char *data_path, struct error *error)
{
	if (!ledger_directory_make(ledger->directory, error))
		return false;
	ledger->writer_lock = ledger_writer_lock(ledger->directory, error);
	return ledger->writer_lock >= 0 && make_file(ledger->directory, data_path, error) &&
	       ledger_lock_file_reserve(ledger->directory, error);
}

/* A page that lost rows, or stands for another one, shows in a table's sum alone: where that takes no time, look at
 * once. */
static bool check_small(struct ledger *ledger, struct error *error)
{
	struct ledger_table_check checks[TABLE_COUNT];
	struct ledger_info info;
	struct ledger_txn *txn;
	bool whole;

	ledger_info(ledger, &info);
	if (ledger->mode != LEDGER_WRITE || info.used_bytes > ledger->sizes.check_bytes)
		return true;
	txn = ledger_begin(ledger, false, error);
	if (txn == NULL)
		return false;
	whole = ledger_check_checksums(txn, checks);
	for (int table = 0; table < TABLE_COUNT; table++) {
		if (checks[table].damaged > 0)
			ledger_error_damaged(&txn->error, table_names[table]);
		if (checks[table].incomplete)
			ledger_error_incomplete(&txn->error, table_names[table]);
	}
	if (!whole)
		error_set(error, txn->error.class, txn->error.remedy, "%s", txn->error.cause);
	ledger_abort(txn);
	return whole;
}

static struct ledger *allocate(const char *directory, enum ledger_mode mode, const struct ledger_sizes *sizes)
{
	struct ledger *ledger = calloc(1, sizeof(*ledger));
	pthread_condattr_t attributes;

	if (ledger == NULL)
		return NULL;
	ledger->directory = strdup(directory);
	if (ledger->directory == NULL) {
		free(ledger);
		return NULL;
	}
	ledger->mode = mode;
	ledger->sizes = *sizes;
	ledger->writer_lock = -1;
	ledger->witness = -1;
	pthread_mutex_init(&ledger->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&ledger->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	return ledger;
}

struct ledger *ledger_open_sized(
	const char *directory, enum ledger_mode mode, const struct ledger_sizes *sizes, struct error *error)
{
	struct ledger *ledger = allocate(directory, mode, sizes);
	char data_path[4096];

	if (ledger == NULL) {
		ledger_error_set(error, ENOMEM, "open the ledger");
		return NULL;
	}
	if (!ledger_path(data_path, directory, "data.mdb", error) ||
		(mode == LEDGER_WRITE && !prepare_writing(ledger, data_path, error)) ||
		!open_environment(ledger, data_path, error) || !ledger_file_lengthen(ledger, error) ||
		!check_format(ledger, error) || !open_databases(ledger, error) || !check_small(ledger, error)) {
		ledger_close(ledger);
		return NULL;
	}
	mdb_reader_check(ledger->env, NULL);
	return ledger;
}

struct ledger *ledger_open(const char *directory, enum ledger_mode mode, struct error *error)
{
	return ledger_open_sized(directory, mode, &ledger_default_sizes, error);
}

void ledger_close(struct ledger *ledger)
{
	if (ledger == NULL)
		return;
	assert(!ledger->writing && ledger->reading == 0);
	mdb_env_close(ledger->env);
	if (ledger->witness >= 0)
		close(ledger->witness);
	if (ledger->writer_lock >= 0)
		close(ledger->writer_lock);
	pthread_cond_destroy(&ledger->changed);
	pthread_mutex_destroy(&ledger->mutex);
	free(ledger->directory);
	free(ledger);
}

/* LMDB lists its readers as lines, a heading first. */
static int count_line(const char *line, void *context)
{
	(void)line;
	++*(unsigned *)context;
	return 0;
}

void ledger_info(struct ledger *ledger, struct ledger_info *info)
{
	unsigned lines = 0;
	MDB_envinfo lmdb;

	pthread_mutex_lock(&ledger->mutex);
	mdb_env_info(ledger->env, &lmdb);
	mdb_reader_list(ledger->env, count_line, &lines);
	pthread_mutex_unlock(&ledger->mutex);
	info->map_bytes = lmdb.me_mapsize;
	info->used_bytes = (lmdb.me_last_pgno + 1) * ledger->page_bytes;
	info->last_transaction = lmdb.me_last_txnid;
	info->readers = lines > 0 ? lines - 1 : 0;
}
