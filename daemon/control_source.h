/*
 * control_source: puts the control documents that are due into the intake, for the counties of this daemon's
 * partitions.
 *
 * Only for a partition that has applied its whole log: before, its ledger does not know yet what is in it. What was
 * sent is remembered for an hour, so that a document on its way is not sent again; a repeat would change nothing.
 *
 * Owner: the daemon. The loop's thread.
 */
#ifndef DUIZHANG_DAEMON_CONTROL_SOURCE_H
#define DUIZHANG_DAEMON_CONTROL_SOURCE_H

#include "daemon/control_timer.h"
#include "daemon/engine_set.h"

struct control_source;

struct control_source *control_source_new(void);
void control_source_free(struct control_source *source);

/* Sends what is due at now_ms (Unix time). False: error filled; the rest is tried next time. */
bool control_source_send(struct control_source *source, const struct engine_set *engines, struct transport *transport,
	const struct control_schedule *schedule, int64_t now_ms, struct error *error);

#endif
