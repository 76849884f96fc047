/*
 * mailbox: messages from any thread to the one that owns it, in order, with a descriptor that says when there are some.
 *
 * Items are made by the poster and owned by whoever takes them; the first member of theirs is a struct mailbox_item.
 */
#ifndef DUIZHANG_DAEMON_MAILBOX_H
#define DUIZHANG_DAEMON_MAILBOX_H

#include <stdbool.h>

struct mailbox;

struct mailbox_item {
	struct mailbox_item *next;
};

/* NULL with errno set if the system gives no descriptor. */
struct mailbox *mailbox_new(void);
/* Nobody posts any more; what was not taken is freed with free(). NULL is allowed. */
void mailbox_free(struct mailbox *mailbox);

/* Any thread. */
void mailbox_post(struct mailbox *mailbox, struct mailbox_item *item);

/* The owner: the oldest item, NULL if there is none. */
struct mailbox_item *mailbox_take(struct mailbox *mailbox);

/* Readable from a post until the last item is taken; to watch, not to read. */
int mailbox_descriptor(const struct mailbox *mailbox);

/* The owner: waits until there is something, at most timeout_ms. False if there is not. */
bool mailbox_wait(struct mailbox *mailbox, int timeout_ms);

#endif
