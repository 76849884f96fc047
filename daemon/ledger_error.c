/* ledger_error: what the codes of LMDB and the system mean to an operator. */
#include "daemon/ledger_internal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"

#define REMEDY_DAMAGED                                                                                                 \
	"stop duizhangd and run \"duizhang verify\"; then \"duizhang restore\" a snapshot, or \"duizhang rebuild\" "   \
	"from the intake log"
#define REMEDY_DISK  "free space on the file system of the ledger; work goes on by itself"
#define REMEDY_IO    "look for disk errors in the system log, mend or move the file system, then start duizhangd again"
#define REMEDY_NONE  "none needed: the step is done again"
#define REMEDY_RIGHT "give the directory and its files to the user that duizhangd runs as, and mount it writable"

struct code_meaning {
	int code;
	enum error_class class;
	const char *cause;
	const char *remedy;
};

static const struct code_meaning meanings[] = {
	{MDB_MAP_FULL, ERROR_RETRY, "the ledger's map is full",
		"none needed: the map grows and the step is done again"},
	{MDB_MAP_RESIZED, ERROR_RETRY, "another process made the ledger's map larger", REMEDY_NONE},
	{MDB_READERS_FULL, ERROR_RETRY, "too many programs read the ledger at once", "end some of them"},
	{MDB_TXN_FULL, ERROR_FATAL, "a ledger transaction is too large", "report this: steps are meant to be smaller"},
	{MDB_VERSION_MISMATCH, ERROR_FATAL, "the ledger's file is of another version of LMDB",
		"use the LMDB library that wrote it, or \"duizhang rebuild\" from the intake log"},
	{MDB_INVALID, ERROR_FATAL, "the ledger's file is not a ledger, or its first pages are damaged", REMEDY_DAMAGED},
	{MDB_CORRUPTED, ERROR_FATAL, "a page of the ledger's file is damaged", REMEDY_DAMAGED},
	{MDB_PAGE_NOTFOUND, ERROR_FATAL, "the ledger's file names a page that it does not hold", REMEDY_DAMAGED},
	{MDB_CURSOR_FULL, ERROR_FATAL, "the ledger's file is damaged: a tree does not end", REMEDY_DAMAGED},
	{MDB_PAGE_FULL, ERROR_FATAL, "a page of the ledger's file is damaged", REMEDY_DAMAGED},
	{MDB_INCOMPATIBLE, ERROR_FATAL, "the ledger's file is damaged: a table is not one", REMEDY_DAMAGED},
	{MDB_BAD_DBI, ERROR_FATAL, "the ledger's file is damaged: a table changed", REMEDY_DAMAGED},
	{MDB_BAD_VALSIZE, ERROR_FATAL, "the ledger's file is damaged: a length is impossible", REMEDY_DAMAGED},
	{MDB_PANIC, ERROR_FATAL, "the ledger's meta page could not be written", REMEDY_IO},
	{ENOSPC, ERROR_RETRY, "the disk that holds the ledger is full", REMEDY_DISK},
	{EDQUOT, ERROR_RETRY, "the disk quota that holds the ledger is used up", REMEDY_DISK},
	{ENOMEM, ERROR_RETRY, "no memory for the ledger", "give the process more memory"},
	{EMFILE, ERROR_RETRY, "too many open files", "raise LimitNOFILE"},
	{ENFILE, ERROR_RETRY, "too many open files on this machine", "raise fs.file-max"},
	{EACCES, ERROR_FATAL, NULL, REMEDY_RIGHT},
	{EPERM, ERROR_FATAL, NULL, REMEDY_RIGHT},
	{EROFS, ERROR_FATAL, NULL, REMEDY_RIGHT},
};

bool ledger_error_set(struct error *error, int code, const char *doing)
{
	const struct code_meaning unknown = {code, ERROR_FATAL, NULL, REMEDY_IO};
	const struct code_meaning *meaning = &unknown;

	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].code == code)
			meaning = &meanings[i];
	if (meaning->cause == NULL)
		return error_set(error, meaning->class, meaning->remedy, "cannot %s: %s", doing, mdb_strerror(code));
	return error_set(error, meaning->class, meaning->remedy, "cannot %s: %s", doing, meaning->cause);
}

bool ledger_error_damaged(struct error *error, const char *table)
{
	return error_set(error, ERROR_FATAL, REMEDY_DAMAGED,
		"a row of ledger table %s is damaged: it is not what was written", table);
}

bool ledger_error_incomplete(struct error *error, const char *table)
{
	return error_set(error, ERROR_FATAL, REMEDY_DAMAGED, "ledger table %s is damaged: rows of it are lost", table);
}

static void on_fault(int signal_number)
{
	static const char line[] = "level=error msg=ended cause=\"a memory fault: the ledger's file may be damaged\" "
				   "remedy=\"run \\\"duizhang "
				   "verify\\\"; if it finds the ledger whole, report this with the core file\"\n";

	/* The signal's own way is open again, and what it was for happens once more. */
	(void)signal_number;
	if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
		return;
}

void ledger_report_faults(void)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE};
	const struct sigaction action = {.sa_handler = on_fault, .sa_flags = (int)SA_RESETHAND};
	struct sigaction old;

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			sigaction(signals[i], &action, NULL);
}

void ledger_end_process(const char *cause, const char *remedy)
{
	struct error error = {.class = ERROR_NONE};

	error_set(&error, ERROR_FATAL, remedy == NULL ? REMEDY_IO : remedy, "%s", cause);
	log_write(LOG_ERROR, "ended", log_error(&error));
	_exit(LEDGER_EXIT_STATUS);
}
