/*
 * kafka_thread: what the transport's threads have in common: how they are begun, rest, are asked to finish, and
 * counted.
 *
 * The owner begins and releases it; the thread runs. Neither waits for the other: the memory around it is freed by
 * whichever lets go last, so a thread that hangs in a call can be left to itself.
 */
#ifndef DUIZHANG_DAEMON_KAFKA_THREAD_H
#define DUIZHANG_DAEMON_KAFKA_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/kafka_report.h"

/* Where the threads of one transport report, and how many have not ended. Outlives them all. */
struct kafka_threads {
	struct mailbox *mailbox;
	_Atomic int running;
};

struct kafka_thread {
	pthread_mutex_t mutex; /* guards finishing, released and what the holder of the thread adds */
	pthread_cond_t changed;
	bool finishing;
	bool released; /* by the owner: nothing may be reported any more */
	unsigned holders;
	struct kafka_threads *all;
	uint64_t source; /* of its reports */
	void (*run)(void *context);
	void (*destroy)(void *context); /* frees context, thread included */
	void *context;
};

void kafka_thread_init(struct kafka_thread *thread, struct kafka_threads *all, uint64_t source,
	void (*run)(void *context), void (*destroy)(void *context), void *context);

/* False: there can be no thread, and context has been destroyed. */
bool kafka_thread_begin(struct kafka_thread *thread);

/* The owner, once; waits for nothing. */
void kafka_thread_finish(struct kafka_thread *thread);
/* The owner, at last; asks it to finish too. */
void kafka_thread_release(struct kafka_thread *thread);

/* The thread itself. */
bool kafka_thread_finishing(struct kafka_thread *thread);
/* Waits, but not longer than until it is asked to finish. */
void kafka_thread_rest(struct kafka_thread *thread, int64_t duration_ms);
/* Posts, unless the owner has released it. */
void kafka_thread_report(struct kafka_thread *thread, enum kafka_report_type type,
	const struct intake_identity *identity, const struct error *error);

#endif
