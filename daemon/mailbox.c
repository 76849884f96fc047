/* mailbox: a list under a mutex, and an eventfd that is written when the list stops being empty. */
#include "daemon/mailbox.h"

#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "daemon/bytes.h"

struct mailbox {
	pthread_mutex_t mutex;
	struct mailbox_item *first;
	struct mailbox_item **last;
	int descriptor;
};

struct mailbox *mailbox_new(void)
{
	int descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct mailbox *mailbox;

	if (descriptor == -1)
		return NULL;
	mailbox = bytes_allocate(NULL, sizeof(*mailbox));
	*mailbox = (struct mailbox){.descriptor = descriptor};
	mailbox->last = &mailbox->first;
	pthread_mutex_init(&mailbox->mutex, NULL);
	return mailbox;
}

void mailbox_free(struct mailbox *mailbox)
{
	if (mailbox == NULL)
		return;
	while (mailbox->first != NULL) {
		struct mailbox_item *item = mailbox->first;

		mailbox->first = item->next;
		free(item);
	}
	pthread_mutex_destroy(&mailbox->mutex);
	close(mailbox->descriptor);
	free(mailbox);
}

void mailbox_post(struct mailbox *mailbox, struct mailbox_item *item)
{
	static const uint64_t one = 1;

	item->next = NULL;
	pthread_mutex_lock(&mailbox->mutex);
	if (mailbox->first == NULL) {
		ssize_t written = write(mailbox->descriptor, &one, sizeof(one));

		assert(written == sizeof(one));
		(void)written;
	}
	*mailbox->last = item;
	mailbox->last = &item->next;
	pthread_mutex_unlock(&mailbox->mutex);
}

struct mailbox_item *mailbox_take(struct mailbox *mailbox)
{
	struct mailbox_item *item;

	pthread_mutex_lock(&mailbox->mutex);
	item = mailbox->first;
	if (item != NULL) {
		mailbox->first = item->next;
		if (mailbox->first == NULL)
			mailbox->last = &mailbox->first;
	}
	if (mailbox->first == NULL) {
		uint64_t count;
		ssize_t got = read(mailbox->descriptor, &count, sizeof(count));

		(void)got; /* nothing to read if it was empty before */
	}
	pthread_mutex_unlock(&mailbox->mutex);
	return item;
}

int mailbox_descriptor(const struct mailbox *mailbox)
{
	return mailbox->descriptor;
}

bool mailbox_wait(struct mailbox *mailbox, int timeout_ms)
{
	struct pollfd wait = {.fd = mailbox->descriptor, .events = POLLIN};

	return poll(&wait, 1, timeout_ms) == 1;
}
