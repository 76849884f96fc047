/* test_text_records: what rows become, and what rules between their fields refuse. */
#include "tests/unit/text_cases.h"

/* Rows: "line, field: code" lines and records, after the header. */
static void assert_rows(const char *text, const char *expected)
{
	read_bytes(text, strlen(text));
	if (!parsed.good || strcmp(strchr(parsed.rows, '\n') + 1, expected) != 0)
		print_error("of %s\n", text);
	assert_true(parsed.good);
	assert_string_equal(strchr(parsed.rows, '\n') + 1, expected);
	free(parsed.rows);
}

static void refused_rows_leave_the_others(void **context)
{
	(void)context;
	assert_rows("H|CONFIRMATIONS|532929|20260831|3\nD|1|x||20260831|on_site|\n"
		    "D|2|11010519491231002X||20260831|on_site|\nD|3|11010519491231002X||20260831|x|\nT|3\n",
		"2, 3: invalid_id_number\n3: confirmation 11010519491231002X||46264|on_site|\n4, 6: invalid_method\n");
}

static void records_hold_every_field(void **context)
{
	(void)context;
	read_bytes(MH M1 M2 MT, strlen(MH M1 M2 MT));
	assert_string_equal(parsed.rows, "header movements|movements|YLNSH|532929|1|46234|46264|1/1|0||0|||2|1|300\n"
					 "2: movement S1|6217001|杨国珍|11010519491231002X|46234|C|100|payout|DF|1|\n"
					 "3: movement S2|6217001|||46264|D|200|withdrawal|QK|1|\n");
	free(parsed.rows);
	read_bytes(RH R1 RT, strlen(RH R1 RT));
	assert_string_equal(parsed.rows, "header results|results|YLNSH|532929|0|0|0|1/1|0|B2608|1519|||1|1|100\n"
					 "2: payment 11010519491231002X|杨国珍|6217001|100|46248|0|AAAAAAA||0\n");
	free(parsed.rows);
	read_bytes(PH P1 RT, strlen(PH P1 RT));
	assert_string_equal(parsed.rows, "header payroll|payroll|YLNSH|532929|0|0|0|1/1|0|B2608|1519|||1|1|100\n"
					 "2: payment 11010519491231002X|杨国珍|6217001|100|0|0|||0\n");
	free(parsed.rows);
	read_bytes(OH O1 T1, strlen(OH O1 T1));
	assert_string_equal(parsed.rows,
		"header roster|roster||532929|0|0|0|1/1|46264||0|||1|0|0\n"
		"2: roster "
		"11010519491231002X|杨国珍|18262|resident|532929100|诺邓镇|象麓村|receiving|40178|12300|YLNSH|6217001|"
		"139|0|E1|厂\n");
	free(parsed.rows);
	read_bytes(CH C1 T1, strlen(CH C1 T1));
	assert_string_equal(parsed.rows, "header confirmations|confirmations||532929|0|0|0|1/1|46264||0|||1|0|0\n"
					 "2: confirmation 11010519491231002X|杨国珍|46264|on_site|村\n");
	free(parsed.rows);
	read_bytes(FH F1 T1, strlen(FH F1 T1));
	assert_string_equal(parsed.rows,
		"header feedback|feedback||532929|0|0|0|1/1|46265||0|2026-09|532929100|1|0|0\n"
		"2: feedback 2026-09-532929-" REF "|11010519491231002X|deceased|46276|on_site|李|139|1|1516|注\n");
	free(parsed.rows);
}

static void movements_have_the_class_of_their_summary(void **context)
{
	static const struct {
		const char *row, *class;
	} cases[] = {
		{"D|1|QK||", "|withdrawal|QK|1|"},
		{"D|1|ATM||", "|withdrawal|ATM|1|"},
		{"D|1|POS||", "|withdrawal|POS|1|"},
		{"D|1|ZZ||", "|withdrawal|ZZ|1|"},
		{"C|1|ZZ||", "|unknown|ZZ|1|"},
		{"D|0|QK||", "|unknown|QK|1|"},
		{"D|1|SXF||", "|fee|SXF|1|"},
		{"D|1|DK||", "|auto_debit|DK|1|"},
		{"C|1|CZ||S0", "|reversal|CZ|1|S0"},
		{"C|1|CZ||", "|unknown|CZ|1|"},
		{"C|1|LX||", "|interest|LX|1|"},
		{"C|1|DF||", "|payout|DF|1|"},
		{"C|0|DF||", "|payout|DF|1|"},
		{"D|1|DF||", "|unknown|DF|1|"},
		{"D|1|ZZZ||", "|unknown|ZZZ|0|"},
		{"D|1|qk||", "|unknown|qk|0|"},
		{"D|1|QKQK||", "|unknown|QKQK|0|"},
		{"D|1|取款||S9", "|unknown|取款|0|S9"},
	};

	(void)context;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[300];
		int amount = cases[i].row[2] - '0';

		snprintf(text, sizeof(text),
			"H|MOVEMENTS|B|532929|20260801|20260831|1|%d\nD|1|S|A|||20260801|%s\nT|1|%d\n", amount,
			cases[i].row, amount);
		read_bytes(text, strlen(text));
		assert_true(parsed.good);
		assert_non_null(strstr(parsed.rows, cases[i].class));
		free(parsed.rows);
	}
}

static void movements_count_with_a_wrong_id_number(void **context)
{
	(void)context;
	assert_rows("H|MOVEMENTS|B|532929|20260801|20260831|2|3\nD|1|S|A||532929190001010000|20260801|D|1|QK||\n"
		    "D|2|S|A||110105491231002|20260801|D|2|QK||\nT|2|3\n",
		"2, 6: invalid_id_number, the row counts\n2: movement S|A|||46234|D|1|withdrawal|QK|1|\n"
		"3: movement S|A||11010519491231002X|46234|D|2|withdrawal|QK|1|\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refused_rows_leave_the_others),
		TEST(records_hold_every_field),
		TEST(movements_have_the_class_of_their_summary),
		TEST(movements_count_with_a_wrong_id_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
