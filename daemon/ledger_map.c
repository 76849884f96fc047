/* ledger_map: how large the file may become, and who must be out of the map while it moves. */
#include "daemon/ledger_internal.h"

#include <assert.h>
#include <errno.h>
#include <sys/mman.h>
#include <time.h>

const struct ledger_sizes ledger_default_sizes = {
	.first_bytes = 1ull << 30,
	.free_bytes = 1ull << 30,
	.limit_bytes = 1ull << 45,
	.check_bytes = 64ull << 20,
	.wait_ms = 5000,
};

static bool has_room(const struct ledger_sizes *sizes, uint64_t map_bytes, uint64_t used_bytes)
{
	uint64_t wanted = map_bytes / 4 > sizes->free_bytes ? map_bytes / 4 : sizes->free_bytes;

	return map_bytes >= sizes->first_bytes && used_bytes <= map_bytes && map_bytes - used_bytes >= wanted;
}

uint64_t ledger_map_target(const struct ledger_sizes *sizes, uint64_t map_bytes, uint64_t used_bytes, bool was_full)
{
	if (map_bytes < sizes->first_bytes)
		map_bytes = sizes->first_bytes;
	else if (was_full)
		map_bytes *= 2;
	while (map_bytes <= sizes->limit_bytes && !has_room(sizes, map_bytes, used_bytes))
		map_bytes *= 2;
	return map_bytes <= sizes->limit_bytes ? map_bytes : 0;
}

/* Under the mutex. Readers hold pointers into the map: none may be left, and none may come meanwhile. */
static bool wait_for_readers(struct ledger *ledger)
{
	struct timespec until;
	int code = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (ledger->sizes.wait_ms % 1000) * 1000000;
	until.tv_sec += ledger->sizes.wait_ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	ledger->moving++;
	while (ledger->reading > 0 && code == 0)
		code = pthread_cond_timedwait(&ledger->changed, &ledger->mutex, &until);
	ledger->moving--;
	pthread_cond_broadcast(&ledger->changed);
	return ledger->reading == 0;
}

/* Under the mutex, with no transaction. LMDB gives the old map up before it knows that it gets the new one: try first.
 */
static bool move_map(struct ledger *ledger, uint64_t bytes, struct error *error)
{
	void *trial;
	int code;

	trial = mmap(NULL, bytes, PROT_READ, MAP_SHARED, ledger->witness, 0);
	if (trial == MAP_FAILED)
		return error_set(error, ERROR_RETRY, "allow the process more virtual memory (ulimit -v, LimitAS)",
			"the ledger's map cannot grow to %llu MiB", (unsigned long long)(bytes >> 20));
	munmap(trial, bytes);
	code = mdb_env_set_mapsize(ledger->env, bytes);
	if (code != 0)
		ledger_end_process("the ledger's map could not be moved", "start duizhangd again");
	ledger->map_was_full = false;
	return true;
}

/* Under the mutex, and before the transaction begins. */
static bool make_room(struct ledger *ledger, struct error *error)
{
	MDB_envinfo info;
	uint64_t used_bytes, target_bytes;

	mdb_env_info(ledger->env, &info);
	used_bytes = (info.me_last_pgno + 1) * ledger->page_bytes;
	if (!ledger->map_was_full && has_room(&ledger->sizes, info.me_mapsize, used_bytes))
		return true;
	target_bytes = ledger_map_target(&ledger->sizes, info.me_mapsize, used_bytes, ledger->map_was_full);
	if (target_bytes == 0)
		return error_set(error, ERROR_FATAL, "spread the counties over more partitions",
			"the ledger has reached its limit of %llu GiB",
			(unsigned long long)(ledger->sizes.limit_bytes >> 30));
	if (ledger->reading > 0) {
		/* Half the room will do this once, and the reads may be over next time. */
		if (!ledger->map_was_full && info.me_mapsize - used_bytes >= ledger->sizes.free_bytes / 2)
			return true;
		if (!wait_for_readers(ledger))
			return error_set(error, ERROR_RETRY, "none needed: the map grows once the read is over",
				"the ledger's map must grow, and a read of this process keeps it in place");
	}
	return move_map(ledger, target_bytes, error);
}

bool ledger_enter(struct ledger *ledger, bool write, struct error *error)
{
	bool entered = true;

	pthread_mutex_lock(&ledger->mutex);
	if (write) {
		while (ledger->writing)
			pthread_cond_wait(&ledger->changed, &ledger->mutex);
		ledger->writing = true;
		entered = make_room(ledger, error);
		if (!entered) {
			ledger->writing = false;
			pthread_cond_broadcast(&ledger->changed);
		}
	} else {
		while (ledger->moving > 0)
			pthread_cond_wait(&ledger->changed, &ledger->mutex);
		ledger->reading++;
	}
	pthread_mutex_unlock(&ledger->mutex);
	return entered;
}

void ledger_leave(struct ledger *ledger, bool write)
{
	pthread_mutex_lock(&ledger->mutex);
	if (write) {
		assert(ledger->writing);
		ledger->writing = false;
	} else {
		assert(ledger->reading > 0);
		ledger->reading--;
	}
	pthread_cond_broadcast(&ledger->changed);
	pthread_mutex_unlock(&ledger->mutex);
}

bool ledger_map_adopt(struct ledger *ledger, struct error *error)
{
	bool adopted;
	int code = 0;

	pthread_mutex_lock(&ledger->mutex);
	adopted = wait_for_readers(ledger);
	if (adopted)
		code = mdb_env_set_mapsize(ledger->env, 0);
	pthread_mutex_unlock(&ledger->mutex);
	if (code != 0)
		ledger_end_process("the ledger's map could not be moved", "start the program again");
	return adopted || error_set(error, ERROR_RETRY, "none needed: the map grows once the read is over",
				  "the ledger grew, and another read of this process keeps the old map in place");
}

void ledger_map_full(struct ledger *ledger)
{
	pthread_mutex_lock(&ledger->mutex);
	ledger->map_was_full = true;
	pthread_mutex_unlock(&ledger->mutex);
}
