/*
 * directory_intake: DIR/intake as a log: which files are documents, and documents as messages (design 4.2).
 *
 * A document is a regular file (or a link to one) whose name neither begins with "." nor ends in ".headers". A scan
 * takes the new ones in byte order of their names; from then on each has its place in the log, also if it cannot be
 * read: what comes after it waits, as the log is ordered. Anything else in the folder is named in the log file once and
 * passed over.
 *
 * A file may still be written when it is seen. The kernel's notice that a file was closed or moved in is believed; a
 * scan that nobody asked for takes only files that have not been written to for some seconds; the first scan takes all.
 *
 * Owner: the transport. One thread.
 */
#ifndef DUIZHANG_DAEMON_DIRECTORY_INTAKE_H
#define DUIZHANG_DAEMON_DIRECTORY_INTAKE_H

#include "daemon/directory_order.h"
#include "daemon/transport.h"

/* A file written to within these seconds may be in the making. */
#define DIRECTORY_QUIET_S 5

struct directory_intake;

enum directory_scan {
	DIRECTORY_SCAN_ALL,   /* every new file */
	DIRECTORY_SCAN_QUIET, /* those that are not being written, as far as can be seen */
	DIRECTORY_SCAN_NOTED, /* those that were noted, and no others */
};

/* Borrows intake_fd and order, which outlive it. */
struct directory_intake *directory_intake_new(int intake_fd, struct directory_order *order);
void directory_intake_free(struct directory_intake *intake);

/* The kernel says that a file is whole. */
void directory_intake_note(struct directory_intake *intake, const char *name);

/*
 * Takes new documents into the order, as of time_ms (Unix time). False: error filled, nothing was taken; what was noted
 * is found by the next scan of all.
 */
bool directory_intake_scan(
	struct directory_intake *intake, enum directory_scan which, int64_t time_ms, struct error *error);

/* How many documents the next scan of all would take. False: error filled. */
bool directory_intake_waiting(struct directory_intake *intake, uint64_t *count, struct error *error);

/*
 * The document with an ordinal of the order as a message; it is good until the next call. False: error filled (its
 * headers cannot be read). The document itself is opened when it is read. The fingerprint says which document of the
 * log it is, not what it holds: an applied file may go.
 */
bool directory_intake_message(
	struct directory_intake *intake, uint64_t ordinal, struct intake_message *message, struct error *error);

#endif
