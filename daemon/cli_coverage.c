/* cli_coverage: duizhang coverage: bank × month, and the gaps. */
#include <inttypes.h>

#include "daemon/campaign_store.h"
#include "daemon/cli_ledgers.h"
#include "daemon/cli_print.h"
#include "daemon/cli_verbs.h"
#include "daemon/coverage.h"
#include "daemon/json_writer.h"

#define MONTHS_SHOWN 12 /* side by side, and unless told otherwise in all */
#define MONTHS_MAX   120

enum { OPTION_COUNTY, OPTION_FROM, OPTION_TO, OPTION_COUNT };

static const struct cli_option options[OPTION_COUNT + 1] = {
	[OPTION_COUNTY] = {"county", 0, CLI_COUNTY, .value = "CODE", .help = "only this county"},
	[OPTION_FROM] = {"from", 0, CLI_MONTH, .value = "MONTH",
		.help = "first month; default: a year before the last"},
	[OPTION_TO] = {"to", 0, CLI_MONTH, .value = "MONTH", .help = "last month; default: the newest of any bank"},
};

enum month_state { MONTH_GAP, MONTH_PARTLY, MONTH_THIN, MONTH_COVERED };
static const char *const state_names[] = {"gap", "partly", "thin", "covered"};

struct months {
	civil_month from;
	civil_month to;
};

static enum month_state state_of(const struct bank_coverage *coverage, civil_month month)
{
	civil_date first = civil_month_first_day(month), last = civil_month_last_day(month);

	for (size_t i = 0; i < coverage->thin_count; i++)
		if (coverage->thin[i] == month)
			return MONTH_THIN;
	if (ranges_cover(&coverage->covered, first, last))
		return MONTH_COVERED;
	for (size_t i = 0; i < coverage->covered.count; i++)
		if (coverage->covered.items[i].from <= last && coverage->covered.items[i].to >= first)
			return MONTH_PARTLY;
	return MONTH_GAP;
}

/* Calls function for every bank of the counties chosen. */
static void each_bank(struct cli *cli, const struct cli_ledgers *ledgers, const struct months *months, void *context,
	void (*function)(struct cli *cli, const struct cli_county *county, const struct bank_coverage *coverage,
		const struct months *months, void *context))
{
	for (size_t i = 0; i < ledgers->county_count; i++) {
		const struct cli_county *county = &ledgers->counties[i];
		struct book *book = &county->ledger->book;
		char bank[41] = "";

		while (coverage_bank_next(book, county->county, bank)) {
			struct bank_coverage coverage;

			arena_reset(&book->arena);
			coverage_load(book, county->county, span_of(bank), &book->arena, &coverage);
			function(cli, county, &coverage, months, context);
		}
	}
}

static void find_newest(struct cli *cli, const struct cli_county *county, const struct bank_coverage *coverage,
	const struct months *months, void *context)
{
	civil_month *newest = context;

	(void)cli;
	(void)county;
	(void)months;
	for (size_t i = 0; i < coverage->covered.count; i++)
		if (civil_date_month(coverage->covered.items[i].to) > *newest)
			*newest = civil_date_month(coverage->covered.items[i].to);
	for (size_t i = 0; i < coverage->thin_count; i++)
		if (coverage->thin[i] > *newest)
			*newest = coverage->thin[i];
}

static void print_row(struct cli *cli, const struct cli_county *county, const struct bank_coverage *coverage,
	const struct months *months, void *context)
{
	static const char *const cells[] = {"-", "partly", "thin", "yes"};
	struct print_table *table = context;

	(void)cli;
	print_cell(table, "%06u", county->county);
	print_cell(table, "%s", coverage->bank);
	for (civil_month month = months->from; month <= months->to; month++)
		print_cell(table, "%s", cells[state_of(coverage, month)]);
}

/* The grid, in blocks of a year side by side. */
static void print_grid(struct cli *cli, const struct cli_ledgers *ledgers, const struct months *months)
{
	for (civil_month from = months->from; from <= months->to; from += MONTHS_SHOWN) {
		char titles[MONTHS_SHOWN][CIVIL_MONTH_TEXT_SIZE];
		struct print_column columns[2 + MONTHS_SHOWN] = {{"county", false}, {"bank", false}};
		struct months block = {from, months->to};
		struct print_table table;
		size_t count = 2;

		if (block.to >= from + MONTHS_SHOWN)
			block.to = from + MONTHS_SHOWN - 1;
		for (civil_month month = block.from; month <= block.to; month++, count++)
			columns[count].title = civil_month_format(month, titles[count - 2]);
		print_table_begin(&table, cli->out, columns, count, 0);
		each_bank(cli, ledgers, &block, &table, print_row);
		print_table_end(&table, "no bank is known yet");
	}
}

static struct date_ranges gaps_of(struct book *book, const struct bank_coverage *coverage, const struct months *months)
{
	return ranges_gaps(&coverage->covered, civil_month_first_day(months->from), civil_month_last_day(months->to),
		&book->arena);
}

/* What the grid cannot show: which days, and why a month is not believed. */
static void print_gaps(struct cli *cli, const struct cli_county *county, const struct bank_coverage *coverage,
	const struct months *months, void *context)
{
	struct book *book = &county->ledger->book;
	struct date_ranges gaps = gaps_of(book, coverage, months);

	(void)context;
	for (size_t i = 0; i < gaps.count; i++) {
		char from[PRINT_TEXT_SIZE], to[PRINT_TEXT_SIZE];

		fprintf(cli->out, "%06u %s: not covered from %s to %s\n", county->county, coverage->bank,
			print_date(gaps.items[i].from, from), print_date(gaps.items[i].to, to));
	}
	for (size_t i = 0; i < coverage->thin_count; i++) {
		char text[CIVIL_MONTH_TEXT_SIZE];
		uint64_t had, all;

		if (coverage->thin[i] < months->from || coverage->thin[i] > months->to)
			continue;
		coverage_month_counts(book, county->county, span_of(coverage->bank), coverage->thin[i], &had, &all);
		fprintf(cli->out, "%06u %s: %s is thin: %" PRIu64 " of %" PRIu64 " accounts had a payout\n",
			county->county, coverage->bank, civil_month_format(coverage->thin[i], text), had, all);
	}
}

static void print_json(struct cli *cli, const struct cli_county *county, const struct bank_coverage *coverage,
	const struct months *months, void *context)
{
	struct book *book = &county->ledger->book;
	struct date_ranges gaps = gaps_of(book, coverage, months);
	struct byte_writer *json = context;
	char code[8];

	snprintf(code, sizeof(code), "%06u", county->county);
	json_open(json, '{');
	json_member_text(json, "county", span_of(code));
	json_member_text(json, "bank", span_of(coverage->bank));
	json_key(json, "months");
	json_open(json, '[');
	for (civil_month month = months->from; month <= months->to; month++) {
		uint64_t had, all;

		coverage_month_counts(book, county->county, span_of(coverage->bank), month, &had, &all);
		json_open(json, '{');
		json_member_month(json, "month", month);
		json_member_text(json, "state", span_of(state_names[state_of(coverage, month)]));
		json_member_number(json, "had", (int64_t)had);
		json_member_number(json, "all", (int64_t)all);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_key(json, "gaps");
	json_open(json, '[');
	for (size_t i = 0; i < gaps.count; i++) {
		json_open(json, '{');
		json_member_date(json, "from", gaps.items[i].from);
		json_member_date(json, "to", gaps.items[i].to);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_close(json, '}');
	cli_json_line(cli, json);
}

/* The months asked for, else the year up to the newest that any bank covers. */
static struct months choose_months(struct cli *cli, const struct cli_ledgers *ledgers)
{
	const struct cli_value *from = &cli->values[OPTION_FROM], *to = &cli->values[OPTION_TO];
	struct months months = {0, 0};

	if (to->present)
		months.to = (civil_month)to->number;
	else
		each_bank(cli, ledgers, NULL, &months.to, find_newest);
	if (!to->present && from->present && months.to < from->number)
		months.to = (civil_month)from->number;
	months.from = months.to < MONTHS_SHOWN - 1 ? 0 : months.to - (MONTHS_SHOWN - 1);
	if (from->present)
		months.from = (civil_month)from->number;
	return months;
}

static enum cli_exit run(struct cli *cli)
{
	const struct cli_value *from = &cli->values[OPTION_FROM], *to = &cli->values[OPTION_TO];
	struct byte_writer json = {0};
	struct cli_ledgers ledgers;
	struct months months;
	enum cli_exit status;

	if (from->present && to->present && from->number > to->number)
		return cli_fail(cli, CLI_USAGE, "--to is before --from");
	status = cli_ledgers_open(cli, CLI_LEDGERS_ONLY, &ledgers);
	if (status != CLI_DONE)
		return status;
	status = cli_ledgers_choose(cli, &ledgers, &cli->values[OPTION_COUNTY]);
	if (status == CLI_DONE) {
		months = choose_months(cli, &ledgers);
		if (months.to - months.from >= MONTHS_MAX)
			status = cli_fail(cli, CLI_USAGE, "ask for at most %d months at once", MONTHS_MAX);
	}
	if (status == CLI_DONE) {
		if (cli->json) {
			each_bank(cli, &ledgers, &months, &json, print_json);
		} else {
			print_grid(cli, &ledgers, &months);
			each_bank(cli, &ledgers, &months, NULL, print_gaps);
		}
	}
	writer_free(&json);
	return cli_ledgers_close(cli, &ledgers, status);
}

const struct cli_verb cli_coverage_verb = {
	.name = "coverage",
	.summary = "Which months of which bank are known to be complete",
	.help = "yes: every day is covered. partly: some days. thin: files cover it, but too few accounts had a payout "
		"for it to\n"
		"be believed ([coverage] min_payout_share). Silence counts only where every day is covered.\n",
	.options = options,
	.run = run,
};
