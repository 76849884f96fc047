/*
 * cli_lists: the list records of a campaign, read for people.
 *
 * Owner: the verb. One thread.
 */
#ifndef DUIZHANG_DAEMON_CLI_LISTS_H
#define DUIZHANG_DAEMON_CLI_LISTS_H

#include <jansson.h>

#include "daemon/cli_print.h"
#include "daemon/followup_list.h"

/* One list record as it was published last. */
struct cli_list {
	uint32_t township; /* TOWNSHIP_ALL: the county's */
	const char *name;  /* of the township; "" if none is known */
	struct list_counts counts;
	int64_t tasks;         /* not cancelled */
	bool complete;         /* coverage */
	struct span published; /* JSON without its revision and closing brace */
	uint64_t revision;     /* 0: never published */
	json_t *value;         /* what the texts belong to */
};

/* The first list of the campaign with a township >= township. False: there is none. To be freed. */
bool cli_list_load(struct book *book, const struct campaign *campaign, uint32_t township, struct cli_list *list);
void cli_list_free(struct cli_list *list);

/* What a table of counts has in its columns: tasks, by reason, by status, unknown people. */
#define CLI_LIST_COLUMNS                                                                                               \
	{"tasks", true}, {"no_withdrawal", true}, {"age_80", true}, {"lost_contact", true}, {"open", true},            \
		{"resolved", true}, {"overdue", true}, {"cancelled", true},                                            \
	{                                                                                                              \
		"unknown", true                                                                                        \
	}
#define CLI_LIST_COLUMN_COUNT 9
void cli_list_cells(struct print_table *table, const struct cli_list *list);

/* "no_withdrawal,age_80" as one cell. */
void cli_reasons_cell(struct print_table *table, unsigned reasons);

#endif
