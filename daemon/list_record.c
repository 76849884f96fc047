/* list_record: counts and gaps as JSON. */
#include "daemon/list_record.h"

#include "daemon/json_writer.h"

void list_gaps_write(struct byte_writer *out, const struct bank_gaps *bank)
{
	for (size_t i = 0; i < bank->gaps.count; i++) {
		json_open(out, '{');
		json_member_text(out, "bank", bank->bank);
		json_member_date(out, "from", bank->gaps.items[i].from);
		json_member_date(out, "to", bank->gaps.items[i].to);
		json_close(out, '}');
	}
}

void list_coverage_write(struct byte_writer *out, const struct bank_gaps *banks, size_t count)
{
	bool complete = true;

	for (size_t i = 0; i < count; i++)
		complete &= banks[i].gaps.count == 0;
	json_open(out, '{');
	json_member_bool(out, "complete", complete);
	json_key(out, "gaps");
	json_open(out, '[');
	for (size_t i = 0; i < count; i++)
		list_gaps_write(out, &banks[i]);
	json_close(out, ']');
	json_close(out, '}');
}

void list_record_write(struct byte_writer *out, const struct campaign *campaign, uint32_t township, struct span name,
	const struct list_counts *counts, struct span coverage)
{
	char county[8], code[12] = "all";
	int64_t tasks = 0;

	snprintf(county, sizeof(county), "%06u", campaign->county);
	if (township != TOWNSHIP_ALL)
		snprintf(code, sizeof(code), "%09u", township);
	for (int i = 0; i < TASK_STATUS_COUNT; i++)
		tasks += i == TASK_CANCELLED ? 0 : counts->by_status[i];
	json_open(out, '{');
	json_member_text(out, "campaign", span_of(campaign->name));
	json_member_text(out, "scheme", span_of(scheme_names[SCHEME_RESIDENT]));
	json_member_text(out, "county", span_of(county));
	json_member_text(out, "township", span_of(code));
	json_member_text(out, "township_name", township == TOWNSHIP_ALL ? span_of("") : name);
	json_member_date(out, "as_of", campaign->as_of);
	json_member_date(out, "due", campaign->due);
	json_member_number(out, "tasks", tasks);
	json_key(out, "by_reason");
	json_open(out, '{');
	for (int i = 0; i < REASON_COUNT; i++)
		json_member_number(out, reason_names[i], counts->by_reason[i]);
	json_close(out, '}');
	json_key(out, "by_status");
	json_open(out, '{');
	for (int i = 0; i < TASK_STATUS_COUNT; i++)
		json_member_number(out, task_status_names[i], counts->by_status[i]);
	json_close(out, '}');
	json_member_number(out, "unknown_people", counts->unknown_people);
	json_key(out, "coverage");
	json_separate(out);
	write_bytes(out, coverage.data, coverage.length);
}
