/* ledger_copy: a snapshot beside running transactions, whole or not at all. */
#include "daemon/ledger_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_copy(struct ledger *ledger, const char *path, struct error *error)
{
	/* Keeps the map in place under LMDB's own read transaction. */
	struct ledger_txn *txn = ledger_begin(ledger, false, error);
	int descriptor;
	int code;

	if (txn == NULL)
		return false;
	descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	code = descriptor >= 0 && fchmod(descriptor, 0600) == 0 ? 0 : errno;
	if (code == 0)
		code = mdb_env_copyfd2(ledger->env, descriptor, MDB_CP_COMPACT);
	if (code == 0 && fsync(descriptor) != 0)
		code = errno;
	if (descriptor >= 0 && close(descriptor) != 0 && code == 0)
		code = errno;
	ledger_abort(txn);
	if (code == ENOSPC || code == EDQUOT)
		return error_set(error, ERROR_RETRY, "free space there, or copy to another file system",
			"the disk that the ledger's copy goes to is full");
	return code == 0 || ledger_error_set(error, code, "copy the ledger");
}

static bool sync_folder_of(const char *path, struct error *error)
{
	char folder[4096];
	char *slash;

	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (slash == NULL)
		return ledger_directory_sync(".", error);
	slash[slash == folder] = '\0';
	return ledger_directory_sync(folder, error);
}

bool ledger_copy(struct ledger *ledger, const char *path, struct error *error)
{
	char new_path[4096];
	int length = snprintf(new_path, sizeof(new_path), "%s.tmp", path);

	if (length < 0 || (size_t)length >= sizeof(new_path))
		return error_set(
			error, ERROR_FATAL, "choose a shorter path", "the path of the ledger's copy is too long");
	if (!write_copy(ledger, new_path, error)) {
		unlink(new_path);
		return false;
	}
	if (rename(new_path, path) != 0) {
		ledger_error_set(error, errno, "rename the ledger's copy");
		unlink(new_path);
		return false;
	}
	return sync_folder_of(path, error);
}
