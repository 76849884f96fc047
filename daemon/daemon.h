/*
 * daemon: duizhangd as a whole: configuration, loop, transport, engines, timers, signals, state.
 *
 * One in a process. Everything runs on the thread that calls daemon_run, but what the transport does on its own.
 */
#ifndef DUIZHANG_DAEMON_DAEMON_H
#define DUIZHANG_DAEMON_DAEMON_H

#include "daemon/config.h"

/* What the process exits with. */
enum daemon_exit {
	DAEMON_ENDED,     /* as asked */
	DAEMON_USAGE = 2, /* command line or configuration */
	DAEMON_FATAL = 3, /* going on would be wrong; or, with once, nothing went on for a while */
};

struct daemon_options {
	/* What config was loaded from; loaded again on SIGHUP. */
	const struct config_source *source;
	/* Apply and publish what is in the log now, then end; make no control documents. */
	bool once;
};

/* Runs until it is told to end. config is changed by reloads, and stays the caller's. */
enum daemon_exit daemon_run(struct config *config, const struct daemon_options *options);

#endif
