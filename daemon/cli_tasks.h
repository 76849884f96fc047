/*
 * cli_tasks: the stored tasks of a campaign, one after another.
 *
 * One thread. Memory from the book's arena, which the caller resets.
 */
#ifndef DUIZHANG_DAEMON_CLI_TASKS_H
#define DUIZHANG_DAEMON_CLI_TASKS_H

#include "daemon/campaign_store.h"
#include "daemon/task.h"

/*
 * The next person, in order of ID numbers, who has a task in the campaign; id_number[0] is 0 at first. False at the
 * end.
 */
bool cli_task_next(struct book *book, uint32_t county, civil_date as_of, char id_number[ID_NUMBER_LENGTH]);

/* What is stored of a person in a campaign; present is false if nothing is. */
void cli_task_load(struct book *book, uint32_t county, civil_date as_of, const char id_number[ID_NUMBER_LENGTH],
	struct stored_judgement *stored);

#endif
