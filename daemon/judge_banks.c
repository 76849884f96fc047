/* judge_banks: the coverage of the banks that a document touched, and whose people and pay batches that concerns. */
#include "daemon/judge_run.h"

#include "daemon/pay_batch.h"

/* True if the answer "every day of the window of as_of is covered" changed. */
static bool window_flipped(civil_date as_of, const struct bank_coverage *before, const struct bank_coverage *after)
{
	civil_date from = rules_window_begin(as_of), to = as_of - 1;

	return ranges_cover(&before->covered, from, to) != ranges_cover(&after->covered, from, to);
}

/* … for a current campaign, or for account-silence. */
static bool any_window_flipped(
	const struct person_judge *judge, const struct bank_coverage *before, const struct bank_coverage *after)
{
	for (size_t i = 0; i < judge->county.current_count; i++) {
		if (window_flipped(judge->county.current[i].as_of, before, after))
			return true;
	}
	return judge->silence_as_of != CIVIL_DATE_NONE && window_flipped(judge->silence_as_of, before, after);
}

static bool same_coverage(const struct bank_coverage *a, const struct bank_coverage *b)
{
	return a->covered.count == b->covered.count && a->thin_count == b->thin_count &&
	       (a->covered.count == 0 ||
		       memcmp(a->covered.items, b->covered.items, a->covered.count * sizeof(*a->covered.items)) == 0) &&
	       (a->thin_count == 0 || memcmp(a->thin, b->thin, a->thin_count * sizeof(*a->thin)) == 0);
}

/* A month that became thin, or no longer is, can matter to accounts that are covered by statements of their own. */
static bool thin_changed(const struct bank_coverage *before, const struct bank_coverage *after)
{
	return before->thin_count != after->thin_count ||
	       (after->thin_count > 0 &&
		       memcmp(before->thin, after->thin, after->thin_count * sizeof(*after->thin)) != 0);
}

void run_banks(struct run *run)
{
	struct judging *judging = run->judging;
	size_t at = 0;

	coverage_tally_flush(run->book, &run->tally);
	while (at < judging->touched.names.length) {
		struct span bank = span_of((const char *)judging->touched.names.data + at);
		struct bank_coverage before, after;

		arena_reset(&run->book->arena);
		coverage_judge(run->book, judging->county, bank, run->judge.county.swept_before, &before, &after);
		judging->lists |= !same_coverage(&before, &after);
		if (!same_coverage(&before, &after) && payroll_any(run->book, judging->county, bank))
			bank_names_add(&judging->batches, bank);
		if (any_window_flipped(&run->judge, &before, &after) ||
			(thin_changed(&before, &after) && coverage_has_statements(run->book, judging->county, bank)))
			bank_names_add(&judging->flipped, bank);
		at += bank.length + 1;
	}
}
