/* control_source: asks every county what is due, sends it, remembers that it did. */
#include "daemon/control_source.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/bytes.h"
#include "daemon/log.h"

#define RESEND_AFTER_MS (60 * 60 * INT64_C(1000))

/* What was sent for one county. */
struct sent {
	uint32_t county;
	civil_date as_of;
	int64_t opened_ms;
	civil_date tick_date;
	int64_t ticked_ms;
	bool doubted; /* said already that the clock is */
};

struct control_source {
	struct sent *sent;
	size_t count;
};

/* One round over all counties. */
struct round {
	struct control_source *source;
	struct transport *transport;
	const struct control_schedule *schedule;
	int64_t now_ms;
	int64_t log_time_ms; /* of the partition in hand */
	struct error *error;
};

struct control_source *control_source_new(void)
{
	struct control_source *source = bytes_allocate(NULL, sizeof(*source));

	*source = (struct control_source){.count = 0};
	return source;
}

void control_source_free(struct control_source *source)
{
	if (source != NULL)
		free(source->sent);
	free(source);
}

static struct sent *sent_of(struct control_source *source, uint32_t county)
{
	for (size_t i = 0; i < source->count; i++)
		if (source->sent[i].county == county)
			return &source->sent[i];
	source->sent = bytes_allocate(source->sent, (source->count + 1) * sizeof(*source->sent));
	source->sent[source->count] = (struct sent){.county = county};
	return &source->sent[source->count++];
}

/* Whether what was sent then may still be on its way; a clock set back says nothing. */
static bool is_under_way(int64_t sent_ms, int64_t now_ms)
{
	return now_ms >= sent_ms && now_ms - sent_ms < RESEND_AFTER_MS;
}

static bool send(struct round *round, const char *action, const char *county, const char *text)
{
	if (!round->transport->operations->send_control(round->transport, county, text, round->error))
		return false;
	log_write(LOG_INFO, "control document sent", log_text("action", action), log_text("county", county));
	return true;
}

static void send_due(struct round *round, struct sent *sent, const struct control_due *due)
{
	char text[CONTROL_TEXT_SIZE];
	char county[16];

	snprintf(county, sizeof(county), "%06u", sent->county);
	if (due->open_campaign && !(sent->as_of == due->as_of && is_under_way(sent->opened_ms, round->now_ms))) {
		control_open_campaign_text(county, due->as_of, due->opened_on, text);
		if (!send(round, "open_campaign", county, text))
			return;
		sent->as_of = due->as_of;
		sent->opened_ms = round->now_ms;
	}
	if (due->tick && !(sent->tick_date == due->tick_date && is_under_way(sent->ticked_ms, round->now_ms))) {
		control_tick_text(county, due->tick_date, text);
		if (!send(round, "tick", county, text))
			return;
		sent->tick_date = due->tick_date;
		sent->ticked_ms = round->now_ms;
	}
}

static void take_county(void *context, const struct county_state *state)
{
	struct round *round = context;
	struct sent *sent = sent_of(round->source, state->county);
	const struct control_county county = {.largest_tick = state->largest_tick,
		.newest_as_of = state->current_count > 0 ? state->current[0].as_of : CIVIL_DATE_NONE,
		.log_time_ms = round->log_time_ms};
	struct control_due due = control_timer_due(round->now_ms, round->schedule, &county);

	if (due.clock_doubtful && !sent->doubted)
		log_write(LOG_WARNING, "the clock cannot be right: no control documents are made",
			log_number("county", state->county),
			log_text("remedy", "set the clock; if it is right, send one: duizhang tick"));
	sent->doubted = due.clock_doubtful;
	if (round->error->class == ERROR_NONE)
		send_due(round, sent, &due);
}

static void take_engine(void *context, const struct engine_state *state, struct partition *engine)
{
	struct round *round = context;

	if (!state->assigned || state->status.judging || state->status.next_offset < state->status.log_end ||
		round->error->class != ERROR_NONE)
		return;
	round->log_time_ms = state->status.log_time_ms;
	partition_counties(engine, take_county, round, round->error);
}

bool control_source_send(struct control_source *source, const struct engine_set *engines, struct transport *transport,
	const struct control_schedule *schedule, int64_t now_ms, struct error *error)
{
	struct round round = {
		.source = source, .transport = transport, .schedule = schedule, .now_ms = now_ms, .error = error};

	engine_set_each(engines, take_engine, &round);
	return error->class == ERROR_NONE;
}
