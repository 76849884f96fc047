/* state_report: facts, then partition after partition while there is room. */
#include "daemon/state_report.h"

#include <time.h>
#include <unistd.h>

#include "parsers/utf8.h"

/* More than a partition ever takes: two error texts of 255 bytes, each escaped to six at most, and numbers. */
#define PARTITION_JSON_MAX 4096

struct report {
	struct byte_writer *json;
	size_t size;
	bool full;
};

const char *state_report_time(int64_t unix_ms, char text[STATE_TIME_SIZE])
{
	time_t seconds = (time_t)(unix_ms / 1000 - (unix_ms % 1000 < 0)) + 8 * 3600;
	struct tm parts;

	text[0] = '\0';
	if (gmtime_r(&seconds, &parts) != NULL)
		strftime(text, STATE_TIME_SIZE, "%Y-%m-%dT%H:%M:%S+08:00", &parts);
	return text;
}

static void member_time(struct byte_writer *json, const char *key, int64_t unix_ms)
{
	char text[STATE_TIME_SIZE];

	json_member_text(json, key, span_of(state_report_time(unix_ms, text)));
}

/* Error texts name files, whose names are any bytes; and they are cut anywhere. */
static void member_error_text(struct byte_writer *json, const char *key, const char *text)
{
	struct byte_writer clean = {0};
	struct span rest = span_of(text);

	while (rest.length > 0) {
		bool unfinished;
		size_t valid = utf8_valid_prefix((const uint8_t *)rest.data, rest.length, &unfinished);

		write_bytes(&clean, rest.data, valid);
		if (valid == rest.length)
			break;
		write_bytes(&clean, "?", 1);
		rest.data += valid + 1;
		rest.length -= valid + 1;
	}
	json_member_text(json, key, (struct span){(const char *)clean.data, clean.length});
	writer_free(&clean);
}

static void member_fault(struct byte_writer *json, const struct error *fault, int64_t since_ms)
{
	json_key(json, "fault");
	if (fault == NULL || fault->class == ERROR_NONE) {
		json_literal(json, "null");
		return;
	}
	json_open(json, '{');
	json_member_text(json, "class", span_of(fault->class == ERROR_FATAL ? "fatal" : "retry"));
	member_error_text(json, "cause", fault->cause);
	member_error_text(json, "remedy", fault->remedy);
	member_time(json, "since", since_ms);
	json_close(json, '}');
}

static void write_partition(void *context, const struct engine_state *state, struct partition *engine)
{
	struct report *report = context;
	struct byte_writer *json = report->json;

	(void)engine;
	report->full = report->full || json->length + PARTITION_JSON_MAX > report->size;
	if (report->full)
		return;
	json_open(json, '{');
	json_member_number(json, "partition", state->partition);
	json_member_bool(json, "assigned", state->assigned);
	json_member_bool(json, "working", state->working);
	json_member_number(json, "next_offset", (int64_t)state->status.next_offset);
	json_member_number(json, "published_offset", (int64_t)state->status.published.offset);
	json_member_number(json, "published_rows", (int64_t)state->status.published.rows);
	json_member_number(json, "log_end", (int64_t)state->status.log_end);
	member_time(json, "log_time", state->status.log_time_ms);
	json_member_bool(json, "judging", state->status.judging);
	member_fault(json, state->fault, state->fault_since_ms);
	json_close(json, '}');
}

void state_report_write(
	const struct state_facts *facts, const struct engine_set *engines, size_t size, struct byte_writer *json)
{
	struct report report = {.json = json, .size = size};

	json->length = 0;
	json_open(json, '{');
	json_member_number(json, "pid", getpid());
	json_member_text(json, "version", span_of(DUIZHANG_VERSION));
	member_time(json, "started", facts->started_ms);
	member_time(json, "updated", facts->now_ms);
	json_key(json, "directory");
	if (facts->directory == NULL)
		json_literal(json, "null");
	else
		json_text(json, span_of(facts->directory));
	member_fault(json, facts->fault, facts->fault_since_ms);
	json_key(json, "partitions");
	json_open(json, '[');
	if (engines != NULL)
		engine_set_each(engines, write_partition, &report);
	json_close(json, ']');
	json_close(json, '}');
}
