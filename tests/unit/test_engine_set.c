/* test_engine_set: engines over a transport that does as it is told: slices, pauses after failures, coming and going.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>

#include "daemon/control_source.h"
#include "daemon/engine_set.h"
#include "daemon/intake_source.h"
#include "daemon/state_file.h"
#include "daemon/state_report.h"
#include "scratch.h"

#define PATIENCE_MS 20000
#define PARTITIONS  2
#define TODAY_MS    INT64_C(1793923200000) /* 2026-11-06 08:00 UTC+8 */
#define ROSTER                                                                                                         \
	"H|ROSTER|532929|20260901|1\n"                                                                                 \
	"D|1|532929194001011234|N||resident|532929100|T||receiving|20100101|10000||||0||\nT|1\n"

static struct scratch scratch;

/* One partition of the toy's log. */
struct toy_partition {
	const char *documents[4];
	uint64_t count;
	uint64_t next;
	struct publish_position position;
	bool has_position;
	bool publishing;
	struct publish_position to;
	unsigned publishes;
};

static struct toy {
	struct transport transport; /* first */
	struct config *config;
	struct engine_settings settings;
	struct loop *loop;
	struct loop_timer *patience;
	struct loop_idle *publisher;
	struct engine_set *engines;
	struct toy_partition partitions[PARTITIONS];
	struct memory_source source;
	unsigned failures; /* next() fails so many times */
	enum error_class failure;
	unsigned failed;
	struct error fatal;
	bool stop_when_done;
	char controls[512];
} toy;

static bool seek(struct transport *transport, int32_t partition, uint64_t offset, struct error *error)
{
	(void)transport;
	(void)error;
	toy.partitions[partition].next = offset;
	return true;
}

static int next(struct transport *transport, int32_t number, struct intake_message *message, struct error *error)
{
	struct toy_partition *partition = &toy.partitions[number];

	(void)transport;
	if (partition->next == partition->count)
		return 0;
	if (toy.failed < toy.failures) {
		toy.failed++;
		error_set(error, toy.failure, "wait", "attempt %u", toy.failed);
		return -1;
	}
	toy.source = (struct memory_source){.bytes = span_of(partition->documents[partition->next])};
	*message = (struct intake_message){.offset = partition->next,
		.timestamp_ms = TODAY_MS,
		.value = memory_source_bytes(&toy.source),
		.value_length = toy.source.bytes.length};
	message_headers_read(&message->headers, NULL, 0);
	message->fingerprint[0] = (uint8_t)partition->next++;
	return 1;
}

static uint64_t log_end(struct transport *transport, int32_t partition)
{
	(void)transport;
	return toy.partitions[partition].count;
}

static bool publish(struct transport *transport, int32_t number, const struct output_message *messages, size_t count,
	struct publish_position to, struct error *error)
{
	(void)transport;
	(void)messages;
	(void)count;
	(void)error;
	assert_false(toy.partitions[number].publishing);
	toy.partitions[number].publishing = true;
	toy.partitions[number].to = to;
	loop_idle_wake(toy.publisher);
	return true;
}

static bool send_control(struct transport *transport, const char *county, const char *json, struct error *error)
{
	(void)transport;
	(void)error;
	assert_string_equal(county, "532929");
	sprintf(toy.controls + strlen(toy.controls), "%s\n", json);
	return true;
}

static struct intake_identity identity_of(int32_t number)
{
	const struct toy_partition *partition = &toy.partitions[number];

	return (struct intake_identity){.log_id = "toy",
		.partition_count = PARTITIONS,
		.has_position = partition->has_position,
		.position = partition->position,
		.log_end = partition->count};
}

static bool publish_idle(void *context)
{
	(void)context;
	for (int32_t i = 0; i < PARTITIONS; i++) {
		struct toy_partition *partition = &toy.partitions[i];
		struct intake_identity identity;

		if (!partition->publishing)
			continue;
		partition->publishing = false;
		partition->has_position = true;
		partition->position = partition->to;
		partition->publishes++;
		identity = identity_of(i);
		engine_set_published(toy.engines, i, PUBLISH_DONE, &identity);
	}
	return false;
}

static void changed(void *context)
{
	(void)context;
	if (toy.stop_when_done && engine_set_done(toy.engines))
		loop_stop(toy.loop);
}

static void fatal(void *context, const struct error *error)
{
	(void)context;
	toy.fatal = *error;
	loop_stop(toy.loop);
}

static void out_of_patience(void *context)
{
	(void)context;
	fail_msg("nothing came of it");
}

static int set_up(void **context)
{
	static const struct transport_operations operations = {
		.seek = seek, .next = next, .log_end = log_end, .publish = publish, .send_control = send_control};
	const struct engine_set_events events = {NULL, changed, fatal};
	struct config_source source = {.directory = scratch.path};
	struct config_faults faults = {0};
	struct error error = {.class = ERROR_NONE};

	(void)context;
	scratch_make(&scratch);
	assert_int_equal(mkdirat(scratch.fd, "ledger", 0700), 0);
	toy = (struct toy){.transport = {.operations = &operations}, .loop = loop_new(), .stop_when_done = true};
	toy.config = config_load(&source, &faults);
	assert_non_null(toy.config);
	assert_true(engine_settings_load(&toy.settings, toy.config, true, &error));
	toy.publisher = loop_idle_new(toy.loop, publish_idle, NULL);
	toy.patience = loop_timer_new(toy.loop, out_of_patience, NULL);
	loop_timer_set(toy.patience, PATIENCE_MS, false);
	toy.engines = engine_set_new(toy.loop, &toy.settings, true, &events);
	engine_set_use(toy.engines, &toy.transport);
	toy.partitions[0] = (struct toy_partition){.documents = {ROSTER, "x"}, .count = 2};
	toy.partitions[1] = (struct toy_partition){.documents = {"y"}, .count = 1};
	return 0;
}

static int tear_down(void **context)
{
	(void)context;
	for (int32_t i = 0; i < PARTITIONS; i++)
		engine_set_revoked(toy.engines, i);
	engine_set_free(toy.engines);
	loop_idle_free(toy.publisher);
	loop_timer_free(toy.patience);
	loop_free(toy.loop);
	engine_settings_free(&toy.settings);
	config_free(toy.config);
	scratch_remove(&scratch);
	return 0;
}

static void assign(int32_t number)
{
	struct intake_identity identity = identity_of(number);

	engine_set_assigned(toy.engines, number, &identity);
}

static void take_state(void *context, const struct engine_state *state, struct partition *engine)
{
	(void)engine;
	((struct engine_state *)context)[state->partition] = *state;
}

static struct engine_state state_of(int32_t number)
{
	struct engine_state states[PARTITIONS] = {{.partition = -1}};

	engine_set_each(toy.engines, take_state, states);
	return states[number];
}

static void done_is_when_every_partition_is(void **context)
{
	(void)context;
	assign(1);
	/* Its log of then; what comes later is left for the next time. */
	toy.partitions[1].documents[1] = "z";
	toy.partitions[1].count = 2;
	assert_false(engine_set_done(toy.engines));
	assign(0);
	assert_int_equal(loop_run(toy.loop), 0);
	assert_true(engine_set_done(toy.engines));
	assert_int_equal(state_of(0).status.next_offset, 2);
	assert_int_equal(state_of(0).status.published.offset, 2);
	assert_int_equal(state_of(1).status.next_offset, 1);
	assert_int_equal(toy.partitions[1].position.offset, 1);
	assert_int_equal(toy.fatal.class, ERROR_NONE);
	/* It stays done when a partition goes elsewhere. */
	engine_set_revoked(toy.engines, 1);
	assert_false(state_of(1).assigned);
	assert_true(engine_set_done(toy.engines));
}

static void what_may_pass_is_tried_again(void **context)
{
	(void)context;
	toy.failures = 2;
	toy.failure = ERROR_RETRY;
	toy.partitions[1].count = 0;
	assign(0);
	assign(1);
	toy.stop_when_done = false;
	loop_stop(toy.loop);
	assert_int_equal(loop_run(toy.loop), 0);
	toy.stop_when_done = true;
	assert_int_equal(loop_run(toy.loop), 0);
	assert_int_equal(toy.failed, 2);
	assert_int_equal(state_of(0).status.next_offset, 2);
	assert_int_equal(state_of(0).fault->class, ERROR_NONE);
}

static struct loop_timer *glance;

static void look(void *context)
{
	(void)context;
	if (state_of(0).fault->class == ERROR_NONE) {
		loop_timer_set(glance, 5, false);
		return;
	}
	loop_stop(toy.loop);
}

static void a_fault_is_shown_while_it_lasts(void **context)
{
	struct state_facts facts = {.now_ms = TODAY_MS, .started_ms = TODAY_MS, .directory = "\"d\""};
	struct byte_writer json = {0};

	(void)context;
	toy.failures = 100;
	toy.failure = ERROR_RETRY;
	glance = loop_timer_new(toy.loop, look, NULL);
	loop_timer_set(glance, 5, false);
	assign(0);
	assert_int_equal(loop_run(toy.loop), 0);
	loop_timer_free(glance);
	assert_string_equal(state_of(0).fault->cause, "attempt 1");
	/* Nothing but its pause wakes it. */
	engine_set_readable(toy.engines, 0);
	state_report_write(&facts, toy.engines, STATE_JSON_SIZE, &json);
	write_u8(&json, 0);
	assert_non_null(strstr((char *)json.data, "\"started\":\"2026-11-06T08:00:00+08:00\""));
	assert_non_null(
		strstr((char *)json.data, "\"directory\":\"\\\"d\\\"\",\"fault\":null,\"partitions\":[{\"partition\":0,"
					  "\"assigned\":true,\"working\":false,\"next_offset\":0,"));
	assert_non_null(strstr(
		(char *)json.data, "\"fault\":{\"class\":\"retry\",\"cause\":\"attempt 1\",\"remedy\":\"wait\""));
	/* No room for partitions. */
	state_report_write(&facts, toy.engines, 1000, &json);
	write_u8(&json, 0);
	assert_non_null(strstr((char *)json.data, "\"partitions\":[]}"));
	writer_free(&json);
}

static void what_may_not_pass_ends_it(void **context)
{
	(void)context;
	toy.failures = 1;
	toy.failure = ERROR_FATAL;
	assign(0);
	assert_int_equal(loop_run(toy.loop), 0);
	assert_int_equal(toy.fatal.class, ERROR_FATAL);
	assert_string_equal(toy.fatal.cause, "attempt 1");
}

static void a_ledger_that_does_not_fit_ends_it(void **context)
{
	(void)context;
	toy.partitions[0].has_position = true;
	toy.partitions[0].position.offset = 9;
	assign(0);
	assert_int_equal(toy.fatal.class, ERROR_FATAL);
	assert_false(state_of(0).assigned);
}

static void a_partition_that_comes_back_goes_on(void **context)
{
	(void)context;
	assign(0);
	assign(1);
	assert_int_equal(loop_run(toy.loop), 0);
	engine_set_revoked(toy.engines, 0);
	engine_set_readable(toy.engines, 0);
	assert_false(state_of(0).assigned);
	assign(0);
	assert_true(state_of(0).assigned);
	assert_int_equal(state_of(0).status.next_offset, 2);
	assert_int_equal(toy.fatal.class, ERROR_NONE);
}

static void control_documents_are_sent_once(void **context)
{
	const struct control_schedule schedule = {6, 360};
	struct control_source *source = control_source_new();
	struct error error = {.class = ERROR_NONE};
	static const char both[] = "{\"action\":\"open_campaign\",\"county\":\"532929\",\"campaign\":\"2026-09\","
				   "\"as_of\":\"2026-09-01\",\"opened_on\":\"2026-11-06\"}\n"
				   "{\"action\":\"tick\",\"county\":\"532929\",\"date\":\"2026-11-06\"}\n";

	(void)context;
	assign(0);
	/* Before the log is applied nobody knows what is due. */
	assert_true(control_source_send(source, toy.engines, &toy.transport, &schedule, TODAY_MS, &error));
	assert_string_equal(toy.controls, "");
	assign(1);
	assert_int_equal(loop_run(toy.loop), 0);
	assert_true(control_source_send(source, toy.engines, &toy.transport, &schedule, TODAY_MS, &error));
	assert_string_equal(toy.controls, both);
	assert_true(control_source_send(source, toy.engines, &toy.transport, &schedule, TODAY_MS + 3599999, &error));
	assert_string_equal(toy.controls, both);
	toy.controls[0] = '\0';
	/* What never arrived is sent again; the next day's is new. */
	assert_true(control_source_send(source, toy.engines, &toy.transport, &schedule, TODAY_MS + 3600000, &error));
	assert_string_equal(toy.controls, both);
	toy.controls[0] = '\0';
	assert_true(control_source_send(source, toy.engines, &toy.transport, &schedule, TODAY_MS + 86400000, &error));
	assert_non_null(strstr(toy.controls, "\"date\":\"2026-11-07\""));
	toy.controls[0] = '\0';
	assert_true(control_source_send(source, toy.engines, &toy.transport, &schedule, 0, &error));
	assert_string_equal(toy.controls, "");
	control_source_free(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(done_is_when_every_partition_is, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_may_pass_is_tried_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_fault_is_shown_while_it_lasts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_may_not_pass_ends_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_ledger_that_does_not_fit_ends_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_partition_that_comes_back_goes_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(control_documents_are_sent_once, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
