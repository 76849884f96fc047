/*
 * directory_order: DIR/intake/.order, which makes a folder of documents a log (design 4.2).
 *
 * One line for each document: its ordinal from 0 up, the Unix time in milliseconds at which it was taken, its file
 * name, apart by one space each; in names a backslash is written \\ and a line break \n. Lines are only ever appended,
 * and synced before the document is read; what a crash has left of a last line is cut off, and its document taken
 * again. Beside it stands .log-id, a random number made once, by which a ledger knows its log.
 *
 * Owner: whoever opened it. One thread. In the mode that writes, .order is locked against other processes.
 */
#ifndef DUIZHANG_DAEMON_DIRECTORY_ORDER_H
#define DUIZHANG_DAEMON_DIRECTORY_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/error.h"

#define DIRECTORY_LOG_ID_SIZE 33

struct directory_order;

enum directory_order_mode {
	DIRECTORY_ORDER_READ, /* beside a daemon: no lock, nothing is changed */
	DIRECTORY_ORDER_WRITE,
};

/*
 * Opens the order of the folder intake_fd, which stays the caller's and open. NULL with error filled: FATAL if another
 * process writes it, or a line is damaged; RETRY for what may pass.
 */
struct directory_order *directory_order_open(int intake_fd, enum directory_order_mode mode, struct error *error);
void directory_order_close(struct directory_order *order);

/* Hex digits and NUL; "" if there is none yet (READ). */
const char *directory_order_log_id(const struct directory_order *order);

/* How many documents the log has: the next ordinal. */
uint64_t directory_order_count(const struct directory_order *order);
/* Name and time of the document with an ordinal < count; valid until the next append. */
const char *directory_order_name(const struct directory_order *order, uint64_t ordinal);
int64_t directory_order_time_ms(const struct directory_order *order, uint64_t ordinal);

/* Whether the log has a document of this name. */
bool directory_order_has(const struct directory_order *order, const char *name);

/* Appends documents, all or none, none of which the log has. */
bool directory_order_append(
	struct directory_order *order, const char *const *names, size_t count, int64_t time_ms, struct error *error);

#endif
