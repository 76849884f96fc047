/*
 * engine_set: the engines of the partitions this daemon has: when each works, and what happens when one cannot.
 *
 * An engine works in slices between events while it has something to do. What may pass is tried again every second, and
 * is a fault until then. Ledgers stay open when a partition goes to another daemon, in case it comes back.
 *
 * Owner: the daemon. The loop's thread.
 */
#ifndef DUIZHANG_DAEMON_ENGINE_SET_H
#define DUIZHANG_DAEMON_ENGINE_SET_H

#include "daemon/engine_settings.h"
#include "daemon/loop.h"

struct engine_set;

struct engine_set_events {
	void *context;
	/* Some engine has worked, come or gone: look at what interests you. */
	void (*changed)(void *context);
	/* It cannot go on: the process must end. */
	void (*fatal)(void *context, const struct error *error);
};

/* Borrows all. once: engines apply only what was in the log when they were assigned. */
struct engine_set *engine_set_new(
	struct loop *loop, const struct engine_settings *settings, bool once, const struct engine_set_events *events);
/* All were revoked. */
void engine_set_free(struct engine_set *set);

/* The transport that the engines read from, before it is started. */
void engine_set_use(struct engine_set *set, struct transport *transport);

/* What the transport calls back: transport_callbacks but fault. */
void engine_set_assigned(struct engine_set *set, int32_t partition, const struct intake_identity *identity);
void engine_set_revoked(struct engine_set *set, int32_t partition);
void engine_set_readable(struct engine_set *set, int32_t partition);
void engine_set_published(
	struct engine_set *set, int32_t partition, enum publish_result result, const struct intake_identity *identity);

/* True once every partition of the intake was assigned, and all its log of then is applied and published (--once). */
bool engine_set_done(const struct engine_set *set);

/* One partition this daemon has, or had. */
struct engine_state {
	int32_t partition;
	bool assigned;
	bool working; /* it has something to do at once */
	struct partition_status status;
	const struct error *fault; /* class NONE: none */
	int64_t fault_since_ms;    /* Unix time */
};

/* Calls function for each, in the order of their numbers. */
void engine_set_each(const struct engine_set *set,
	void (*function)(void *context, const struct engine_state *state, struct partition *engine), void *context);

#endif
