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
	enum { NOWHERE, AT_ROW, PAST_END } state;
	uint64_t changes; /* of the table, when the state was reached */
	size_t prefix_length;
	/*
	 * AT_ROW: the key of the row that was given last. PAST_END: a key so that no row lies between it and the row
	 * that ended the walk, where LMDB's cursor is. In at_copy or, in a read transaction, in the map.
	 */
	MDB_val at;
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
	cursor->state = NOWHERE;
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

static void copy_at(struct ledger_cursor *cursor, const MDB_val *key)
{
	if (key->mv_size > 0)
		memcpy(cursor->at_copy, key->mv_data, key->mv_size);
	cursor->at = ledger_val(cursor->at_copy, key->mv_size);
}

/*
 * Takes the row that LMDB's cursor came to, or ends the walk. The row that ends a walk is checked as well: a damaged
 * key may have put it there.
 */
static bool arrive(struct ledger_cursor *cursor, int code, const MDB_val *found, const MDB_val *row,
	struct ledger_bytes *key, struct ledger_bytes *value)
{
	uint32_t checksum;

	cursor->state = NOWHERE;
	cursor->changes = cursor->txn->places[cursor->table].changes;
	if (code == MDB_NOTFOUND)
		return false;
	if (code != 0)
		return ledger_txn_fail_code(cursor->txn, code, "read the ledger");
	if (!ledger_txn_accept(cursor->txn, cursor->table, found, row, value, &checksum))
		return false;
	if (found->mv_size > LEDGER_KEY_LIMIT)
		return ledger_txn_fail_damaged(cursor->txn, cursor->table);
	if (found->mv_size < cursor->prefix_length ||
		memcmp(found->mv_data, cursor->prefix, cursor->prefix_length) != 0) {
		cursor->state = PAST_END;
		return false;
	}
	cursor->state = AT_ROW;
	cursor->at = *found;
	/* In a write transaction rows move. */
	if (cursor->txn->write)
		copy_at(cursor, found);
	key->data = found->mv_data;
	key->length = found->mv_size;
	return true;
}

static void set_prefix(struct ledger_cursor *cursor, const void *prefix, size_t prefix_length)
{
	assert(prefix_length <= LEDGER_KEY_LIMIT);
	cursor->prefix_length = prefix_length;
	if (prefix_length > 0)
		memcpy(cursor->prefix, prefix, prefix_length);
}

/* The first row with a key >= wanted, after a look at the gap before it: an LMDB code, or the transaction failed. */
static int search(struct ledger_cursor *cursor, const MDB_val *wanted, MDB_val *found, MDB_val *row)
{
	int code;

	if (wanted->mv_size == 0) {
		code = mdb_cursor_get(cursor->cursor, found, row, MDB_FIRST);
		if (code == MDB_NOTFOUND)
			ledger_gap_check_empty(cursor->txn, cursor->table);
		return code;
	}
	*found = *wanted;
	code = mdb_cursor_get(cursor->cursor, found, row, MDB_SET_RANGE);
	if (code == 0 && ledger_key_compare(found->mv_data, found->mv_size, wanted->mv_data, wanted->mv_size) == 0)
		return 0;
	ledger_gap_check(cursor->txn, cursor->table, cursor->cursor, code, wanted, found, row, true);
	return code;
}

/* True if the row that ended the last walk is the first one with a key >= wanted: sorted seeks find it there. */
static bool lies_ahead(struct ledger_cursor *cursor, const MDB_val *wanted, MDB_val *found, MDB_val *row)
{
	return cursor->state == PAST_END && cursor->changes == cursor->txn->places[cursor->table].changes &&
	       ledger_key_compare(cursor->at.mv_data, cursor->at.mv_size, wanted->mv_data, wanted->mv_size) < 0 &&
	       mdb_cursor_get(cursor->cursor, found, row, MDB_GET_CURRENT) == 0 &&
	       ledger_key_compare(wanted->mv_data, wanted->mv_size, found->mv_data, found->mv_size) <= 0;
}

bool ledger_cursor_seek(struct ledger_cursor *cursor, const void *prefix, size_t prefix_length, const void *from,
	size_t from_length, struct ledger_bytes *key, struct ledger_bytes *value)
{
	MDB_val wanted, found, row;
	int code = 0;

	if (!usable(cursor))
		return false;
	assert(from_length <= LEDGER_KEY_LIMIT);
	set_prefix(cursor, prefix, prefix_length);
	wanted = ledger_val(cursor->prefix, prefix_length);
	if (from != NULL && ledger_key_compare(from, from_length, wanted.mv_data, wanted.mv_size) > 0)
		wanted = ledger_val(from, from_length);
	if (!lies_ahead(cursor, &wanted, &found, &row)) {
		code = search(cursor, &wanted, &found, &row);
		copy_at(cursor, &wanted);
	}
	return ledger_ok(cursor->txn) && arrive(cursor, code, &found, &row, key, value);
}

bool ledger_cursor_next(struct ledger_cursor *cursor, struct ledger_bytes *key, struct ledger_bytes *value)
{
	MDB_val found, row;
	int code;

	if (!usable(cursor) || cursor->state != AT_ROW)
		return false;
	if (cursor->changes == cursor->txn->places[cursor->table].changes) {
		code = mdb_cursor_get(cursor->cursor, &found, &row, MDB_NEXT);
	} else {
		code = search(cursor, &cursor->at, &found, &row);
		if (code == 0 &&
			ledger_key_compare(found.mv_data, found.mv_size, cursor->at.mv_data, cursor->at.mv_size) == 0)
			code = mdb_cursor_get(cursor->cursor, &found, &row, MDB_NEXT);
	}
	if (code == 0 && ledger_key_compare(cursor->at.mv_data, cursor->at.mv_size, found.mv_data, found.mv_size) >= 0)
		return ledger_txn_fail_damaged(cursor->txn, cursor->table);
	return ledger_ok(cursor->txn) && arrive(cursor, code, &found, &row, key, value);
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
	int code = MDB_NOTFOUND;

	if (!usable(cursor))
		return false;
	set_prefix(cursor, prefix, prefix_length);
	if (prefix_successor(cursor, successor, &length)) {
		wanted = ledger_val(successor, length);
		code = search(cursor, &wanted, &found, &row);
		if (!ledger_ok(cursor->txn))
			return false;
	}
	code = mdb_cursor_get(cursor->cursor, &found, &row, code == 0 ? MDB_PREV : MDB_LAST);
	if (arrive(cursor, code, &found, &row, key, value))
		return true;
	cursor->state = NOWHERE;
	return false;
}

void ledger_cursor_delete(struct ledger_cursor *cursor)
{
	if (!usable(cursor))
		return;
	assert(cursor->state == AT_ROW);
	ledger_delete(cursor->txn, (enum ledger_table)cursor->table, cursor->at.mv_data, cursor->at.mv_size);
}
