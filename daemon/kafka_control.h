/*
 * kafka_control: the thread that puts the daemon's own control documents into the intake, one after another.
 *
 * Each is tried until the brokers have acknowledged it; it may then be there twice, which changes nothing. What has not
 * been sent when the daemon ends is lost, and made again at the next start. Reports FAULT while it fails.
 */
#ifndef DUIZHANG_DAEMON_KAFKA_CONTROL_H
#define DUIZHANG_DAEMON_KAFKA_CONTROL_H

#include "daemon/kafka_settings.h"
#include "daemon/kafka_thread.h"

struct kafka_control;

/* Borrows settings. NULL with error filled. The functions are the event loop's. */
struct kafka_control *kafka_control_start(
	const struct kafka_settings *settings, struct kafka_threads *threads, struct error *error);
/* Takes copies. False with error RETRY if a thousand are waiting. */
bool kafka_control_send(struct kafka_control *control, const char *county, const char *json, struct error *error);
/* Asks it to end after the document in hand and lets go of it. NULL is allowed. */
void kafka_control_release(struct kafka_control *control);

#endif
