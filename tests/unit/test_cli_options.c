/* Unit tests of cli_options: words in, typed values and what is left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "daemon/cli_options.h"

enum { COUNTY, DATE, MONTH, CAMPAIGN, CHUNK, DOCUMENT, KIND, FORCE, TOWNSHIP, BANK, OPTIONS };

static const struct cli_option options[OPTIONS + 1] = {
	[COUNTY] = {"county", 0, CLI_COUNTY, .required = true, .value = "CODE", .help = "the county"},
	[DATE] = {"date", 'd', CLI_DATE, .value = "DATE", .help = "the day"},
	[MONTH] = {"month", 0, CLI_MONTH, .value = "MONTH", .help = "the month"},
	[CAMPAIGN] = {"campaign", 0, CLI_CAMPAIGN, .value = "CAMPAIGN", .help = "the campaign"},
	[CHUNK] = {"chunk", 0, CLI_NUMBER, .value = "BYTES", .min = 10, .max = 900, .help = "bytes"},
	[DOCUMENT] = {"document", 0, CLI_DOCUMENT, .value = "ID", .help = "an id"},
	[KIND] = {"kind", 0, CLI_CHOICE, .value = "KIND", .choices = document_kind_names,
		.choice_count = DOCUMENT_KIND_COUNT, .help = "the kind"},
	[FORCE] = {"force", 'f', CLI_FLAG, .help = "do it"},
	[TOWNSHIP] = {"township", 0, CLI_TOWNSHIP, .value = "CODE", .help = "the township"},
	[BANK] = {"bank", 0, CLI_CODE, .value = "BANK", .help = "the bank"},
};

static struct cli_value values[OPTIONS];
static char message[CLI_MESSAGE_SIZE];

/* Takes the words of a line; "_" in one stands for a space. rest gets what is left, apart by one space. */
static bool take(const char *line, bool everywhere, char rest[256])
{
	static char copy[512];
	static char *list[32];
	struct cli_option_set set = {options, values};
	struct cli_words words = {0, list};
	bool taken;

	memset(values, 0, sizeof(values));
	message[0] = rest[0] = '\0';
	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
		list[words.count++] = word;
	for (int i = 0; i < words.count; i++)
		for (char *c = list[i]; *c != '\0'; c++)
			if (*c == '_')
				*c = ' ';
	taken = cli_options_take(&set, 1, everywhere, &words, message);
	for (int i = 0; i < words.count; i++)
		snprintf(rest + strlen(rest), 256 - strlen(rest), "%s%s", i == 0 ? "" : " ", words.words[i]);
	return taken;
}

static void values_have_their_types(void **context)
{
	char rest[256];

	(void)context;
	assert_true(
		take("--county 532929 --date=2026-09-06 --month 2026-02 --campaign 2026-03 --chunk 900 --kind roster "
		     "--force --township 532929100 --bank YLNSH",
			true, rest));
	assert_string_equal(rest, "");
	assert_int_equal(values[COUNTY].number, 532929);
	assert_string_equal(values[COUNTY].text, "532929");
	assert_int_equal(values[DATE].date, civil_date_from_ymd(2026, 9, 6));
	assert_int_equal(values[MONTH].number, (2026 - 1900) * 12 + 1);
	assert_int_equal(values[CAMPAIGN].date, civil_date_from_ymd(2026, 3, 1));
	assert_int_equal(values[CHUNK].number, 900);
	assert_int_equal(values[KIND].number, DOCUMENT_ROSTER);
	assert_true(values[FORCE].present);
	assert_false(values[DOCUMENT].present);
	assert_int_equal(values[TOWNSHIP].number, 532929100);
	assert_string_equal(values[BANK].text, "YLNSH");
	assert_true(take("--document 00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff", true, rest));
	assert_int_equal(values[DOCUMENT].document[1], 0x11);
	assert_int_equal(values[DOCUMENT].document[31], 0xff);
}

static void letters_take_their_value_from_the_word_or_the_next(void **context)
{
	char rest[256];

	(void)context;
	assert_true(take("-d2026-09-06 -f", true, rest));
	assert_int_equal(values[DATE].date, civil_date_from_ymd(2026, 9, 6));
	assert_true(values[FORCE].present);
	assert_true(take("-d 2026-09-07", true, rest));
	assert_int_equal(values[DATE].date, civil_date_from_ymd(2026, 9, 7));
	assert_false(take("-fx", true, rest));
}

static void the_last_of_an_option_counts(void **context)
{
	char rest[256];

	(void)context;
	assert_true(take("--chunk 10 --chunk 20", true, rest));
	assert_int_equal(values[CHUNK].number, 20);
}

static void what_is_no_option_is_left(void **context)
{
	char rest[256];

	(void)context;
	assert_true(take("one --force two - three", true, rest));
	assert_string_equal(rest, "one two - three");
	assert_true(values[FORCE].present);
	assert_true(take("one -- --force -x", true, rest));
	assert_string_equal(rest, "one --force -x");
	assert_false(values[FORCE].present);
	assert_true(take("--force verb --unknown", false, rest));
	assert_string_equal(rest, "verb --unknown");
}

static void bad_values_are_refused_and_said(void **context)
{
	static const struct {
		const char *line;
		const char *says;
	} cases[] = {
		{"--county 53292", "--county: a county code has 6 digits, such as 532929"},
		{"--county 05329x", "--county: a county code has 6 digits, such as 532929"},
		{"--county 032929", "--county: a county code has 6 digits, such as 532929"},
		{"--date 20260906", "--date: a date is written 2026-09-06"},
		{"--date 2026-02-30", "--date: a date is written 2026-09-06"},
		{"--month 2026-13", "--month: a month is written 2026-09"},
		{"--month 2026/12", "--month: a month is written 2026-09"},
		{"--campaign 2026-04", "--campaign: a campaign is a March or a September, such as 2026-09"},
		{"--chunk 9", "--chunk: it is a number from 10 to 900"},
		{"--chunk 901", "--chunk: it is a number from 10 to 900"},
		{"--chunk 1e2", "--chunk: it is a number from 10 to 900"},
		{"--chunk 99999999999999999999", "--chunk: it is a number from 10 to 900"},
		{"--chunk=", "--chunk: it is a number from 10 to 900"},
		{"--document 0011", "--document: a document id is the 64 hex digits of its receipts"},
		{"--kind rooster",
			"--kind: it is one of movements results payroll roster confirmations feedback control"},
		{"--township 532929", "--township: a township code has 9 digits, such as 532929100"},
		{"--bank A_B", "--bank: it is 1 to 40 printable ASCII characters"},
		{"--force=yes", "--force: it takes no value"},
		{"--date", "--date needs its DATE"},
		{"--forse", "there is no option --forse here; did you mean --force?"},
		{"--quick=532929194001011234", "there is no option --quick here"},
		{"-x", "there is no option -x here"},
	};
	char rest[256];

	(void)context;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_false(take(cases[i].line, true, rest));
		assert_string_equal(message, cases[i].says);
	}
}

static void what_is_required_must_be_there(void **context)
{
	const struct cli_option_set set = {options, values};
	char rest[256];

	(void)context;
	assert_true(take("--force", true, rest));
	assert_false(cli_options_complete(&set, message));
	assert_string_equal(message, "--county CODE is needed");
	assert_true(take("--county 532929", true, rest));
	assert_true(cli_options_complete(&set, message));
}

static void help_names_every_option(void **context)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)context;
	assert_non_null(out);
	cli_options_usage(options, out);
	fputc('\n', out);
	cli_options_help(options, out);
	fclose(out);
	assert_non_null(strstr(text, " --county CODE [--date DATE]"));
	assert_non_null(strstr(text, "[--force]"));
	assert_non_null(strstr(text, "  -d, --date DATE          the day\n"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_have_their_types),
		cmocka_unit_test(letters_take_their_value_from_the_word_or_the_next),
		cmocka_unit_test(the_last_of_an_option_counts),
		cmocka_unit_test(what_is_no_option_is_left),
		cmocka_unit_test(bad_values_are_refused_and_said),
		cmocka_unit_test(what_is_required_must_be_there),
		cmocka_unit_test(help_names_every_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
