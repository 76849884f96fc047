/*
 * state_file: what a running daemon says of itself, for `duizhang status`, and the lock by which one ledger folder has
 * one daemon.
 *
 * The file "state" in the ledger folder holds one JSON object, and is always STATE_FILE_SIZE long: it is overwritten
 * where it lies, so that it can say that the disk is full. A checksum tells a reader who meets a write half-way to read
 * again. It need not survive a crash and is not synced.
 */
#ifndef DUIZHANG_DAEMON_STATE_FILE_H
#define DUIZHANG_DAEMON_STATE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/bytes.h"
#include "daemon/error.h"

#define STATE_FILE_NAME "state"
#define STATE_FILE_SIZE 65536
/* Room for the object. */
#define STATE_JSON_SIZE (STATE_FILE_SIZE - 64)

/*
 * Locks the ledger folder for this process, and makes the file. Returns its descriptor; closing it ends the lock. -1
 * with error filled: FATAL if another daemon has the folder.
 */
int state_file_open(const char *ledger_directory, struct error *error);

/* Writes the object, of at most STATE_JSON_SIZE bytes. */
bool state_file_write(int fd, const struct byte_writer *json, struct error *error);

/*
 * Reads the object last written, NUL behind it; json is empty if there is none. *running: the daemon that wrote it is
 * there. False: error filled.
 */
bool state_file_read(const char *ledger_directory, struct byte_writer *json, bool *running, struct error *error);

#endif
