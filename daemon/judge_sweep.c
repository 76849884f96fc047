/* judge_sweep: what retention drops, and whoever it was dropped from judged again. */
#include "daemon/judge_run.h"

#include "daemon/retention.h"

static void sweep_person(struct run *run, const char *id_number)
{
	struct named named = {.type = NAMED_PERSON};

	arena_reset(&run->book->arena);
	if (!retention_sweep_person(
		    run->book, run->judging->county, id_number, run->judging->sweep_before, &run->tally))
		return;
	memcpy(named.id_number, id_number, ID_NUMBER_LENGTH);
	retention_note(run->book, run->judging->county, &named);
}

static void sweep_account(struct run *run, struct span bank, struct span account)
{
	if (retention_sweep_account(
		    run->book, run->judging->county, bank, account, run->judging->sweep_before, &run->tally))
		retention_note(run->book, run->judging->county,
			&(struct named){.type = NAMED_ACCOUNT, .bank = bank, .account = account});
}

/* Everybody, once the limit has moved on. */
bool run_sweep_people(struct run *run)
{
	struct ledger_key county = key_county(run->judging->county);

	return !run->judging->sweep_all || run_scan(run, TABLE_PEOPLE, &county, sweep_person);
}

/* All accounts of the county, or those people and accounts that were noted since the last sweep. */
bool run_sweep_accounts(struct run *run)
{
	struct judging *judging = run->judging;
	struct ledger_key county = key_county(judging->county);
	struct named named;

	if (judging->sweep_all) {
		while (run_next_account(run, &county, &named.bank, &named.account)) {
			if (!run_spend(run))
				return false;
			judging->scan = key_account(judging->county, named.bank, named.account);
			sweep_account(run, named.bank, named.account);
			arena_reset(&run->book->arena);
		}
		retention_sweep_documents(run->book, judging->county, judging->sweep_before);
		return true;
	}
	while (judging->sweep && retention_next(run->book, judging->county, &judging->scan, &named)) {
		if (named.type == NAMED_PERSON)
			sweep_person(run, named.id_number);
		else
			sweep_account(run, named.bank, named.account);
		arena_reset(&run->book->arena);
		if (!run_spend(run))
			return false;
	}
	return true;
}

/* What was noted is judged, and the notes go. */
bool run_swept(struct run *run)
{
	struct judging *judging = run->judging;
	struct ledger_key at = {.length = 0};
	struct named named;

	while (judging->sweep && retention_next(run->book, judging->county, &at, &named)) {
		if (!run_spend(run))
			return false;
		retention_forget(run->book, &at);
		if (named.type == NAMED_ACCOUNT) {
			run_judge_batch(run, named.bank, named.account);
			run_judge_holders(run, named.bank, named.account);
		} else {
			run_judge_person(run, named.id_number);
		}
		at.length = 0;
		arena_reset(&run->book->arena);
	}
	return true;
}
