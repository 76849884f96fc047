/*
 * intake_log: one partition of the intake log, read from any offset by somebody who takes no part in it.
 *
 * For commands: nothing is changed, no group is joined, a daemon beside it does not notice. Blocking; one thread.
 */
#ifndef DUIZHANG_DAEMON_INTAKE_LOG_H
#define DUIZHANG_DAEMON_INTAKE_LOG_H

#include "daemon/config.h"
#include "daemon/transport.h"

struct intake_log;

/*
 * Opens the log that the configuration names; waits for brokers at most about timeout_ms. NULL with error filled.
 * config outlives it.
 */
struct intake_log *intake_log_open(const struct config *config, int32_t partition, int timeout_ms, struct error *error);
void intake_log_close(struct intake_log *log);

struct intake_log_bounds {
	uint64_t start;
	uint64_t end;     /* one past the last offset, when it was opened */
	uint64_t waiting; /* directory: documents that no daemon has taken into the log yet */
};

struct intake_log_bounds intake_log_bounds(const struct intake_log *log);

/* The next message read is the first with an offset >= offset. False: error filled. */
bool intake_log_seek(struct intake_log *log, uint64_t offset, struct error *error);

/* 1: message, borrowed until the next call; 0: the end of the log (as of opening); -1: error filled. */
int intake_log_next(struct intake_log *log, struct intake_message *message, struct error *error);

#endif
