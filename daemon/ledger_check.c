/* ledger_check: reads every row, and compares each table with the sum that its writers kept. */
#include "daemon/ledger_internal.h"

#include <string.h>

/* An LMDB code: MDB_NOTFOUND at the end. The sum is that of the rows that are whole. */
static int walk(struct ledger_txn *txn, int table, struct ledger_table_check *check, struct ledger_sum *sum)
{
	MDB_val key, row;
	MDB_val last = {0};
	MDB_cursor *cursor;
	uint32_t checksum;
	int code = mdb_cursor_open(txn->txn, txn->ledger->tables[table], &cursor);

	if (code != 0)
		return code;
	while ((code = mdb_cursor_get(cursor, &key, &row, MDB_NEXT)) == 0) {
		bool ordered = check->rows == 0 ||
			       ledger_key_compare(last.mv_data, last.mv_size, key.mv_data, key.mv_size) < 0;

		check->rows++;
		if (ordered && ledger_row_whole(txn->ledger->seeds[table], &key, &row, &checksum)) {
			sum->rows++;
			sum->checksum += checksum;
		} else {
			check->damaged++;
		}
		last = key;
	}
	mdb_cursor_close(cursor);
	return code;
}

static bool check_table(struct ledger_txn *txn, int table, struct ledger_table_check *check)
{
	struct ledger_sum found = {0};
	struct ledger_sum written;
	int code = walk(txn, table, check, &found);

	if (code != MDB_NOTFOUND) {
		check->unreadable = true;
		return ledger_txn_fail_code(txn, code, "read the ledger");
	}
	if (txn->places[table].changes > 0) {
		written = txn->places[table].sum;
	} else if (!ledger_txn_sum(txn, table, &written)) {
		check->unreadable = true;
		return false;
	}
	check->incomplete = check->damaged == 0 && (found.rows != written.rows || found.checksum != written.checksum ||
							   found.rows != ledger_count(txn, (enum ledger_table)table));
	return check->damaged == 0 && !check->incomplete;
}

bool ledger_check_checksums(struct ledger_txn *txn, struct ledger_table_check checks[TABLE_COUNT])
{
	bool whole = ledger_ok(txn);

	memset(checks, 0, TABLE_COUNT * sizeof(*checks));
	for (int table = 0; table < TABLE_COUNT; table++) {
		if (!ledger_ok(txn)) {
			checks[table].unreadable = true;
			continue;
		}
		whole &= check_table(txn, table, &checks[table]);
	}
	return whole;
}
