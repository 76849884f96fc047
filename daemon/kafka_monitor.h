/*
 * kafka_monitor: the thread that checks the cluster before anything is read, and goes on looking at it.
 *
 * It reports CHECKED once the brokers answer and the topics are as they must be, FAULT RETRY while no broker answers,
 * FAULT FATAL for what an operator must mend: a topic missing or with the wrong settings, now or later another cluster
 * or another number of partitions.
 */
#ifndef DUIZHANG_DAEMON_KAFKA_MONITOR_H
#define DUIZHANG_DAEMON_KAFKA_MONITOR_H

#include "daemon/kafka_settings.h"
#include "daemon/kafka_thread.h"

struct kafka_monitor;

/* Borrows settings. NULL with error filled. The functions are the event loop's. */
struct kafka_monitor *kafka_monitor_start(
	const struct kafka_settings *settings, struct kafka_threads *threads, struct error *error);
/* Asks it to end and lets go of it; it is inside a call for a few seconds at most. NULL is allowed. */
void kafka_monitor_release(struct kafka_monitor *monitor);

#endif
