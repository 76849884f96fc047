/* test_ledger_error: full disks pass, failed syncs end the process, and neither leaves anything of its transaction. */
#include "tests/unit/ledger_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "daemon/ledger_internal.h"

static void put_rows(struct ledger_txn *txn, uint8_t fill, uint64_t count)
{
	uint8_t key[8], value[1000];

	memset(value, fill, sizeof(value));
	for (uint64_t i = 0; i < count; i++) {
		bytes_store_u64(key, i);
		ledger_put(txn, TABLE_CHUNKS, key, sizeof(key), value, sizeof(value));
	}
}

/* All rows are of one fill and all is as written. */
static bool holds(struct ledger *ledger, uint8_t fill, uint64_t count)
{
	struct ledger_txn *txn = must_begin(ledger, false);
	struct ledger_table_check checks[TABLE_COUNT];
	struct ledger_bytes value;
	uint8_t key[8];
	bool good = ledger_check_checksums(txn, checks) && checks[TABLE_CHUNKS].rows == count;

	for (uint64_t i = 0; i < count && good; i++) {
		bytes_store_u64(key, i);
		good = ledger_get(txn, TABLE_CHUNKS, key, sizeof(key), &value) && value.data[0] == fill;
	}
	ledger_abort(txn);
	return good;
}

/* LMDB's descriptors of the data file: the one it writes pages through, and the one for meta pages. */
static int find_descriptor(int access_mode)
{
	DIR *folder = opendir("/proc/self/fd");
	struct dirent *entry;
	int found = -1;

	while ((entry = readdir(folder)) != NULL) {
		char path[64], target[4096];
		int descriptor = atoi(entry->d_name);
		ssize_t length;

		snprintf(path, sizeof(path), "/proc/self/fd/%d", descriptor);
		length = readlink(path, target, sizeof(target) - 1);
		if (length < 0)
			continue;
		target[length] = '\0';
		if (strstr(target, "/data.mdb") != NULL && (fcntl(descriptor, F_GETFL) & O_ACCMODE) == access_mode)
			found = descriptor;
	}
	closedir(folder);
	return found;
}

static void replace_descriptor(int descriptor, const char *path)
{
	int other = open(path, O_RDWR);

	assert_true(descriptor >= 0);
	assert_true(other >= 0);
	assert_int_equal(dup2(other, descriptor), descriptor);
	close(other);
}

struct accident {
	const struct fixture *fixture;
	int access_mode;  /* of the descriptor that fails */
	const char *path; /* what takes its place */
};

static int commit_with_accident(void *argument)
{
	struct accident *accident = argument;
	struct ledger *ledger = must_open(accident->fixture->directory, LEDGER_WRITE);
	struct ledger_txn *txn = must_begin(ledger, true);
	struct error error = {.class = ERROR_NONE};

	put_rows(txn, 'n', 50);
	replace_descriptor(find_descriptor(accident->access_mode), accident->path);
	ledger_commit(txn, &error);
	return 0;
}

static void assert_ends(const struct fixture *fixture, int access_mode, const char *path)
{
	struct accident accident = {fixture, access_mode, path};
	struct ledger *ledger = must_open(fixture->directory, LEDGER_WRITE);
	struct ledger_txn *txn = must_begin(ledger, true);
	char output[4000];
	int status;

	put_rows(txn, 'o', 40);
	must_commit(txn);
	ledger_close(ledger);
	status = run_child(commit_with_accident, &accident, output, sizeof(output));
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), LEDGER_EXIT_STATUS);
	/* One line. */
	assert_ptr_equal(strchr(output, '\n'), output + strlen(output) - 1);
	assert_non_null(strstr(output, " level=error msg=ended cause=\""));
	assert_non_null(strstr(output, " remedy=\""));
	ledger = must_open(fixture->directory, LEDGER_WRITE);
	assert_true(holds(ledger, 'o', 40));
	ledger_close(ledger);
}

/* /dev/null takes every write and cannot be synced. */
static void a_failed_sync_ends_the_process(void **context)
{
	assert_ends(*context, O_RDWR, "/dev/null");
}

static void a_failed_write_ends_the_process(void **context)
{
	struct fixture *fixture = *context;
	char path[256];
	int descriptor;

	snprintf(path, sizeof(path), "%s/pipe", fixture->base);
	assert_int_equal(mkfifo(path, 0600), 0);
	descriptor = open(path, O_RDWR);
	assert_ends(fixture, O_RDWR, path);
	close(descriptor);
}

/* The meta page is written last: whether it arrived is not known, full disk or not. */
static void a_failed_meta_page_ends_the_process(void **context)
{
	assert_ends(*context, O_WRONLY, "/dev/full");
}

static void a_full_disk_passes(void **context)
{
	struct fixture *fixture = *context;
	struct ledger *ledger = must_open(fixture->directory, LEDGER_WRITE);
	struct ledger_txn *txn = must_begin(ledger, true);
	struct error error = {.class = ERROR_NONE};
	int descriptor = find_descriptor(O_RDWR);
	int kept;

	put_rows(txn, 'o', 40);
	must_commit(txn);
	txn = must_begin(ledger, true);
	put_rows(txn, 'n', 50);
	kept = dup(descriptor);
	replace_descriptor(descriptor, "/dev/full");
	assert_false(ledger_commit(txn, &error));
	assert_int_equal(error.class, ERROR_RETRY);
	assert_non_null(strstr(error.cause, "full"));
	assert_non_null(strstr(error.remedy, "free space"));
	assert_true(holds(ledger, 'o', 40));

	dup2(kept, descriptor);
	close(kept);
	txn = must_begin(ledger, true);
	put_rows(txn, 'n', 50);
	must_commit(txn);
	assert_true(holds(ledger, 'n', 50));
	ledger_close(ledger);
}

/* From here on: a small disk of our own, in a child with its own mounts. */

enum { DISK_KIB = 2048, SKIPPED = 77 };

static bool fill_disk(const char *path, off_t leave_bytes)
{
	static const char block[4096] = {0};
	int descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	off_t end = 0;
	bool good;

	if (descriptor < 0)
		return false;
	while (write(descriptor, block, sizeof(block)) == (ssize_t)sizeof(block))
		end += (off_t)sizeof(block);
	good = errno == ENOSPC && ftruncate(descriptor, end - leave_bytes) == 0;
	close(descriptor);
	return good;
}

static bool retry_until_free(struct ledger *ledger, const char *filler)
{
	struct error error = {.class = ERROR_NONE};
	struct ledger_txn *txn = ledger_begin(ledger, true, &error);

	put_rows(txn, 'n', 200);
	if (ledger_commit(txn, &error) || error.class != ERROR_RETRY || strstr(error.cause, "disk") == NULL) {
		fprintf(stderr, "not refused as it should be: %s\n", error.cause);
		return false;
	}
	if (!holds(ledger, 'o', 100)) {
		fprintf(stderr, "something of the failed transaction is there\n");
		return false;
	}
	unlink(filler);
	txn = must_begin(ledger, true);
	put_rows(txn, 'n', 200);
	must_commit(txn);
	return holds(ledger, 'n', 200);
}

/* Leaves less and less space, so that LMDB's writes fail at each place, whole or cut short. */
static int fill_while_writing(void *argument)
{
	const struct fixture *fixture = argument;
	char directory[256], filler[256], options[64];

	snprintf(options, sizeof(options), "size=%dk,mode=0700", DISK_KIB);
	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		mount("none", fixture->base, "tmpfs", 0, options) != 0)
		return SKIPPED;
	for (int round = 0; round < 64; round++) {
		struct ledger *ledger;
		struct ledger_txn *txn;
		bool good;

		snprintf(filler, sizeof(filler), "%s/filler", fixture->base);
		snprintf(directory, sizeof(directory), "%s/l%d", fixture->base, round);
		ledger = must_open(directory, LEDGER_WRITE);
		txn = must_begin(ledger, true);
		put_rows(txn, 'o', 100);
		must_commit(txn);
		good = fill_disk(filler, (round % 32) * 4096) && retry_until_free(ledger, filler);
		ledger_close(ledger);
		if (!good)
			return 1;
		snprintf(filler, sizeof(filler), "rm -r '%.100s'", directory);
		if (system(filler) != 0)
			return 2;
	}
	return 0;
}

static int open_on_a_full_disk(void *argument)
{
	const struct fixture *fixture = argument;
	char directory[256], filler[256];

	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		mount("none", fixture->base, "tmpfs", 0, "size=2048k,mode=0700") != 0)
		return SKIPPED;
	snprintf(filler, sizeof(filler), "%s/filler", fixture->base);
	snprintf(directory, sizeof(directory), "%s/l", fixture->base);
	for (int blocks = 0; blocks < 12; blocks++) {
		struct error error = {.class = ERROR_NONE};
		struct ledger *ledger;

		if (!fill_disk(filler, blocks * 4096))
			return 1;
		ledger = ledger_open(directory, LEDGER_WRITE, &error);
		if (ledger == NULL && error.class != ERROR_RETRY) {
			fprintf(stderr, "%s\n", error.cause);
			return 2;
		}
		ledger_close(ledger);
		unlink(filler);
	}
	/* Nothing stays behind that would be in the way. */
	ledger_close(must_open(directory, LEDGER_WRITE));
	return 0;
}

static void run_on_small_disk(int (*work)(void *argument), void *fixture)
{
	char output[4000];
	int status = run_child(work, fixture, output, sizeof(output));

	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
		print_message("SKIPPED: this user may not mount a small disk (needs root)\n");
		skip();
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("status %x: %s", (unsigned)status, output);
}

static void a_disk_that_fills_up_passes(void **context)
{
	run_on_small_disk(fill_while_writing, *context);
}

static void opening_on_a_full_disk_is_told_to_wait(void **context)
{
	run_on_small_disk(open_on_a_full_disk, *context);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(a_failed_sync_ends_the_process),
		fixture_test(a_failed_write_ends_the_process),
		fixture_test(a_failed_meta_page_ends_the_process),
		fixture_test(a_full_disk_passes),
		fixture_test(a_disk_that_fills_up_passes),
		fixture_test(opening_on_a_full_disk_is_told_to_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
