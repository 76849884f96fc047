/*
 * state_report: what the daemon says of itself, as JSON for the state file.
 *
 * {"pid":…,"version":…,"started":…,"updated":…,"directory":…,"fault":F,"partitions":[{"partition":…,"assigned":…,
 *  "working":…,"next_offset":…,"published_offset":…,"published_rows":…,"log_end":…,"log_time":…,"judging":…,"fault":F}]}
 * Times are UTC+8 to the second. F is null or {"class":"retry" or "fatal","cause":…,"remedy":…,"since":…}. Pure; one
 * thread.
 */
#ifndef DUIZHANG_DAEMON_STATE_REPORT_H
#define DUIZHANG_DAEMON_STATE_REPORT_H

#include "daemon/engine_set.h"
#include "daemon/json_writer.h"

/* "2026-09-06T06:00:00+08:00" and NUL. */
#define STATE_TIME_SIZE 32

struct state_facts {
	int64_t started_ms;
	int64_t now_ms;
	const char *directory; /* NULL: Kafka */
	const struct error *fault;
	int64_t fault_since_ms;
};

/* Writes the object, of at most size bytes: partitions for which there is no room are left out, the highest first.
 * engines may be NULL. */
void state_report_write(
	const struct state_facts *facts, const struct engine_set *engines, size_t size, struct byte_writer *json);

const char *state_report_time(int64_t unix_ms, char text[STATE_TIME_SIZE]);

#endif
