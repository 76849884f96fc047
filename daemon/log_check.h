/*
 * log_check: is this the log that the ledger was made from, and is nothing of it lost (invariant 4, section 4.1)?
 *
 * Every refusal is FATAL and says cause and remedy.
 */
#ifndef DUIZHANG_DAEMON_LOG_CHECK_H
#define DUIZHANG_DAEMON_LOG_CHECK_H

#include "daemon/ledger_meta.h"

/* The log's ends and the group's position against where the ledger stands. False: error filled. */
bool log_check(const struct ledger_position *position, const struct intake_identity *identity, struct error *error);

/* The ledger's origin against the log and the rule settings; written into a new ledger. False: error filled. */
bool log_check_origin(
	struct book *book, struct span rules, const struct intake_identity *identity, struct error *error);

#endif
