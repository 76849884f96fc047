/* test_ledger: directories and locks, rows, transactions whose first error sticks, copies. */
#include "tests/unit/ledger_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "daemon/ledger_internal.h"

static unsigned mode_of(const char *path)
{
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	return status.st_mode & 07777;
}

static void assert_refused(const char *directory, enum ledger_mode mode, enum error_class class, const char *cause)
{
	struct error error = {.class = ERROR_NONE};

	assert_null(ledger_open(directory, mode, &error));
	assert_int_equal(error.class, class);
	if (strstr(error.cause, cause) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", error.cause, cause);
	assert_true(strlen(error.remedy) > 0);
}

static void makes_private_files_whatever_the_umask(void **context)
{
	static const mode_t masks[] = {0, 0777, 022};
	static const char *const names[] = {"data.mdb", "lock.mdb", "writer.lock"};
	struct fixture *fixture = *context;
	char directory[256], path[512];

	for (size_t m = 0; m < sizeof(masks) / sizeof(masks[0]); m++) {
		mode_t old = umask(masks[m]);

		snprintf(directory, sizeof(directory), "%s/a%zu/b/c", fixture->base, m);
		ledger_close(must_open(directory, LEDGER_WRITE));
		umask(old);
		assert_int_equal(mode_of(directory), 0700);
		snprintf(path, sizeof(path), "%s/a%zu", fixture->base, m);
		assert_int_equal(mode_of(path), 0700);
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
			assert_int_equal(mode_of(path), 0600);
		}
	}
}

static void leaves_an_existing_directory_as_it_is(void **context)
{
	struct fixture *fixture = *context;

	assert_int_equal(mkdir(fixture->directory, 0750), 0);
	assert_int_equal(chmod(fixture->directory, 0750), 0);
	ledger_close(must_open(fixture->directory, LEDGER_WRITE));
	assert_int_equal(mode_of(fixture->directory), 0750);
}

static void reading_needs_a_ledger(void **context)
{
	struct fixture *fixture = *context;

	assert_refused(fixture->directory, LEDGER_READ, ERROR_FATAL, "there is no ledger");
	assert_int_equal(mkdir(fixture->directory, 0700), 0);
	assert_refused(fixture->directory, LEDGER_READ, ERROR_FATAL, "there is no ledger");
}

static int open_to_write(void *argument)
{
	struct error error = {.class = ERROR_NONE};
	struct ledger *ledger = ledger_open(argument, LEDGER_WRITE, &error);

	if (ledger != NULL)
		return 0;
	fprintf(stderr, "%d %s; %s\n", (int)error.class, error.cause, error.remedy);
	return 1;
}

static void refuses_a_second_writer_and_names_the_first(void **context)
{
	struct fixture *fixture = *context;
	struct ledger *ledger = must_open(fixture->directory, LEDGER_WRITE);
	char output[1024], number[32];
	int status = run_child(open_to_write, fixture->directory, output, sizeof(output));

	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	snprintf(number, sizeof(number), "(pid %ld)", (long)getpid());
	assert_non_null(strstr(output, number));
	assert_non_null(strstr(output, "another process"));
	ledger_close(ledger);
	status = run_child(open_to_write, fixture->directory, output, sizeof(output));
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ledger_close(must_open(fixture->directory, LEDGER_WRITE));
}

static void refuses_what_is_not_a_ledger(void **context)
{
	struct fixture *fixture = *context;
	char path[256];
	FILE *file;

	assert_int_equal(mkdir(fixture->directory, 0700), 0);
	fixture_path(fixture, "data.mdb", path);
	file = fopen(path, "w");
	for (int i = 0; i < 20000; i++)
		fputc('x', file);
	fclose(file);
	assert_refused(fixture->directory, LEDGER_WRITE, ERROR_FATAL, "not a ledger");
	assert_refused(fixture->directory, LEDGER_READ, ERROR_FATAL, "not a ledger");
	assert_int_equal(truncate(path, 0), 0);
	assert_refused(fixture->directory, LEDGER_READ, ERROR_FATAL, "not a ledger");
}

static void set_format(const char *directory, uint32_t version)
{
	struct ledger *ledger = must_open(directory, LEDGER_WRITE);
	struct ledger_txn *txn = must_begin(ledger, true);
	uint8_t value[4];

	bytes_store_u32(value, version);
	ledger_put(txn, TABLE_META, LEDGER_FORMAT_KEY, strlen(LEDGER_FORMAT_KEY), value, sizeof(value));
	must_commit(txn);
	ledger_close(ledger);
}

static void refuses_another_format(void **context)
{
	struct fixture *fixture = *context;

	set_format(fixture->directory, LEDGER_FORMAT_VERSION + 1);
	assert_refused(fixture->directory, LEDGER_WRITE, ERROR_FATAL, "newer than");
	assert_refused(fixture->directory, LEDGER_READ, ERROR_FATAL, "newer than");
}

static void refuses_a_format_it_no_longer_reads(void **context)
{
	struct fixture *fixture = *context;

	set_format(fixture->directory, 0);
	assert_refused(fixture->directory, LEDGER_WRITE, ERROR_FATAL, "no longer reads");
}

static void begins_again_after_a_creation_that_was_cut_off(void **context)
{
	struct fixture *fixture = *context;
	char path[256];
	FILE *file;

	assert_int_equal(mkdir(fixture->directory, 0700), 0);
	fixture_path(fixture, "data.mdb.new", path);
	file = fopen(path, "w");
	fputs("half a page", file);
	fclose(file);
	ledger_close(must_open(fixture->directory, LEDGER_WRITE));
	assert_int_not_equal(access(path, F_OK), 0);
}

static void every_table_has_its_own_name(void **context)
{
	(void)context;
	for (int a = 0; a < TABLE_COUNT; a++)
		for (int b = 0; b < a; b++)
			assert_string_not_equal(
				ledger_table_name((enum ledger_table)a), ledger_table_name((enum ledger_table)b));
}

static void keeps_what_was_committed_and_nothing_else(void **context)
{
	struct fixture *fixture = *context;
	struct ledger *ledger = must_open(fixture->directory, LEDGER_WRITE);
	struct ledger_txn *txn = must_begin(ledger, true);

	put_text(txn, TABLE_PEOPLE, "a", "one");
	put_text(txn, TABLE_PEOPLE, "b", "");
	put_text(txn, TABLE_ACCOUNTS, "a", "other table");
	put_text(txn, TABLE_PEOPLE, "a", "two, and longer");
	assert_text(txn, TABLE_PEOPLE, "a", "two, and longer");
	must_commit(txn);
	txn = must_begin(ledger, true);
	put_text(txn, TABLE_PEOPLE, "c", "dropped");
	assert_true(ledger_delete(txn, TABLE_PEOPLE, "a", 1));
	assert_false(ledger_delete(txn, TABLE_PEOPLE, "a", 1));
	assert_text(txn, TABLE_PEOPLE, "a", NULL);
	ledger_abort(txn);
	ledger_close(ledger);

	ledger = must_open(fixture->directory, LEDGER_READ);
	txn = must_begin(ledger, false);
	assert_text(txn, TABLE_PEOPLE, "a", "two, and longer");
	assert_text(txn, TABLE_PEOPLE, "b", "");
	assert_text(txn, TABLE_PEOPLE, "c", NULL);
	assert_text(txn, TABLE_ACCOUNTS, "a", "other table");
	assert_text(txn, TABLE_ACCOUNTS, "b", NULL);
	assert_int_equal(ledger_count(txn, TABLE_PEOPLE), 2);
	assert_int_equal(ledger_count(txn, TABLE_TASKS), 0);
	assert_true(ledger_ok(txn));
	must_commit(txn);
	ledger_close(ledger);
}

static void takes_keys_and_values_of_every_length(void **context)
{
	static const size_t lengths[] = {0, 1, 7, 8, 100, 1999, 2000, 2020, 2040, 4079, 4096, 5000, 900 * 1024};
	struct fixture *fixture = *context;
	struct ledger *ledger = must_open(fixture->directory, LEDGER_WRITE);
	struct ledger_txn *txn = must_begin(ledger, true);
	uint8_t key[LEDGER_KEY_LIMIT];
	uint8_t *value = malloc(900 * 1024);
	struct ledger_bytes found;

	memset(key, 0xff, sizeof(key));
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
			/* In the second round each length replaces another one. */
			size_t length = lengths[(i + (size_t)round * 5) % (sizeof(lengths) / sizeof(lengths[0]))];

			memset(value, (int)(i + 1), 900 * 1024);
			ledger_put(txn, TABLE_CHUNKS, key, 1 + i * 42, value, length);
			assert_true(ledger_get(txn, TABLE_CHUNKS, key, 1 + i * 42, &found));
			assert_int_equal(found.length, length);
			assert_true(length == 0 || memcmp(found.data, value, length) == 0);
		}
	}
	must_commit(txn);
	free(value);
	ledger_close(ledger);
}

static void a_key_may_point_into_the_ledger(void **context)
{
	struct fixture *fixture = *context;
	struct ledger *ledger = must_open(fixture->directory, LEDGER_WRITE);
	struct ledger_txn *txn = must_begin(ledger, true);
	struct ledger_bytes key, value;
	struct ledger_cursor *cursor;
	char text[300];

	for (int i = 0; i < 400; i++) {
		snprintf(text, sizeof(text), "%05d", i);
		put_text(txn, TABLE_TASKS, text, text);
	}
	cursor = ledger_cursor_open(txn, TABLE_TASKS);
	for (bool found = ledger_cursor_seek(cursor, NULL, 0, NULL, 0, &key, &value); found;) {
		memset(text, 'v', sizeof(text));
		memcpy(text, key.data, 5);
		ledger_put(txn, TABLE_TASKS, key.data, key.length, text, sizeof(text));
		found = ledger_cursor_next(cursor, &key, &value);
	}
	ledger_cursor_close(cursor);
	must_commit(txn);
	txn = must_begin(ledger, false);
	assert_int_equal(ledger_count(txn, TABLE_TASKS), 400);
	for (int i = 0; i < 400; i++) {
		snprintf(text, sizeof(text), "%05d", i);
		assert_true(ledger_get(txn, TABLE_TASKS, text, 5, &value));
		assert_int_equal(value.length, 300);
		assert_memory_equal(value.data, text, 5);
	}
	ledger_abort(txn);
	ledger_close(ledger);
}

static void the_first_error_sticks(void **context)
{
	struct fixture *fixture = *context;
	struct ledger *ledger = must_open(fixture->directory, LEDGER_WRITE);
	struct ledger_txn *txn = must_begin(ledger, true);
	struct error first = {ERROR_RETRY, "first", "wait"};
	struct error second = {ERROR_FATAL, "second", "weep"};
	struct error error = {.class = ERROR_NONE};
	struct ledger_bytes key, value;
	struct ledger_cursor *before;

	put_text(txn, TABLE_PEOPLE, "a", "1");
	before = ledger_cursor_open(txn, TABLE_PEOPLE);
	assert_true(ledger_cursor_seek(before, "a", 1, NULL, 0, &key, &value));
	assert_true(ledger_ok(txn));
	ledger_fail(txn, &first);
	ledger_fail(txn, &second);
	assert_false(ledger_ok(txn));
	put_text(txn, TABLE_PEOPLE, "b", "2");
	assert_false(ledger_get(txn, TABLE_PEOPLE, "a", 1, &value));
	assert_false(ledger_delete(txn, TABLE_PEOPLE, "a", 1));
	assert_int_equal(ledger_count(txn, TABLE_PEOPLE), 0);
	assert_false(ledger_cursor_next(before, &key, &value));
	ledger_cursor_delete(before);
	ledger_cursor_close(before);
	assert_null(ledger_cursor_open(txn, TABLE_PEOPLE));
	assert_false(ledger_cursor_seek(NULL, "a", 1, NULL, 0, &key, &value));
	assert_false(ledger_cursor_last(NULL, "a", 1, &key, &value));
	assert_false(ledger_cursor_next(NULL, &key, &value));
	ledger_cursor_delete(NULL);
	ledger_cursor_close(NULL);
	assert_false(ledger_commit(txn, &error));
	assert_int_equal(error.class, ERROR_RETRY);
	assert_string_equal(error.cause, "first");
	assert_string_equal(error.remedy, "wait");
	txn = must_begin(ledger, false);
	assert_int_equal(ledger_count(txn, TABLE_PEOPLE), 0);
	ledger_abort(txn);
	ledger_close(ledger);
}

static void a_row_of_another_table_or_key_is_noticed(void **context)
{
	struct fixture *fixture = *context;
	struct ledger *ledger = must_open(fixture->directory, LEDGER_WRITE);
	struct ledger_txn *txn = must_begin(ledger, true);
	uint8_t row[8];
	MDB_val key = ledger_val("k", 1), data = {.mv_size = sizeof(row), .mv_data = row};
	struct error error = {.class = ERROR_NONE};
	struct ledger_bytes value;

	ledger_row_fill(ledger->seeds[TABLE_PEOPLE], "k", 1, "abc", 3, row);
	assert_int_equal(mdb_put(txn->txn, ledger->tables[TABLE_PEOPLE], &key, &data, 0), 0);
	assert_int_equal(mdb_put(txn->txn, ledger->tables[TABLE_ACCOUNTS], &key, &data, 0), 0);
	assert_text(txn, TABLE_PEOPLE, "k", "abc");
	assert_true(ledger_ok(txn));
	assert_false(ledger_get(txn, TABLE_ACCOUNTS, "k", 1, &value));
	assert_false(ledger_ok(txn));
	assert_false(ledger_commit(txn, &error));
	assert_int_equal(error.class, ERROR_FATAL);
	assert_non_null(strstr(error.cause, "table accounts is damaged"));
	assert_non_null(strstr(error.remedy, "duizhang verify"));
	assert_non_null(strstr(error.remedy, "duizhang rebuild"));
	ledger_close(ledger);
}

static void readers_see_one_moment(void **context)
{
	struct fixture *fixture = *context;
	struct ledger *ledger = must_open(fixture->directory, LEDGER_WRITE);
	struct ledger_txn *txn = must_begin(ledger, true);
	struct ledger_txn *reader;
	struct ledger_info info;

	put_text(txn, TABLE_META, "offset", "1");
	must_commit(txn);
	reader = must_begin(ledger, false);
	txn = must_begin(ledger, true);
	put_text(txn, TABLE_META, "offset", "2");
	assert_text(reader, TABLE_META, "offset", "1");
	must_commit(txn);
	assert_text(reader, TABLE_META, "offset", "1");
	ledger_info(ledger, &info);
	assert_int_equal(info.readers, 1);
	assert_true(info.used_bytes > 0 && info.used_bytes < info.map_bytes);
	assert_true(info.last_transaction >= 4);
	ledger_abort(reader);
	ledger_info(ledger, &info);
	assert_int_equal(info.readers, 0);
	reader = must_begin(ledger, false);
	assert_text(reader, TABLE_META, "offset", "2");
	ledger_abort(reader);
	ledger_close(ledger);
}

static void counts_dirty_bytes_about_right(void **context)
{
	struct fixture *fixture = *context;
	struct ledger *ledger = must_open(fixture->directory, LEDGER_WRITE);
	struct ledger_txn *txn = must_begin(ledger, true);
	uint8_t key[8], value[100] = {0};
	uint64_t state = 1;

	assert_int_equal(ledger_txn_bytes(txn), 0);
	for (uint64_t i = 0; i < 40000; i++) {
		bytes_store_u64(key, i);
		ledger_put(txn, TABLE_ACCOUNTS, key, sizeof(key), value, sizeof(value));
	}
	/* 40,000 rows of 113 bytes and their heads, in order: pages are full. */
	assert_in_range(ledger_txn_bytes(txn), 4400000, 6000000);
	must_commit(txn);

	/* Rows here and there cost a page each. */
	txn = must_begin(ledger, true);
	value[0] = 1;
	for (int i = 0; i < 300; i++) {
		bytes_store_u64(key, random_next(&state) % 40000);
		ledger_put(txn, TABLE_ACCOUNTS, key, sizeof(key), value, sizeof(value));
	}
	assert_in_range(ledger_txn_bytes(txn), 250 * 4096, 320 * 4096);
	/* The same few rows again and again do not. */
	for (int i = 0; i < 100000; i++) {
		bytes_store_u64(key, (uint64_t)i % 7);
		value[1]++;
		ledger_put(txn, TABLE_FINDINGS, key, sizeof(key), value, sizeof(value));
	}
	assert_in_range(ledger_txn_bytes(txn), 250 * 4096, 330 * 4096);
	ledger_abort(txn);
	ledger_close(ledger);
}

static void an_equal_put_dirties_nothing(void **context)
{
	struct fixture *fixture = *context;
	struct ledger *ledger = must_open(fixture->directory, LEDGER_WRITE);
	struct ledger_txn *txn = must_begin(ledger, true);
	struct ledger_info before, after;

	put_text(txn, TABLE_BANKS, "k", "v");
	must_commit(txn);
	ledger_info(ledger, &before);
	txn = must_begin(ledger, true);
	put_text(txn, TABLE_BANKS, "k", "v");
	assert_false(ledger_delete(txn, TABLE_BANKS, "l", 1));
	assert_int_equal(ledger_txn_bytes(txn), 0);
	must_commit(txn);
	ledger_info(ledger, &after);
	assert_int_equal(before.last_transaction, after.last_transaction);
	ledger_close(ledger);
}

static void copies_whole_beside_a_writer(void **context)
{
	struct fixture *fixture = *context;
	struct ledger *ledger = must_open(fixture->directory, LEDGER_WRITE);
	struct ledger_txn *txn = must_begin(ledger, true);
	struct ledger_table_check checks[TABLE_COUNT];
	struct error error = {.class = ERROR_NONE};
	char copy_directory[256], path[512];
	uint8_t key[8];

	for (uint64_t i = 0; i < 5000; i++) {
		bytes_store_u64(key, i);
		ledger_put(txn, TABLE_PEOPLE, key, sizeof(key), "some value", 10);
	}
	must_commit(txn);
	txn = must_begin(ledger, true);
	put_text(txn, TABLE_META, "not", "committed");
	snprintf(copy_directory, sizeof(copy_directory), "%s/copy", fixture->base);
	assert_int_equal(mkdir(copy_directory, 0700), 0);
	snprintf(path, sizeof(path), "%s/data.mdb", copy_directory);
	assert_true(ledger_copy(ledger, path, &error));
	assert_int_equal(mode_of(path), 0600);
	assert_true(ledger_copy(ledger, path, &error));
	ledger_abort(txn);
	ledger_close(ledger);

	ledger = must_open(copy_directory, LEDGER_WRITE);
	txn = must_begin(ledger, false);
	assert_int_equal(ledger_count(txn, TABLE_PEOPLE), 5000);
	assert_text(txn, TABLE_META, "not", NULL);
	assert_true(ledger_check_checksums(txn, checks));
	ledger_abort(txn);
	ledger_close(ledger);
}

static void a_copy_that_fails_leaves_nothing(void **context)
{
	struct fixture *fixture = *context;
	struct ledger *ledger = must_open(fixture->directory, LEDGER_WRITE);
	struct error error = {.class = ERROR_NONE};
	char path[256];

	snprintf(path, sizeof(path), "%s/absent/copy", fixture->base);
	assert_false(ledger_copy(ledger, path, &error));
	assert_int_equal(error.class, ERROR_FATAL);
	snprintf(path, sizeof(path), "%s/taken", fixture->base);
	assert_int_equal(mkdir(path, 0700), 0);
	error.class = ERROR_NONE;
	assert_false(ledger_copy(ledger, path, &error));
	assert_int_equal(error.class, ERROR_FATAL);
	strcat(path, ".tmp");
	assert_int_not_equal(access(path, F_OK), 0);
	ledger_close(ledger);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(makes_private_files_whatever_the_umask),
		fixture_test(leaves_an_existing_directory_as_it_is),
		fixture_test(reading_needs_a_ledger),
		fixture_test(refuses_a_second_writer_and_names_the_first),
		fixture_test(refuses_what_is_not_a_ledger),
		fixture_test(refuses_another_format),
		fixture_test(refuses_a_format_it_no_longer_reads),
		fixture_test(begins_again_after_a_creation_that_was_cut_off),
		cmocka_unit_test(every_table_has_its_own_name),
		fixture_test(keeps_what_was_committed_and_nothing_else),
		fixture_test(takes_keys_and_values_of_every_length),
		fixture_test(a_key_may_point_into_the_ledger),
		fixture_test(the_first_error_sticks),
		fixture_test(a_row_of_another_table_or_key_is_noticed),
		fixture_test(readers_see_one_moment),
		fixture_test(counts_dirty_bytes_about_right),
		fixture_test(an_equal_put_dirties_nothing),
		fixture_test(copies_whole_beside_a_writer),
		fixture_test(a_copy_that_fails_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
