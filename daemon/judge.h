/*
 * judge: after a document was applied (or died), works out again what it can have changed, in slices (invariant 3).
 *
 * What each kind can change:
 *   movements      the accounts its rows name (withdrawals, payouts, conflicting serials); the months of its bank
 * (payouts seen) and the days it covers; the people who hold those accounts roster         the people its rows name,
 * the accounts of their rows (holders, when in force), the months of those banks (accounts to be paid), the townships
 *   confirmations, feedback    the people its rows name
 *   results, payroll           the pay batches of the accounts its rows name; of a month's first payroll, of its bank
 *   (all of these) the pay batches of the accounts they touch
 *   open_campaign  everybody in the county
 *   tick           tasks whose due date it passes; everybody when account-silence moves on to another month
 * and whenever the answer "the window is wholly covered" of a bank flips, everybody with an account there.
 *
 * The state is small and plain; it is stored with each transaction until the judging is done, so that a restart goes
 * on.
 */
#ifndef DUIZHANG_DAEMON_JUDGE_H
#define DUIZHANG_DAEMON_JUDGE_H

#include "daemon/judging.h"

/*
 * Judges until everything is done (true) or about `budget` people and accounts have been looked at (false: call again,
 * in this or another transaction). The caller stores the judging when it is not done. book->offset is the judging's.
 */
bool judge_run(struct book *book, struct judging *judging, size_t budget);

#endif
