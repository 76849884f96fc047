/* test_transport_directory: a toy engine lives on a folder: documents in, lines out, faults that pass. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>

#include "daemon/transport_directory.h"
#include "scratch.h"

#define RECEIPTS "output/pension.receipts.v1.jsonl"
/* Longer than any of these tests should take. */
#define PATIENCE_MS 20000

static struct scratch scratch;
static const char *const topics[] = {"receipts"};

/* Answers each message by one that holds its name and text, and stops once it has seen enough. */
static struct engine {
	struct loop *loop;
	struct transport *transport;
	struct loop_timer *patience;
	uint32_t scan_interval_s;
	struct intake_identity identity;
	unsigned assigned;
	unsigned revoked;
	unsigned readable;
	unsigned published;
	bool in_call; /* the transport must not call back now */
	uint64_t taken;
	uint64_t wanted; /* stop when so many messages are published */
	char seen[1024]; /* "name=text " of each message */
	struct output_message out;
	char value[256];
	struct error fault;
	unsigned faults;
	void (*at_fault)(void);
	enum error_class next_failed;
} engine;

static void take_next(void)
{
	struct intake_message message;
	struct error error = {.class = ERROR_NONE};
	char text[64];
	ssize_t length;
	int got;

	got = engine.transport->operations->next(engine.transport, 0, &message, &error);
	if (got == 0)
		return;
	assert_int_equal(got, 1);
	assert_int_equal(message.offset, engine.taken);
	length = message.value.read(message.value.context, text, sizeof(text) - 1, &error);
	if (length < 0) {
		engine.next_failed = error.class;
		loop_stop(engine.loop);
		return;
	}
	text[length] = '\0';
	engine.taken++;
	sprintf(engine.seen + strlen(engine.seen), "%s=%s ", message.headers.name, text);
	snprintf(engine.value, sizeof(engine.value), "\"%s\"", text);
	engine.out = (struct output_message){.topic = "receipts", .key = {"k", 1}, .value = span_of(engine.value)};
	engine.in_call = true;
	assert_true(engine.transport->operations->publish(
		engine.transport, 0, &engine.out, 1, (struct publish_position){engine.taken, 0}, &error));
	engine.in_call = false;
}

static void assigned(void *context, int32_t partition, const struct intake_identity *identity)
{
	struct error error = {.class = ERROR_NONE};

	assert_ptr_equal(context, &engine);
	assert_false(engine.in_call);
	assert_int_equal(partition, 0);
	engine.identity = *identity;
	engine.assigned++;
	engine.taken = identity->position.offset;
	engine.in_call = true;
	assert_true(engine.transport->operations->seek(engine.transport, 0, engine.taken, &error));
	engine.in_call = false;
	if (engine.wanted == engine.taken)
		loop_stop(engine.loop);
}

static void revoked(void *context, int32_t partition)
{
	(void)context;
	assert_int_equal(partition, 0);
	engine.revoked++;
}

static void readable(void *context, int32_t partition)
{
	(void)context;
	(void)partition;
	assert_false(engine.in_call);
	engine.readable++;
	if (engine.published == engine.taken - engine.identity.position.offset)
		take_next();
}

static void published(
	void *context, int32_t partition, enum publish_result result, const struct intake_identity *identity)
{
	(void)context;
	(void)partition;
	assert_false(engine.in_call);
	assert_int_equal(result, PUBLISH_DONE);
	assert_int_equal(identity->position.offset, engine.taken);
	engine.published++;
	if (engine.taken == engine.wanted)
		loop_stop(engine.loop);
	else
		take_next();
}

static void fault(void *context, const struct error *error)
{
	(void)context;
	assert_false(engine.in_call);
	engine.fault = *error;
	engine.faults++;
	if (engine.at_fault != NULL)
		engine.at_fault();
}

static void out_of_patience(void *context)
{
	(void)context;
	fail_msg("still waiting: seen %s, fault %s", engine.seen, engine.fault.cause);
}

static struct transport *make_transport(bool watch, const struct transport_callbacks *callbacks)
{
	const struct transport_directory_settings settings = {.directory = scratch.path,
		.output_prefix = "pension.",
		.topics = topics,
		.topic_count = 1,
		.scan_interval_s = &engine.scan_interval_s,
		.watch = watch};

	return transport_directory_new(&settings, engine.loop, callbacks);
}

static void begin(bool watch, uint64_t wanted)
{
	static const struct transport_callbacks callbacks = {&engine, assigned, revoked, readable, published, fault};
	struct error error = {.class = ERROR_NONE};

	engine = (struct engine){.loop = loop_new(), .scan_interval_s = 3600, .wanted = wanted};
	engine.patience = loop_timer_new(engine.loop, out_of_patience, NULL);
	loop_timer_set(engine.patience, PATIENCE_MS, false);
	engine.transport = make_transport(watch, &callbacks);
	assert_true(engine.transport->operations->start(engine.transport, &error));
	assert_int_equal(engine.assigned, 0);
}

static void end(void)
{
	engine.transport->operations->stop(engine.transport);
	assert_int_equal(engine.revoked, engine.assigned);
	loop_timer_free(engine.patience);
	loop_free(engine.loop);
}

static int set_up(void **context)
{
	(void)context;
	scratch_make(&scratch);
	assert_int_equal(mkdirat(scratch.fd, "intake", 0700), 0);
	return 0;
}

static int tear_down(void **context)
{
	(void)context;
	scratch_fill_disk(0);
	scratch_remove(&scratch);
	return 0;
}

static void once_takes_what_is_there(void **context)
{
	char log_id[128];

	(void)context;
	scratch_write(&scratch, "intake/b", "two");
	scratch_write(&scratch, "intake/a", "one");
	begin(false, 2);
	assert_int_equal(loop_run(engine.loop), 0);
	assert_int_equal(engine.identity.log_start, 0);
	assert_int_equal(engine.identity.log_end, 2);
	assert_int_equal(engine.identity.partition_count, 1);
	assert_false(engine.identity.has_position);
	assert_int_equal(engine.transport->operations->log_end(engine.transport, 0), 2);
	strcpy(log_id, engine.identity.log_id);
	end();
	assert_string_equal(engine.seen, "a=one b=two ");
	assert_int_equal(engine.faults, 0);
	assert_string_equal(scratch_read(&scratch, RECEIPTS),
		"{\"key\":\"k\",\"value\":\"one\"}\n{\"key\":\"k\",\"value\":\"two\"}\n");
	assert_int_equal(scratch_mode(&scratch, "output"), 0700);

	scratch_write(&scratch, "intake/0", "three");
	begin(false, 3);
	assert_int_equal(loop_run(engine.loop), 0);
	assert_true(engine.identity.has_position);
	assert_int_equal(engine.identity.position.offset, 2);
	assert_string_equal(engine.identity.log_id, log_id);
	end();
	assert_string_equal(engine.seen, "0=three ");
}

static void move_in(const char *name, const char *text)
{
	char path[64];

	scratch_write(&scratch, "intake/.part", text);
	snprintf(path, sizeof(path), "intake/%s", name);
	assert_int_equal(renameat(scratch.fd, "intake/.part", scratch.fd, path), 0);
}

static void new_files_are_noticed(void **context)
{
	(void)context;
	begin(true, 0);
	assert_int_equal(loop_run(engine.loop), 0);
	engine.wanted = 1;
	move_in("moved", "one");
	assert_int_equal(loop_run(engine.loop), 0);
	engine.wanted = 3;
	scratch_write(&scratch, "intake/written", "three");
	move_in("early", "two");
	assert_int_equal(loop_run(engine.loop), 0);
	end();
	assert_string_equal(engine.seen, "moved=one early=two written=three ");
}

static void what_nobody_told_is_found_by_scans(void **context)
{
	struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};

	(void)context;
	scratch_write(&scratch, "outside", "linked");
	assert_int_equal(utimensat(scratch.fd, "outside", old, 0), 0);
	begin(true, 0);
	engine.scan_interval_s = 1;
	assert_int_equal(loop_run(engine.loop), 0);
	engine.wanted = 1;
	assert_int_equal(linkat(scratch.fd, "outside", scratch.fd, "intake/linked", 0), 0);
	assert_int_equal(loop_run(engine.loop), 0);
	end();
	assert_string_equal(engine.seen, "linked=linked ");
}

static void make_room(void)
{
	if (engine.fault.class == ERROR_RETRY)
		scratch_fill_disk(0);
}

static void a_full_disk_is_waited_out(void **context)
{
	char text[60];

	(void)context;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	begin(true, 0);
	assert_int_equal(loop_run(engine.loop), 0);
	move_in("a", text);
	/* Room for the order's line, not for the output's. */
	scratch_fill_disk(70);
	engine.wanted = 1;
	engine.at_fault = make_room;
	assert_int_equal(loop_run(engine.loop), 0);
	assert_int_equal(engine.faults, 2);
	assert_int_equal(engine.fault.class, ERROR_NONE);
	assert_int_equal(engine.published, 1);
	engine.wanted = 2;
	move_in("b", "b");
	/* Not even for the order's. */
	scratch_fill_disk(20);
	assert_int_equal(loop_run(engine.loop), 0);
	assert_int_equal(engine.faults, 4);
	assert_int_equal(engine.fault.class, ERROR_NONE);
	end();
	assert_non_null(strstr(engine.seen, "b=b "));
}

static void a_disk_full_at_start_is_waited_out(void **context)
{
	(void)context;
	scratch_write(&scratch, "intake/a", "one");
	begin(true, 1);
	scratch_fill_disk(10);
	engine.at_fault = make_room;
	assert_int_equal(loop_run(engine.loop), 0);
	end();
	assert_int_equal(engine.faults, 2);
	assert_string_equal(engine.seen, "a=one ");
}

static void an_unreadable_document_is_read_later(void **context)
{
	struct error error = {.class = ERROR_NONE};

	(void)context;
	scratch_write(&scratch, "intake/a", "one");
	scratch_write(&scratch, "intake/b", "two");
	begin(true, 2);
	/* Its place is fixed; then it is gone. */
	engine.wanted = 0;
	assert_int_equal(loop_run(engine.loop), 0);
	assert_int_equal(unlinkat(scratch.fd, "intake/a", 0), 0);
	assert_int_equal(loop_run(engine.loop), 0);
	assert_int_equal(engine.next_failed, ERROR_RETRY);
	scratch_write(&scratch, "intake/a", "again");
	engine.wanted = 2;
	assert_true(engine.transport->operations->seek(engine.transport, 0, 0, &error));
	assert_int_equal(loop_run(engine.loop), 0);
	end();
	assert_string_equal(engine.seen, "a=again b=two ");
}

static void control_documents_go_into_the_intake(void **context)
{
	struct error error = {.class = ERROR_NONE};

	(void)context;
	begin(true, 0);
	assert_int_equal(loop_run(engine.loop), 0);
	engine.wanted = 2;
	assert_true(engine.transport->operations->send_control(engine.transport, "532929", "{\"n\":1}", &error));
	assert_true(engine.transport->operations->send_control(engine.transport, "532929", "{\"n\":2}", &error));
	assert_int_equal(loop_run(engine.loop), 0);
	end();
	assert_string_equal(engine.seen, "control.json={\"n\":1} control.json={\"n\":2} ");
}

static void a_directory_has_one_daemon(void **context)
{
	static const struct transport_callbacks none = {.context = NULL};
	struct transport *second;
	struct error error = {.class = ERROR_NONE};

	(void)context;
	begin(false, 0);
	second = make_transport(false, &none);
	assert_false(second->operations->start(second, &error));
	assert_int_equal(error.class, ERROR_FATAL);
	second->operations->stop(second);
	end();
}

static void a_publish_in_hand_at_the_end_is_not_done(void **context)
{
	(void)context;
	scratch_write(&scratch, "intake/a", "one");
	begin(true, 1);
	engine.wanted = 0;
	assert_int_equal(loop_run(engine.loop), 0);
	take_next();
	end();
	assert_int_equal(engine.published, 0);
	assert_string_equal(scratch_read(&scratch, RECEIPTS), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(once_takes_what_is_there, set_up, tear_down),
		cmocka_unit_test_setup_teardown(new_files_are_noticed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_nobody_told_is_found_by_scans, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_disk_is_waited_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_disk_full_at_start_is_waited_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_unreadable_document_is_read_later, set_up, tear_down),
		cmocka_unit_test_setup_teardown(control_documents_go_into_the_intake, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_directory_has_one_daemon, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_publish_in_hand_at_the_end_is_not_done, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
