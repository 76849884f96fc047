/* no_task: walks the people whom a feedback document names. */
#include "daemon/no_task.h"

#include <stdio.h>

#include "daemon/finding.h"
#include "daemon/person.h"

static bool has_task(struct book *book, uint32_t county, civil_date campaign, const char *id_number)
{
	struct ledger_key key = key_campaign(county, campaign);
	struct ledger_bytes value;

	key_bytes(&key, id_number, ID_NUMBER_LENGTH);
	return book_get(book, TABLE_TASKS, &key, &value);
}

/* The document's first row about the person. */
static const struct evidence *first_row(const struct person *person, uint64_t offset)
{
	const struct evidence *first = NULL;

	for (size_t i = 0; i < person->evidence_count; i++) {
		const struct evidence *evidence = &person->evidence[i];

		if (evidence->offset == offset && (first == NULL || evidence->line < first->line))
			first = evidence;
	}
	return first;
}

void no_task_publish(struct book *book, uint64_t offset)
{
	struct row_findings findings = {0};
	struct named_position position = {0};
	struct document document;
	struct named named;

	if (!document_load(book, offset, &document) || !document.alive)
		return;
	while (named_next(book, offset, &position, &named)) {
		struct row_finding finding = {.code = FINDING_NO_TASK, .has_person = true};
		char detail[40], month[CIVIL_MONTH_TEXT_SIZE];
		const struct evidence *row;
		struct person person;

		person_load(book, document.county, named.id_number, &person);
		row = first_row(&person, offset);
		if (row != NULL && !has_task(book, document.county, row->campaign, named.id_number)) {
			snprintf(detail, sizeof(detail), "{\"campaign\":\"%s\"}",
				civil_month_format(civil_date_month(row->campaign), month));
			finding.line = row->line;
			finding.detail = span_of(detail);
			memcpy(finding.id_number, named.id_number, ID_NUMBER_LENGTH);
			row_findings_add(&findings, &finding);
		}
		arena_reset(&book->arena);
	}
	row_findings_publish(book, &findings, document.county, document.id);
}
