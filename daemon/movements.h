/*
 * movements: which movements of an account are the same, and which are taken back (sections 6 and 7.2).
 *
 * Pure, any thread.
 */
#ifndef DUIZHANG_DAEMON_MOVEMENTS_H
#define DUIZHANG_DAEMON_MOVEMENTS_H

#include "daemon/account.h"

/* True if both are the same movement (section 6). */
bool movements_equal(const struct movement *a, const struct movement *b);

/* For qsort: (date, document id, line). */
int movements_compare_dates(const void *a, const void *b);

/*
 * Movements in any order → equal ones made one (section 6), in (date, document id, line) order, reversals settled
 * (7.2); conflicts found. In place; the new count is returned.
 */
size_t movements_settle(
	struct arena *arena, struct movement *movements, size_t count, struct span **conflicts, size_t *conflict_count);

#endif
