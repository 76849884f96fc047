/* ledger_fixture: a ledger directory for one test, and errors that say why. */
#ifndef DUIZHANG_TESTS_LEDGER_FIXTURE_H
#define DUIZHANG_TESTS_LEDGER_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/bytes.h"
#include "daemon/ledger.h"

struct fixture {
	char base[64];
	char directory[128]; /* in base, not made yet */
};

static inline void fixture_path(const struct fixture *fixture, const char *name, char path[256])
{
	snprintf(path, 256, "%s/%s", fixture->directory, name);
}

static inline int fixture_set_up(void **context)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	snprintf(fixture->base, sizeof(fixture->base), "%s/test-ledger-XXXXXX",
		access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(fixture->base));
	snprintf(fixture->directory, sizeof(fixture->directory), "%s/ledger", fixture->base);
	*context = fixture;
	return 0;
}

static inline int fixture_tear_down(void **context)
{
	struct fixture *fixture = *context;
	char command[160];

	snprintf(command, sizeof(command), "rm -rf '%s'", fixture->base);
	assert_int_equal(system(command), 0);
	free(fixture);
	return 0;
}

#define fixture_test(f) cmocka_unit_test_setup_teardown(f, fixture_set_up, fixture_tear_down)

static inline struct ledger *must_open(const char *directory, enum ledger_mode mode)
{
	struct error error = {.class = ERROR_NONE};
	struct ledger *ledger = ledger_open(directory, mode, &error);

	if (ledger == NULL)
		fail_msg("ledger_open: %s", error.cause);
	return ledger;
}

static inline struct ledger_txn *must_begin(struct ledger *ledger, bool write)
{
	struct error error = {.class = ERROR_NONE};
	struct ledger_txn *txn = ledger_begin(ledger, write, &error);

	if (txn == NULL)
		fail_msg("ledger_begin: %s", error.cause);
	return txn;
}

static inline void must_commit(struct ledger_txn *txn)
{
	struct error error = {.class = ERROR_NONE};

	if (!ledger_commit(txn, &error))
		fail_msg("ledger_commit: %s", error.cause);
}

static inline void put_text(struct ledger_txn *txn, enum ledger_table table, const char *key, const char *value)
{
	ledger_put(txn, table, key, strlen(key), value, strlen(value));
}

static inline void assert_text(struct ledger_txn *txn, enum ledger_table table, const char *key, const char *wanted)
{
	struct ledger_bytes value;

	if (wanted == NULL) {
		assert_false(ledger_get(txn, table, key, strlen(key), &value));
		return;
	}
	assert_true(ledger_get(txn, table, key, strlen(key), &value));
	assert_int_equal(value.length, strlen(wanted));
	assert_memory_equal(value.data, wanted, value.length);
}

/* A fixed sequence of numbers for each seed, the same everywhere. */
static inline uint32_t random_next(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

/* How a child process ended, with what it wrote to standard error. The child does work(argument) and exits with its
 * result. */
static inline int run_child(int (*work)(void *argument), void *argument, char *output, size_t output_size)
{
	int descriptors[2];
	size_t length = 0;
	ssize_t got;
	pid_t child;
	int status;

	assert_int_equal(pipe(descriptors), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		/* cmocka's handlers would make a failed test of a crash. */
		signal(SIGSEGV, SIG_DFL);
		signal(SIGBUS, SIG_DFL);
		signal(SIGFPE, SIG_DFL);
		dup2(descriptors[1], STDERR_FILENO);
		close(descriptors[0]);
		close(descriptors[1]);
		_exit(work(argument));
	}
	close(descriptors[1]);
	while ((got = read(descriptors[0], output + length, output_size - 1 - length)) > 0)
		length += (size_t)got;
	output[length] = '\0';
	close(descriptors[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

#endif
