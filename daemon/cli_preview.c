/* cli_preview: duizhang preview: the lists that a campaign of some day would issue, judged as the daemon would. */
#include <assert.h>

#include "daemon/cli_ledgers.h"
#include "daemon/cli_lists.h"
#include "daemon/cli_verbs.h"
#include "daemon/judge_person.h"
#include "daemon/list_record.h"

enum { OPTION_AS_OF, OPTION_COUNTY, OPTION_TASKS, OPTION_COUNT };

static const struct cli_option options[OPTION_COUNT + 1] = {
	[OPTION_AS_OF] = {"as-of", 0, CLI_DATE, .required = true, .value = "DATE", .help = "the day of the campaign"},
	[OPTION_COUNTY] = {"county", 0, CLI_COUNTY, .value = "CODE", .help = "only this county"},
	[OPTION_TASKS] = {"tasks", 0, CLI_FLAG, .help = "print the tasks too"},
};

static const struct print_column township_columns[] = {{"township", false}, {"name", false}, CLI_LIST_COLUMNS};
static const struct print_column task_columns[] = {{"task_id", false}, {"township", false}, {"name", false},
	{"reasons", false}, {"status", false}, {"last withdrawal", false}};

/* One county being judged. */
struct preview {
	struct cli *cli;
	struct book *book;
	struct campaign campaign;
	struct person_judge judge;
	struct list_changes counts;
	struct print_table tasks;
	struct print_progress progress;
	uint64_t people;
	uint64_t listed;
};

/* The day the daemon would open it. */
static civil_date opening_day(const struct config *config, civil_date as_of)
{
	civil_month month = civil_date_month(as_of);
	civil_date day = civil_month_first_day(month) + config->campaign_open_day - 1;

	if (day > civil_month_last_day(month))
		day = civil_month_last_day(month);
	return day < as_of ? as_of : day;
}

static void print_task(struct preview *preview, const struct person *person, const struct judgement *judgement,
	const struct judged_account *accounts)
{
	char person_ref[REFERENCE_TEXT_SIZE], task_id[TASK_ID_SIZE], text[PRINT_TEXT_SIZE];
	struct byte_writer *json = &preview->book->json;

	preview->listed++;
	if (!preview->cli->values[OPTION_TASKS].present)
		return;
	reference_person(preview->book->references, person->id_number, person_ref);
	if (preview->cli->json) {
		json->length = 0;
		task_write(json, &preview->campaign, person, person_ref, judgement, accounts, person->account_count,
			(struct span){"", 0});
		write_u8(json, '}');
		cli_json_line(preview->cli, json);
		return;
	}
	print_cell(&preview->tasks, "%s", task_id_format(&preview->campaign, person_ref, task_id));
	assert(judgement->newest != NULL); /* whoever is listed has a row */
	print_cell_span(&preview->tasks, judgement->newest->township_name);
	print_cell_span(&preview->tasks, judgement->newest->name);
	cli_reasons_cell(&preview->tasks, judgement->reasons);
	print_cell(&preview->tasks, "%s", task_status_names[judgement->status]);
	print_cell(&preview->tasks, "%s", print_date(judgement->last_withdrawal, text));
}

static void judge_one(struct preview *preview, const char *id_number)
{
	struct book *book = preview->book;
	struct stored_judgement stored = {.present = true};
	struct judged_account *accounts;
	struct judgement judgement;
	struct person person;

	arena_reset(&book->arena);
	person_load(book, preview->campaign.county, id_number, &person);
	accounts = person_judge_accounts(&preview->judge, &person, preview->campaign.as_of);
	rules_judge(&person, accounts, person.account_count, &preview->campaign, preview->judge.county.largest_tick,
		book->settings, &judgement);
	if (judgement.newest != NULL) {
		stored.township = judgement.newest->township;
		list_changes_move(&preview->counts, 0, stored.township);
	}
	stored.unknown = judgement.unknown;
	stored.has_task = judgement.status != TASK_CANCELLED;
	stored.status = judgement.status;
	stored.reasons = judgement.reasons;
	if (judgement.receiving)
		judged_banks(&book->arena, accounts, person.account_count, &stored);
	list_changes_add(&preview->counts, preview->campaign.as_of, &stored, 1);
	if (stored.has_task)
		print_task(preview, &person, &judgement, accounts);
}

static int compare_changes(const void *a, const void *b)
{
	const struct list_change *x = a, *y = b;

	return x->township < y->township ? -1 : x->township > y->township;
}

/* A list for the county, and for every township, tasks or not. */
static void complete_lists(struct list_changes *counts, civil_date as_of)
{
	static const struct stored_judgement nothing = {.present = true, .has_task = true, .status = TASK_CANCELLED};

	for (size_t i = 0; i < counts->township_count; i++) {
		struct stored_judgement none = nothing;

		/* In and out again: what stays is the list. */
		none.township = counts->townships[i].township;
		list_changes_add(counts, as_of, &none, 1);
		list_changes_add(counts, as_of, &none, -1);
	}
	if (counts->list_count > 1)
		qsort(counts->lists, counts->list_count, sizeof(*counts->lists), compare_changes);
}

static int compare_banks(const void *a, const void *b)
{
	return strcmp(((const struct bank_change *)a)->bank, ((const struct bank_change *)b)->bank);
}

/* The gaps of every bank where somebody has a counting account, in the order of bank codes; in the book's arena. */
static struct bank_gaps *gaps_of(struct preview *preview)
{
	struct list_changes *counts = &preview->counts;
	struct arena *arena = &preview->book->arena;
	struct bank_gaps *gaps = arena_allocate(arena, (counts->bank_count + 1) * sizeof(*gaps));
	civil_date as_of = preview->campaign.as_of;

	if (counts->bank_count > 1)
		qsort(counts->banks, counts->bank_count, sizeof(*counts->banks), compare_banks);
	for (size_t i = 0; i < counts->bank_count; i++) {
		struct bank_coverage coverage;
		struct span bank = span_of(counts->banks[i].bank);

		coverage_load(preview->book, counts->county, bank, arena, &coverage);
		gaps[i] = (struct bank_gaps){.bank = bank, .unknown = counts->banks[i].unknown};
		gaps[i].gaps = ranges_gaps(&coverage.covered, rules_window_begin(as_of), as_of - 1, arena);
	}
	return gaps;
}

static void print_lists_json(struct preview *preview, const struct bank_gaps *gaps)
{
	struct book *book = preview->book;
	struct byte_writer coverage = {0};

	list_coverage_write(&coverage, gaps, preview->counts.bank_count);
	for (size_t i = 0; i < preview->counts.list_count; i++) {
		const struct list_change *list = &preview->counts.lists[i];

		book->json.length = 0;
		list_record_write(&book->json, &preview->campaign, list->township,
			township_name(book, preview->campaign.county, list->township), &list->counts,
			(struct span){(const char *)coverage.data, coverage.length});
		write_u8(&book->json, '}');
		cli_json_line(preview->cli, &book->json);
	}
	writer_free(&coverage);
}

static void print_gaps(struct preview *preview, const struct bank_gaps *gaps)
{
	FILE *out = preview->cli->out;

	for (size_t i = 0; i < preview->counts.bank_count; i++)
		for (size_t k = 0; k < gaps[i].gaps.count; k++) {
			char from[PRINT_TEXT_SIZE], to[PRINT_TEXT_SIZE];

			fprintf(out, "gap at %s: %s to %s, %lld unknown people have an account there\n",
				preview->counts.banks[i].bank, print_date(gaps[i].gaps.items[k].from, from),
				print_date(gaps[i].gaps.items[k].to, to), (long long)gaps[i].unknown);
		}
}

static void print_lists(struct preview *preview, const struct bank_gaps *gaps)
{
	const struct campaign *campaign = &preview->campaign;
	char as_of[PRINT_TEXT_SIZE], from[PRINT_TEXT_SIZE], to[PRINT_TEXT_SIZE], due[PRINT_TEXT_SIZE];
	struct print_table table;

	fprintf(preview->cli->out,
		"county %06u as of %s: window %s to %s, due %s; %llu people looked at, %llu on a list\n",
		campaign->county, print_date(campaign->as_of, as_of),
		print_date(rules_window_begin(campaign->as_of), from), print_date(campaign->as_of - 1, to),
		print_date(campaign->due, due), (unsigned long long)preview->people,
		(unsigned long long)preview->listed);
	print_table_begin(&table, preview->cli->out, township_columns, 2 + CLI_LIST_COLUMN_COUNT, 2);
	for (size_t i = 0; i < preview->counts.list_count; i++) {
		const struct list_change *change = &preview->counts.lists[i];
		struct cli_list list = {.counts = change->counts};

		for (int status = 0; status < TASK_STATUS_COUNT; status++)
			list.tasks += status == TASK_CANCELLED ? 0 : change->counts.by_status[status];
		if (change->township == TOWNSHIP_ALL)
			print_cell(&table, "all");
		else
			print_cell(&table, "%09u", change->township);
		print_cell_span(&table, township_name(preview->book, campaign->county, change->township));
		cli_list_cells(&table, &list);
	}
	print_table_end(&table, "nobody");
	print_gaps(preview, gaps);
}

static void preview_county(struct cli *cli, const struct cli_county *county)
{
	const civil_date as_of = cli->values[OPTION_AS_OF].date;
	struct preview preview = {.cli = cli, .book = &county->ledger->book, .counts = {.county = county->county}};
	char id_number[ID_NUMBER_LENGTH] = "";
	const struct bank_gaps *gaps;

	preview.campaign = campaign_make(county->county, as_of, opening_day(cli->config, as_of));
	person_judge_begin(&preview.judge, preview.book, county->county);
	print_progress_begin(&preview.progress, cli->terminal, "people judged");
	print_table_begin(&preview.tasks, cli->out, task_columns, sizeof(task_columns) / sizeof(task_columns[0]), 2);
	while (person_next(preview.book, county->county, id_number)) {
		judge_one(&preview, id_number);
		print_progress(&preview.progress, ++preview.people, 0);
	}
	print_progress_end(&preview.progress);
	print_table_end(&preview.tasks, NULL);
	arena_reset(&preview.book->arena);
	complete_lists(&preview.counts, as_of);
	gaps = gaps_of(&preview);
	if (cli->json)
		print_lists_json(&preview, gaps);
	else
		print_lists(&preview, gaps);
	person_judge_end(&preview.judge);
	list_changes_free(&preview.counts);
}

static enum cli_exit run(struct cli *cli)
{
	struct cli_ledgers ledgers;
	enum cli_exit status = cli_ledgers_open(cli, CLI_LEDGERS_AND_KEY, &ledgers);

	if (status != CLI_DONE)
		return status;
	status = cli_ledgers_choose(cli, &ledgers, &cli->values[OPTION_COUNTY]);
	for (size_t i = 0; status == CLI_DONE && i < ledgers.county_count; i++)
		preview_county(cli, &ledgers.counties[i]);
	return cli_ledgers_close(cli, &ledgers, status);
}

const struct cli_verb cli_preview_verb = {
	.name = "preview",
	.summary = "The lists that a campaign of some day would issue",
	.help = "Everybody is judged by the rules and the documents of this moment; nothing is written. The due day is "
		"that of\n"
		"an opening on [campaign] open_day. unknown: people who would be listed if their bank's files were "
		"complete.\n"
		"JSON: list records, and before them, with --tasks, tasks, as in their topics but without revision.\n",
	.options = options,
	.run = run,
};
