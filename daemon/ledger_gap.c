/* ledger_gap: whether a key that was not found can be missing. */
/*
 * A search that goes by one damaged key ends beside it, whichever key was wanted: the two rows next to the place where
 * a search ended are checked, and the order of the two beyond them, which a damaged table of rows in a page breaks.
 */
#include "daemon/ledger_internal.h"

struct gap {
	struct ledger_txn *txn;
	int table;
	MDB_cursor *cursor;
};

/* Moves the cursor. True if there is a row; false at an end, or with the transaction failed. */
static bool step(const struct gap *gap, MDB_cursor_op direction, MDB_val *key, MDB_val *row)
{
	int code = mdb_cursor_get(gap->cursor, key, row, direction);

	if (code != 0 && code != MDB_NOTFOUND)
		ledger_txn_fail_code(gap->txn, code, "read the ledger");
	return code == 0;
}

static void require(const struct gap *gap, bool holds)
{
	if (!holds)
		ledger_txn_fail_damaged(gap->txn, gap->table);
}

static bool whole(const struct gap *gap, const MDB_val *key, const MDB_val *row)
{
	uint32_t checksum;

	return ledger_row_whole(gap->txn->ledger->seeds[gap->table], key, row, &checksum);
}

static bool ascending(const MDB_val *a, const MDB_val *b)
{
	return ledger_key_compare(a->mv_data, a->mv_size, b->mv_data, b->mv_size) < 0;
}

static void check_after(const struct gap *gap, const MDB_val *wanted, const MDB_val *next_key, const MDB_val *next_row)
{
	MDB_val beyond, row;

	require(gap, whole(gap, next_key, next_row) && ascending(wanted, next_key));
	if (ledger_ok(gap->txn) && step(gap, MDB_NEXT, &beyond, &row)) {
		require(gap, ascending(next_key, &beyond));
		step(gap, MDB_PREV, &beyond, &row);
	}
}

/* Returns by how many rows the cursor moved. */
static int check_before(const struct gap *gap, const MDB_val *wanted)
{
	MDB_val key, row, beyond;

	if (!ledger_ok(gap->txn) || !step(gap, MDB_PREV, &key, &row))
		return 0;
	require(gap, whole(gap, &key, &row) && ascending(&key, wanted));
	if (!ledger_ok(gap->txn) || !step(gap, MDB_PREV, &beyond, &row))
		return 1;
	require(gap, ascending(&beyond, &key));
	return 2;
}

bool ledger_gap_check_empty(struct ledger_txn *txn, int table)
{
	MDB_stat stat;
	int code = mdb_stat(txn->txn, txn->ledger->tables[table], &stat);

	if (code == 0 && stat.ms_entries > 0)
		code = MDB_CORRUPTED;
	return code == 0 || ledger_txn_fail_code(txn, code, "read the ledger");
}

bool ledger_gap_check(struct ledger_txn *txn, int table, MDB_cursor *cursor, int code, const MDB_val *wanted,
	const MDB_val *next_key, const MDB_val *next_row, bool back)
{
	const struct gap gap = {txn, table, cursor};
	MDB_val key, row;
	int moved;

	if (code != 0 && code != MDB_NOTFOUND)
		return ledger_txn_fail_code(txn, code, "read the ledger");
	if (code == 0)
		check_after(&gap, wanted, next_key, next_row);
	moved = check_before(&gap, wanted);
	if (code == MDB_NOTFOUND && moved == 0 && ledger_ok(txn))
		ledger_gap_check_empty(txn, table);
	while (back && code == 0 && ledger_ok(txn) && moved-- > 0)
		step(&gap, MDB_NEXT, &key, &row);
	return ledger_ok(txn);
}
