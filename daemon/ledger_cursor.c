/* ledger_cursor: walks over the rows of a prefix. */
#include "daemon/ledger_internal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct ledger_cursor {
	struct ledger_txn *txn;
	int table;
	MDB_cursor *cursor;
	bool placed;      /* at a row, or where a row was */
	uint64_t changes; /* of the table, when it was placed */
	size_t prefix_length;
	MDB_val at; /* the row's key: in at_copy in a write transaction, where rows move, else in the map */
	uint8_t prefix[LEDGER_KEY_LIMIT];
	uint8_t at_copy[LEDGER_KEY_LIMIT];
};

struct ledger_cursor *ledger_cursor_open(struct ledger_txn *txn, enum ledger_table table)
{
	struct ledger_cursor *cursor;
	int code;

	if (!ledger_ok(txn))
		return NULL;
	cursor = malloc(sizeof(*cursor));
	if (cursor == NULL) {
		ledger_txn_fail_code(txn, ENOMEM, "read the ledger");
		return NULL;
	}
	cursor->txn = txn;
	cursor->table = (int)table;
	cursor->placed = false;
	code = mdb_cursor_open(txn->txn, txn->ledger->tables[table], &cursor->cursor);
	if (code != 0) {
		ledger_txn_fail_code(txn, code, "read the ledger");
		free(cursor);
		return NULL;
	}
	txn->cursors++;
	return cursor;
}

void ledger_cursor_close(struct ledger_cursor *cursor)
{
	if (cursor == NULL)
		return;
	mdb_cursor_close(cursor->cursor);
	cursor->txn->cursors--;
	free(cursor);
}

static bool usable(const struct ledger_cursor *cursor)
{
	return cursor != NULL && ledger_ok(cursor->txn);
}

static void place(struct ledger_cursor *cursor, const MDB_val *key)
{
	cursor->at = *key;
	if (cursor->txn->write) {
		memcpy(cursor->at_copy, key->mv_data, key->mv_size);
		cursor->at.mv_data = cursor->at_copy;
	}
	cursor->changes = cursor->txn->places[cursor->table].changes;
	cursor->placed = true;
}

/*
 * Takes the row that LMDB's cursor came to, or ends the walk. The row that ends a walk is checked as well: a damaged
 * key may have put it there.
 */
static bool arrive(struct ledger_cursor *cursor, int code, const MDB_val *found, const MDB_val *row,
	struct ledger_bytes *key, struct ledger_bytes *value)
{
	uint32_t checksum;

	cursor->placed = false;
	if (code == MDB_NOTFOUND)
		return false;
	if (code != 0)
		return ledger_txn_fail_code(cursor->txn, code, "read the ledger");
	if (!ledger_txn_accept(cursor->txn, cursor->table, found, row, value, &checksum))
		return false;
	if (found->mv_size > LEDGER_KEY_LIMIT)
		return ledger_txn_fail_damaged(cursor->txn, cursor->table);
	if (found->mv_size < cursor->prefix_length ||
		memcmp(found->mv_data, cursor->prefix, cursor->prefix_length) != 0)
		return false;
	key->data = found->mv_data;
	key->length = found->mv_size;
	place(cursor, found);
	return true;
}

static void set_prefix(struct ledger_cursor *cursor, const void *prefix, size_t prefix_length)
{
	assert(prefix_length <= LEDGER_KEY_LIMIT);
	cursor->prefix_length = prefix_length;
	if (prefix_length > 0)
		memcpy(cursor->prefix, prefix, prefix_length);
}

/* The first row with a key >= wanted, after a look at the gap before it. An LMDB code; any failure of the look sticks.
 */
static int seek(struct ledger_cursor *cursor, const MDB_val *wanted, MDB_val *found, MDB_val *row)
{
	bool moved;
	int code;

	if (wanted->mv_size == 0)
		return mdb_cursor_get(cursor->cursor, found, row, MDB_FIRST);
	*found = *wanted;
	code = mdb_cursor_get(cursor->cursor, found, row, MDB_SET_RANGE);
	if (code == 0 && found->mv_size == wanted->mv_size &&
		memcmp(found->mv_data, wanted->mv_data, wanted->mv_size) == 0)
		return 0;
	if (!ledger_txn_check_gap(cursor->txn, cursor->table, cursor->cursor, code, wanted, found, row, &moved))
		return MDB_NOTFOUND;
	if (code == 0 && moved)
		code = mdb_cursor_get(cursor->cursor, found, row, MDB_NEXT);
	return code;
}

bool ledger_cursor_seek(struct ledger_cursor *cursor, const void *prefix, size_t prefix_length, const void *from,
	size_t from_length, struct ledger_bytes *key, struct ledger_bytes *value)
{
	MDB_val wanted, found, row;
	int code;

	if (!usable(cursor))
		return false;
	assert(from_length <= LEDGER_KEY_LIMIT);
	set_prefix(cursor, prefix, prefix_length);
	wanted = ledger_val(cursor->prefix, prefix_length);
	if (from != NULL && ledger_key_compare(from, from_length, wanted.mv_data, wanted.mv_size) > 0)
		wanted = ledger_val(from, from_length);
	code = seek(cursor, &wanted, &found, &row);
	return ledger_ok(cursor->txn) && arrive(cursor, code, &found, &row, key, value);
}

bool ledger_cursor_next(struct ledger_cursor *cursor, struct ledger_bytes *key, struct ledger_bytes *value)
{
	MDB_val found, row;
	int code;

	if (!usable(cursor) || !cursor->placed)
		return false;
	if (cursor->changes == cursor->txn->places[cursor->table].changes) {
		code = mdb_cursor_get(cursor->cursor, &found, &row, MDB_NEXT);
	} else {
		found = cursor->at;
		code = mdb_cursor_get(cursor->cursor, &found, &row, MDB_SET_RANGE);
		if (code == 0 &&
			ledger_key_compare(found.mv_data, found.mv_size, cursor->at.mv_data, cursor->at.mv_size) == 0)
			code = mdb_cursor_get(cursor->cursor, &found, &row, MDB_NEXT);
	}
	if (code == 0 && ledger_key_compare(cursor->at.mv_data, cursor->at.mv_size, found.mv_data, found.mv_size) >= 0)
		return ledger_txn_fail_damaged(cursor->txn, cursor->table);
	return arrive(cursor, code, &found, &row, key, value);
}

/* The least key that is greater than all that begin with the prefix; false if there is none. */
static bool prefix_successor(const struct ledger_cursor *cursor, uint8_t successor[LEDGER_KEY_LIMIT], size_t *length)
{
	*length = cursor->prefix_length;
	while (*length > 0 && cursor->prefix[*length - 1] == 0xff)
		(*length)--;
	if (*length == 0)
		return false;
	memcpy(successor, cursor->prefix, *length);
	successor[*length - 1]++;
	return true;
}

bool ledger_cursor_last(struct ledger_cursor *cursor, const void *prefix, size_t prefix_length,
	struct ledger_bytes *key, struct ledger_bytes *value)
{
	uint8_t successor[LEDGER_KEY_LIMIT];
	size_t length;
	MDB_val wanted, found, row;
	uint32_t checksum;
	int code = MDB_NOTFOUND;

	if (!usable(cursor))
		return false;
	set_prefix(cursor, prefix, prefix_length);
	if (prefix_successor(cursor, successor, &length)) {
		wanted = found = ledger_val(successor, length);
		code = mdb_cursor_get(cursor->cursor, &found, &row, MDB_SET_RANGE);
		if (code != 0 && code != MDB_NOTFOUND)
			return ledger_txn_fail_code(cursor->txn, code, "read the ledger");
		if (code == 0 &&
			(!ledger_row_whole(cursor->txn->ledger->seeds[cursor->table], &found, &row, &checksum) ||
				ledger_key_compare(found.mv_data, found.mv_size, wanted.mv_data, length) < 0))
			return ledger_txn_fail_damaged(cursor->txn, cursor->table);
	}
	code = mdb_cursor_get(cursor->cursor, &found, &row, code == 0 ? MDB_PREV : MDB_LAST);
	return arrive(cursor, code, &found, &row, key, value);
}

void ledger_cursor_delete(struct ledger_cursor *cursor)
{
	if (!usable(cursor))
		return;
	assert(cursor->placed);
	ledger_delete(cursor->txn, (enum ledger_table)cursor->table, cursor->at.mv_data, cursor->at.mv_size);
}
