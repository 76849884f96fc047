/* test_ledger_cursor: walks over prefixes, alone and while rows come and go, against a sorted array. */
#include "tests/unit/ledger_fixture.h"

enum { ROWS_MAX = 4000, KEY_MAX = 40, CURSORS = 4, VALUE_MAX = 6000 };

struct row {
	uint8_t key[KEY_MAX];
	size_t key_length;
	size_t value_length;
	uint8_t fill;
};

struct model {
	struct row rows[ROWS_MAX];
	size_t count;
};

struct walk {
	struct ledger_cursor *cursor;
	uint8_t prefix[KEY_MAX];
	size_t prefix_length;
	uint8_t at[KEY_MAX];
	size_t at_length;
	bool placed;
};

struct run {
	struct ledger *ledger;
	struct ledger_txn *txn;
	struct model now, committed;
	struct walk walks[CURSORS];
	uint64_t random;
	uint8_t value[VALUE_MAX];
};

static int compare(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length)
{
	int order = memcmp(a, b, a_length < b_length ? a_length : b_length);

	return order != 0 ? order : (a_length > b_length) - (a_length < b_length);
}

/* Where the key is or would be. */
static size_t model_place(const struct model *model, const uint8_t *key, size_t length)
{
	size_t low = 0, high = model->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (compare(model->rows[middle].key, model->rows[middle].key_length, key, length) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool model_has(const struct model *model, size_t place, const uint8_t *key, size_t length)
{
	return place < model->count && compare(model->rows[place].key, model->rows[place].key_length, key, length) == 0;
}

static bool model_begins(const struct model *model, size_t place, const struct walk *walk)
{
	const struct row *row = &model->rows[place];

	return place < model->count && row->key_length >= walk->prefix_length &&
	       memcmp(row->key, walk->prefix, walk->prefix_length) == 0;
}

static void model_remove(struct model *model, size_t place)
{
	memmove(&model->rows[place], &model->rows[place + 1], (model->count - place - 1) * sizeof(struct row));
	model->count--;
}

/* Few different bytes, so that keys share prefixes; some long ones, so that pages hold few. */
static size_t random_key(struct run *run, uint8_t key[KEY_MAX])
{
	static const uint8_t bytes[] = {0x00, 'a', 'b', 'c', 0xfe, 0xff};
	size_t length = 1 + random_next(&run->random) % 7;

	for (size_t i = 0; i < length; i++)
		key[i] = bytes[random_next(&run->random) % sizeof(bytes)];
	if (random_next(&run->random) % 4 == 0)
		while (length < KEY_MAX - 3)
			key[length++] = 'l';
	return length;
}

static void assert_value(struct run *run, const struct row *row, struct ledger_bytes value)
{
	assert_int_equal(value.length, row->value_length);
	memset(run->value, row->fill, row->value_length);
	assert_memory_equal(value.data, run->value, row->value_length);
}

static void step_put(struct run *run, size_t value_max)
{
	uint8_t key[KEY_MAX];
	size_t length = random_key(run, key);
	size_t place = model_place(&run->now, key, length);
	struct row *row = &run->now.rows[place];

	if (!model_has(&run->now, place, key, length)) {
		if (run->now.count == ROWS_MAX)
			return;
		memmove(row + 1, row, (run->now.count - place) * sizeof(*row));
		run->now.count++;
		memcpy(row->key, key, length);
		row->key_length = length;
	}
	row->value_length = random_next(&run->random) % value_max;
	row->fill = (uint8_t)random_next(&run->random);
	memset(run->value, row->fill, row->value_length);
	ledger_put(run->txn, TABLE_PEOPLE, key, length, run->value, row->value_length);
}

static void step_delete(struct run *run)
{
	uint8_t key[KEY_MAX];
	size_t length = random_key(run, key);
	size_t place;
	bool had;

	/* Mostly rows that are there. */
	if (run->now.count > 0 && random_next(&run->random) % 8 != 0) {
		const struct row *row = &run->now.rows[random_next(&run->random) % run->now.count];

		memcpy(key, row->key, row->key_length);
		length = row->key_length;
	}
	place = model_place(&run->now, key, length);
	had = model_has(&run->now, place, key, length);
	assert_int_equal(ledger_delete(run->txn, TABLE_PEOPLE, key, length), had);
	if (had)
		model_remove(&run->now, place);
}

static void step_get(struct run *run)
{
	uint8_t key[KEY_MAX];
	size_t length = random_key(run, key);
	size_t place = model_place(&run->now, key, length);
	bool had = model_has(&run->now, place, key, length);
	struct ledger_bytes value;

	assert_int_equal(ledger_get(run->txn, TABLE_PEOPLE, key, length, &value), had);
	if (had)
		assert_value(run, &run->now.rows[place], value);
}

static void assert_arrival(struct run *run, struct walk *walk, size_t place, bool expected, bool found,
	struct ledger_bytes key, struct ledger_bytes value)
{
	const struct row *row = &run->now.rows[place];

	assert_int_equal(found, expected);
	walk->placed = expected;
	if (!expected)
		return;
	assert_int_equal(key.length, row->key_length);
	assert_memory_equal(key.data, row->key, row->key_length);
	assert_value(run, row, value);
	memcpy(walk->at, row->key, row->key_length);
	walk->at_length = row->key_length;
}

static struct walk *random_walk(struct run *run)
{
	struct walk *walk = &run->walks[random_next(&run->random) % CURSORS];

	if (walk->cursor == NULL) {
		walk->cursor = ledger_cursor_open(run->txn, TABLE_PEOPLE);
		walk->placed = false;
	}
	return walk;
}

static void step_seek(struct run *run)
{
	struct walk *walk = random_walk(run);
	struct ledger_bytes key, value;
	uint8_t from[KEY_MAX];
	size_t from_length = 0;
	const uint8_t *start = walk->prefix;
	size_t start_length, place;
	bool found;

	walk->prefix_length = random_key(run, walk->prefix) % 4;
	start_length = walk->prefix_length;
	if (random_next(&run->random) % 2 == 0) {
		from_length = random_key(run, from);
		if (random_next(&run->random) % 2 == 0)
			memcpy(from, walk->prefix,
				walk->prefix_length < from_length ? walk->prefix_length : from_length);
		if (compare(from, from_length, start, start_length) > 0) {
			start = from;
			start_length = from_length;
		}
	}
	found = ledger_cursor_seek(walk->cursor, walk->prefix, walk->prefix_length, from_length > 0 ? from : NULL,
		from_length, &key, &value);
	place = model_place(&run->now, start, start_length);
	assert_arrival(run, walk, place, model_begins(&run->now, place, walk), found, key, value);
}

static void step_last(struct run *run)
{
	struct walk *walk = random_walk(run);
	struct ledger_bytes key, value;
	size_t place;
	bool found;

	walk->prefix_length = random_key(run, walk->prefix) % 4;
	found = ledger_cursor_last(walk->cursor, walk->prefix, walk->prefix_length, &key, &value);
	place = model_place(&run->now, walk->prefix, walk->prefix_length);
	while (model_begins(&run->now, place, walk))
		place++;
	if (place > 0 && model_begins(&run->now, place - 1, walk))
		assert_arrival(run, walk, place - 1, true, found, key, value);
	else
		assert_arrival(run, walk, 0, false, found, key, value);
}

static void step_next(struct run *run)
{
	struct walk *walk = random_walk(run);
	struct ledger_bytes key, value;
	bool found = ledger_cursor_next(walk->cursor, &key, &value);
	size_t place = 0;

	if (walk->placed) {
		place = model_place(&run->now, walk->at, walk->at_length);
		if (model_has(&run->now, place, walk->at, walk->at_length))
			place++;
	}
	assert_arrival(run, walk, place, walk->placed && model_begins(&run->now, place, walk), found, key, value);
}

static void step_cursor_delete(struct run *run)
{
	struct walk *walk = random_walk(run);
	size_t place;

	if (!walk->placed)
		return;
	ledger_cursor_delete(walk->cursor);
	place = model_place(&run->now, walk->at, walk->at_length);
	if (model_has(&run->now, place, walk->at, walk->at_length))
		model_remove(&run->now, place);
}

static void close_walks(struct run *run)
{
	for (int i = 0; i < CURSORS; i++) {
		ledger_cursor_close(run->walks[i].cursor);
		run->walks[i].cursor = NULL;
	}
}

static void assert_all(struct run *run)
{
	struct ledger_table_check checks[TABLE_COUNT];
	struct ledger_cursor *cursor = ledger_cursor_open(run->txn, TABLE_PEOPLE);
	struct ledger_bytes key, value;
	size_t place = 0;

	for (bool found = ledger_cursor_seek(cursor, NULL, 0, NULL, 0, &key, &value); found; place++) {
		assert_true(place < run->now.count);
		assert_int_equal(key.length, run->now.rows[place].key_length);
		assert_memory_equal(key.data, run->now.rows[place].key, key.length);
		assert_value(run, &run->now.rows[place], value);
		found = ledger_cursor_next(cursor, &key, &value);
	}
	assert_int_equal(place, run->now.count);
	assert_int_equal(ledger_count(run->txn, TABLE_PEOPLE), run->now.count);
	ledger_cursor_close(cursor);
	assert_true(ledger_check_checksums(run->txn, checks));
	assert_int_equal(checks[TABLE_PEOPLE].rows, run->now.count);
	assert_true(ledger_ok(run->txn));
}

static void end_transaction(struct run *run)
{
	close_walks(run);
	assert_all(run);
	if (random_next(&run->random) % 3 == 0) {
		ledger_abort(run->txn);
		run->now = run->committed;
	} else {
		must_commit(run->txn);
		run->committed = run->now;
	}
	run->txn = must_begin(run->ledger, true);
}

/* Of each 32 steps so many are: put, delete, get, seek, last, next, delete at a cursor. */
struct habits {
	uint32_t put, remove, get, seek, last, next, cursor_delete;
	size_t value_max;
};

static const struct habits habits[] = {
	{12, 4, 3, 3, 1, 7, 2, 60},   /* grows */
	{4, 12, 3, 3, 1, 6, 3, 60},   /* shrinks, to nothing at times */
	{6, 2, 2, 3, 1, 8, 10, 1500}, /* rows that fill half a page, deleted while walked over */
	{8, 6, 2, 4, 2, 8, 2, VALUE_MAX},
};

static void random_step(struct run *run, const struct habits *habit)
{
	uint32_t n = random_next(&run->random) % 32;

	if (n < habit->put)
		step_put(run, habit->value_max);
	else if ((n -= habit->put) < habit->remove)
		step_delete(run);
	else if ((n -= habit->remove) < habit->get)
		step_get(run);
	else if ((n -= habit->get) < habit->seek)
		step_seek(run);
	else if ((n -= habit->seek) < habit->last)
		step_last(run);
	else if (n - habit->last < habit->next)
		step_next(run);
	else
		step_cursor_delete(run);
}

static void agrees_with_a_sorted_array(void **context)
{
	struct fixture *fixture = *context;
	struct run *run = calloc(1, sizeof(*run));
	const char *seeds = getenv("LEDGER_SEEDS");
	uint64_t last_seed = seeds == NULL ? 12 : strtoull(seeds, NULL, 10);

	run->ledger = must_open(fixture->directory, LEDGER_WRITE);
	run->txn = must_begin(run->ledger, true);
	for (uint64_t seed = 1; seed <= last_seed; seed++) {
		run->random = seed;
		for (int step = 0; step < 20000; step++) {
			random_step(
				run, &habits[(seed + (uint64_t)step / 4000) % (sizeof(habits) / sizeof(habits[0]))]);
			if (!ledger_ok(run->txn))
				fail_msg("seed %llu, step %d", (unsigned long long)seed, step);
			if (step % 1500 == 1499)
				end_transaction(run);
		}
	}
	end_transaction(run);
	ledger_abort(run->txn);
	ledger_close(run->ledger);
	free(run);
}

static void put_all(struct ledger_txn *txn, const char *const *keys)
{
	for (; *keys != NULL; keys++)
		put_text(txn, TABLE_TASKS, *keys, *keys);
}

static void assert_walk(struct ledger_txn *txn, const char *prefix, const char *from, const char *wanted)
{
	struct ledger_cursor *cursor = ledger_cursor_open(txn, TABLE_TASKS);
	struct ledger_bytes key, value;
	char walked[200] = "";

	for (bool found = ledger_cursor_seek(
		     cursor, prefix, strlen(prefix), from, from == NULL ? 0 : strlen(from), &key, &value);
		found; found = ledger_cursor_next(cursor, &key, &value)) {
		assert_int_equal(key.length, value.length);
		strncat(walked, (const char *)key.data, key.length);
		strcat(walked, " ");
	}
	assert_string_equal(walked, wanted);
	/* A walk that ended stays ended. */
	assert_false(ledger_cursor_next(cursor, &key, &value));
	ledger_cursor_close(cursor);
}

static void walks_over_a_prefix(void **context)
{
	static const char *const keys[] = {"a", "aa", "ab", "abc", "b", "ba", "c\xff", "c\xff\xff", "d", NULL};
	struct fixture *fixture = *context;
	struct ledger *ledger = must_open(fixture->directory, LEDGER_WRITE);
	struct ledger_txn *txn = must_begin(ledger, true);
	struct ledger_cursor *cursor;
	struct ledger_bytes key, value;

	assert_walk(txn, "", NULL, "");
	put_all(txn, keys);
	must_commit(txn);
	for (int write = 0; write < 2; write++) {
		txn = must_begin(ledger, write);
		assert_walk(txn, "", NULL, "a aa ab abc b ba c\xff c\xff\xff d ");
		assert_walk(txn, "a", NULL, "a aa ab abc ");
		assert_walk(txn, "ab", NULL, "ab abc ");
		assert_walk(txn, "a", "ab", "ab abc ");
		assert_walk(txn, "a", "aba", "abc ");
		assert_walk(txn, "a", "b", "");
		assert_walk(txn, "b", "a", "b ba ");
		assert_walk(txn, "x", NULL, "");
		assert_walk(txn, "", "c", "c\xff c\xff\xff d ");
		cursor = ledger_cursor_open(txn, TABLE_TASKS);
		assert_true(ledger_cursor_last(cursor, "a", 1, &key, &value));
		assert_int_equal(key.length, 3);
		assert_false(ledger_cursor_next(cursor, &key, &value));
		assert_true(ledger_cursor_last(cursor, "c\xff\xff", 3, &key, &value));
		assert_int_equal(key.length, 3);
		assert_true(ledger_cursor_last(cursor, NULL, 0, &key, &value));
		assert_memory_equal(key.data, "d", 1);
		assert_false(ledger_cursor_last(cursor, "0", 1, &key, &value));
		assert_false(ledger_cursor_last(cursor, "bb", 2, &key, &value));
		ledger_cursor_close(cursor);
		assert_true(ledger_ok(txn));
		ledger_abort(txn);
	}
	ledger_close(ledger);
}

static void deletes_all_that_it_walks_over(void **context)
{
	struct fixture *fixture = *context;
	struct ledger *ledger = must_open(fixture->directory, LEDGER_WRITE);
	struct ledger_txn *txn = must_begin(ledger, true);
	struct ledger_cursor *cursor;
	struct ledger_bytes key, value;
	uint8_t number[8];
	int seen = 0;

	for (uint64_t i = 0; i < 20000; i++) {
		bytes_store_u64(number, i);
		ledger_put(txn, TABLE_OUTBOX, number, sizeof(number), "a message", 9);
	}
	cursor = ledger_cursor_open(txn, TABLE_OUTBOX);
	for (bool found = ledger_cursor_seek(cursor, NULL, 0, NULL, 0, &key, &value); found; seen++) {
		assert_int_equal(bytes_load_u64(key.data), seen);
		ledger_cursor_delete(cursor);
		/* Gone already: the second one does nothing. */
		if (seen % 3 == 0)
			ledger_cursor_delete(cursor);
		found = ledger_cursor_next(cursor, &key, &value);
	}
	ledger_cursor_close(cursor);
	assert_int_equal(seen, 20000);
	assert_int_equal(ledger_count(txn, TABLE_OUTBOX), 0);
	must_commit(txn);
	ledger_close(ledger);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(walks_over_a_prefix),
		fixture_test(deletes_all_that_it_walks_over),
		fixture_test(agrees_with_a_sorted_array),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
