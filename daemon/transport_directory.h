/*
 * transport_directory: a folder as intake log and output, for one daemon without a broker (design 4.2).
 *
 *   directory_order     .order: which document has which offset
 *   directory_intake    the folder's files as messages
 *   directory_watch     notices of new files
 *   directory_output    the topics' files and the published position
 *   directory_sender    documents of our own into the intake
 *
 * One partition, 0; messages have no keys. Everything is done on the loop's thread, publishing too: it syncs a few
 * files. What cannot be done for want of space is a fault, tried again every second until it can.
 */
#ifndef DUIZHANG_DAEMON_TRANSPORT_DIRECTORY_H
#define DUIZHANG_DAEMON_TRANSPORT_DIRECTORY_H

#include "daemon/loop.h"
#include "daemon/transport.h"

/* All borrowed, and must outlive the transport. */
struct transport_directory_settings {
	const char *directory;     /* made if absent */
	const char *output_prefix; /* of topics: "pension." */
	const char *const *topics; /* which have a file from the start */
	size_t topic_count;
	const uint32_t *scan_interval_s; /* read before each wait */
	bool watch;                      /* false (--once): only what is there at start */
};

/* Nothing is done before operations->start; operations->stop frees it. */
struct transport *transport_directory_new(const struct transport_directory_settings *settings, struct loop *loop,
	const struct transport_callbacks *callbacks);

#endif
