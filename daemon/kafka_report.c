/* kafka_report: makes and posts a report. */
#include "daemon/kafka_report.h"

#include "daemon/bytes.h"

void kafka_report_post(struct mailbox *mailbox, uint64_t source, enum kafka_report_type type,
	const struct intake_identity *identity, const struct error *error)
{
	struct kafka_report *report = bytes_allocate(NULL, sizeof(*report));

	*report = (struct kafka_report){.source = source, .type = type};
	if (identity != NULL)
		report->identity = *identity;
	if (error != NULL)
		report->error = *error;
	mailbox_post(mailbox, &report->item);
}
