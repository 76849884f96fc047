/* cli_explain_text: an explanation as text. */
#include "daemon/cli_explain.h"

#include <inttypes.h>

#include "daemon/cli_print.h"
#include "daemon/document_store.h"
#include "daemon/mask.h"

#define COLUMNS(columns) columns, sizeof(columns) / sizeof((columns)[0])

#define SOURCE_SIZE 320

static const struct print_column row_columns[] = {{"roster as of", false}, {"scheme", false}, {"status", false},
	{"township", false}, {"village", false}, {"benefit start", false}, {"account", false}, {"lost", false},
	{"", false}, {"document", false}};
static const struct print_column movement_columns[] = {{"date", false}, {"D/C", false}, {"amount", true},
	{"class", false}, {"counts", false}, {"why", false}, {"document", false}};
static const struct print_column evidence_columns[] = {{"evidence of", false}, {"kind", false}, {"outcome", false},
	{"method", false}, {"campaign", false}, {"death month", false}, {"document", false}};
static const struct print_column task_columns[] = {
	{"task", false}, {"status", false}, {"reasons", false}, {"due", false}, {"revision", true}};

/* "name:line (first digits of the id)" */
static const char *source(struct book *book, uint64_t offset, uint32_t line, char text[SOURCE_SIZE])
{
	struct document document;
	char hex[2 * SHA256_SIZE + 1];

	if (!document_load(book, offset, &document)) {
		snprintf(text, SOURCE_SIZE, "?");
		return text;
	}
	sha256_format_hex(document.id, hex);
	snprintf(text, SOURCE_SIZE, "%s:%u (%.12s)", document.name, line, hex);
	return text;
}

static void print_rows(FILE *out, const struct explanation *explanation)
{
	const struct person *person = &explanation->person;
	const struct judgement *judgement = &explanation->judgement;
	struct print_table table;

	print_table_begin(&table, out, COLUMNS(row_columns), 2);
	for (size_t i = 0; i < person->row_count; i++) {
		const struct roster_row *row = &person->rows[i];
		char text[SOURCE_SIZE];
		const bool in_force = row == judgement->in_force, newest = row == judgement->newest;

		print_cell(&table, "%s", print_date(row->as_of, text));
		print_cell(&table, "%s", scheme_names[row->scheme]);
		print_cell(&table, "%s", roster_status_names[row->status]);
		print_cell(&table, "%09u %.*s", row->township, (int)row->township_name.length, row->township_name.data);
		print_cell_span(&table, row->village);
		print_cell(&table, "%s", print_date(row->benefit_start, text));
		if (row->account.length > 0)
			print_cell(&table, "%.*s/%.*s", (int)row->bank.length, row->bank.data, (int)row->account.length,
				row->account.data);
		else
			print_cell_span(&table, span_of(""));
		print_cell(&table, "%s", row->lost_contact ? "lost" : "");
		print_cell(&table, "%s%s%s", in_force ? "in force" : "", in_force && newest ? ", " : "",
			newest ? "newest" : "");
		print_cell(&table, "%s", source(explanation->book, row->offset, row->line, text));
	}
	print_table_end(&table, "no living roster row names this person");
}

/* Why a movement counts or not, as a sentence. */
static void print_fate(struct print_table *table, struct book *book, const struct explained_movement *movement)
{
	const char *class_name = movement_class_names[movement->movement->movement_class];
	char text[SOURCE_SIZE] = "";

	if (movement->other != NULL)
		source(book, movement->other->offset, movement->other->line, text);
	switch (movement->fate) {
	case FATE_WITHDRAWAL:
		print_cell(table, "a withdrawal in the window");
		break;
	case FATE_WITHDRAWAL_BEFORE:
		print_cell(table, "before the window: for the last withdrawal only");
		break;
	case FATE_WITHDRAWAL_AFTER:
		print_cell(table, "not before the campaign's day");
		break;
	case FATE_PAYOUT:
		print_cell(table, "a payout in the window: the account counts");
		break;
	case FATE_PAYOUT_OUTSIDE:
		print_cell(table, "a payout outside the window");
		break;
	case FATE_TAKEN_BACK:
		print_cell(table, "taken back by the reversal at %s", text);
		break;
	case FATE_REVERSAL:
		print_cell(table, "takes back the movement at %s", text);
		break;
	case FATE_REVERSAL_NOTHING:
		print_cell(table, "a reversal that finds nothing to take back");
		break;
	case FATE_CLASS:
		print_cell(table, "%s is no withdrawal", class_name);
		break;
	case FATE_UNKNOWN:
		print_cell(table, "the summary code is not known, or the line contradicts it");
		break;
	case FATE_COPY:
		print_cell(table, "the same movement as at %s, counted once", text);
		break;
	case FATE_DEAD_DOCUMENT:
	case FATE_COUNT:
		print_cell(table, "its document is superseded");
		break;
	}
}

static void print_movements(FILE *out, struct book *book, const struct explained_account *account)
{
	struct print_table table;

	print_table_begin(&table, out, COLUMNS(movement_columns), 4);
	for (size_t i = 0; i < account->movement_count; i++) {
		const struct explained_movement *explained = &account->movements[i];
		const struct movement *movement = explained->movement;
		char text[SOURCE_SIZE];

		print_cell(&table, "%s", print_date(movement->date, text));
		print_cell(&table, "%s", movement->debit ? "D" : "C");
		print_cell(&table, "%s", print_amount(movement->amount_fen, text));
		print_cell(&table, "%s", movement_class_names[movement->movement_class]);
		print_cell(&table, "%s", movement_fate_counts(explained->fate) ? "yes" : "no");
		print_fate(&table, book, explained);
		print_cell(&table, "%s", source(book, movement->offset, movement->line, text));
	}
	print_table_end(&table, "no movements are known");
}

static void print_intervals(FILE *out, const struct person_account *held)
{
	char from[PRINT_TEXT_SIZE], to[PRINT_TEXT_SIZE];

	if (held->in_force_count == 0)
		fputs("never in force", out);
	for (size_t i = 0; i < held->in_force_count; i++) {
		bool always = held->in_force[i].begin == 0, open = held->in_force[i].end == UINT32_MAX;

		fprintf(out, "%s%s%s %s%s", i == 0 ? "in force " : ", ", always ? "from the beginning" : "from ",
			always ? "" : print_date(held->in_force[i].begin, from), open ? "on" : "to ",
			open ? "" : print_date(held->in_force[i].end - 1, to));
	}
}

static void print_coverage(FILE *out, const struct explained_account *account)
{
	char from[PRINT_TEXT_SIZE], to[PRINT_TEXT_SIZE];

	if (account->gaps.count == 0)
		fputs("    every day of the window is covered\n", out);
	for (size_t i = 0; i < account->gaps.count; i++)
		fprintf(out, "    not covered from %s to %s\n", print_date(account->gaps.items[i].from, from),
			print_date(account->gaps.items[i].to, to));
	fprintf(out, "    accounts of %.*s that had a payout, of all that should:", (int)account->bank.length,
		account->bank.data);
	for (size_t i = 0; i < account->month_count; i++) {
		char text[CIVIL_MONTH_TEXT_SIZE];

		fprintf(out, "%s %s %" PRIu64 "/%" PRIu64 "%s", i == 0 ? "" : ",",
			civil_month_format(account->months[i].month, text), account->months[i].had,
			account->months[i].all, account->months[i].thin ? " (thin: not believed)" : "");
	}
	fputc('\n', out);
}

/* Of an account asked about: all holders; of a person's: the others. */
static void print_holders(FILE *out, const struct explanation *explanation, const struct explained_account *account)
{
	for (size_t i = 0; i < account->holder_count; i++) {
		const struct account_holder *holder = &account->holders[i];
		char text[MASK_TEXT_SIZE];

		if (explanation->person_ref != NULL &&
			memcmp(holder->id_number, explanation->person.id_number, ID_NUMBER_LENGTH) == 0)
			continue;
		fprintf(out, "    %s %s", explanation->person_ref != NULL ? "also linked to" : "linked to",
			mask_id_number(holder->id_number, text));
		for (size_t k = 0; k < holder->name_count; k++)
			fprintf(out, " %s", mask_name(holder->names[k], text));
		fputs(holder->resident ? "\n" : " (by rows of other schemes only)\n", out);
	}
}

static void print_account(FILE *out, const struct explanation *explanation, const struct explained_account *account)
{
	const struct person_account *held = account->held != NULL ? account->held : account->judged.account;

	fprintf(out, "  account %.*s/%.*s: ", (int)account->bank.length, account->bank.data,
		(int)account->account.length, account->account.data);
	print_intervals(out, held);
	fprintf(out, "; %s; alone: %s\n", account->judged.counting ? "counts" : "does not count",
		verdict_names[account->verdict]);
	print_holders(out, explanation, account);
	print_coverage(out, account);
	for (size_t i = 0; i < account->conflict_count; i++)
		fprintf(out, "    serial %.*s stands for different movements: all count\n",
			(int)account->conflicts[i].length, account->conflicts[i].data);
	print_movements(out, explanation->book, account);
}

static void print_evidence(FILE *out, const struct explanation *explanation)
{
	const struct person *person = &explanation->person;
	struct print_table table;

	print_table_begin(&table, out, COLUMNS(evidence_columns), 2);
	for (size_t i = 0; i < person->evidence_count; i++) {
		const struct evidence *evidence = &person->evidence[i];
		char text[SOURCE_SIZE];

		print_cell(&table, "%s", print_date(evidence->date, text));
		print_cell(&table, "%s", evidence->is_feedback ? "feedback" : "confirmation");
		print_cell(&table, "%s", feedback_outcome_names[evidence->outcome]);
		print_cell(&table, "%s", confirmation_method_names[evidence->method]);
		if (evidence->is_feedback)
			print_cell(&table, "%s", civil_month_format(civil_date_month(evidence->campaign), text));
		else
			print_cell_span(&table, span_of(""));
		if (evidence->has_death_month)
			print_cell(&table, "%s", civil_month_format(evidence->death_month, text));
		else
			print_cell_span(&table, span_of(""));
		print_cell(&table, "%s", source(explanation->book, evidence->offset, evidence->line, text));
	}
	print_table_end(&table, "no confirmation and no feedback");
}

/* The verdict in words, and what it rests on. */
static void print_verdict(FILE *out, const struct explanation *explanation)
{
	const struct judgement *judgement = &explanation->judgement;
	size_t counting = 0, uncovered = 0;
	char text[PRINT_TEXT_SIZE];

	for (size_t i = 0; i < explanation->account_count; i++) {
		counting += explanation->accounts[i].judged.counting;
		uncovered +=
			explanation->accounts[i].judged.counting && !explanation->accounts[i].judged.window_covered;
	}
	fprintf(out, "  verdict: %s", verdict_names[judgement->verdict]);
	if (judgement->verdict == VERDICT_ACTIVE)
		fputs(": there is a withdrawal in the window", out);
	else if (counting == 0)
		fputs(": no account counts in the window", out);
	else if (uncovered > 0)
		fprintf(out, ": of %zu counting accounts %zu are not covered for the whole window", counting,
			uncovered);
	else
		fputs(": no withdrawal, and every counting account is covered for the whole window", out);
	fprintf(out, "\n  last withdrawal before the campaign's day: %s", print_date(judgement->last_withdrawal, text));
	if (judgement->silent_months >= 0)
		fprintf(out, ", %d months silent", judgement->silent_months);
	fprintf(out, "; last confirmed: %s; age %d%s\n", print_date(judgement->last_confirmed, text), judgement->age,
		judgement->age_disputed ? " (the roster's birth date is another: either suffices)" : "");
}

static void print_reasons(FILE *out, const struct explanation *explanation)
{
	const struct judgement *judgement = &explanation->judgement;

	fputs("  reasons:", out);
	for (unsigned i = 0; i < REASON_COUNT; i++)
		if (judgement->reasons & 1u << i)
			fprintf(out, " %s", reason_names[i]);
	if (judgement->in_force == NULL)
		fputs(" none: no roster row of scheme resident", out);
	else if (!judgement->receiving)
		fprintf(out, " none: the row in force on the campaign's day is %s, not receiving",
			roster_status_names[judgement->in_force->status]);
	else if (!judgement->listed)
		fputs(" none: known to be dead before the campaign's day", out);
	else if (judgement->reasons == 0)
		fputs(" none", out);
	if (judgement->in_force != NULL && judgement->listed && judgement->verdict == VERDICT_SILENT &&
		!(judgement->reasons & REASON_NO_WITHDRAWAL))
		fputs(judgement->in_force->benefit_start > rules_window_begin(explanation->campaign.as_of)
				? "; not no_withdrawal: the benefit began after the window's first day"
				: "; not no_withdrawal: confirmed inside the window ([campaign] skip_confirmed)",
			out);
	if (judgement->unknown)
		fputs("; would be no_withdrawal if the gaps were closed without a withdrawal in them", out);
	fputc('\n', out);
}

static void print_status(FILE *out, const struct explanation *explanation)
{
	const struct judgement *judgement = &explanation->judgement;
	char on[PRINT_TEXT_SIZE], due[PRINT_TEXT_SIZE];

	fprintf(out, "  status: %s, due %s\n", task_status_names[judgement->status],
		print_date(explanation->campaign.due, due));
	if (judgement->resolution.present)
		fprintf(out, "  resolution: %s by %s on %s%s\n", feedback_outcome_names[judgement->resolution.outcome],
			confirmation_method_names[judgement->resolution.method],
			print_date(judgement->resolution.on, on), judgement->resolution.late ? ", late" : "");
}

static void print_tasks(FILE *out, const struct explanation *explanation)
{
	struct print_table table;

	print_table_begin(&table, out, COLUMNS(task_columns), 2);
	for (size_t i = 0; i < explanation->task_count; i++) {
		const struct explained_task *task = &explanation->tasks[i];
		char text[TASK_ID_SIZE], reasons[64] = "";

		for (unsigned k = 0; k < REASON_COUNT; k++)
			if (task->stored.reasons & 1u << k)
				snprintf(reasons + strlen(reasons), sizeof(reasons) - strlen(reasons), "%s%s",
					reasons[0] == '\0' ? "" : ",", reason_names[k]);
		print_cell(&table, "%s", task_id_format(&task->campaign, explanation->person_ref, text));
		print_cell(&table, "%s", task_status_names[task->stored.status]);
		print_cell(&table, "%s", reasons);
		print_cell(&table, "%s", print_date(task->campaign.due, text));
		print_cell(&table, "%" PRIu64, task->stored.revision);
	}
	print_table_end(&table, "no task was ever issued");
}

static void print_findings(FILE *out, const struct explanation *explanation)
{
	for (size_t i = 0; i < explanation->finding_count; i++) {
		const struct explained_finding *finding = &explanation->findings[i];

		fprintf(out, "  open finding: %s %.*s\n", finding_code_names[finding->code],
			(int)finding->detail.length, finding->detail.data);
	}
}

static void print_head(FILE *out, const struct explanation *explanation)
{
	const struct person *person = &explanation->person;
	const struct roster_row *newest = person_newest_row(person);
	char from[PRINT_TEXT_SIZE], to[PRINT_TEXT_SIZE], as_of[PRINT_TEXT_SIZE];

	if (explanation->person_ref != NULL) {
		fprintf(out, "%.*s", ID_NUMBER_LENGTH, person->id_number);
		if (newest != NULL)
			fprintf(out, " %.*s", (int)newest->name.length, newest->name.data);
		fprintf(out, ", %c, born %s, county %06u, person_ref %s\n", id_number_sex(person->id_number),
			print_date(id_number_birth(person->id_number), from), person->county, explanation->person_ref);
	} else {
		fprintf(out, "account in county %06u\n", explanation->campaign.county);
	}
	fprintf(out, "  window of campaign %s (as of %s%s): %s to %s\n", explanation->campaign.name,
		print_date(explanation->campaign.as_of, as_of), explanation->opened ? "" : ", not opened",
		print_date(rules_window_begin(explanation->campaign.as_of), from),
		print_date(explanation->campaign.as_of - 1, to));
}

void explain_print(struct cli *cli, const struct explanation *explanation)
{
	FILE *out = cli->out;

	print_head(out, explanation);
	if (explanation->person_ref != NULL)
		print_rows(out, explanation);
	for (size_t i = 0; i < explanation->account_count; i++)
		print_account(out, explanation, &explanation->accounts[i]);
	if (explanation->person_ref != NULL) {
		print_evidence(out, explanation);
		print_verdict(out, explanation);
		print_reasons(out, explanation);
		print_status(out, explanation);
		print_tasks(out, explanation);
	}
	print_findings(out, explanation);
}
