/* kafka_thread: a detached thread and its owner, each holding the memory they share. */
#include "daemon/kafka_thread.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

void kafka_thread_init(struct kafka_thread *thread, struct kafka_threads *all, uint64_t source,
	void (*run)(void *context), void (*destroy)(void *context), void *context)
{
	pthread_condattr_t attributes;

	*thread = (struct kafka_thread){
		.holders = 2, .all = all, .source = source, .run = run, .destroy = destroy, .context = context};
	pthread_mutex_init(&thread->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&thread->changed, &attributes);
	pthread_condattr_destroy(&attributes);
}

static void let_go(struct kafka_thread *thread)
{
	bool last;

	pthread_mutex_lock(&thread->mutex);
	last = --thread->holders == 0;
	pthread_mutex_unlock(&thread->mutex);
	if (!last)
		return;
	pthread_mutex_destroy(&thread->mutex);
	pthread_cond_destroy(&thread->changed);
	thread->destroy(thread->context);
}

static void *thread_main(void *context)
{
	struct kafka_thread *thread = context;
	struct kafka_threads *all = thread->all;

	thread->run(thread->context);
	let_go(thread);
	atomic_fetch_sub(&all->running, 1);
	return NULL;
}

bool kafka_thread_begin(struct kafka_thread *thread)
{
	struct kafka_threads *all = thread->all;
	pthread_attr_t attributes;
	sigset_t every;
	sigset_t before;
	pthread_t id;
	int failure;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	atomic_fetch_add(&all->running, 1);
	/* Signals are the main thread's. */
	sigfillset(&every);
	pthread_sigmask(SIG_SETMASK, &every, &before);
	failure = pthread_create(&id, &attributes, thread_main, thread);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	if (failure == 0)
		return true;
	atomic_fetch_sub(&all->running, 1);
	let_go(thread);
	let_go(thread);
	return false;
}

void kafka_thread_finish(struct kafka_thread *thread)
{
	pthread_mutex_lock(&thread->mutex);
	thread->finishing = true;
	pthread_cond_broadcast(&thread->changed);
	pthread_mutex_unlock(&thread->mutex);
}

void kafka_thread_release(struct kafka_thread *thread)
{
	pthread_mutex_lock(&thread->mutex);
	thread->finishing = true;
	thread->released = true;
	pthread_cond_broadcast(&thread->changed);
	pthread_mutex_unlock(&thread->mutex);
	let_go(thread);
}

bool kafka_thread_finishing(struct kafka_thread *thread)
{
	bool finishing;

	pthread_mutex_lock(&thread->mutex);
	finishing = thread->finishing;
	pthread_mutex_unlock(&thread->mutex);
	return finishing;
}

void kafka_thread_rest(struct kafka_thread *thread, int64_t duration_ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (duration_ms % 1000) * 1000000;
	until.tv_sec += duration_ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&thread->mutex);
	while (!thread->finishing && pthread_cond_timedwait(&thread->changed, &thread->mutex, &until) != ETIMEDOUT)
		;
	pthread_mutex_unlock(&thread->mutex);
}

void kafka_thread_report(struct kafka_thread *thread, enum kafka_report_type type,
	const struct intake_identity *identity, const struct error *error)
{
	pthread_mutex_lock(&thread->mutex);
	if (!thread->released)
		kafka_report_post(thread->all->mailbox, thread->source, type, identity, error);
	pthread_mutex_unlock(&thread->mutex);
}
