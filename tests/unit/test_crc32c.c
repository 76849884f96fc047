/* test_crc32c: the published check values, and both ways to the same sum. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "daemon/crc32c.h"

typedef uint32_t (*update_function)(uint32_t crc, const void *data, size_t length);

static const update_function updates[] = {crc32c_update, crc32c_update_portable};

/* RFC 3720, B.4, and the catalogue's check value. */
static void matches_published_values(void **context)
{
	uint8_t bytes[32];

	(void)context;
	for (size_t u = 0; u < sizeof(updates) / sizeof(updates[0]); u++) {
		assert_int_equal(updates[u](0, NULL, 0), 0);
		assert_int_equal(updates[u](0, "123456789", 9), 0xe3069283);
		memset(bytes, 0, sizeof(bytes));
		assert_int_equal(updates[u](0, bytes, sizeof(bytes)), 0x8a9136aa);
		memset(bytes, 0xff, sizeof(bytes));
		assert_int_equal(updates[u](0, bytes, sizeof(bytes)), 0x62a8ab43);
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)i;
		assert_int_equal(updates[u](0, bytes, sizeof(bytes)), 0x46dd794e);
	}
}

static void agrees_at_every_length_start_and_cut(void **context)
{
	uint8_t bytes[160];

	(void)context;
	srand(7);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)rand();
	for (size_t start = 0; start < 9; start++) {
		for (size_t length = 0; length <= 150; length++) {
			uint32_t whole = crc32c_update(0, bytes + start, length);
			size_t cut = length / 3;

			assert_int_equal(whole, crc32c_update_portable(0, bytes + start, length));
			assert_int_equal(whole,
				crc32c_update(crc32c_update(0, bytes + start, cut), bytes + start + cut, length - cut));
		}
	}
}

static void notices_every_flipped_bit(void **context)
{
	uint8_t bytes[105];
	uint32_t whole;

	(void)context;
	memset(bytes, 0x5a, sizeof(bytes));
	whole = crc32c_update(0, bytes, sizeof(bytes));
	for (size_t bit = 0; bit < sizeof(bytes) * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		assert_int_not_equal(crc32c_update(0, bytes, sizeof(bytes)), whole);
		bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_published_values),
		cmocka_unit_test(agrees_at_every_length_start_and_cut),
		cmocka_unit_test(notices_every_flipped_bit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
