/* cli_tasks: duizhang tasks: the tasks of a campaign as they stand. */
#include "daemon/cli_tasks.h"

#include <jansson.h>

#include "daemon/cli_ledgers.h"
#include "daemon/cli_lists.h"
#include "daemon/cli_verbs.h"
#include "daemon/json_writer.h"

bool cli_task_next(struct book *book, uint32_t county, civil_date as_of, char id_number[ID_NUMBER_LENGTH])
{
	struct ledger_key prefix = key_campaign(county, as_of), from = prefix;
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_TASKS);
	struct ledger_bytes key, value;
	bool found;

	if (id_number[0] != '\0') {
		key_bytes(&from, id_number, ID_NUMBER_LENGTH);
		key_u8(&from, 0);
	}
	found = ledger_cursor_seek(cursor, prefix.data, prefix.length, from.data, from.length, &key, &value);
	if (found && key.length != prefix.length + ID_NUMBER_LENGTH) {
		book_damaged(book, TABLE_TASKS);
		found = false;
	}
	if (found)
		memcpy(id_number, key.data + prefix.length, ID_NUMBER_LENGTH);
	ledger_cursor_close(cursor);
	return found;
}

void cli_task_load(struct book *book, uint32_t county, civil_date as_of, const char id_number[ID_NUMBER_LENGTH],
	struct stored_judgement *stored)
{
	struct ledger_key key = key_person_row(county, id_number, PERSON_JUDGEMENT);
	struct ledger_bytes value;

	*stored = (struct stored_judgement){.present = false};
	key_u32(&key, as_of);
	if (book_get(book, TABLE_PEOPLE, &key, &value) &&
		!stored_judgement_read((struct span){(const char *)value.data, value.length}, &book->arena, stored))
		book_damaged(book, TABLE_PEOPLE);
}

enum { OPTION_CAMPAIGN, OPTION_COUNTY, OPTION_TOWNSHIP, OPTION_STATUS, OPTION_REASON, OPTION_COUNT };

static const struct cli_option options[OPTION_COUNT + 1] = {
	[OPTION_CAMPAIGN] = {"campaign", 0, CLI_CAMPAIGN, .value = "CAMPAIGN",
		.help = "default: the newest of each county"},
	[OPTION_COUNTY] = {"county", 0, CLI_COUNTY, .value = "CODE", .help = "only this county"},
	[OPTION_TOWNSHIP] = {"township", 0, CLI_TOWNSHIP, .value = "CODE", .help = "only this township"},
	[OPTION_STATUS] = {"status", 0, CLI_CHOICE, .value = "STATUS", .choices = task_status_names,
		.choice_count = TASK_STATUS_COUNT, .help = "only open, resolved, overdue or cancelled ones"},
	[OPTION_REASON] = {"reason", 0, CLI_CHOICE, .value = "REASON", .choices = reason_names,
		.choice_count = REASON_COUNT, .help = "only those with no_withdrawal, age_80 or lost_contact"},
};

static const struct print_column columns[] = {{"task_id", false}, {"township", false}, {"village", false},
	{"name", false}, {"reasons", false}, {"priority", false}, {"status", false}, {"due", false}};
#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

static bool wanted(const struct cli *cli, const struct stored_judgement *stored)
{
	const struct cli_value *values = cli->values;

	return stored->has_task &&
	       (!values[OPTION_TOWNSHIP].present || stored->township == values[OPTION_TOWNSHIP].number) &&
	       (!values[OPTION_STATUS].present || (uint64_t)stored->status == values[OPTION_STATUS].number) &&
	       (!values[OPTION_REASON].present || (stored->reasons & 1u << values[OPTION_REASON].number) != 0);
}

static void cell_member(struct print_table *table, const json_t *task, const char *key)
{
	const char *text = json_string_value(json_object_get(task, key));

	print_cell_span(table, span_of(text));
}

static bool print_row(struct print_table *table, const struct stored_judgement *stored, const struct byte_writer *json)
{
	json_t *task = json_loadb((const char *)json->data, json->length, 0, NULL);

	if (task == NULL)
		return false;
	cell_member(table, task, "task_id");
	cell_member(table, task, "township_name");
	cell_member(table, task, "village");
	cell_member(table, task, "name");
	cli_reasons_cell(table, stored->reasons);
	cell_member(table, task, "priority");
	print_cell(table, "%s", task_status_names[stored->status]);
	cell_member(table, task, "due");
	json_decref(task);
	return true;
}

static void print_task(struct cli *cli, struct print_table *table, struct book *book,
	const struct stored_judgement *stored, struct byte_writer *json)
{
	json->length = 0;
	write_bytes(json, stored->published.data, stored->published.length);
	task_write_revision(json, stored->revision);
	if (cli->json)
		cli_json_line(cli, json);
	else if (!print_row(table, stored, json))
		book_damaged(book, TABLE_PEOPLE);
}

static void print_campaign(
	struct cli *cli, struct print_table *table, struct book *book, uint32_t county, civil_date as_of)
{
	char id_number[ID_NUMBER_LENGTH] = "";
	struct byte_writer json = {0};
	struct stored_judgement stored;

	while (cli_task_next(book, county, as_of, id_number)) {
		arena_reset(&book->arena);
		cli_task_load(book, county, as_of, id_number, &stored);
		if (wanted(cli, &stored))
			print_task(cli, table, book, &stored, &json);
	}
	writer_free(&json);
}

/* The campaign that is asked for; false if the county has not got it. */
static bool find_campaign(const struct cli *cli, const struct cli_county *county, struct campaign *campaign)
{
	const struct cli_value *option = &cli->values[OPTION_CAMPAIGN];
	struct book *book = &county->ledger->book;
	struct county_state state;

	if (option->present) {
		*campaign = (struct campaign){.as_of = 0};
		return campaign_next(book, county->county, option->date - 1, campaign) &&
		       campaign->as_of == option->date;
	}
	county_load(book, county->county, &state);
	if (state.current_count > 0)
		*campaign = state.current[0];
	return state.current_count > 0;
}

static enum cli_exit run(struct cli *cli)
{
	struct cli_ledgers ledgers;
	struct print_table table;
	struct campaign campaign;
	enum cli_exit status = cli_ledgers_open(cli, CLI_LEDGERS_ONLY, &ledgers);
	size_t campaigns = 0;

	if (status != CLI_DONE)
		return status;
	status = cli_ledgers_choose(cli, &ledgers, &cli->values[OPTION_COUNTY]);
	if (status == CLI_DONE) {
		print_table_begin(&table, cli->out, columns, COLUMN_COUNT, 0);
		for (size_t i = 0; i < ledgers.county_count; i++) {
			if (!find_campaign(cli, &ledgers.counties[i], &campaign))
				continue;
			campaigns++;
			print_campaign(cli, &table, &ledgers.counties[i].ledger->book, ledgers.counties[i].county,
				campaign.as_of);
		}
		print_table_end(&table, cli->json || campaigns == 0 ? NULL : "no such tasks");
		if (campaigns == 0)
			status = cli_fail(cli, CLI_FINDING, "%s was not opened here",
				cli->values[OPTION_CAMPAIGN].present ? "that campaign" : "a campaign");
	}
	return cli_ledgers_close(cli, &ledgers, status);
}

const struct cli_verb cli_tasks_verb = {
	.name = "tasks",
	.summary = "The tasks of a campaign as they stand",
	.help = "One line a task, by county and ID number. JSON: the values of the topic, personal data and all.\n",
	.options = options,
	.run = run,
};
