/* ledger_files: the ledger's directory, its locks, and what can be known of its file without LMDB. */
#include "daemon/ledger_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* What LMDB makes for its default of 126 readers. */
#define LOCK_FILE_BYTES 8192
/* Asked for at the end of a file to see whether the disk has room. */
#define DISK_PROBE_BYTES (1 << 20)

bool ledger_path(char path[4096], const char *directory, const char *name, struct error *error)
{
	int length = snprintf(path, 4096, "%s/%s", directory, name);

	if (length > 0 && length < 4096)
		return true;
	return error_set(error, ERROR_FATAL, "choose a shorter directory", "the ledger's path is too long");
}

bool ledger_directory_sync(const char *path, struct error *error)
{
	int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int code = 0;

	if (descriptor < 0 || fsync(descriptor) != 0)
		code = errno;
	if (descriptor >= 0)
		close(descriptor);
	return code == 0 || ledger_error_set(error, code, "sync the ledger's directory");
}

/* One directory of a path, 0700 whatever the umask is. Those that exist stay as they are. */
static bool make_one(const char *path, struct error *error)
{
	char parent[4096];
	char *slash;

	if (mkdir(path, 0700) != 0)
		return errno == EEXIST || ledger_error_set(error, errno, "make the ledger's directory");
	if (chmod(path, 0700) != 0)
		return ledger_error_set(error, errno, "make the ledger's directory");
	snprintf(parent, sizeof(parent), "%s", path);
	slash = strrchr(parent, '/');
	if (slash == NULL)
		return ledger_directory_sync(".", error);
	if (slash == parent)
		slash++;
	*slash = '\0';
	return ledger_directory_sync(parent, error);
}

bool ledger_directory_make(const char *directory, struct error *error)
{
	char path[4096];

	if (!ledger_path(path, directory, "", error))
		return false;
	for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (slash[-1] != '/' && !make_one(path, error))
			return false;
		*slash = '/';
	}
	return true;
}

/* A help to whoever finds the lock taken: false on a full disk, and nobody minds. */
static bool write_own_number(int descriptor)
{
	char text[16] = {0};

	snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	return pwrite(descriptor, text, sizeof(text), 0) == (ssize_t)sizeof(text);
}

int ledger_writer_lock(const char *directory, struct error *error)
{
	char path[4096];
	char holder[17] = {0};
	int descriptor;

	if (!ledger_path(path, directory, "writer.lock", error))
		return -1;
	descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (descriptor < 0 || fchmod(descriptor, 0600) != 0) {
		ledger_error_set(error, errno, "open the ledger's writer lock");
		goto out;
	}
	if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
		(void)write_own_number(descriptor);
		return descriptor;
	}
	if (errno != EWOULDBLOCK) {
		ledger_error_set(error, errno, "lock the ledger");
		goto out;
	}
	if (pread(descriptor, holder, sizeof(holder) - 1, 0) < 0)
		holder[0] = '\0';
	holder[strcspn(holder, "\n")] = '\0';
	error_set(error, ERROR_FATAL, "stop the other duizhangd, or give this one another ledger directory",
		"another process (pid %s) writes this ledger", holder[0] != '\0' ? holder : "unknown");
out:
	if (descriptor >= 0)
		close(descriptor);
	return -1;
}

bool ledger_lock_file_reserve(const char *directory, struct error *error)
{
	char path[4096];
	int code = 0;
	int descriptor;

	if (!ledger_path(path, directory, "lock.mdb", error))
		return false;
	descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (descriptor < 0 || fchmod(descriptor, 0600) != 0 ||
		fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, LOCK_FILE_BYTES) != 0)
		code = errno;
	if (descriptor >= 0)
		close(descriptor);
	if (code == EOPNOTSUPP || code == ENOSYS)
		code = 0;
	return code == 0 || ledger_error_set(error, code, "make the ledger's lock file");
}

/*
 * LMDB leaves a file short when the last pages of a transaction were taken and given back, so a short file may be
 * whole; a file that lost its end must not be met by a signal. Only with the writer's lock: lengthening must not race a
 * writer.
 */
bool ledger_file_lengthen(struct ledger *ledger, struct error *error)
{
	char path[4096];
	struct stat status;
	MDB_envinfo info;
	off_t wanted;
	int lock = ledger->writer_lock;
	int descriptor = -1;
	int code = 0;

	mdb_env_info(ledger->env, &info);
	wanted = (off_t)((info.me_last_pgno + 1) * ledger->page_bytes);
	if (!ledger_path(path, ledger->directory, "data.mdb", error))
		return false;
	if (stat(path, &status) != 0)
		return ledger_error_set(error, errno, "read the ledger's file");
	if (status.st_size >= wanted)
		return true;
	if (lock < 0)
		lock = ledger_writer_lock(ledger->directory, NULL);
	/* Whoever holds the lock lengthened the file. */
	if (lock < 0)
		return true;
	descriptor = open(path, O_RDWR | O_CLOEXEC);
	if (descriptor < 0 || ftruncate(descriptor, wanted) != 0)
		code = errno;
	if (descriptor >= 0)
		close(descriptor);
	if (lock != ledger->writer_lock)
		close(lock);
	return code == 0 || ledger_error_set(error, code, "lengthen the ledger's file");
}

/* The start of a meta page, of LMDB's data version 1, on a machine of this byte order. */
struct meta_page {
	uint64_t number;
	uint16_t pad, flags, lower, upper;
	uint32_t magic, version;
	uint64_t address, map_bytes;
	struct {
		uint32_t page_bytes; /* of the first tree; the second's is 0 */
		uint16_t flags, depth;
		uint64_t branch_pages, leaf_pages, overflow_pages, entries, root;
	} trees[2];
	uint64_t last_page, transaction;
};

static bool tree_plausible(uint64_t root, unsigned depth, uint64_t last_page)
{
	return root == UINT64_MAX ? depth == 0 : root > 1 && root <= last_page && depth > 0 && depth <= 32;
}

static bool header_plausible(const struct meta_page *meta, uint64_t page_bytes, uint64_t number)
{
	return meta->number == number && meta->magic == 0xbeefc0de && meta->version == 1 &&
	       meta->trees[0].page_bytes == page_bytes;
}

static bool content_plausible(const struct meta_page *meta)
{
	return meta->last_page < (1ull << 35) && meta->map_bytes < (1ull << 47) &&
	       tree_plausible(meta->trees[0].root, meta->trees[0].depth, meta->last_page) &&
	       tree_plausible(meta->trees[1].root, meta->trees[1].depth, meta->last_page);
}

/* Only the newer one counts: after a meta page that could not be written, LMDB leaves a mixture in the other. */
static bool metas_plausible(int descriptor)
{
	struct meta_page metas[2];
	uint64_t page_bytes;

	if (pread(descriptor, &metas[0], sizeof(metas[0]), 0) != (ssize_t)sizeof(metas[0]))
		return false;
	page_bytes = metas[0].trees[0].page_bytes;
	return page_bytes >= 512 && page_bytes <= 65536 && (page_bytes & (page_bytes - 1)) == 0 &&
	       header_plausible(&metas[0], page_bytes, 0) &&
	       pread(descriptor, &metas[1], sizeof(metas[1]), (off_t)page_bytes) == (ssize_t)sizeof(metas[1]) &&
	       header_plausible(&metas[1], page_bytes, 1) &&
	       content_plausible(&metas[metas[0].transaction < metas[1].transaction]);
}

bool ledger_file_plausible(int descriptor, struct error *error)
{
	/* A writer beside may be in the middle of a meta page, not so often in a row. */
	for (int attempt = 0; attempt < 100; attempt++) {
		if (metas_plausible(descriptor))
			return true;
		sched_yield();
	}
	return ledger_error_set(error, MDB_INVALID, "open the ledger");
}

bool ledger_disk_is_full(int descriptor)
{
	off_t end = lseek(descriptor, 0, SEEK_END);

	return end >= 0 && fallocate(descriptor, FALLOC_FL_KEEP_SIZE, end, DISK_PROBE_BYTES) != 0 &&
	       (errno == ENOSPC || errno == EDQUOT);
}
