/* test_ledger_map: the map grows under a running process, beside readers of this one and of others. */
#include "tests/unit/ledger_fixture.h"

#include "daemon/ledger_internal.h"

#define MIB (1ull << 20)
#define GIB (1ull << 30)

static const struct ledger_sizes small_sizes = {
	.first_bytes = 1 * MIB,
	.free_bytes = 512 * 1024,
	.limit_bytes = 256 * MIB,
	.wait_ms = 20,
};

static void doubles_until_there_is_room(void **context)
{
	static const struct {
		uint64_t map_bytes, used_bytes;
		bool was_full;
		uint64_t target_bytes;
	} cases[] = {
		{1 * MIB, 0, false, 1 * GIB},
		{1 * GIB, 8192, false, 2 * GIB},
		{2 * GIB, 8192, false, 2 * GIB},
		{2 * GIB, 1 * GIB, false, 2 * GIB},
		{2 * GIB, 1 * GIB + 4096, false, 4 * GIB},
		{8 * GIB, 6 * GIB, false, 8 * GIB},
		{8 * GIB, 6 * GIB + 4096, false, 16 * GIB},
		{2 * GIB, 8192, true, 4 * GIB},
		{2 * GIB, 100 * GIB, false, 256 * GIB},
		{1ull << 45, 3 * (1ull << 43), false, 1ull << 45},
		{1ull << 45, 3 * (1ull << 43) + 4096, false, 0},
		{1ull << 45, 8192, true, 0},
	};

	(void)context;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(ledger_map_target(&ledger_default_sizes, cases[i].map_bytes, cases[i].used_bytes,
					 cases[i].was_full),
			cases[i].target_bytes);
}

static struct ledger *open_small(const struct fixture *fixture, enum ledger_mode mode)
{
	struct error error = {.class = ERROR_NONE};
	struct ledger *ledger = ledger_open_sized(fixture->directory, mode, &small_sizes, &error);

	if (ledger == NULL)
		fail_msg("ledger_open_sized: %s", error.cause);
	return ledger;
}

static void put_rows(struct ledger_txn *txn, uint64_t first, uint64_t count)
{
	uint8_t key[8], value[1000];

	memset(value, 'v', sizeof(value));
	for (uint64_t i = first; i < first + count; i++) {
		bytes_store_u64(key, i);
		ledger_put(txn, TABLE_CHUNKS, key, sizeof(key), value, sizeof(value));
	}
}

static void assert_rows(struct ledger *ledger, uint64_t count)
{
	struct ledger_txn *txn = must_begin(ledger, false);
	struct ledger_table_check checks[TABLE_COUNT];

	assert_true(ledger_check_checksums(txn, checks));
	assert_int_equal(checks[TABLE_CHUNKS].rows, count);
	ledger_abort(txn);
}

static void grows_between_transactions(void **context)
{
	struct fixture *fixture = *context;
	struct ledger *ledger = open_small(fixture, LEDGER_WRITE);
	struct ledger_info first, last;

	ledger_info(ledger, &first);
	for (uint64_t i = 0; i < 100; i++) {
		struct ledger_txn *txn = must_begin(ledger, true);

		put_rows(txn, i * 200, 200);
		must_commit(txn);
	}
	ledger_info(ledger, &last);
	assert_true(last.used_bytes > 20 * MIB);
	assert_true(last.map_bytes - last.used_bytes >= 512 * 1024);
	assert_true(last.map_bytes > 10 * first.map_bytes);
	assert_rows(ledger, 20000);
	ledger_close(ledger);

	/* What it grew to is in the file. */
	ledger = open_small(fixture, LEDGER_READ);
	ledger_info(ledger, &first);
	assert_int_equal(first.map_bytes, last.map_bytes);
	assert_rows(ledger, 20000);
	ledger_close(ledger);
}

static void a_transaction_that_does_not_fit_is_done_again(void **context)
{
	struct fixture *fixture = *context;
	struct ledger *ledger = open_small(fixture, LEDGER_WRITE);
	int failures = 0;

	for (bool committed = false; !committed;) {
		struct error error = {.class = ERROR_NONE};
		struct ledger_txn *txn = must_begin(ledger, true);

		put_rows(txn, 0, 10000);
		committed = ledger_commit(txn, &error);
		if (committed)
			break;
		failures++;
		assert_int_equal(error.class, ERROR_RETRY);
		assert_non_null(strstr(error.cause, "map is full"));
		assert_true(failures < 10);
		assert_rows(ledger, 0);
	}
	assert_in_range(failures, 3, 9);
	assert_rows(ledger, 10000);
	ledger_close(ledger);
}

static void a_map_at_its_limit_is_fatal(void **context)
{
	struct fixture *fixture = *context;
	struct ledger_sizes sizes = small_sizes;
	struct error error = {.class = ERROR_NONE};
	struct ledger *ledger;
	struct ledger_txn *txn;

	sizes.limit_bytes = 4 * MIB;
	ledger = ledger_open_sized(fixture->directory, LEDGER_WRITE, &sizes, &error);
	assert_non_null(ledger);
	while ((txn = ledger_begin(ledger, true, &error)) != NULL) {
		put_rows(txn, ledger_count(txn, TABLE_CHUNKS), 100);
		if (!ledger_commit(txn, &error))
			error.class = ERROR_NONE;
	}
	assert_int_equal(error.class, ERROR_FATAL);
	assert_non_null(strstr(error.cause, "limit"));
	ledger_close(ledger);
}

static void a_read_of_this_process_keeps_the_map_in_place(void **context)
{
	struct fixture *fixture = *context;
	struct ledger *ledger = open_small(fixture, LEDGER_WRITE);
	struct ledger_txn *reader = must_begin(ledger, false);
	struct error error = {.class = ERROR_NONE};
	struct ledger_info before, after;
	struct ledger_txn *txn;
	uint64_t rows = 0;

	ledger_info(ledger, &before);
	while ((txn = ledger_begin(ledger, true, &error)) != NULL) {
		put_rows(txn, rows, 20);
		must_commit(txn);
		rows += 20;
		assert_true(rows < 5000);
	}
	assert_int_equal(error.class, ERROR_RETRY);
	assert_non_null(strstr(error.cause, "a read of this process"));
	ledger_info(ledger, &after);
	assert_int_equal(before.map_bytes, after.map_bytes);
	assert_int_equal(ledger_count(reader, TABLE_CHUNKS), 0);
	ledger_abort(reader);

	txn = must_begin(ledger, true);
	put_rows(txn, rows, 20);
	must_commit(txn);
	ledger_info(ledger, &after);
	assert_true(after.map_bytes > before.map_bytes);
	assert_rows(ledger, rows + 20);
	ledger_close(ledger);
}

struct other_process {
	const struct fixture *fixture;
	int ready[2];
	int go[2];
};

/* Opens while the ledger is small, and reads before and after it has grown. */
static int read_before_and_after(void *argument)
{
	struct other_process *other = argument;
	struct ledger *ledger = open_small(other->fixture, LEDGER_READ);
	struct ledger_info before, after;
	char byte;

	assert_rows(ledger, 0);
	ledger_info(ledger, &before);
	if (write(other->ready[1], "r", 1) != 1 || read(other->go[0], &byte, 1) != 1)
		return 1;
	assert_rows(ledger, 20000);
	ledger_info(ledger, &after);
	if (after.map_bytes <= before.map_bytes)
		return 2;
	ledger_close(ledger);
	return 0;
}

static int run_other(void *argument)
{
	char output[2000];
	int status = run_child(read_before_and_after, argument, output, sizeof(output));

	fputs(output, stderr);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

static void a_reader_in_another_process_follows(void **context)
{
	struct fixture *fixture = *context;
	struct other_process other = {.fixture = fixture};
	struct ledger *ledger;
	pid_t child;
	char byte;
	int status;

	ledger_close(open_small(fixture, LEDGER_WRITE));
	assert_int_equal(pipe(other.ready), 0);
	assert_int_equal(pipe(other.go), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(run_other(&other));
	assert_int_equal(read(other.ready[0], &byte, 1), 1);
	ledger = open_small(fixture, LEDGER_WRITE);
	for (uint64_t i = 0; i < 100; i++) {
		struct ledger_txn *txn = must_begin(ledger, true);

		put_rows(txn, i * 200, 200);
		must_commit(txn);
	}
	assert_int_equal(write(other.go[1], "g", 1), 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	ledger_close(ledger);
	for (int i = 0; i < 2; i++) {
		close(other.ready[i]);
		close(other.go[i]);
	}
}

/* Ends without closing, in the middle of a read. */
static int die_reading(void *argument)
{
	struct ledger *ledger = must_open(argument, LEDGER_READ);

	must_begin(ledger, false);
	return 0;
}

static void forgets_readers_that_died(void **context)
{
	struct fixture *fixture = *context;
	struct ledger *ledger = must_open(fixture->directory, LEDGER_WRITE);
	struct ledger_info info;
	char output[1000];

	/* The second one clears the place of the first as it opens. */
	for (int i = 0; i < 2; i++)
		run_child(die_reading, fixture->directory, output, sizeof(output));
	ledger_info(ledger, &info);
	assert_int_equal(info.readers, 1);
	for (uint64_t i = 0; i < 65; i++) {
		struct ledger_txn *txn = must_begin(ledger, true);

		put_rows(txn, i, 1);
		must_commit(txn);
	}
	ledger_info(ledger, &info);
	assert_int_equal(info.readers, 0);
	ledger_close(ledger);
}

static void more_readers_than_places_are_told_to_wait(void **context)
{
	enum { PLACES = 126 };
	struct fixture *fixture = *context;
	struct ledger *ledger = must_open(fixture->directory, LEDGER_WRITE);
	struct error error = {.class = ERROR_NONE};
	struct ledger_txn *readers[PLACES];

	for (int i = 0; i < PLACES; i++)
		readers[i] = must_begin(ledger, false);
	assert_null(ledger_begin(ledger, false, &error));
	assert_int_equal(error.class, ERROR_RETRY);
	ledger_abort(readers[0]);
	readers[0] = must_begin(ledger, false);
	for (int i = 0; i < PLACES; i++)
		ledger_abort(readers[i]);
	ledger_close(ledger);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubles_until_there_is_room),
		fixture_test(grows_between_transactions),
		fixture_test(a_transaction_that_does_not_fit_is_done_again),
		fixture_test(a_map_at_its_limit_is_fatal),
		fixture_test(a_read_of_this_process_keeps_the_map_in_place),
		fixture_test(a_reader_in_another_process_follows),
		fixture_test(forgets_readers_that_died),
		fixture_test(more_readers_than_places_are_told_to_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
