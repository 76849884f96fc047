/* test_transport: the Kafka transport through its interface, against the broker at KAFKA_BOOTSTRAP. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/log.h"
#include "tests/kafka/copier.h"
#include "tests/kafka/intake.h"

#define PATIENCE_MS 60000

static int open_loop(void **state)
{
	*state = loop_new();
	return *state == NULL ? -1 : 0;
}

static int close_loop(void **state)
{
	loop_free(*state);
	return 0;
}

/* Everything in the log comes out once, in order, also when a second one goes on where the first stopped. */
static void copies_once_and_goes_on(void **state)
{
	struct intake intake;
	struct copier *copier;

	intake_name(&intake, "once");
	intake_make(&intake, 4);
	intake_fill(&intake, 5000);
	copier = copier_start(*state, &intake.settings);
	copier->batch = 300;
	assert_true(run_until(*state, copier_is_idle, copier, PATIENCE_MS));
	assert_int_equal(copier_assigned(copier), 4);
	copier_stop(copier);
	intake_fill(&intake, 1000);
	copier = copier_start(*state, &intake.settings);
	assert_true(run_until(*state, copier_is_idle, copier, PATIENCE_MS));
	for (int32_t i = 0; i < 4; i++)
		assert_true(copier->partitions[i].identity.has_position);
	copier_stop(copier);
	intake_check_receipts(&intake);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(copies_once_and_goes_on, open_loop, close_loop),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
