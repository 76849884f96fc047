/* cli_explain: duizhang explain: finds who or what is meant by the word given. */
#include "daemon/cli_explain.h"

#include "daemon/account.h"
#include "daemon/cli_ledgers.h"
#include "daemon/cli_tasks.h"
#include "daemon/cli_verbs.h"

enum { OPTION_COUNTY, OPTION_AS_OF, OPTION_COUNT };

static const struct cli_option options[OPTION_COUNT + 1] = {
	[OPTION_COUNTY] = {"county", 0, CLI_COUNTY, .value = "CODE", .help = "only in this county"},
	[OPTION_AS_OF] = {"as-of", 0, CLI_DATE, .value = "DATE",
		.help = "the window of that day; default: of the newest campaign, or of the task's"},
};

#define CAMPAIGN_LENGTH 7
#define COUNTY_LENGTH   6

/* A task id taken apart. */
struct task_name {
	civil_date as_of;
	uint32_t county;
	const char *person_ref; /* 32 hex digits */
};

/* "2026-09-532929-<32 hex digits>" */
static bool read_task_id(const char *text, struct task_name *name)
{
	const char *county = text + CAMPAIGN_LENGTH + 1;
	const char *person_ref = county + COUNTY_LENGTH + 1;

	if (strlen(text) != CAMPAIGN_LENGTH + 1 + COUNTY_LENGTH + 1 + REFERENCE_TEXT_SIZE - 1 ||
		text[CAMPAIGN_LENGTH] != '-' || county[COUNTY_LENGTH] != '-' ||
		strspn(county, "0123456789") != COUNTY_LENGTH ||
		strspn(person_ref, "0123456789abcdef") != REFERENCE_TEXT_SIZE - 1)
		return false;
	*name = (struct task_name){.as_of = campaign_as_of((struct span){text, CAMPAIGN_LENGTH}),
		.county = (uint32_t)strtoul(county, NULL, 10),
		.person_ref = person_ref};
	return name->as_of != CIVIL_DATE_NONE;
}

static void explain_id(struct cli *cli, const struct cli_county *county, const char *id_number, civil_date as_of)
{
	struct book *book = &county->ledger->book;
	struct explanation explanation;
	struct person_judge judge;

	arena_reset(&book->arena);
	person_judge_begin(&judge, book, county->county);
	explain_window(book, county->county, as_of, &explanation);
	explain_person(&judge, id_number, &explanation);
	if (cli->json)
		explain_print_json(cli, &explanation);
	else
		explain_print(cli, &explanation);
	person_judge_end(&judge);
}

static bool person_is_known(struct book *book, uint32_t county, const char *id_number)
{
	struct person person;

	arena_reset(&book->arena);
	person_load(book, county, id_number, &person);
	return person.row_count > 0 || person.evidence_count > 0 || person.judgement_count > 0;
}

/* In every county that knows the person. Returns in how many. */
static size_t explain_people(struct cli *cli, const struct cli_ledgers *ledgers, const char *id_number)
{
	size_t count = 0;

	for (size_t i = 0; i < ledgers->county_count; i++) {
		const struct cli_county *county = &ledgers->counties[i];

		if (!person_is_known(&county->ledger->book, county->county, id_number))
			continue;
		count++;
		explain_id(cli, county, id_number, cli->values[OPTION_AS_OF].date);
	}
	return count;
}

/* The next bank of which the county has an account, in the order of keys; bank.length 0 at first. */
static bool next_bank(struct book *book, uint32_t county, struct span *bank)
{
	struct ledger_key prefix = key_county(county), from = prefix;
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_ACCOUNTS);
	struct ledger_bytes key, value;
	bool found;

	if (bank->length > 0) {
		from = key_bank(county, *bank);
		from.data[from.length - 1] = 1; /* past every account of that bank */
	}
	found = ledger_cursor_seek(cursor, prefix.data, prefix.length, from.data, from.length, &key, &value);
	if (found)
		*bank = arena_span(&book->arena, span_of((const char *)key.data + prefix.length));
	ledger_cursor_close(cursor);
	return found;
}

static bool account_is_known(struct book *book, uint32_t county, struct span bank, struct span account)
{
	struct ledger_key prefix = key_account(county, bank, account);
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_ACCOUNTS);
	struct ledger_bytes key, value;
	bool found = ledger_cursor_seek(cursor, prefix.data, prefix.length, NULL, 0, &key, &value);

	ledger_cursor_close(cursor);
	return found;
}

static void explain_bank_account(
	struct cli *cli, const struct cli_county *county, struct span bank, struct span account)
{
	struct book *book = &county->ledger->book;
	struct explanation explanation;
	struct person_judge judge;

	person_judge_begin(&judge, book, county->county);
	explain_window(book, county->county, cli->values[OPTION_AS_OF].date, &explanation);
	explain_account(&judge, bank, account, &explanation);
	if (cli->json)
		explain_print_json(cli, &explanation);
	else
		explain_print(cli, &explanation);
	person_judge_end(&judge);
}

/* At every bank of every county that has an account of this number. Returns how many. */
static size_t explain_accounts(struct cli *cli, const struct cli_ledgers *ledgers, struct span account)
{
	size_t count = 0;

	for (size_t i = 0; i < ledgers->county_count; i++) {
		const struct cli_county *county = &ledgers->counties[i];
		struct book *book = &county->ledger->book;
		struct span bank = {"", 0};

		arena_reset(&book->arena);
		while (next_bank(book, county->county, &bank)) {
			if (!account_is_known(book, county->county, bank, account))
				continue;
			count++;
			explain_bank_account(cli, county, bank, account);
		}
	}
	return count;
}

/* Whose task it is: keyed hashes cannot be turned back, so those of the campaign's people are made and compared. */
static bool find_task(struct book *book, const struct task_name *name, char id_number[ID_NUMBER_LENGTH])
{
	char person_ref[REFERENCE_TEXT_SIZE];

	id_number[0] = '\0';
	while (cli_task_next(book, name->county, name->as_of, id_number))
		if (strcmp(reference_person(book->references, id_number, person_ref), name->person_ref) == 0)
			return true;
	return false;
}

static size_t explain_task(struct cli *cli, const struct cli_ledgers *ledgers, const struct task_name *name)
{
	const civil_date as_of = cli->values[OPTION_AS_OF].present ? cli->values[OPTION_AS_OF].date : name->as_of;
	char id_number[ID_NUMBER_LENGTH];

	for (size_t i = 0; i < ledgers->county_count; i++) {
		const struct cli_county *county = &ledgers->counties[i];

		if (county->county != name->county || !find_task(&county->ledger->book, name, id_number))
			continue;
		explain_id(cli, county, id_number, as_of);
		return 1;
	}
	return 0;
}

/* The number of explanations given. */
static size_t explain(struct cli *cli, const struct cli_ledgers *ledgers, const char *word)
{
	char id_number[ID_NUMBER_LENGTH];
	struct task_name name;
	size_t count = 0;

	if (read_task_id(word, &name))
		return explain_task(cli, ledgers, &name);
	if (id_number_parse(word, strlen(word), id_number))
		count = explain_people(cli, ledgers, id_number);
	/* An account may look like an ID number. */
	return count + explain_accounts(cli, ledgers, span_of(word));
}

static enum cli_exit run(struct cli *cli)
{
	struct cli_ledgers ledgers;
	enum cli_exit status;

	if (strlen(cli->arguments[0]) > 64)
		return cli_fail(cli, CLI_USAGE, "that is no ID number, account or task id");
	status = cli_ledgers_open(cli, CLI_LEDGERS_AND_KEY, &ledgers);
	if (status != CLI_DONE)
		return status;
	status = cli_ledgers_choose(cli, &ledgers, &cli->values[OPTION_COUNTY]);
	if (status == CLI_DONE && explain(cli, &ledgers, cli->arguments[0]) == 0)
		status = cli_fail(cli, CLI_FINDING, "no document here names this person, account or task");
	return cli_ledgers_close(cli, &ledgers, status);
}

const struct cli_verb cli_explain_verb = {
	.name = "explain",
	.arguments = "ID-NUMBER | ACCOUNT | TASK-ID",
	.argument_min = 1,
	.argument_max = 1,
	.summary = "Why somebody is on a list or not",
	.help = "Shows roster rows and which is in force, accounts, every movement with why it counts or not, "
		"coverage,\n"
		"evidence, verdict, reasons and tasks, each with document and line. Other people's numbers are "
		"masked.\n",
	.options = options,
	.run = run,
};
