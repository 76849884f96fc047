/*
 * task: what a campaign says of one person: the stored judgement and the published task (section 9).
 */
#ifndef DUIZHANG_DAEMON_TASK_H
#define DUIZHANG_DAEMON_TASK_H

#include "daemon/rules.h"

/* What is stored of (person, campaign): enough to take its share out of every count again. */
struct stored_judgement {
	bool present;
	uint32_t township;  /* of the newest row; 0: none ever */
	bool unknown;       /* counts among unknown_people */
	struct span *banks; /* of counting accounts, if the row in force is receiving; ascending */
	size_t bank_count;
	bool has_task;
	enum task_status status;
	unsigned reasons;
	uint64_t revision;
	struct span published; /* the task's JSON up to its revision */
};

bool stored_judgement_read(struct span value, struct arena *arena, struct stored_judgement *stored);
void stored_judgement_write(struct byte_writer *out, const struct stored_judgement *stored);

/* Room for "2026-09-532929-<32 hex digits>" and its NUL. */
#define TASK_ID_SIZE 48
const char *task_id_format(const struct campaign *campaign, const char *person_ref, char text[TASK_ID_SIZE]);

/*
 * Writes the task's JSON without its revision and closing brace. last: what was published before, for the names of a
 * person whose rows are all gone; may be empty.
 */
void task_write(struct byte_writer *out, const struct campaign *campaign, const struct person *person,
	const char *person_ref, const struct judgement *judgement, const struct judged_account *accounts,
	size_t account_count, struct span last);

/* Appends `,"revision":N}`. */
void task_write_revision(struct byte_writer *out, uint64_t revision);

#endif
