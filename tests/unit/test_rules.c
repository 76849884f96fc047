/* rules: windows, verdicts, reasons, resolutions and statuses at their edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/rules.h"

#define DAY(text) civil_date_parse(text, 10)

static const struct rule_settings default_settings = {.retention_years = 3, .min_payout_share_percent = 50};

/* One person with up to four resident rows, four pieces of evidence and one account. */
struct scene {
	struct person person;
	struct roster_row rows[4];
	struct roster_row *residents[4];
	struct evidence evidence[4];
	struct person_account account;
	struct account_interval in_force;
	struct judged_account judged;
	civil_date withdrawals[4];
	civil_date payouts[4];
	struct campaign campaign;
	struct rule_settings settings;
	civil_date tick;
};

static void scene_begin(struct scene *scene, const char *id_number)
{
	*scene = (struct scene){.settings = default_settings};
	memcpy(scene->person.id_number, id_number, ID_NUMBER_LENGTH);
	scene->person.residents = scene->residents;
	scene->person.rows = scene->rows;
	scene->person.evidence = scene->evidence;
	scene->campaign = campaign_make(532929, DAY("2026-09-01"), DAY("2026-09-06"));
	scene->in_force = (struct account_interval){0, UINT32_MAX};
	scene->account.in_force = &scene->in_force;
	scene->account.in_force_count = 1;
	scene->judged = (struct judged_account){.account = &scene->account,
		.withdrawals = scene->withdrawals,
		.payouts = scene->payouts,
		.window_covered = true};
}

static struct roster_row *add_row(struct scene *scene, const char *as_of)
{
	struct roster_row *row = &scene->rows[scene->person.row_count];

	*row = (struct roster_row){.scheme = SCHEME_RESIDENT,
		.as_of = DAY(as_of),
		.status = ROSTER_RECEIVING,
		.benefit_start = DAY("2010-01-01")};
	scene->residents[scene->person.row_count] = row;
	scene->person.resident_count = ++scene->person.row_count;
	return row;
}

static struct evidence *add_evidence(struct scene *scene, const char *date, enum feedback_outcome outcome)
{
	struct evidence *evidence = &scene->evidence[scene->person.evidence_count++];

	*evidence = (struct evidence){.date = DAY(date), .outcome = outcome, .method = METHOD_ON_SITE};
	return evidence;
}

static struct judgement judge(struct scene *scene)
{
	struct judgement judgement;

	rules_judge(&scene->person, &scene->judged, 1, &scene->campaign, scene->tick, &scene->settings, &judgement);
	return judgement;
}

#define YOUNG      "532929196601010017" /* 60 on 2026-09-01 */
#define EIGHTY     "53292919460901001X"
#define NOT_EIGHTY "532929194609020010"

static void withdrawals_of_the_window_decide(void **state)
{
	static const struct {
		const char *withdrawal;
		enum verdict verdict;
		int silent_months;
	} cases[] = {
		{"2026-02-28", VERDICT_SILENT, 6},
		{"2026-03-01", VERDICT_ACTIVE, 6},
		{"2026-08-31", VERDICT_ACTIVE, 0},
		{"2026-09-01", VERDICT_SILENT, -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene scene;
		struct judgement judgement;

		scene_begin(&scene, YOUNG);
		add_row(&scene, "2020-01-01");
		scene.withdrawals[0] = DAY(cases[i].withdrawal);
		scene.judged.withdrawal_count = 1;
		judgement = judge(&scene);
		assert_int_equal(judgement.verdict, cases[i].verdict);
		assert_int_equal(judgement.silent_months, cases[i].silent_months);
		assert_int_equal(judgement.reasons, cases[i].verdict == VERDICT_SILENT ? REASON_NO_WITHDRAWAL : 0);
	}
}

static void silence_needs_coverage_and_a_counting_account(void **state)
{
	struct scene scene;
	struct judgement judgement;

	(void)state;
	scene_begin(&scene, YOUNG);
	add_row(&scene, "2020-01-01");
	scene.judged.window_covered = false;
	judgement = judge(&scene);
	assert_int_equal(judgement.verdict, VERDICT_UNKNOWN);
	assert_true(judgement.unknown);
	assert_int_equal(judgement.reasons, 0);
	/* Not in force in the window and no payout in it: not counting, so nothing is known. */
	scene.judged.window_covered = true;
	scene.in_force.end = DAY("2026-03-01");
	judgement = judge(&scene);
	assert_int_equal(judgement.verdict, VERDICT_UNKNOWN);
	scene.payouts[0] = DAY("2026-03-01");
	scene.judged.payout_count = 1;
	judgement = judge(&scene);
	assert_int_equal(judgement.verdict, VERDICT_SILENT);
	/* Who started inside the window has not been silent through it. */
	scene.rows[0].benefit_start = DAY("2026-03-02");
	judgement = judge(&scene);
	assert_int_equal(judgement.reasons, 0);
	assert_false(judgement.unknown);
}

static void eighty_counts_from_the_birthday_by_either_date(void **state)
{
	struct scene scene;
	struct judgement judgement;

	(void)state;
	scene_begin(&scene, EIGHTY);
	add_row(&scene, "2020-01-01");
	scene.judged.window_covered = false;
	assert_int_equal(judge(&scene).reasons, REASON_AGE_80);
	memcpy(scene.person.id_number, NOT_EIGHTY, ID_NUMBER_LENGTH);
	judgement = judge(&scene);
	assert_int_equal(judgement.reasons, 0);
	assert_int_equal(judgement.age, 79);
	assert_false(judgement.age_disputed);
	scene.rows[0].birth = DAY("1946-09-01");
	judgement = judge(&scene);
	assert_int_equal(judgement.reasons, REASON_AGE_80);
	assert_true(judgement.age_disputed);
	assert_int_equal(judgement.age, 79);
}

static void lost_contact_is_what_the_newest_says(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene, YOUNG);
	scene.judged.window_covered = false;
	add_row(&scene, "2026-01-01")->lost_contact = true;
	assert_int_equal(judge(&scene).reasons, REASON_LOST_CONTACT);
	add_row(&scene, "2026-02-01");
	assert_int_equal(judge(&scene).reasons, 0);
	/* On one day the feedback says lost, whatever the row says. */
	add_evidence(&scene, "2026-02-01", OUTCOME_LOST_CONTACT)->is_feedback = true;
	assert_int_equal(judge(&scene).reasons, REASON_LOST_CONTACT);
	/* A confirmation of the same day is not after it; one of the next is. */
	add_evidence(&scene, "2026-02-01", OUTCOME_ALIVE);
	assert_int_equal(judge(&scene).reasons, REASON_LOST_CONTACT);
	scene.evidence[1].date = DAY("2026-02-02");
	assert_int_equal(judge(&scene).reasons, 0);
}

static void who_is_known_to_be_dead_is_not_listed(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene, EIGHTY);
	add_row(&scene, "2020-01-01");
	add_evidence(&scene, "2026-08-31", OUTCOME_DECEASED)->is_feedback = true;
	assert_false(judge(&scene).listed);
	/* On one day deceased is the newer. */
	add_evidence(&scene, "2026-08-31", OUTCOME_ALIVE);
	assert_false(judge(&scene).listed);
	/* Dated as_of or later it resolves and changes no reason. */
	scene.evidence[0].date = scene.evidence[1].date = DAY("2026-09-01");
	assert_true(judge(&scene).listed);
	assert_int_equal(judge(&scene).status, TASK_RESOLVED);
	assert_int_equal(judge(&scene).resolution.outcome, OUTCOME_DECEASED);
}

static void the_campaigns_own_feedback_resolves_first(void **state)
{
	struct scene scene;
	struct judgement judgement;

	(void)state;
	scene_begin(&scene, EIGHTY);
	add_row(&scene, "2020-01-01");
	add_evidence(&scene, "2026-09-02", OUTCOME_ALIVE);
	judgement = judge(&scene);
	assert_int_equal(judgement.resolution.on, DAY("2026-09-02"));
	add_evidence(&scene, "2026-09-03", OUTCOME_ALIVE);
	assert_int_equal(judge(&scene).resolution.on, DAY("2026-09-02"));
	add_evidence(&scene, "2026-10-07", OUTCOME_MOVED_AWAY)->is_feedback = true;
	scene.evidence[2].campaign = scene.campaign.as_of;
	judgement = judge(&scene);
	assert_int_equal(judgement.resolution.outcome, OUTCOME_MOVED_AWAY);
	assert_true(judgement.resolution.late);
}

static void statuses_hold_in_order(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene, EIGHTY);
	add_row(&scene, "2020-01-01");
	scene.tick = DAY("2026-10-06");
	assert_int_equal(judge(&scene).status, TASK_OPEN);
	scene.tick = DAY("2026-10-07");
	assert_int_equal(judge(&scene).status, TASK_OVERDUE);
	add_row(&scene, "2026-09-20")->status = ROSTER_ENDED;
	assert_int_equal(judge(&scene).status, TASK_CANCELLED);
	add_evidence(&scene, "2026-09-10", OUTCOME_ALIVE);
	assert_int_equal(judge(&scene).status, TASK_RESOLVED);
	scene.rows[0].status = ROSTER_SUSPENDED;
	assert_int_equal(judge(&scene).status, TASK_CANCELLED);
}

static void skip_confirmed_takes_every_reason(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene, EIGHTY);
	add_row(&scene, "2020-01-01");
	add_evidence(&scene, "2026-03-01", OUTCOME_ALIVE);
	assert_int_equal(judge(&scene).reasons, REASON_NO_WITHDRAWAL | REASON_AGE_80);
	scene.settings.skip_confirmed = true;
	assert_int_equal(judge(&scene).reasons, 0);
	scene.evidence[0].date = DAY("2026-02-28");
	assert_int_equal(judge(&scene).reasons, REASON_NO_WITHDRAWAL | REASON_AGE_80);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(withdrawals_of_the_window_decide),
		cmocka_unit_test(silence_needs_coverage_and_a_counting_account),
		cmocka_unit_test(eighty_counts_from_the_birthday_by_either_date),
		cmocka_unit_test(lost_contact_is_what_the_newest_says),
		cmocka_unit_test(who_is_known_to_be_dead_is_not_listed),
		cmocka_unit_test(the_campaigns_own_feedback_resolves_first),
		cmocka_unit_test(statuses_hold_in_order),
		cmocka_unit_test(skip_confirmed_takes_every_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
