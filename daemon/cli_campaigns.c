/* cli_campaigns: duizhang campaigns: what was issued, by campaign or, of one campaign, by township. */
#include "daemon/cli_ledgers.h"
#include "daemon/cli_lists.h"
#include "daemon/cli_verbs.h"
#include "daemon/json_writer.h"

enum { OPTION_CAMPAIGN, OPTION_COUNTY, OPTION_COUNT };

static const struct cli_option options[OPTION_COUNT + 1] = {
	[OPTION_CAMPAIGN] = {"campaign", 0, CLI_CAMPAIGN, .value = "CAMPAIGN", .help = "its lists, by township"},
	[OPTION_COUNTY] = {"county", 0, CLI_COUNTY, .value = "CODE", .help = "only this county"},
};

static const struct print_column campaign_columns[] = {{"county", false}, {"campaign", false}, {"as_of", false},
	{"opened_on", false}, {"due", false}, CLI_LIST_COLUMNS, {"coverage", false}};
static const struct print_column township_columns[] = {
	{"county", false}, {"township", false}, {"name", false}, CLI_LIST_COLUMNS};

/* A list record as it stands in its topic, with the day of opening. */
static void print_json(struct cli *cli, const struct campaign *campaign, const struct cli_list *list)
{
	struct byte_writer json = {0};

	write_bytes(&json, list->published.data, list->published.length);
	json_member_number(&json, "revision", (int64_t)list->revision);
	json_member_date(&json, "opened_on", campaign->opened_on);
	json_close(&json, '}');
	cli_json_line(cli, &json);
	writer_free(&json);
}

static void print_campaign(
	struct cli *cli, struct print_table *table, const struct campaign *campaign, const struct cli_list *list)
{
	char text[PRINT_TEXT_SIZE];

	if (cli->json) {
		print_json(cli, campaign, list);
		return;
	}
	print_cell(table, "%06u", campaign->county);
	print_cell(table, "%s", campaign->name);
	print_cell(table, "%s", print_date(campaign->as_of, text));
	print_cell(table, "%s", print_date(campaign->opened_on, text));
	print_cell(table, "%s", print_date(campaign->due, text));
	cli_list_cells(table, list);
	print_cell(table, "%s", list->complete ? "complete" : "gaps");
}

static void print_township(
	struct cli *cli, struct print_table *table, const struct campaign *campaign, const struct cli_list *list)
{
	if (cli->json) {
		print_json(cli, campaign, list);
		return;
	}
	print_cell(table, "%06u", campaign->county);
	if (list->township == TOWNSHIP_ALL)
		print_cell(table, "all");
	else
		print_cell(table, "%09u", list->township);
	print_cell(table, "%s", list->name);
	cli_list_cells(table, list);
}

/* All lists of one campaign, the county's first. */
static void print_townships(
	struct cli *cli, struct print_table *table, struct book *book, const struct campaign *campaign)
{
	struct cli_list list;
	uint32_t township = TOWNSHIP_ALL;

	while (cli_list_load(book, campaign, township, &list)) {
		township = list.township + 1;
		if (list.revision > 0)
			print_township(cli, table, campaign, &list);
		cli_list_free(&list);
		arena_reset(&book->arena);
	}
}

/* Returns how many campaigns there were. */
static size_t print_county(struct cli *cli, struct print_table *table, const struct cli_county *county)
{
	const struct cli_value *wanted = &cli->values[OPTION_CAMPAIGN];
	struct book *book = &county->ledger->book;
	struct campaign campaign = {.as_of = 0};
	struct cli_list list;
	size_t count = 0;

	while (campaign_next(book, county->county, campaign.as_of, &campaign)) {
		if (wanted->present && campaign.as_of != wanted->date)
			continue;
		count++;
		if (wanted->present) {
			print_townships(cli, table, book, &campaign);
		} else if (cli_list_load(book, &campaign, TOWNSHIP_ALL, &list)) {
			print_campaign(cli, table, &campaign, &list);
			cli_list_free(&list);
		}
		arena_reset(&book->arena);
	}
	return count;
}

static enum cli_exit run(struct cli *cli)
{
	const bool by_township = cli->values[OPTION_CAMPAIGN].present;
	struct cli_ledgers ledgers;
	struct print_table table;
	enum cli_exit status = cli_ledgers_open(cli, CLI_LEDGERS_ONLY, &ledgers);
	size_t count = 0;

	if (status != CLI_DONE)
		return status;
	status = cli_ledgers_choose(cli, &ledgers, &cli->values[OPTION_COUNTY]);
	if (status == CLI_DONE) {
		if (by_township)
			print_table_begin(&table, cli->out, township_columns, 3 + CLI_LIST_COLUMN_COUNT, 0);
		else
			print_table_begin(&table, cli->out, campaign_columns, 6 + CLI_LIST_COLUMN_COUNT, 0);
		for (size_t i = 0; i < ledgers.county_count; i++)
			count += print_county(cli, &table, &ledgers.counties[i]);
		print_table_end(&table, cli->json || by_township ? NULL : "no campaign was opened yet");
		if (by_township && count == 0)
			status = cli_fail(
				cli, CLI_FINDING, "campaign %s was not opened here", cli->values[OPTION_CAMPAIGN].text);
	}
	return cli_ledgers_close(cli, &ledgers, status);
}

const struct cli_verb cli_campaigns_verb = {
	.name = "campaigns",
	.summary = "The campaigns that were opened, with their counts",
	.help = "With --campaign: the lists of that campaign, a line a township. unknown: people who would be on a "
		"list for\n"
		"no_withdrawal if their bank's files were complete. JSON: the list records of the topic, and "
		"opened_on.\n",
	.options = options,
	.run = run,
};
