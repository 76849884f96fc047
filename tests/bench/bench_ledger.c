/*
 * bench_ledger: sorted puts and reads through the ledger, as ratios to LMDB alone doing as much.
 *
 *   bench_ledger [ROWS]      one line a figure: name, value, unit
 *
 * Rows are 100 bytes, key and value; both sides commit, synced, as often. Each figure is the median of five rounds,
 * which take turns so that a noisy machine disturbs both alike. Files are made in TMPDIR, and removed.
 */
#include <inttypes.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/bytes.h"
#include "daemon/ledger.h"

enum { KEY_BYTES = 24, VALUE_BYTES = 76, SLICES = 4, ROUNDS = 5 };

struct seconds {
	double put;
	double get;
	double walk;
};

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void check(int failed, const char *what)
{
	if (failed) {
		fprintf(stderr, "bench_ledger: %s failed\n", what);
		exit(1);
	}
}

static void fill_key(uint8_t key[KEY_BYTES], uint64_t number)
{
	memset(key, 'k', KEY_BYTES);
	bytes_store_u64(key + KEY_BYTES - 8, number);
}

/* A step that meets every row once, in no order of theirs. */
static uint64_t scattered(uint64_t i, uint64_t rows)
{
	return i * 7919 % rows;
}

static void remove_files(const char *directory)
{
	static const char *const names[] = {"data.mdb", "lock.mdb", "writer.lock"};
	char path[4096];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		unlink(path);
	}
	rmdir(directory);
}

static struct seconds run_lmdb(const char *directory, uint64_t rows)
{
	uint8_t key_bytes[KEY_BYTES], value_bytes[VALUE_BYTES] = {1};
	MDB_val key = {KEY_BYTES, key_bytes}, value = {VALUE_BYTES, value_bytes};
	struct seconds seconds = {0};
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi table;
	MDB_cursor *cursor;

	check(mkdir(directory, 0700) != 0, "mkdir");
	check(mdb_env_create(&env) || mdb_env_set_mapsize(env, 8ull << 30) || mdb_env_set_maxdbs(env, 1) ||
			mdb_env_open(env, directory, MDB_NOTLS, 0600),
		"mdb_env_open");
	seconds.put = -now_s();
	for (uint64_t slice = 0; slice < SLICES; slice++) {
		check(mdb_txn_begin(env, NULL, 0, &txn) || mdb_dbi_open(txn, "rows", MDB_CREATE, &table) ||
				mdb_cursor_open(txn, table, &cursor),
			"mdb_txn_begin");
		for (uint64_t i = slice * rows / SLICES; i < (slice + 1) * rows / SLICES; i++) {
			fill_key(key_bytes, i);
			check(mdb_cursor_put(cursor, &key, &value, 0), "mdb_cursor_put");
		}
		check(mdb_txn_commit(txn), "mdb_txn_commit");
	}
	seconds.put += now_s();
	check(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), "mdb_txn_begin");
	seconds.get = -now_s();
	for (uint64_t i = 0; i < rows; i++) {
		fill_key(key_bytes, scattered(i, rows));
		check(mdb_get(txn, table, &key, &value), "mdb_get");
	}
	seconds.get += now_s();
	check(mdb_cursor_open(txn, table, &cursor), "mdb_cursor_open");
	seconds.walk = -now_s();
	while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0)
		;
	seconds.walk += now_s();
	mdb_cursor_close(cursor);
	mdb_txn_abort(txn);
	mdb_env_close(env);
	remove_files(directory);
	return seconds;
}

static struct seconds run_ledger(const char *directory, uint64_t rows)
{
	uint8_t key_bytes[KEY_BYTES], value_bytes[VALUE_BYTES] = {1};
	struct error error = {.class = ERROR_NONE};
	struct seconds seconds = {0};
	struct ledger *ledger = ledger_open(directory, LEDGER_WRITE, &error);
	struct ledger_bytes key, value;
	struct ledger_cursor *cursor;
	struct ledger_txn *txn;

	check(ledger == NULL, "ledger_open");
	seconds.put = -now_s();
	for (uint64_t slice = 0; slice < SLICES; slice++) {
		txn = ledger_begin(ledger, true, &error);
		check(txn == NULL, "ledger_begin");
		for (uint64_t i = slice * rows / SLICES; i < (slice + 1) * rows / SLICES; i++) {
			fill_key(key_bytes, i);
			ledger_put(txn, TABLE_ACCOUNTS, key_bytes, KEY_BYTES, value_bytes, VALUE_BYTES);
		}
		check(!ledger_commit(txn, &error), "ledger_commit");
	}
	seconds.put += now_s();
	txn = ledger_begin(ledger, false, &error);
	check(txn == NULL, "ledger_begin");
	seconds.get = -now_s();
	for (uint64_t i = 0; i < rows; i++) {
		fill_key(key_bytes, scattered(i, rows));
		check(!ledger_get(txn, TABLE_ACCOUNTS, key_bytes, KEY_BYTES, &value), "ledger_get");
	}
	seconds.get += now_s();
	cursor = ledger_cursor_open(txn, TABLE_ACCOUNTS);
	seconds.walk = -now_s();
	for (bool found = ledger_cursor_seek(cursor, NULL, 0, NULL, 0, &key, &value); found;)
		found = ledger_cursor_next(cursor, &key, &value);
	seconds.walk += now_s();
	check(!ledger_ok(txn), "ledger_cursor_next");
	ledger_cursor_close(cursor);
	ledger_abort(txn);
	ledger_close(ledger);
	remove_files(directory);
	return seconds;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double figures[ROUNDS])
{
	qsort(figures, ROUNDS, sizeof(figures[0]), compare_doubles);
	return figures[ROUNDS / 2];
}

int main(int count, char **arguments)
{
	uint64_t rows = count > 1 ? strtoull(arguments[1], NULL, 10) : 1000000;
	const char *temporary = getenv("TMPDIR");
	double put[ROUNDS], get[ROUNDS], walk[ROUNDS], rate[ROUNDS];
	char base[4000], directory[4096];

	check(rows < SLICES || rows % 7919 == 0, "a number of rows");
	snprintf(base, sizeof(base), "%s/bench-ledger-XXXXXX", temporary == NULL ? "/tmp" : temporary);
	check(mkdtemp(base) == NULL, "mkdtemp");
	snprintf(directory, sizeof(directory), "%s/l", base);
	for (int i = 0; i < ROUNDS; i++) {
		struct seconds bare = run_lmdb(directory, rows);
		struct seconds ours = run_ledger(directory, rows);

		put[i] = bare.put / ours.put;
		get[i] = bare.get / ours.get;
		walk[i] = bare.walk / ours.walk;
		rate[i] = (double)rows / ours.put;
	}
	rmdir(base);
	printf("ledger_put_rows_per_s %.0f rows/s\n", median(rate));
	printf("ledger_put_ratio %.2f of bare sorted LMDB puts\n", median(put));
	printf("ledger_get_ratio %.2f of bare scattered LMDB gets\n", median(get));
	printf("ledger_walk_ratio %.2f of a bare LMDB walk that reads no value\n", median(walk));
	return 0;
}
