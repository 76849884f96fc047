/* test_ledger_check: a damaged file is noticed: by a reader where it reads, by a check of all rows in any case. */
#include "tests/unit/ledger_fixture.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "daemon/ledger_internal.h"

enum { PEOPLE = 3000, ACCOUNTS = 4000, GENERATIONS = 6, BIG_ROWS = 20 };

/* What a child says about a damaged file; it may also be ended by a signal, or by LEDGER_EXIT_STATUS. */
enum answer { ANSWER_UNCHANGED = 10, ANSWER_NOTICED, ANSWER_WRONG };

static size_t person_key(uint64_t number, uint8_t key[32])
{
	bytes_store_u32(key, 532929);
	memcpy(key + 4, "5329290000000000", 14);
	bytes_store_u64(key + 18, number * 7919);
	return 26;
}

static size_t account_key(uint64_t number, uint8_t key[32])
{
	bytes_store_u32(key, 532929);
	memcpy(key + 4, "BANK", 5);
	bytes_store_u32(key + 9, (uint32_t)(number / 4) * 613);
	key[13] = (uint8_t)(number % 4);
	return 14;
}

/* Rows of the last generation differ from those of the ones before, of which pages still lie about in the file. */
static size_t row_value(uint64_t number, uint8_t generation, uint8_t value[200])
{
	memset(value, generation, 200);
	bytes_store_u64(value, number);
	return 20 + number % 90;
}

static void put_generation(struct ledger *ledger, uint8_t generation)
{
	struct ledger_txn *txn = must_begin(ledger, true);
	uint8_t key[32], value[200], big[9000];
	size_t length;

	for (uint64_t i = 0; i < PEOPLE; i++) {
		length = person_key(i, key);
		ledger_put(txn, TABLE_PEOPLE, key, length, value, row_value(i, generation, value));
	}
	for (uint64_t i = 0; i < ACCOUNTS; i++) {
		length = account_key(i, key);
		ledger_put(txn, TABLE_ACCOUNTS, key, length, value, row_value(i, generation, value));
	}
	memset(big, generation, sizeof(big));
	for (uint64_t i = 0; i < BIG_ROWS; i++) {
		bytes_store_u64(key, i);
		ledger_put(txn, TABLE_CHUNKS, key, 8, big, sizeof(big) - i * 300);
	}
	put_text(txn, TABLE_META, "position", "where it is");
	must_commit(txn);
}

static void make_ledger(const char *directory)
{
	struct ledger *ledger = must_open(directory, LEDGER_WRITE);

	for (int generation = 1; generation <= GENERATIONS; generation++)
		put_generation(ledger, (uint8_t)generation);
	ledger_close(ledger);
}

static bool same(struct ledger_bytes value, uint64_t number)
{
	uint8_t wanted[200];
	size_t length = row_value(number, GENERATIONS, wanted);

	return value.length == length && memcmp(value.data, wanted, length) == 0;
}

/* False if something was read that is not what was written, and nobody said so. */
static bool read_single_rows(struct ledger_txn *txn)
{
	uint8_t key[32];
	struct ledger_bytes value;

	for (uint64_t i = 0; i < PEOPLE && ledger_ok(txn); i++) {
		size_t length = person_key(i, key);
		bool found = ledger_get(txn, TABLE_PEOPLE, key, length, &value);

		if (ledger_ok(txn) && (!found || !same(value, i)))
			return false;
		/* And one that is not there. */
		key[length - 1] ^= 1;
		if (ledger_get(txn, TABLE_PEOPLE, key, length, &value))
			return false;
	}
	return true;
}

static bool read_walks(struct ledger_txn *txn)
{
	struct ledger_cursor *cursor = ledger_cursor_open(txn, TABLE_ACCOUNTS);
	struct ledger_bytes key, value;
	uint8_t prefix[32];
	bool good = true;

	for (uint64_t i = 0; i < ACCOUNTS && good && ledger_ok(txn); i += 4) {
		size_t length = account_key(i, prefix) - 1;
		uint64_t seen = 0;

		for (bool found = ledger_cursor_seek(cursor, prefix, length, NULL, 0, &key, &value); found; seen++) {
			good &= seen < 4 && same(value, i + seen);
			found = ledger_cursor_next(cursor, &key, &value);
		}
		good &= !ledger_ok(txn) || seen == 4;
		good &= !ledger_cursor_last(cursor, prefix, length, &key, &value) || same(value, i + 3);
	}
	ledger_cursor_close(cursor);
	return good;
}

static bool read_big_rows(struct ledger_txn *txn)
{
	struct ledger_bytes value;
	uint8_t key[8];

	for (uint64_t i = 0; i < BIG_ROWS && ledger_ok(txn); i++) {
		bool found;

		bytes_store_u64(key, i);
		found = ledger_get(txn, TABLE_CHUNKS, key, 8, &value);
		if (ledger_ok(txn) && (!found || value.length != 9000 - i * 300 || value.data[0] != GENERATIONS ||
					      memcmp(value.data, value.data + 1, value.length - 1) != 0))
			return false;
	}
	return true;
}

/* Reads every row in the ways the daemon does. */
static int read_all(void *argument)
{
	struct error error = {.class = ERROR_NONE};
	struct ledger *ledger = ledger_open(argument, LEDGER_READ, &error);
	struct ledger_txn *txn;
	bool good;
	int answer;

	if (ledger == NULL)
		return error.class == ERROR_FATAL ? ANSWER_NOTICED : ANSWER_WRONG;
	txn = must_begin(ledger, false);
	good = read_single_rows(txn) && read_walks(txn) && read_big_rows(txn);
	answer = !ledger_ok(txn) ? ANSWER_NOTICED : good ? ANSWER_UNCHANGED : ANSWER_WRONG;
	ledger_abort(txn);
	ledger_close(ledger);
	return answer;
}

/* The check, as "duizhang verify" makes it. */
static int check_all(void *argument)
{
	struct error error = {.class = ERROR_NONE};
	struct ledger *ledger = ledger_open(argument, LEDGER_READ, &error);
	struct ledger_table_check checks[TABLE_COUNT];
	struct ledger_txn *txn;
	bool whole;

	if (ledger == NULL)
		return ANSWER_NOTICED;
	txn = must_begin(ledger, false);
	whole = ledger_check_checksums(txn, checks);
	ledger_abort(txn);
	ledger_close(ledger);
	return whole ? ANSWER_UNCHANGED : ANSWER_NOTICED;
}

/* Writes rows of the newest generation again, as into a ledger that is too large to be checked when it is opened. */
static int write_some(void *argument)
{
	struct ledger_sizes sizes = ledger_default_sizes;
	struct error error = {.class = ERROR_NONE};
	struct ledger *ledger;
	uint64_t state = 5;
	uint8_t key[32], value[200];

	sizes.check_bytes = 0;
	ledger = ledger_open_sized(argument, LEDGER_WRITE, &sizes, &error);
	if (ledger == NULL)
		return ANSWER_NOTICED;
	for (int round = 0; round < 5; round++) {
		struct ledger_txn *txn = must_begin(ledger, true);

		for (int i = 0; i < 200; i++) {
			uint64_t number = random_next(&state) % PEOPLE;
			size_t length = person_key(number, key);

			if (i % 3 == 0)
				ledger_delete(txn, TABLE_PEOPLE, key, length);
			ledger_put(txn, TABLE_PEOPLE, key, length, value, row_value(number, GENERATIONS, value));
		}
		if (!ledger_commit(txn, &error)) {
			ledger_close(ledger);
			return error.class == ERROR_FATAL ? ANSWER_NOTICED : ANSWER_WRONG;
		}
	}
	ledger_close(ledger);
	return ANSWER_UNCHANGED;
}

/* A small ledger is checked before anything is written. */
static int open_to_write(void *argument)
{
	struct error error = {.class = ERROR_NONE};
	struct ledger *ledger = ledger_open(argument, LEDGER_WRITE, &error);

	if (ledger == NULL)
		fprintf(stderr, "%s\n", error.cause);
	if (ledger == NULL)
		return error.class == ERROR_FATAL ? ANSWER_NOTICED : ANSWER_WRONG;
	ledger_close(ledger);
	return ANSWER_UNCHANGED;
}

static bool noticed(int status)
{
	return WIFSIGNALED(status) || (WIFEXITED(status) && (WEXITSTATUS(status) == ANSWER_NOTICED ||
								    WEXITSTATUS(status) == LEDGER_EXIT_STATUS));
}

static bool answered(int status, enum answer answer)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == (int)answer;
}

struct tally {
	int unchanged, noticed, ended, crashed, wrong;
};

static void count(struct tally *tally, int status)
{
	tally->unchanged += answered(status, ANSWER_UNCHANGED);
	tally->noticed += answered(status, ANSWER_NOTICED);
	tally->ended += answered(status, (enum answer)LEDGER_EXIT_STATUS);
	tally->wrong += answered(status, ANSWER_WRONG);
	tally->crashed += WIFSIGNALED(status);
}

static void print_tally(const char *what, const struct tally *tally)
{
	print_message("%s: %d unchanged, %d noticed, %d ended with a message, %d crashed, %d wrong\n", what,
		tally->unchanged, tally->noticed, tally->ended, tally->crashed, tally->wrong);
}

/* The file's bytes in memory, which a damaged copy is written from. */
struct image {
	uint8_t *bytes;
	size_t length;
	char path[256];
};

static struct image load_image(const struct fixture *fixture)
{
	struct image image;
	struct stat status;
	int descriptor;

	fixture_path(fixture, "data.mdb", image.path);
	descriptor = open(image.path, O_RDONLY);
	assert_int_equal(fstat(descriptor, &status), 0);
	image.length = (size_t)status.st_size;
	image.bytes = malloc(image.length);
	assert_int_equal(read(descriptor, image.bytes, image.length), image.length);
	close(descriptor);
	return image;
}

static void write_image(const struct image *image, size_t length)
{
	int descriptor = open(image->path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(descriptor >= 0);
	assert_int_equal(write(descriptor, image->bytes, length), length);
	close(descriptor);
}

static void flip(struct image *image, size_t bit)
{
	image->bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
}

struct flips {
	struct tally read, check, write, after;
};

/*
 * One flipped bit: what comes of reading, of checking, of opening a small ledger, of writing into a large one and
 * reading then. A reader that is misled must not be so for long: a check notices, and so does whoever opens the ledger
 * to write.
 */
static void try_flip(const struct fixture *fixture, struct image *image, size_t bit, struct flips *flips)
{
	char directory[128], output[4000];
	int read_status, check_status, open_status, after_status;

	snprintf(directory, sizeof(directory), "%s", fixture->directory);
	flip(image, bit);
	write_image(image, image->length);
	flip(image, bit);
	read_status = run_child(read_all, directory, output, sizeof(output));
	check_status = run_child(check_all, directory, output, sizeof(output));
	open_status = run_child(open_to_write, directory, output, sizeof(output));
	count(&flips->read, read_status);
	count(&flips->check, check_status);
	if (answered(read_status, ANSWER_WRONG) && !noticed(check_status))
		fail_msg("bit %zu: a reader is misled, and a check finds nothing", bit);
	/* An empty table that a flipped name hid is made again. */
	if (noticed(check_status) && !noticed(open_status) &&
		!answered(run_child(check_all, directory, output, sizeof(output)), ANSWER_UNCHANGED))
		fail_msg("bit %zu: a small damaged ledger is opened to write", bit);
	count(&flips->write, run_child(write_some, directory, output, sizeof(output)));
	after_status = run_child(read_all, directory, output, sizeof(output));
	count(&flips->after, after_status);
	if (answered(after_status, ANSWER_WRONG) && !noticed(run_child(check_all, directory, output, sizeof(output))))
		fail_msg("bit %zu: a writer did harm, and a check finds nothing", bit);
}

static int number_from(const char *variable, int otherwise)
{
	const char *text = getenv(variable);

	return text == NULL ? otherwise : atoi(text);
}

static void notices_flipped_bits(void **context)
{
	struct fixture *fixture = *context;
	const int total = number_from("LEDGER_FLIPS", 150);
	uint64_t state = (uint64_t)number_from("LEDGER_SEED", 1);
	struct flips flips = {.read = {0}};
	struct image image;

	make_ledger(fixture->directory);
	image = load_image(fixture);
	for (int i = 0; i < total; i++) {
		size_t number = (size_t)random_next(&state) << 8 | random_next(&state) % 256;

		try_flip(fixture, &image, number % (image.length * 8), &flips);
	}
	print_tally("read", &flips.read);
	print_tally("check", &flips.check);
	print_tally("write", &flips.write);
	print_tally("read after write", &flips.after);
	assert_true(flips.read.noticed > total / 10);
	/* Page headers and branch pages: the few flips that mislead a reader of a large ledger until it is checked. */
	assert_true(flips.read.wrong <= 1 + total / 500);
	assert_true(flips.after.wrong <= 1 + total / 500);
	free(image.bytes);
}

/* The meta pages, which LMDB believes: all bits of what it reads in them. A transaction may be lost, not be mixed up.
 */
static void notices_flipped_bits_of_meta_pages(void **context)
{
	struct fixture *fixture = *context;
	const int stride = number_from("LEDGER_META_STRIDE", 11);
	struct tally tally = {0};
	struct image image;

	make_ledger(fixture->directory);
	image = load_image(fixture);
	for (size_t page = 0; page < 2; page++) {
		for (size_t bit = 0; bit < 152 * 8; bit += (size_t)stride) {
			char output[4000];
			int status;

			flip(&image, page * 4096 * 8 + bit);
			write_image(&image, image.length);
			flip(&image, page * 4096 * 8 + bit);
			status = run_child(open_to_write, fixture->directory, output, sizeof(output));
			count(&tally, status);
			if (WIFSIGNALED(status))
				fail_msg("page %zu, bit %zu: signal %d", page, bit, WTERMSIG(status));
		}
	}
	print_tally("open", &tally);
	assert_int_equal(tally.wrong, 0);
	assert_true(tally.noticed > 0 && tally.unchanged > 0);
	free(image.bytes);
}

/* Not a bit but all of the rest: a copy that ended early. What it lost may have been free pages. */
static void notices_a_file_that_lost_its_end(void **context)
{
	struct fixture *fixture = *context;
	struct tally read_tally = {0}, open_tally = {0};
	struct image image;

	make_ledger(fixture->directory);
	image = load_image(fixture);
	for (size_t length = image.length - 4096; length > 4096 * 4; length = length * 7 / 8) {
		char output[4000];

		write_image(&image, length);
		count(&read_tally, run_child(read_all, fixture->directory, output, sizeof(output)));
		count(&open_tally, run_child(open_to_write, fixture->directory, output, sizeof(output)));
	}
	print_tally("read", &read_tally);
	print_tally("open", &open_tally);
	assert_int_equal(read_tally.crashed + read_tally.wrong + open_tally.crashed + open_tally.wrong, 0);
	assert_true(read_tally.unchanged <= 4 && read_tally.noticed + read_tally.ended > 20);
	assert_int_equal(open_tally.unchanged, read_tally.unchanged);
	free(image.bytes);
}

/* A leaf page as LMDB lays it out: 16 bytes of head, of which the ones from 12 say how many rows there are. */
static size_t find_leaf_of(const struct image *image, const void *key, size_t key_length)
{
	for (size_t page = image->length / 4096 - 1; page > 1; page--) {
		const uint8_t *bytes = image->bytes + page * 4096;

		if (bytes[10] == 2 && bytes[11] == 0 && memmem(bytes, 4096, key, key_length) != NULL)
			return page;
	}
	fail_msg("no page has the key");
	return 0;
}

static void notices_a_page_that_lost_rows(void **context)
{
	struct fixture *fixture = *context;
	struct ledger_table_check checks[TABLE_COUNT];
	struct ledger *ledger;
	struct ledger_txn *txn;
	struct image image;
	char output[4000];
	uint8_t key[32];
	size_t page, length;
	int status;

	ledger = must_open(fixture->directory, LEDGER_WRITE);
	put_generation(ledger, GENERATIONS);
	ledger_close(ledger);
	image = load_image(fixture);
	length = person_key(PEOPLE / 2, key);
	page = find_leaf_of(&image, key, length);
	image.bytes[page * 4096 + 12] -= 2;
	write_image(&image, image.length);
	ledger = must_open(fixture->directory, LEDGER_READ);
	txn = must_begin(ledger, false);
	assert_false(ledger_check_checksums(txn, checks));
	for (int table = 0; table < TABLE_COUNT; table++) {
		assert_int_equal(checks[table].incomplete, table == TABLE_PEOPLE);
		assert_int_equal(checks[table].damaged, 0);
		assert_false(checks[table].unreadable);
	}
	assert_int_equal(checks[TABLE_PEOPLE].rows, PEOPLE - 1);
	assert_true(ledger_ok(txn));
	ledger_abort(txn);
	ledger_close(ledger);
	status = run_child(open_to_write, fixture->directory, output, sizeof(output));
	assert_true(noticed(status));
	assert_non_null(strstr(output, "table people is damaged: rows of it are lost"));
	free(image.bytes);
}

/* Damage in several tables: all of it is told, not only the first. */
static void counts_damaged_rows_of_every_table(void **context)
{
	struct fixture *fixture = *context;
	struct ledger_table_check checks[TABLE_COUNT];
	struct ledger *ledger = must_open(fixture->directory, LEDGER_WRITE);
	struct ledger_txn *txn;
	struct image image;

	txn = must_begin(ledger, true);
	put_text(txn, TABLE_PEOPLE, "key one", "the first value");
	put_text(txn, TABLE_PEOPLE, "key two", "the second value");
	put_text(txn, TABLE_PEOPLE, "key three", "the third value");
	put_text(txn, TABLE_TASKS, "key one", "the fourth value");
	must_commit(txn);
	ledger_close(ledger);
	image = load_image(fixture);
	for (size_t i = 0; i + 16 < image.length; i++)
		if (memcmp(image.bytes + i, "the first value", 15) == 0 ||
			memcmp(image.bytes + i, "the second", 10) == 0 ||
			memcmp(image.bytes + i, "the fourth", 10) == 0)
			image.bytes[i + 5] ^= 1;
	write_image(&image, image.length);
	ledger = must_open(fixture->directory, LEDGER_READ);
	txn = must_begin(ledger, false);
	assert_false(ledger_check_checksums(txn, checks));
	assert_int_equal(checks[TABLE_PEOPLE].rows, 3);
	assert_int_equal(checks[TABLE_PEOPLE].damaged, 2);
	assert_int_equal(checks[TABLE_TASKS].damaged, 1);
	assert_int_equal(checks[TABLE_META].damaged, 0);
	assert_true(ledger_ok(txn));
	ledger_abort(txn);
	ledger_close(ledger);
	free(image.bytes);
}

/* In the middle of a write transaction the check goes by what the transaction did. */
static void checks_a_transaction_in_hand(void **context)
{
	struct fixture *fixture = *context;
	struct ledger_table_check checks[TABLE_COUNT];
	struct ledger *ledger = must_open(fixture->directory, LEDGER_WRITE);
	struct ledger_txn *txn = must_begin(ledger, true);

	put_text(txn, TABLE_PEOPLE, "a", "1");
	put_text(txn, TABLE_PEOPLE, "b", "2");
	put_text(txn, TABLE_PEOPLE, "a", "3");
	assert_true(ledger_delete(txn, TABLE_PEOPLE, "b", 1));
	assert_true(ledger_check_checksums(txn, checks));
	assert_int_equal(checks[TABLE_PEOPLE].rows, 1);
	assert_int_equal(checks[TABLE_META].rows, 1);
	must_commit(txn);
	txn = must_begin(ledger, false);
	assert_true(ledger_check_checksums(txn, checks));
	assert_int_equal(checks[TABLE_PEOPLE].rows, 1);
	ledger_abort(txn);
	ledger_close(ledger);
}

/* As LMDB does when a number of a page leads it out of the file. */
static int fault(void *argument)
{
	volatile int *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)argument;
	ledger_report_faults();
	return *page;
}

static void a_memory_fault_names_its_suspect(void **context)
{
	char output[2000];
	int status = run_child(fault, NULL, output, sizeof(output));

	(void)context;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	skip();
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
	skip();
#endif
#endif
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
	assert_non_null(strstr(output, "duizhang verify"));
	assert_ptr_equal(strchr(output, '\n'), output + strlen(output) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(counts_damaged_rows_of_every_table),
		fixture_test(checks_a_transaction_in_hand),
		fixture_test(notices_a_page_that_lost_rows),
		fixture_test(notices_a_file_that_lost_its_end),
		fixture_test(notices_flipped_bits_of_meta_pages),
		fixture_test(notices_flipped_bits),
		cmocka_unit_test(a_memory_fault_names_its_suspect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
