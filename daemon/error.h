/*
 * error: how a failure is told upwards: what kind it is, one sentence of cause, one of remedy.
 *
 * Plain data, owned by whoever declares it. Text never holds personal data.
 */
#ifndef DUIZHANG_DAEMON_ERROR_H
#define DUIZHANG_DAEMON_ERROR_H

#include <stdbool.h>

enum error_class {
	ERROR_NONE,
	ERROR_RETRY, /* the cause may pass (full disk, broker away): pause, try the same step again */
	ERROR_FATAL, /* going on would be wrong: end the process, an operator must act */
};

struct error {
	enum error_class class;
	char cause[256];
	char remedy[256];
};

/* Fills error (which may be NULL) unless it is already set: the first cause is the one that counts. Returns false. */
bool error_set(struct error *error, enum error_class class, const char *remedy, const char *cause_format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
