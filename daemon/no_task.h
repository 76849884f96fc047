/*
 * no_task: feedback about people who have no task in the campaign it answers (section 9).
 *
 * A row finding, but one that the document itself can settle: by what it supersedes a task may begin. So it is told
 * when everything the document changes has been judged.
 */
#ifndef DUIZHANG_DAEMON_NO_TASK_H
#define DUIZHANG_DAEMON_NO_TASK_H

#include "daemon/document_store.h"

/* Publishes the findings of a feedback document that was just applied; nothing if it is dead. */
void no_task_publish(struct book *book, uint64_t offset);

#endif
