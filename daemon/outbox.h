/*
 * outbox: messages to publish, made in the transaction that causes them (invariants 3 and 4).
 *
 * A row carries the offset of the document in hand and its place among that document's rows. Rows that a publish has
 * already put out, by the position C of the group, are counted and not made: a ledger behind C publishes nothing twice.
 */
#ifndef DUIZHANG_DAEMON_OUTBOX_H
#define DUIZHANG_DAEMON_OUTBOX_H

#include "daemon/book.h"

enum output_topic {
	TOPIC_FOLLOWUP_TASKS,
	TOPIC_FOLLOWUP_LISTS,
	TOPIC_ACCOUNT_SILENCE,
	TOPIC_ENTITLEMENTS,
	TOPIC_RECEIPTS,
	TOPIC_EXCEPTIONS,
	TOPIC_REJECTS,
	TOPIC_COUNT
};

/* "followup-tasks" …, without prefix and suffix. */
extern const char *const output_topic_names[TOPIC_COUNT];

/* value.data NULL: a tombstone. */
void outbox_put(struct book *book, enum output_topic topic, struct span key, struct span value);

/* With headers (of a rejected document). */
void outbox_put_with_headers(struct book *book, enum output_topic topic, struct span key, struct span value,
	const struct message_header *headers, size_t header_count);

/* A batch read from the outbox, ready to be published. Everything lies in one allocation. */
struct outbox_batch {
	struct output_message *messages;
	size_t count;
	struct publish_position to; /* the position once they are out */
	struct arena arena;
};

/*
 * Reads the rows of offsets < end, from position on, whole offsets as long as max_records are not exceeded, else the
 * first max_records rows of the first offset. The position after it is end when nothing more is left below end.
 */
bool outbox_read(
	struct book *book, struct publish_position from, uint64_t end, size_t max_records, struct outbox_batch *batch);
void outbox_batch_free(struct outbox_batch *batch);

/* Deletes the rows that lie before a position. */
void outbox_delete_before(struct book *book, struct publish_position position);

/* Deletes the rows of offsets >= offset (what a staging that was cut short has left). */
void outbox_delete_from(struct book *book, uint64_t offset);

#endif
