/*
 * directory_output: DIR/output: a file for each topic, and how far all of them are published (design 4.2, invariant 4).
 *
 * A line is {"key":…,"value":…}: the key as text, the value as the JSON it is, null for a tombstone; values of the
 * topic "rejects", which are bytes as received, are base64 text. .committed says the position published and how long
 * every file is at it:
 *
 *   offset 57
 *   rows 0
 *   length pension.receipts.v1.jsonl 18233
 *   end
 *
 * It is replaced after all lines are synced; what a file holds beyond it was never published, and is cut off.
 *
 * Owner: the transport. One thread.
 */
#ifndef DUIZHANG_DAEMON_DIRECTORY_OUTPUT_H
#define DUIZHANG_DAEMON_DIRECTORY_OUTPUT_H

#include "daemon/transport.h"

#define DIRECTORY_OUTPUT_SUFFIX ".v1.jsonl"

struct directory_output;

/*
 * Borrows output_fd and the prefix of file names, which outlive it; reads .committed. NULL with error filled: FATAL if
 * it is damaged.
 */
struct directory_output *directory_output_open(int output_fd, const char *prefix, struct error *error);
void directory_output_close(struct directory_output *output);

/* False: nothing was ever published. */
bool directory_output_position(const struct directory_output *output, struct publish_position *position);

/*
 * Before the first publish: opens the files, cuts off what is not published, makes files for the topics given. FATAL if
 * a file is shorter than what was published. May be repeated after a failure.
 */
bool directory_output_prepare(
	struct directory_output *output, const char *const *topics, size_t topic_count, struct error *error);

/* Publishes messages and the position, all or nothing. May be repeated after a failure that may pass. */
bool directory_output_publish(struct directory_output *output, const struct output_message *messages, size_t count,
	struct publish_position to, struct error *error);

#endif
