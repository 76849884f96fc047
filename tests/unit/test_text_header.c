/* test_text_header: every wrong field of H, and the days that it may say. */
#include "tests/unit/text_cases.h"

static void fields_of_movements_headers(void **context)
{
	static const struct document_case cases[] = {
		{"H|MOVEMENTS||532929|20260801|20260831|2|300\n" M1 M2 MT, "1, 3: bad_field\n"},
		{"H|MOVEMENTS|YL NSH|532929|20260801|20260831|2|300\n" M1 M2 MT, "1, 3: bad_field\n"},
		{"H|MOVEMENTS|农商行|532929|20260801|20260831|2|300\n" M1 M2 MT, "1, 3: bad_field\n"},
		{"H|MOVEMENTS|AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA|532929|20260801|20260831|2|300\n" M1 M2 MT,
			"1, 3: bad_field\n"},
		{"H|MOVEMENTS|YLNSH|53292|20260801|20260831|2|300\n" M1 M2 MT, "1, 4: bad_field\n"},
		{"H|MOVEMENTS|YLNSH|53292x|20260801|20260831|2|300\n" M1 M2 MT, "1, 4: bad_field\n"},
		{"H|MOVEMENTS|YLNSH||20260801|20260831|2|300\n" M1 M2 MT, "1, 4: bad_field\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260832|20260831|2|300\n" M1 M2 MT, "1, 5: bad_date\n"},
		{"H|MOVEMENTS|YLNSH|532929||20260831|2|300\n" M1 M2 MT, "1, 5: bad_date\n"},
		{"H|MOVEMENTS|YLNSH|532929|2026-08-01|20260831|2|300\n" M1 M2 MT, "1, 5: bad_date\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260230|2|300\n" M1 M2 MT, "1, 6: bad_date\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801||2|300\n" M1 M2 MT, "1, 6: bad_date\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260731|2|300\n" M1 M2 MT, "1, 6: bad_date\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260831||300\n" M1 M2 MT, "1, 7: bad_field\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260831|02|300\n" M1 M2 MT, "1, 7: bad_field\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260831|-2|300\n" M1 M2 MT, "1, 7: bad_field\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260831|2|\n" M1 M2 MT, "1, 8: bad_amount\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260831|2|3.00\n" M1 M2 MT, "1, 8: bad_amount\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260831|2|1000000000000000001\n" M1 M2 MT, "1, 8: bad_amount\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260831|2|300|\n" M1 M2 MT, "1, 9: bad_field\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260831|2|300|0/1\n" M1 M2 MT, "1, 9: bad_field\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260831|2|300|2/1\n" M1 M2 MT, "1, 9: bad_field\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260831|2|300|1/10000\n" M1 M2 MT, "1, 9: bad_field\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260831|2|300|01/2\n" M1 M2 MT, "1, 9: bad_field\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260831|2|300|1\n" M1 M2 MT, "1, 9: bad_field\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260831|2|300|9999/9999\n" M1 M2 MT, ""},
		/* The lowest field names the line's error. */
		{"H|MOVEMENTS|YL NSH|5329|x|y|z|w|v\n" M1 M2 MT, "1, 3: bad_field\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|x|z|w|v\n" M1 M2 MT, "1, 6: bad_date\n"},
		/* A control character where the form allows none has the field's own code. */
		{"H|MOVEMENTS|YLNSH|532929|20260801|2026\x1b"
		 "0831|2|300\n" M1 M2 MT,
			"1, 6: bad_date\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260831|2|300\r\r\n" M1 M2 MT, "1, 8: bad_amount\n"},
	};

	(void)context;
	ASSERT_CASES(cases);
}

static void fields_of_other_headers(void **context)
{
	static const struct document_case cases[] = {
		{"H|RESULTS||532929|B2608|202608|1|100\n" R1 RT, "1, 3: bad_field\n"},
		{"H|RESULTS|YLNSH|5|B2608|202608|1|100\n" R1 RT, "1, 4: bad_field\n"},
		{"H|RESULTS|YLNSH|532929||202608|1|100\n" R1 RT, "1, 5: bad_field\n"},
		{"H|RESULTS|YLNSH|532929|B\x01|202608|1|100\n" R1 RT, "1, 5: bad_field\n"},
		{"H|RESULTS|YLNSH|532929|八月 1|202608|1|100\n" R1 RT, ""},
		{"H|RESULTS|YLNSH|532929|B2608|202613|1|100\n" R1 RT, "1, 6: bad_date\n"},
		{"H|RESULTS|YLNSH|532929|B2608||1|100\n" R1 RT, "1, 6: bad_date\n"},
		{"H|PAYROLL|YLNSH|532929|B2608|2026-8|1|100\n" P1 RT, "1, 6: bad_date\n"},
		{"H|PAYROLL|YLNSH|532929|B2608|202608|x|100\n" P1 RT, "1, 7: bad_field\n"},
		{"H|PAYROLL|YLNSH|532929|B2608|202608|1|0100\n" P1 RT, "1, 8: bad_amount\n"},
		{"H|ROSTER|53292|20260831|1\n" O1 T1, "1, 3: bad_field\n"},
		{"H|ROSTER|532929|20260931|1\n" O1 T1, "1, 4: bad_date\n"},
		{"H|ROSTER|532929||1\n" O1 T1, "1, 4: bad_date\n"},
		{"H|ROSTER|532929|20260831|\n" O1 T1, "1, 5: bad_field\n"},
		{"H|CONFIRMATIONS||20260831|1\n" C1 T1, "1, 3: bad_field\n"},
		{"H|CONFIRMATIONS|532929|18991231|1\n" C1 T1, "1, 4: bad_date\n"},
		{"H|CONFIRMATIONS|532929|22000101|1\n" C1 T1, "1, 4: bad_date\n"},
		{"H|CONFIRMATIONS|532929|20260831|1.0\n" C1 T1, "1, 5: bad_field\n"},
		{"H|FEEDBACK|5329290|2026-09|532929100|1\n" F1 T1, "1, 3: bad_field\n"},
		{"H|FEEDBACK|532929|2026-06|532929100|1\n" F1 T1, "1, 4: bad_field\n"},
		{"H|FEEDBACK|532929|202609|532929100|1\n" F1 T1, "1, 4: bad_field\n"},
		{"H|FEEDBACK|532929||532929100|1\n" F1 T1, "1, 4: bad_field\n"},
		{"H|FEEDBACK|532929|2026-09|532930100|1\n" F1 T1, "1, 5: bad_field\n"},
		{"H|FEEDBACK|532929|2026-09|53292910|1\n" F1 T1, "1, 5: bad_field\n"},
		{"H|FEEDBACK|532929|2026-09||1\n" F1 T1, "1, 5: bad_field\n"},
		{"H|FEEDBACK|532929|2026-09|532929100|one\n" F1 T1, "1, 6: bad_field\n"},
	};

	(void)context;
	ASSERT_CASES(cases);
}

static void wrong_days_judge_no_movement(void **context)
{
	static const char out_of_days[] = "D|1|S1|6217001|||20250101|C|100|DF||\n";
	static const char *const wrong[][2] = {
		{"H|MOVEMENTS|YLNSH|532929|x|20260831|2|300\n", "1, 5: bad_date\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|x|2|300\n", "1, 6: bad_date\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260901|20260831|2|300\n", "1, 6: bad_date\n"},
		{"H|MOVEMENTS|YLNSH|532929|20260801|20260831\n", "1, 0: field_count\n"},
	};
	char text[500];

	(void)context;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(text, sizeof(text), "%s%s%s", wrong[i][0], out_of_days, M2 MT);
		assert_errors(text, wrong[i][1]);
	}
	/* But something else that is wrong in H changes nothing. */
	snprintf(text, sizeof(text), "H|MOVEMENTS|YL NSH|532929|20260801|20260831|x|y\n%s%s", out_of_days, M2 MT);
	assert_errors(text, "1, 3: bad_field\n2, 7: bad_date\n");
}

static void statements_end_on_the_log_date_at_the_latest(void **context)
{
	(void)context;
	document_context.log_date = civil_date_from_ymd(2026, 8, 31);
	assert_errors(MH M1 M2 MT, "");
	document_context.log_date--;
	assert_errors(MH M1 M2 MT, "1, 6: bad_date\n");
	assert_errors(MH "D|1|S1|6217001|||20250101|C|100|DF||\n" M2 MT, "1, 6: bad_date\n");
	assert_errors(OH O1 T1, "");
}

static civil_date oldest;

static civil_date oldest_date(void *context, const char county[7])
{
	(void)context;
	assert_string_equal(county, "532929");
	return oldest;
}

static void what_is_too_old_is_a_bad_date(void **context)
{
	(void)context;
	document_context.oldest_date = oldest_date;
	oldest = civil_date_from_ymd(2026, 8, 31);
	assert_errors(MH M1 M2 MT, "");
	assert_errors(RH R1 RT, "");
	assert_errors(OH O1 T1, "");
	assert_errors(CH C1 T1, "");
	oldest++;
	assert_errors(MH M1 M2 MT, "1, 6: bad_date\n");
	assert_errors(RH R1 RT, "1, 6: bad_date\n");
	assert_errors(PH P1 RT, "1, 6: bad_date\n");
	assert_errors(OH O1 T1, "1, 4: bad_date\n");
	assert_errors(CH C1 T1, "1, 4: bad_date\n");
	oldest = CIVIL_DATE_NONE;
	assert_errors(MH M1 M2 MT, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fields_of_movements_headers),
		TEST(fields_of_other_headers),
		TEST(wrong_days_judge_no_movement),
		TEST(statements_end_on_the_log_date_at_the_latest),
		TEST(what_is_too_old_is_a_bad_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
