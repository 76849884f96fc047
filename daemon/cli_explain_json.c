/* cli_explain_json: an explanation as one JSON object. */
#include "daemon/cli_explain.h"

#include "daemon/document_store.h"
#include "daemon/json_writer.h"
#include "daemon/mask.h"

/* "document":id,"name":…,"line":n of the object that is open. */
static void member_source(struct byte_writer *out, struct book *book, uint64_t offset, uint32_t line)
{
	struct document document;
	char hex[2 * SHA256_SIZE + 1];

	if (document_load(book, offset, &document)) {
		sha256_format_hex(document.id, hex);
		json_member_text(out, "document", span_of(hex));
		json_member_text(out, "name", span_of(document.name));
	}
	json_member_number(out, "line", line);
}

static void member_day_or_null(struct byte_writer *out, const char *key, civil_date date, civil_date none)
{
	json_member_date(out, key, date == none ? CIVIL_DATE_NONE : date);
}

static void write_rows(struct byte_writer *out, const struct explanation *explanation)
{
	const struct person *person = &explanation->person;

	json_key(out, "roster_rows");
	json_open(out, '[');
	for (size_t i = 0; i < person->row_count; i++) {
		const struct roster_row *row = &person->rows[i];
		char township[12];

		snprintf(township, sizeof(township), "%09u", row->township);
		json_open(out, '{');
		json_member_date(out, "as_of", row->as_of);
		json_member_text(out, "scheme", span_of(scheme_names[row->scheme]));
		json_member_text(out, "status", span_of(roster_status_names[row->status]));
		json_member_text(out, "person_name", row->name);
		json_member_date(out, "birth", row->birth);
		json_member_text(out, "township", span_of(township));
		json_member_text(out, "township_name", row->township_name);
		json_member_text(out, "village", row->village);
		json_member_date(out, "benefit_start", row->benefit_start);
		json_member_text(out, "bank", row->bank);
		json_member_text(out, "account", row->account);
		json_member_bool(out, "lost_contact", row->lost_contact);
		json_member_bool(out, "in_force", row == explanation->judgement.in_force);
		json_member_bool(out, "newest", row == explanation->judgement.newest);
		member_source(out, explanation->book, row->offset, row->line);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void write_movements(struct byte_writer *out, struct book *book, const struct explained_account *account)
{
	json_key(out, "movements");
	json_open(out, '[');
	for (size_t i = 0; i < account->movement_count; i++) {
		const struct explained_movement *explained = &account->movements[i];
		const struct movement *movement = explained->movement;

		json_open(out, '{');
		json_member_date(out, "date", movement->date);
		json_member_text(out, "direction", span_of(movement->debit ? "D" : "C"));
		json_member_number(out, "amount_fen", movement->amount_fen);
		json_member_text(out, "class", span_of(movement_class_names[movement->movement_class]));
		json_member_text(out, "serial", movement->serial);
		json_member_bool(out, "counts", movement_fate_counts(explained->fate));
		json_member_text(out, "why", span_of(movement_fate_names[explained->fate]));
		json_key(out, "other");
		if (explained->other == NULL) {
			json_literal(out, "null");
		} else {
			json_open(out, '{');
			member_source(out, book, explained->other->offset, explained->other->line);
			json_close(out, '}');
		}
		member_source(out, book, movement->offset, movement->line);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void write_coverage(struct byte_writer *out, const struct explained_account *account)
{
	json_key(out, "gaps");
	json_open(out, '[');
	for (size_t i = 0; i < account->gaps.count; i++) {
		json_open(out, '{');
		json_member_date(out, "from", account->gaps.items[i].from);
		json_member_date(out, "to", account->gaps.items[i].to);
		json_close(out, '}');
	}
	json_close(out, ']');
	json_key(out, "months");
	json_open(out, '[');
	for (size_t i = 0; i < account->month_count; i++) {
		json_open(out, '{');
		json_member_month(out, "month", account->months[i].month);
		json_member_number(out, "had", (int64_t)account->months[i].had);
		json_member_number(out, "all", (int64_t)account->months[i].all);
		json_member_bool(out, "thin", account->months[i].thin);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void write_holders(
	struct byte_writer *out, const struct explanation *explanation, const struct explained_account *account)
{
	json_key(out, explanation->person_ref != NULL ? "other_holders" : "holders");
	json_open(out, '[');
	for (size_t i = 0; i < account->holder_count; i++) {
		const struct account_holder *holder = &account->holders[i];
		char text[MASK_TEXT_SIZE];

		if (explanation->person_ref != NULL &&
			memcmp(holder->id_number, explanation->person.id_number, ID_NUMBER_LENGTH) == 0)
			continue;
		json_open(out, '{');
		json_member_text(out, "id_number", span_of(mask_id_number(holder->id_number, text)));
		json_member_text(out, "name",
			holder->name_count == 0 ? span_of("") : span_of(mask_name(holder->names[0], text)));
		json_member_bool(out, "resident", holder->resident);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void write_account(
	struct byte_writer *out, const struct explanation *explanation, const struct explained_account *account)
{
	const struct person_account *held = account->held != NULL ? account->held : account->judged.account;

	json_open(out, '{');
	json_member_text(out, "bank", account->bank);
	json_member_text(out, "account", account->account);
	json_key(out, "in_force");
	json_open(out, '[');
	for (size_t i = 0; i < held->in_force_count; i++) {
		json_open(out, '{');
		member_day_or_null(out, "from", held->in_force[i].begin, 0);
		member_day_or_null(out, "to",
			held->in_force[i].end == UINT32_MAX ? UINT32_MAX : held->in_force[i].end - 1, UINT32_MAX);
		json_close(out, '}');
	}
	json_close(out, ']');
	json_member_bool(out, "counting", account->judged.counting);
	json_member_text(out, "verdict", span_of(verdict_names[account->verdict]));
	json_member_bool(out, "window_covered", account->judged.window_covered);
	write_coverage(out, account);
	write_holders(out, explanation, account);
	json_key(out, "conflicting_serials");
	json_open(out, '[');
	for (size_t i = 0; i < account->conflict_count; i++)
		json_text(out, account->conflicts[i]);
	json_close(out, ']');
	write_movements(out, explanation->book, account);
	json_close(out, '}');
}

static void write_evidence(struct byte_writer *out, const struct explanation *explanation)
{
	const struct person *person = &explanation->person;

	json_key(out, "evidence");
	json_open(out, '[');
	for (size_t i = 0; i < person->evidence_count; i++) {
		const struct evidence *evidence = &person->evidence[i];
		char campaign[CIVIL_MONTH_TEXT_SIZE];

		json_open(out, '{');
		json_member_date(out, "on", evidence->date);
		json_member_text(out, "kind", span_of(evidence->is_feedback ? "feedback" : "confirmation"));
		json_member_text(out, "outcome", span_of(feedback_outcome_names[evidence->outcome]));
		json_member_text(out, "method", span_of(confirmation_method_names[evidence->method]));
		if (evidence->is_feedback)
			json_member_text(out, "campaign",
				span_of(civil_month_format(civil_date_month(evidence->campaign), campaign)));
		if (evidence->has_death_month)
			json_member_month(out, "death_month", evidence->death_month);
		member_source(out, explanation->book, evidence->offset, evidence->line);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void write_reasons(struct byte_writer *out, unsigned reasons)
{
	json_key(out, "reasons");
	json_open(out, '[');
	for (unsigned i = 0; i < REASON_COUNT; i++)
		if (reasons & 1u << i)
			json_text(out, span_of(reason_names[i]));
	json_close(out, ']');
}

static void write_judgement(struct byte_writer *out, const struct explanation *explanation)
{
	const struct judgement *judgement = &explanation->judgement;

	json_key(out, "judgement");
	json_open(out, '{');
	json_member_bool(out, "receiving", judgement->receiving);
	json_member_bool(out, "listed", judgement->listed);
	json_member_text(out, "verdict", span_of(verdict_names[judgement->verdict]));
	write_reasons(out, judgement->reasons);
	json_member_bool(out, "unknown", judgement->unknown);
	json_member_date(out, "last_withdrawal", judgement->last_withdrawal);
	json_key(out, "silent_months");
	if (judgement->silent_months >= 0)
		json_number(out, judgement->silent_months);
	else
		json_literal(out, "null");
	json_member_date(out, "last_confirmed", judgement->last_confirmed);
	json_member_number(out, "age", judgement->age);
	json_member_bool(out, "age_disputed", judgement->age_disputed);
	json_member_text(out, "status", span_of(task_status_names[judgement->status]));
	json_key(out, "resolution");
	if (judgement->resolution.present) {
		json_open(out, '{');
		json_member_text(out, "outcome", span_of(feedback_outcome_names[judgement->resolution.outcome]));
		json_member_text(out, "method", span_of(confirmation_method_names[judgement->resolution.method]));
		json_member_date(out, "on", judgement->resolution.on);
		json_member_bool(out, "late", judgement->resolution.late);
		json_close(out, '}');
	} else {
		json_literal(out, "null");
	}
	json_close(out, '}');
}

static void write_tasks(struct byte_writer *out, const struct explanation *explanation)
{
	json_key(out, "tasks");
	json_open(out, '[');
	for (size_t i = 0; i < explanation->task_count; i++) {
		const struct explained_task *task = &explanation->tasks[i];
		char text[TASK_ID_SIZE];

		json_open(out, '{');
		json_member_text(
			out, "task_id", span_of(task_id_format(&task->campaign, explanation->person_ref, text)));
		json_member_text(out, "status", span_of(task_status_names[task->stored.status]));
		write_reasons(out, task->stored.reasons);
		json_member_date(out, "due", task->campaign.due);
		json_member_number(out, "revision", (int64_t)task->stored.revision);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void write_findings(struct byte_writer *out, const struct explanation *explanation)
{
	json_key(out, "findings");
	json_open(out, '[');
	for (size_t i = 0; i < explanation->finding_count; i++) {
		const struct explained_finding *finding = &explanation->findings[i];

		json_open(out, '{');
		json_member_text(out, "code", span_of(finding_code_names[finding->code]));
		json_member_text(out, "bank", finding->bank);
		json_member_text(out, "account", finding->account);
		json_key(out, "detail");
		json_separate(out);
		if (finding->detail.length == 0)
			json_raw(out, "{}");
		else
			write_bytes(out, finding->detail.data, finding->detail.length);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void write_window(struct byte_writer *out, const struct explanation *explanation)
{
	const struct campaign *campaign = &explanation->campaign;

	json_key(out, "window");
	json_open(out, '{');
	json_member_text(out, "campaign", span_of(campaign->name));
	json_member_bool(out, "opened", explanation->opened);
	json_member_date(out, "as_of", campaign->as_of);
	json_member_date(out, "from", rules_window_begin(campaign->as_of));
	json_member_date(out, "to", campaign->as_of - 1);
	json_member_date(out, "due", campaign->due);
	json_close(out, '}');
}

void explain_print_json(struct cli *cli, const struct explanation *explanation)
{
	const bool about_person = explanation->person_ref != NULL;
	struct byte_writer json = {0};
	char county[8];

	snprintf(county, sizeof(county), "%06u", explanation->campaign.county);
	json_open(&json, '{');
	json_member_text(&json, "county", span_of(county));
	if (about_person) {
		json_member_text(&json, "id_number", (struct span){explanation->person.id_number, ID_NUMBER_LENGTH});
		json_member_text(&json, "person_ref", span_of(explanation->person_ref));
	}
	write_window(&json, explanation);
	if (about_person)
		write_rows(&json, explanation);
	json_key(&json, "accounts");
	json_open(&json, '[');
	for (size_t i = 0; i < explanation->account_count; i++)
		write_account(&json, explanation, &explanation->accounts[i]);
	json_close(&json, ']');
	if (about_person) {
		write_evidence(&json, explanation);
		write_judgement(&json, explanation);
		write_tasks(&json, explanation);
	}
	write_findings(&json, explanation);
	json_close(&json, '}');
	cli_json_line(cli, &json);
	writer_free(&json);
}
