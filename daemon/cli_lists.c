/* cli_lists: list records as JSON → numbers. */
#include "daemon/cli_lists.h"

#include <inttypes.h>

#include "daemon/json_writer.h"

static int64_t number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static bool read_value(struct cli_list *list)
{
	struct byte_writer whole = {0};
	const json_t *reasons, *statuses;
	const char *name;

	write_bytes(&whole, list->published.data, list->published.length);
	json_raw(&whole, "}");
	list->value = json_loadb((const char *)whole.data, whole.length, 0, NULL);
	writer_free(&whole);
	if (list->value == NULL)
		return false;
	reasons = json_object_get(list->value, "by_reason");
	statuses = json_object_get(list->value, "by_status");
	for (int i = 0; i < REASON_COUNT; i++)
		list->counts.by_reason[i] = number_of(reasons, reason_names[i]);
	for (int i = 0; i < TASK_STATUS_COUNT; i++)
		list->counts.by_status[i] = number_of(statuses, task_status_names[i]);
	list->counts.unknown_people = number_of(list->value, "unknown_people");
	list->tasks = number_of(list->value, "tasks");
	list->complete = json_is_true(json_object_get(json_object_get(list->value, "coverage"), "complete"));
	name = json_string_value(json_object_get(list->value, "township_name"));
	list->name = name == NULL ? "" : name;
	return true;
}

bool cli_list_load(struct book *book, const struct campaign *campaign, uint32_t township, struct cli_list *list)
{
	*list = (struct cli_list){.township = township, .name = ""};
	if (!list_next(book, campaign->county, campaign->as_of, &list->township, &list->published, &list->revision))
		return false;
	/* Counted already, but its record waits for the judging in hand. */
	if (list->revision == 0 || read_value(list))
		return true;
	book_damaged(book, TABLE_LISTS);
	return false;
}

void cli_list_free(struct cli_list *list)
{
	json_decref(list->value);
	*list = (struct cli_list){.name = ""};
}

void cli_list_cells(struct print_table *table, const struct cli_list *list)
{
	print_cell(table, "%" PRId64, list->tasks);
	for (int i = 0; i < REASON_COUNT; i++)
		print_cell(table, "%" PRId64, list->counts.by_reason[i]);
	for (int i = 0; i < TASK_STATUS_COUNT; i++)
		print_cell(table, "%" PRId64, list->counts.by_status[i]);
	print_cell(table, "%" PRId64, list->counts.unknown_people);
}

void cli_reasons_cell(struct print_table *table, unsigned reasons)
{
	char text[64] = "";

	for (unsigned i = 0; i < REASON_COUNT; i++)
		if (reasons & 1u << i)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", text[0] == '\0' ? "" : ",",
				reason_names[i]);
	print_cell(table, "%s", text);
}
