/*
 * kafka_report: what the Kafka transport's threads tell the event loop, through one mailbox.
 */
#ifndef DUIZHANG_DAEMON_KAFKA_REPORT_H
#define DUIZHANG_DAEMON_KAFKA_REPORT_H

#include <stdint.h>

#include "daemon/error.h"
#include "daemon/mailbox.h"
#include "daemon/transport.h"

/* Whose a report is. Publishers are numbered from KAFKA_SOURCE_PUBLISHERS up, and no number is used again. */
enum kafka_source { KAFKA_SOURCE_MONITOR, KAFKA_SOURCE_CONTROL, KAFKA_SOURCE_PUBLISHERS };

enum kafka_report_type {
	KAFKA_REPORT_FAULT,   /* error; class NONE: it has passed */
	KAFKA_REPORT_CHECKED, /* monitor: the cluster and the topics will do; identity has log_id and partition_count */
	KAFKA_REPORT_READY,   /* publisher: identity; the first one, or the outcome of a batch: all begun anew */
	KAFKA_REPORT_DONE,    /* publisher: the batch is out */
	KAFKA_REPORT_FENCED,  /* publisher: the batch is not out, and another member owns the partition */
	KAFKA_REPORT_ENDED,   /* publisher: its last; a batch in hand that it has not reported is not known to be out */
};

struct kafka_report {
	struct mailbox_item item;
	uint64_t source;
	enum kafka_report_type type;
	struct intake_identity identity;
	struct error error;
};

/* identity and error may be NULL. */
void kafka_report_post(struct mailbox *mailbox, uint64_t source, enum kafka_report_type type,
	const struct intake_identity *identity, const struct error *error);

#endif
