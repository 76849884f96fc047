/* test_text_rows: every wrong field of D, structural or the row's. */
#include "tests/unit/text_cases.h"

static void fields_of_movements(void **context)
{
	static const struct document_case cases[] = {
		{MH "D|1||6217001|||20260801|C|100|DF||\n" M2 MT, "2, 3: bad_field\n"},
		{MH "D|1|S 1|6217001|||20260801|C|100|DF||\n" M2 MT, "2, 3: bad_field\n"},
		{MH "D|1|AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA|6217001|||20260801|C|100|DF||\n" M2 MT,
			"2, 3: bad_field\n"},
		{MH "D|1|AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA|6217001|||20260801|C|100|DF||\n" M2 MT, ""},
		{MH "D|1|S1||||20260801|C|100|DF||\n" M2 MT, "2, 4: bad_field\n"},
		{MH "D|1|S1|６２１７|||20260801|C|100|DF||\n" M2 MT, "2, 4: bad_field\n"},
		{MH "D|1|S1|6217001|杨\x7f||20260801|C|100|DF||\n" M2 MT, "2, 5: bad_field\n"},
		{MH "D|1|S1|6217001||1101051949123100\x01|20260801|C|100|DF||\n" M2 MT, "2, 6: bad_field\n"},
		{MH "D|1|S1|6217001||x|20260801|C|100|DF||\n" M2 MT, ""},
		{MH "D|1|S1|6217001|||20260732|C|100|DF||\n" M2 MT, "2, 7: bad_date\n"},
		{MH "D|1|S1|6217001||||C|100|DF||\n" M2 MT, "2, 7: bad_date\n"},
		{MH "D|1|S1|6217001|||20260731|C|100|DF||\n" M2 MT, "2, 7: bad_date\n"},
		{MH "D|1|S1|6217001|||20260901|C|100|DF||\n" M2 MT, "2, 7: bad_date\n"},
		{MH "D|1|S1|6217001|||20260801||100|DF||\n" M2 MT, "2, 8: bad_field\n"},
		{MH "D|1|S1|6217001|||20260801|c|100|DF||\n" M2 MT, "2, 8: bad_field\n"},
		{MH "D|1|S1|6217001|||20260801|CD|100|DF||\n" M2 MT, "2, 8: bad_field\n"},
		{MH "D|1|S1|6217001|||20260801|C||DF||\n" M2 MT, "2, 9: bad_amount\n"},
		{MH "D|1|S1|6217001|||20260801|C|-1|DF||\n" M2 MT, "2, 9: bad_amount\n"},
		{MH "D|1|S1|6217001|||20260801|C|1.00|DF||\n" M2 MT, "2, 9: bad_amount\n"},
		{MH "D|1|S1|6217001|||20260801|C|0100|DF||\n" M2 MT, "2, 9: bad_amount\n"},
		{MH "D|1|S1|6217001|||20260801|C|1000000000000001|DF||\n" M2 MT, "2, 9: bad_amount\n"},
		{MH "D|1|S1|6217001|||20260801|C|100|||\n" M2 MT, "2, 10: bad_field\n"},
		{MH "D|1|S1|6217001|||20260801|C|100|D\x1f"
		    "F||\n" M2 MT,
			"2, 10: bad_field\n"},
		{MH "D|1|S1|6217001|||20260801|C|100|DF|养\xc2\x9f老|\n" M2 MT, "2, 11: bad_field\n"},
		{MH "D|1|S1|6217001|||20260801|C|100|DF|养\rx|\n" M2 MT, "2, 11: bad_field\n"},
		{MH "D|1|S1|6217001|||20260801|C|100|CZ||S 0\n" M2 MT, "2, 12: bad_field\n"},
		{MH "D|1|S1|6217001|||20260801|C|100|CZ||S0\r\r\n" M2 MT, "2, 12: bad_field\n"},
		{MH "D|1|S 1||||2026|X|1.0|||\n" M2 MT, "2, 3: bad_field\n"},
		{MH "D|1|S1|6217001|||20260801|C|100|DF||\nD|2|S2||||20260831|D|200|QK||\n" MT, "3, 4: bad_field\n"},
	};

	(void)context;
	ASSERT_CASES(cases);
}

static void structural_fields_of_pay_batches(void **context)
{
	static const struct document_case cases[] = {
		{RH "D|1|11010519491231002X|杨|621 7001|100|20260815|AAAAAAA|\n" RT, "2, 5: bad_field\n"},
		{RH "D|1|11010519491231002X|杨||100|20260815|AAAAAAA|\n" RT, "2, 5: bad_field\n"},
		{RH "D|1|11010519491231002X|杨|6217001|1x|20260815|AAAAAAA|\n" RT, "2, 6: bad_amount\n"},
		{RH "D|1|x||6217001||x||\n" RT, "2, 6: bad_amount\n"},
		{RH "D|1|x||||x||\n" RT, "2, 5: bad_field\n"},
		{PH "D|1|x||6217001|100\n" RT, ""},
		{PH "D|1|x||6217001|\n" RT, "2, 6: bad_amount\n"},
		{PH "D|1|x||6217\x80"
		    "001|1\n" RT,
			"0, 0: charset\n"},
	};

	(void)context;
	ASSERT_CASES(cases);
}

static void nul_is_a_control_character(void **context)
{
	static const char text[] = MH "D|1|S1|6217001|杨\0国||20260801|C|100|DF||\n" M2 MT;
	static const char in_letter[] = MH M1 "D\0|2|S2|6217001|||20260831|D|200|QK||\n" MT;

	(void)context;
	assert_errors_of(text, sizeof(text) - 1, "2, 5: bad_field\n");
	assert_errors_of(in_letter, sizeof(in_letter) - 1, "3, 1: bad_field\n");
}

/* One row and what its error is: "line, field: code", or none for a record. */
struct row_case {
	const char *row;
	const char *error;
};

static void assert_row_cases(const char *header, const char *trailer, const struct row_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char text[1000], expected[100];

		snprintf(text, sizeof(text), "%sD|1|%s\n%s", header, cases[i].row, trailer);
		read_bytes(text, strlen(text));
		snprintf(expected, sizeof(expected), "2, %s\n", cases[i].error);
		assert_true(parsed.good);
		if (*cases[i].error == '\0') {
			assert_int_equal(parsed.row_errors, 0);
			assert_int_equal(parsed.records, 1);
		} else {
			if (strcmp(strchr(parsed.rows, '\n') + 1, expected) != 0)
				print_error("of %s\n", cases[i].row);
			assert_string_equal(strchr(parsed.rows, '\n') + 1, expected);
		}
		free(parsed.rows);
	}
}

#define ASSERT_ROW_CASES(header, trailer, cases)                                                                       \
	assert_row_cases(header, trailer, cases, sizeof(cases) / sizeof((cases)[0]))

static void rows_of_rosters(void **context)
{
	static const struct row_case cases[] = {
		{"11010519491231002X|杨|19491231|resident|532929100|诺|象|receiving|20100101|1|YLNSH|6217|139|0|E|厂",
			""},
		{"110105491231002|杨||injury|532929100|诺||ended|20100101|0||||1||", ""},
		{"|杨||resident|532929100|诺||receiving|20100101|1||||0||", "3: invalid_id_number"},
		{"110105194912310021|杨||resident|532929100|诺||receiving|20100101|1||||0||", "3: invalid_id_number"},
		{"11010519491231002X|||resident|532929100|诺||receiving|20100101|1||||0||", "4: invalid_row"},
		{"11010519491231002X|杨\x1b||resident|532929100|诺||receiving|20100101|1||||0||", "4: invalid_row"},
		{"11010519491231002X|杨|19491331|resident|532929100|诺||receiving|20100101|1||||0||", "5: invalid_row"},
		{"11010519491231002X|杨||Resident|532929100|诺||receiving|20100101|1||||0||", "6: invalid_scheme"},
		{"11010519491231002X|杨|||532929100|诺||receiving|20100101|1||||0||", "6: invalid_scheme"},
		{"11010519491231002X|杨||resident|532930100|诺||receiving|20100101|1||||0||", "7: invalid_township"},
		{"11010519491231002X|杨||resident|53292910|诺||receiving|20100101|1||||0||", "7: invalid_township"},
		{"11010519491231002X|杨||resident||诺||receiving|20100101|1||||0||", "7: invalid_township"},
		{"11010519491231002X|杨||resident|532929100|||receiving|20100101|1||||0||", "8: invalid_row"},
		{"11010519491231002X|杨||resident|532929100|诺|\x02|receiving|20100101|1||||0||", "9: invalid_row"},
		{"11010519491231002X|杨||resident|532929100|诺||paused|20100101|1||||0||", "10: invalid_status"},
		{"11010519491231002X|杨||resident|532929100|诺|||20100101|1||||0||", "10: invalid_status"},
		{"11010519491231002X|杨||resident|532929100|诺||receiving||1||||0||", "11: invalid_row"},
		{"11010519491231002X|杨||resident|532929100|诺||receiving|20100132|1||||0||", "11: invalid_row"},
		{"11010519491231002X|杨||resident|532929100|诺||receiving|20100101|0105||||0||", "12: invalid_row"},
		{"11010519491231002X|杨||resident|532929100|诺||receiving|20100101|||||0||", "12: invalid_row"},
		{"11010519491231002X|杨||resident|532929100|诺||receiving|20100101|1|农|1||0||", "13: invalid_row"},
		{"11010519491231002X|杨||resident|532929100|诺||receiving|20100101|1|Y|６||0||", "14: invalid_row"},
		{"11010519491231002X|杨||resident|532929100|诺||receiving|20100101|1|||\x03|0||", "15: invalid_row"},
		{"11010519491231002X|杨||resident|532929100|诺||receiving|20100101|1||||||", "16: invalid_row"},
		{"11010519491231002X|杨||resident|532929100|诺||receiving|20100101|1||||2||", "16: invalid_row"},
		{"11010519491231002X|杨||resident|532929100|诺||receiving|20100101|1||||0|\x04|", "17: invalid_row"},
		{"11010519491231002X|杨||resident|532929100|诺||receiving|20100101|1||||0||厂\xc2\x85",
			"18: invalid_row"},
		{"11010519491231002X|杨||resident|532929100|诺||receiving|20100101|1|YLNSH|||0||", "0: invalid_row"},
		{"11010519491231002X|杨||resident|532929100|诺||receiving|20100101|1||6217||0||", "0: invalid_row"},
		/* The lowest wrong field names the error. */
		{"x||1|x|x|||x|x|x|农|||9||", "3: invalid_id_number"},
		{"11010519491231002X|杨||x|x|||x|x|x|农|||9||", "6: invalid_scheme"},
		{"11010519491231002X|杨||resident|532929100|诺||receiving|20100101|1|Y|||9||", "16: invalid_row"},
	};

	(void)context;
	ASSERT_ROW_CASES(OH, T1, cases);
}

static void rows_of_confirmations(void **context)
{
	static const struct row_case cases[] = {
		{"11010519491231002X|杨|20260831|on_site|村", ""},
		{"11010519491231002x||20200101|app_national|", ""},
		{"|杨|20260831|on_site|", "3: invalid_id_number"},
		{"11010519491231002X|\x05|20260831|on_site|", "4: invalid_row"},
		{"11010519491231002X|杨||on_site|", "5: invalid_row"},
		{"11010519491231002X|杨|2026-08-1|on_site|", "5: invalid_row"},
		{"11010519491231002X|杨|20260901|on_site|", "5: future_date"},
		{"11010519491231002X|杨|20260901|phone|", "5: future_date"},
		{"11010519491231002X|杨|20260831|phone|", "6: invalid_method"},
		{"11010519491231002X|杨|20260831||", "6: invalid_method"},
		{"11010519491231002X|杨|20260831|window|\x06", "7: invalid_row"},
	};

	(void)context;
	ASSERT_ROW_CASES(CH, T1, cases);
}

static void rows_of_feedback(void **context)
{
	static const struct row_case cases[] = {
		{"2026-09-532929-" REF "|11010519491231002X|alive|20260912|on_site|李|||", ""},
		{"|110105491231002|deceased|20260901|data_match|李||202605|", ""},
		{"|11010519491231002X|other|20270901|window|李|||注", ""},
		{"\x07|11010519491231002X|alive|20260912|on_site|李|||", "3: invalid_row"},
		{"|1|alive|20260912|on_site|李|||", "4: invalid_id_number"},
		{"||alive|20260912|on_site|李|||", "4: invalid_id_number"},
		{"|11010519491231002X|dead|20260912|on_site|李|||", "5: invalid_outcome"},
		{"|11010519491231002X||20260912|on_site|李|||", "5: invalid_outcome"},
		{"|11010519491231002X|alive|20260931|on_site|李|||", "6: invalid_row"},
		{"|11010519491231002X|alive||on_site|李|||", "6: invalid_row"},
		{"|11010519491231002X|alive|20260912||李|||", "7: invalid_method"},
		{"|11010519491231002X|alive|20260912|visit|李|||", "7: invalid_method"},
		{"|11010519491231002X|alive|20260912|on_site||||", "8: invalid_row"},
		{"|11010519491231002X|alive|20260912|on_site|李|\x08||", "9: invalid_row"},
		{"|11010519491231002X|deceased|20260912|on_site|李||2026-8|", "10: invalid_row"},
		{"|11010519491231002X|alive|20260912|on_site|李||202613|", "10: invalid_row"},
		{"|11010519491231002X|alive|20260912|on_site|李|||\x0e", "11: invalid_row"},
		{"|11010519491231002X|deceased|20260912|on_site|李|||", "0: invalid_row"},
		{"|11010519491231002X|alive|20260912|on_site|李||202605|", "0: invalid_row"},
		{"|11010519491231002X|other|20260912|on_site|李|||", "0: invalid_row"},
		{"|11010519491231002X|alive|20260831|on_site|李|||", "0: invalid_row"},
		{"|11010519491231002X|alive|20270902|on_site|李|||", "0: invalid_row"},
		{"x|11010519491231002X|alive|20260912|on_site|李|||", "0: invalid_row"},
		{"2026-09-532929-0" REF "|11010519491231002X|alive|20260912|on_site|李|||", "0: invalid_row"},
		{"2026-09-532929-|11010519491231002X|alive|20260912|on_site|李|||", "0: invalid_row"},
		{"2026-03-532929-" REF "|11010519491231002X|alive|20260912|on_site|李|||", "0: invalid_row"},
		{"2026-09-532930-" REF "|11010519491231002X|alive|20260912|on_site|李|||", "0: invalid_row"},
		{"2026-09-532929-1123456789abcdef0123456789abcdef|11010519491231002X|alive|20260912|on_site|李|||",
			"0: invalid_row"},
	};

	(void)context;
	ASSERT_ROW_CASES(FH, T1, cases);
}

static void task_ids_without_references_have_their_form(void **context)
{
	static const struct row_case cases[] = {
		{"2026-09-532929-" REF "|11010519491231002X|alive|20260912|on_site|李|||", ""},
		{"2026-09-532929-1123456789abcdef0123456789abcdef|11010519491231002X|alive|20260912|on_site|李|||", ""},
		{"2026-09-532929-1123456789ABCDEF0123456789ABCDEF|11010519491231002X|alive|20260912|on_site|李|||",
			"0: invalid_row"},
		{"2026-09-532929-123|11010519491231002X|alive|20260912|on_site|李|||", "0: invalid_row"},
	};

	(void)context;
	document_context.person_ref = NULL;
	ASSERT_ROW_CASES(FH, T1, cases);
}

static void rows_of_pay_batches(void **context)
{
	static const struct row_case results[] = {
		{"11010519491231002X|杨|6217|100|20260815|AAAAAAA|", ""},
		{"11010519491231002X|杨|6217|100||E01|文", ""},
		{"|杨|6217|100||AAAAAAA|", "3: invalid_id_number"},
		{"11010519491231002X||6217|100||AAAAAAA|", "4: invalid_row"},
		{"11010519491231002X|杨|6217|100|20260835|AAAAAAA|", "7: invalid_row"},
		{"11010519491231002X|杨|6217|100|||", "8: invalid_row"},
		{"11010519491231002X|杨|6217|100||A\x7f|", "8: invalid_row"},
		{"11010519491231002X|杨|6217|100||AAAAAAA|\x0f", "9: invalid_row"},
	};
	static const struct row_case payroll[] = {
		{"11010519491231002X|杨|6217|100", ""},
		{"11010519491231002|杨|6217|100", "3: invalid_id_number"},
		{"11010519491231002X||6217|100", "4: invalid_row"},
	};

	(void)context;
	ASSERT_ROW_CASES(RH, RT, results);
	ASSERT_ROW_CASES(PH, RT, payroll);
}

static void messages_hold_no_value(void **context)
{
	static const char text[] = "H|MOVEMENTS|SECRET\x01|SECRET|SECRET|SECRET|SECRET|SECRET|SECRET\n"
				   "D|SECRET|S|A|||20260801|C|1|QK||\nD|2|SECRET SECRET|A|||20260801|C|1|QK||\n"
				   "D|3|S|A|||SECRET|C|1|QK||\nD|4|S|A|||20260801|SECRET|1|QK||\n"
				   "D|5|S|A|||20260801|C|SECRET|QK||\nD|6|S|A|||20260801|C|1|SECRET\x01||\n"
				   "SECRET\nD|SECRET\nT|SECRET|SECRET\nSECRET\n";

	(void)context;
	read_bytes(text, sizeof(text) - 1);
	assert_int_equal(parsed.errors.count, 11);
	for (uint32_t i = 0; i < parsed.errors.count; i++) {
		assert_null(strstr(parsed.errors.items[i].message, "SECRET"));
		assert_true(strlen(parsed.errors.items[i].message) > 20);
		assert_true(strlen(parsed.errors.items[i].message) < sizeof(parsed.errors.items[i].message) - 1);
	}
	free(parsed.rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fields_of_movements),
		TEST(structural_fields_of_pay_batches),
		TEST(nul_is_a_control_character),
		TEST(rows_of_rosters),
		TEST(rows_of_confirmations),
		TEST(rows_of_feedback),
		TEST(task_ids_without_references_have_their_form),
		TEST(rows_of_pay_batches),
		TEST(messages_hold_no_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
