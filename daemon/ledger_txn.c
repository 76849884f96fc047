/* ledger_txn: transactions whose first error sticks, and single rows in them. */
#include "daemon/ledger_internal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/bytes.h"

/* Dead readers keep pages of old transactions from being used again: looked for once in so many writes. */
#define READER_CHECK_INTERVAL 64

static int begin_in_map(struct ledger *ledger, bool write, MDB_txn **txn)
{
	int code = mdb_txn_begin(ledger->env, NULL, write ? 0 : MDB_RDONLY, txn);

	if (code != MDB_READERS_FULL)
		return code;
	mdb_reader_check(ledger->env, NULL);
	return mdb_txn_begin(ledger->env, NULL, write ? 0 : MDB_RDONLY, txn);
}

struct ledger_txn *ledger_begin(struct ledger *ledger, bool write, struct error *error)
{
	struct ledger_txn *txn = calloc(1, sizeof(*txn));
	int code = MDB_MAP_RESIZED;

	assert(!write || ledger->mode == LEDGER_WRITE);
	if (txn == NULL) {
		ledger_error_set(error, ENOMEM, "begin a ledger transaction");
		return NULL;
	}
	txn->ledger = ledger;
	txn->write = write;
	for (int attempt = 0; code == MDB_MAP_RESIZED && attempt < 3; attempt++) {
		if (attempt > 0 && !ledger_map_adopt(ledger, error))
			goto failed;
		if (!ledger_enter(ledger, write, error))
			goto failed;
		code = begin_in_map(ledger, write, &txn->txn);
		if (code != 0)
			ledger_leave(ledger, write);
	}
	if (code == MDB_PANIC)
		ledger_end_process("the ledger's last transaction failed while it was synced", NULL);
	if (code != 0) {
		ledger_error_set(error, code, "begin a ledger transaction");
		goto failed;
	}
	if (write && ledger->writes++ % READER_CHECK_INTERVAL == 0)
		mdb_reader_check(ledger->env, NULL);
	return txn;
failed:
	free(txn);
	return NULL;
}

/* True if the disk has no room for a write of LMDB's, and nothing written before was lost. */
static bool disk_is_full(struct ledger *ledger)
{
	mdb_filehandle_t descriptor;

	/* Linux tells each open file of a failed write-back once: this one did not hear of any before. */
	return fdatasync(ledger->witness) == 0 && mdb_env_get_fd(ledger->env, &descriptor) == 0 &&
	       ledger_disk_is_full(descriptor);
}

/* LMDB says EIO also when a write was cut short, which is how a disk that fills up first shows. */
static int code_of_write(struct ledger *ledger, int code)
{
	return code == EIO && disk_is_full(ledger) ? ENOSPC : code;
}

bool ledger_txn_fail_code(struct ledger_txn *txn, int code, const char *doing)
{
	if (code == MDB_MAP_FULL)
		ledger_map_full(txn->ledger);
	return ledger_error_set(&txn->error, txn->write ? code_of_write(txn->ledger, code) : code, doing);
}

bool ledger_txn_fail_damaged(struct ledger_txn *txn, int table)
{
	return ledger_error_damaged(&txn->error, ledger_database_name(table));
}

bool ledger_ok(const struct ledger_txn *txn)
{
	return txn->error.class == ERROR_NONE;
}

void ledger_fail(struct ledger_txn *txn, const struct error *error)
{
	assert(error->class != ERROR_NONE);
	if (ledger_ok(txn))
		txn->error = *error;
}

MDB_cursor *ledger_txn_cursor(struct ledger_txn *txn, int table)
{
	struct ledger_place *place = &txn->places[table];
	int code;

	if (!ledger_ok(txn))
		return NULL;
	if (place->cursor == NULL) {
		code = mdb_cursor_open(txn->txn, txn->ledger->tables[table], &place->cursor);
		if (code != 0) {
			place->cursor = NULL;
			ledger_txn_fail_code(txn, code, "read the ledger");
		}
	}
	return place->cursor;
}

bool ledger_txn_accept(struct ledger_txn *txn, int table, const MDB_val *key, const MDB_val *row,
	struct ledger_bytes *value, uint32_t *checksum)
{
	if (!ledger_row_whole(txn->ledger->seeds[table], key, row, checksum))
		return ledger_txn_fail_damaged(txn, table);
	value->data = row->mv_data;
	value->length = row->mv_size - LEDGER_ROW_OVERHEAD;
	return true;
}

struct found {
	MDB_cursor *cursor;
	struct ledger_bytes value;
	uint32_t checksum;
	bool last; /* not found, and greater than every key of the table */
};

/* Positions the warm cursor. True if the key is there; false also on failure. */
static bool find(struct ledger_txn *txn, int table, const void *key, size_t key_length, struct found *found)
{
	const MDB_val wanted = ledger_val(key, key_length);
	MDB_val next = wanted;
	MDB_val row;
	int code;

	assert(key_length > 0 && key_length <= LEDGER_KEY_LIMIT);
	found->cursor = ledger_txn_cursor(txn, table);
	if (found->cursor == NULL)
		return false;
	code = mdb_cursor_get(found->cursor, &next, &row, MDB_SET_RANGE);
	if (code == 0 && next.mv_size == key_length && memcmp(next.mv_data, key, key_length) == 0)
		return ledger_txn_accept(txn, table, &next, &row, &found->value, &found->checksum);
	found->last = code == MDB_NOTFOUND;
	ledger_gap_check(txn, table, found->cursor, code, &wanted, &next, &row, false);
	return false;
}

static bool get_row(struct ledger_txn *txn, int table, const void *key, size_t key_length, struct ledger_bytes *value)
{
	struct found found = {0};

	if (!find(txn, table, key, key_length, &found))
		return false;
	*value = found.value;
	return true;
}

bool ledger_get(
	struct ledger_txn *txn, enum ledger_table table, const void *key, size_t key_length, struct ledger_bytes *value)
{
	return get_row(txn, (int)table, key, key_length, value);
}

bool ledger_txn_sum(struct ledger_txn *txn, int table, struct ledger_sum *sum)
{
	const char *name = ledger_database_name(table);
	struct ledger_bytes value = {0};

	*sum = (struct ledger_sum){0};
	if (!get_row(txn, TABLE_SUMS, name, strlen(name), &value))
		return ledger_ok(txn);
	if (value.length != LEDGER_SUM_BYTES)
		return ledger_txn_fail_damaged(txn, TABLE_SUMS);
	sum->rows = bytes_load_u64(value.data);
	sum->checksum = bytes_load_u64(value.data + 8);
	return true;
}

bool ledger_txn_changing(struct ledger_txn *txn, int table)
{
	struct ledger_place *place = &txn->places[table];

	assert(txn->write);
	if (place->changes == 0 && table != TABLE_SUMS && !ledger_txn_sum(txn, table, &place->sum))
		return false;
	place->changes++;
	return true;
}

/*
 * Rows of one page lie near each other; LMDB's copies of pages lie side by side, so that "near" must be much less than
 * a page. Rows too long for that count by their bytes alone.
 */
static void count_dirty(struct ledger_txn *txn, int table, const void *row, size_t bytes)
{
	struct ledger_place *place = &txn->places[table];
	const uint64_t page_bytes = txn->ledger->page_bytes;
	const uint64_t near_bytes = page_bytes / 4 > 2 * bytes ? page_bytes / 4 : 2 * bytes;
	uintptr_t at = (uintptr_t)row;
	uintptr_t distance = at > place->last_change ? at - place->last_change : place->last_change - at;

	place->dirty_bytes += bytes;
	if (distance >= near_bytes)
		place->dirty_pages++;
	place->last_change = at;
}

/*
 * Makes place for a row where it belongs, and says where; NULL if there is nothing to write. A new row is put beside
 * rows that are whole: next to a damaged key LMDB might put a row that is already there a second time.
 */
static void *reserve(struct ledger_txn *txn, int table, MDB_val *key, const void *value, size_t value_length)
{
	struct ledger_place *place = &txn->places[table];
	MDB_val row = {.mv_size = value_length + LEDGER_ROW_OVERHEAD};
	struct found found = {0};
	int code = MDB_KEYEXIST;

	/* After the row that this transaction put last, in pages that it fills. */
	if (place->appending)
		code = mdb_cursor_put(place->cursor, key, &row, MDB_RESERVE | MDB_APPEND);
	if (code == MDB_KEYEXIST) {
		if (find(txn, table, key->mv_data, key->mv_size, &found)) {
			place->appending = false;
			if (found.value.length == value_length &&
				(value_length == 0 || memcmp(found.value.data, value, value_length) == 0))
				return NULL;
			place->sum.rows--;
			place->sum.checksum -= found.checksum;
		} else if (ledger_ok(txn)) {
			place->appending = found.last;
		} else {
			return NULL;
		}
		code = mdb_cursor_put(found.cursor, key, &row, MDB_RESERVE);
	}
	if (code != 0) {
		ledger_txn_fail_code(txn, code, "write the ledger");
		return NULL;
	}
	place->sum.rows++;
	return row.mv_data;
}

static void put_row(
	struct ledger_txn *txn, int table, const void *key, size_t key_length, const void *value, size_t value_length)
{
	uint8_t key_copy[LEDGER_KEY_LIMIT];
	MDB_val key_value = ledger_val(key_copy, key_length);
	void *row;

	assert(key_length > 0 && key_length <= LEDGER_KEY_LIMIT);
	if (!ledger_ok(txn) || !ledger_txn_changing(txn, table))
		return;
	/* LMDB reads the key after it moved rows, and the caller's may be one of those. */
	memcpy(key_copy, key, key_length);
	row = reserve(txn, table, &key_value, value, value_length);
	if (row == NULL)
		return;
	txn->places[table].sum.checksum +=
		ledger_row_fill(txn->ledger->seeds[table], key_copy, key_length, value, value_length, row);
	count_dirty(txn, table, row, key_length + value_length + LEDGER_ROW_OVERHEAD);
}

void ledger_put(struct ledger_txn *txn, enum ledger_table table, const void *key, size_t key_length, const void *value,
	size_t value_length)
{
	put_row(txn, (int)table, key, key_length, value, value_length);
}

bool ledger_delete(struct ledger_txn *txn, enum ledger_table table, const void *key, size_t key_length)
{
	struct ledger_place *place = &txn->places[table];
	struct found found = {0};
	int code;

	if (!ledger_ok(txn) || !ledger_txn_changing(txn, (int)table))
		return false;
	place->appending = false;
	if (!find(txn, (int)table, key, key_length, &found))
		return false;
	count_dirty(txn, (int)table, found.value.data, key_length);
	code = mdb_cursor_del(found.cursor, 0);
	if (code != 0)
		return ledger_txn_fail_code(txn, code, "delete from the ledger");
	place->sum.rows--;
	place->sum.checksum -= found.checksum;
	return true;
}

static bool store_sums(struct ledger_txn *txn)
{
	for (int table = 0; table < TABLE_COUNT; table++) {
		const struct ledger_place *place = &txn->places[table];
		const char *name = ledger_database_name(table);
		uint8_t value[LEDGER_SUM_BYTES];

		if (place->changes == 0)
			continue;
		bytes_store_u64(value, place->sum.rows);
		bytes_store_u64(value + 8, place->sum.checksum);
		put_row(txn, TABLE_SUMS, name, strlen(name), value, sizeof(value));
	}
	return ledger_ok(txn);
}

static void end(struct ledger_txn *txn)
{
	assert(txn->cursors == 0);
	/* Those of a write transaction LMDB closes itself. */
	for (int table = 0; !txn->write && table < LEDGER_DATABASES; table++)
		if (txn->places[table].cursor != NULL)
			mdb_cursor_close(txn->places[table].cursor);
	mdb_txn_abort(txn->txn);
	ledger_leave(txn->ledger, txn->write);
	free(txn);
}

void ledger_abort(struct ledger_txn *txn)
{
	if (txn != NULL)
		end(txn);
}

/* LMDB refuses every transaction once it could not write a meta page: the file may say the one thing or the other. */
static bool commit_is_in_doubt(struct ledger *ledger)
{
	MDB_txn *txn;
	int code = mdb_txn_begin(ledger->env, NULL, MDB_RDONLY, &txn);

	if (code == 0)
		mdb_txn_abort(txn);
	return code == MDB_PANIC;
}

bool ledger_commit_failed(struct ledger *ledger, int code, struct error *error)
{
	code = code_of_write(ledger, code);
	if (commit_is_in_doubt(ledger))
		ledger_end_process("the ledger could not be synced: its meta page failed", NULL);
	if (code > 0 && code != ENOSPC && code != EDQUOT && code != ENOMEM) {
		struct error lost = {.class = ERROR_NONE};

		ledger_error_set(&lost, code, "write or sync the ledger");
		ledger_end_process(lost.cause, NULL);
	}
	if (code == MDB_MAP_FULL)
		ledger_map_full(ledger);
	return ledger_error_set(error, code, "commit to the ledger");
}

bool ledger_commit(struct ledger_txn *txn, struct error *error)
{
	struct ledger *ledger = txn->ledger;
	int code;

	if (!ledger_ok(txn) || (txn->write && !store_sums(txn))) {
		error_set(error, txn->error.class, txn->error.remedy, "%s", txn->error.cause);
		end(txn);
		return false;
	}
	if (!txn->write) {
		end(txn);
		return true;
	}
	assert(txn->cursors == 0);
	code = mdb_txn_commit(txn->txn);
	if (code != 0)
		ledger_commit_failed(ledger, code, error);
	ledger_leave(ledger, true);
	free(txn);
	return code == 0;
}

size_t ledger_txn_bytes(const struct ledger_txn *txn)
{
	uint64_t bytes = 0;

	for (int table = 0; table < TABLE_COUNT; table++) {
		const struct ledger_place *place = &txn->places[table];
		const uint64_t page_bytes = txn->ledger->page_bytes;
		uint64_t dirty = place->dirty_pages * page_bytes;
		MDB_stat stat;

		if (place->changes == 0 || mdb_stat(txn->txn, txn->ledger->tables[table], &stat) != 0)
			continue;
		if (dirty < place->dirty_bytes)
			dirty = place->dirty_bytes;
		/* Not more than there is: rows that are put here and there count again and again. */
		stat.ms_leaf_pages += stat.ms_branch_pages + stat.ms_overflow_pages;
		bytes += dirty < stat.ms_leaf_pages * page_bytes ? dirty : stat.ms_leaf_pages * page_bytes;
	}
	return bytes;
}

uint64_t ledger_count(struct ledger_txn *txn, enum ledger_table table)
{
	struct ledger_sum sum;
	MDB_stat stat;
	int code;

	if (!ledger_ok(txn))
		return 0;
	code = mdb_stat(txn->txn, txn->ledger->tables[table], &stat);
	if (code != 0) {
		ledger_txn_fail_code(txn, code, "count the ledger's rows");
		return 0;
	}
	if (txn->places[table].changes > 0)
		sum = txn->places[table].sum;
	else if (!ledger_txn_sum(txn, (int)table, &sum))
		return 0;
	if (sum.rows != stat.ms_entries) {
		ledger_error_set(&txn->error, MDB_CORRUPTED, "count the ledger's rows");
		return 0;
	}
	return sum.rows;
}
