/* test_ledger_txn_threads: one thread writes and grows the map while two read, and each read sees one commit. */
#include "tests/unit/ledger_fixture.h"

#include <pthread.h>
#include <stdatomic.h>

#include "daemon/ledger_internal.h"

enum { ROUNDS = 150, ROWS = 100, READERS = 2 };

static const struct ledger_sizes small_sizes = {
	.first_bytes = 1 << 20,
	.free_bytes = 512 * 1024,
	.limit_bytes = 1ull << 30,
	.wait_ms = 20000,
};

struct shared {
	struct ledger *ledger;
	atomic_bool done;
	atomic_int reads;
	atomic_int faults;
};

/* Round n has n times ROWS rows, each with the value n. */
static bool read_once(struct ledger *ledger, uint64_t *last_round)
{
	struct error error = {.class = ERROR_NONE};
	struct ledger_txn *txn = ledger_begin(ledger, false, &error);
	struct ledger_bytes key, value;
	struct ledger_cursor *cursor;
	uint64_t round = 0, rows = 0;
	bool good = true;

	if (txn == NULL)
		return false;
	if (ledger_get(txn, TABLE_META, "round", 5, &value))
		round = bytes_load_u64(value.data);
	cursor = ledger_cursor_open(txn, TABLE_ACCOUNTS);
	for (bool found = ledger_cursor_seek(cursor, NULL, 0, NULL, 0, &key, &value); found; rows++) {
		good &= value.length == 500 && bytes_load_u64(value.data) == (rows < ROWS ? round : 1);
		found = ledger_cursor_next(cursor, &key, &value);
	}
	ledger_cursor_close(cursor);
	good &= ledger_ok(txn) && rows == round * ROWS && round >= *last_round;
	*last_round = round;
	ledger_abort(txn);
	return good;
}

static void *read_all_along(void *argument)
{
	struct shared *shared = argument;
	uint64_t last_round = 0;

	while (!atomic_load(&shared->done)) {
		struct ledger_info info;

		if (!read_once(shared->ledger, &last_round))
			atomic_fetch_add(&shared->faults, 1);
		ledger_info(shared->ledger, &info);
		if (info.used_bytes > info.map_bytes)
			atomic_fetch_add(&shared->faults, 1);
		atomic_fetch_add(&shared->reads, 1);
	}
	return NULL;
}

static void put_number(struct ledger_txn *txn, enum ledger_table table, uint64_t key_number, uint64_t number)
{
	uint8_t key[8], value[500] = {0};

	bytes_store_u64(key, key_number);
	bytes_store_u64(value, number);
	ledger_put(txn, table, key, sizeof(key), value, sizeof(value));
}

static void *write_all_along(void *argument)
{
	struct shared *shared = argument;

	for (uint64_t round = 1; round <= ROUNDS; round++) {
		struct error error = {.class = ERROR_NONE};
		struct ledger_txn *txn = ledger_begin(shared->ledger, true, &error);
		uint8_t value[8];

		if (txn == NULL) {
			atomic_fetch_add(&shared->faults, 1);
			break;
		}
		/* New rows at the end, the first hundred rewritten. */
		for (uint64_t i = 0; i < ROWS; i++) {
			put_number(txn, TABLE_ACCOUNTS, (round - 1) * ROWS + i, 1);
			put_number(txn, TABLE_ACCOUNTS, i, round);
		}
		bytes_store_u64(value, round);
		ledger_put(txn, TABLE_META, "round", 5, value, sizeof(value));
		if (!ledger_commit(txn, &error))
			atomic_fetch_add(&shared->faults, 1);
	}
	atomic_store(&shared->done, true);
	return NULL;
}

static void reads_beside_a_writer_that_moves_the_map(void **context)
{
	struct fixture *fixture = *context;
	struct error error = {.class = ERROR_NONE};
	struct shared shared = {.ledger = NULL};
	struct ledger_info before, after;
	pthread_t writer, readers[READERS];
	uint64_t last_round = ROUNDS;

	shared.ledger = ledger_open_sized(fixture->directory, LEDGER_WRITE, &small_sizes, &error);
	assert_non_null(shared.ledger);
	ledger_info(shared.ledger, &before);
	for (int i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, read_all_along, &shared), 0);
	assert_int_equal(pthread_create(&writer, NULL, write_all_along, &shared), 0);
	pthread_join(writer, NULL);
	for (int i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	assert_int_equal(atomic_load(&shared.faults), 0);
	assert_true(atomic_load(&shared.reads) > 0);
	assert_true(read_once(shared.ledger, &last_round));
	ledger_info(shared.ledger, &after);
	assert_true(after.map_bytes > before.map_bytes);
	assert_int_equal(after.readers, 0);
	ledger_close(shared.ledger);
}

static void *write_a_hundred_times(void *argument)
{
	struct shared *shared = argument;

	for (int i = 0; i < 100; i++) {
		struct error error = {.class = ERROR_NONE};
		struct ledger_txn *txn = ledger_begin(shared->ledger, true, &error);
		struct ledger_bytes value;
		uint64_t count = 0;
		uint8_t bytes[8];

		if (txn != NULL && ledger_get(txn, TABLE_META, "count", 5, &value))
			count = bytes_load_u64(value.data);
		bytes_store_u64(bytes, count + 1);
		if (txn != NULL)
			ledger_put(txn, TABLE_META, "count", 5, bytes, sizeof(bytes));
		if (txn == NULL || !ledger_commit(txn, &error))
			atomic_fetch_add(&shared->faults, 1);
	}
	return NULL;
}

static void writers_of_one_process_take_turns(void **context)
{
	struct fixture *fixture = *context;
	struct shared shared = {.ledger = must_open(fixture->directory, LEDGER_WRITE)};
	pthread_t writers[3];
	struct ledger_bytes value;
	struct ledger_txn *txn;

	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&writers[i], NULL, write_a_hundred_times, &shared), 0);
	for (int i = 0; i < 3; i++)
		pthread_join(writers[i], NULL);
	assert_int_equal(atomic_load(&shared.faults), 0);
	txn = must_begin(shared.ledger, false);
	assert_true(ledger_get(txn, TABLE_META, "count", 5, &value));
	assert_int_equal(bytes_load_u64(value.data), 300);
	ledger_abort(txn);
	ledger_close(shared.ledger);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(reads_beside_a_writer_that_moves_the_map),
		fixture_test(writers_of_one_process_take_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
