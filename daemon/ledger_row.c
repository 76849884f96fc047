/* ledger_row: a row's bytes are the value, one byte of version, and a checksum over table, key, value and version. */
#include "daemon/ledger_internal.h"

#include <string.h>

#include "daemon/bytes.h"
#include "daemon/crc32c.h"

#define ROW_VERSION 1

uint32_t ledger_row_fill(
	uint32_t seed, const void *key, size_t key_length, const void *value, size_t value_length, void *row)
{
	uint8_t *out = row;
	uint32_t checksum;

	if (value_length > 0)
		memcpy(out, value, value_length);
	out[value_length] = ROW_VERSION;
	checksum = crc32c_update(crc32c_update(seed, key, key_length), out, value_length + 1);
	bytes_store_u32(out + value_length + 1, checksum);
	return checksum;
}

bool ledger_row_whole(uint32_t seed, const MDB_val *key, const MDB_val *row, uint32_t *checksum)
{
	const uint8_t *bytes = row->mv_data;
	size_t summed;

	if (row->mv_size < LEDGER_ROW_OVERHEAD)
		return false;
	summed = row->mv_size - 4;
	*checksum = crc32c_update(crc32c_update(seed, key->mv_data, key->mv_size), bytes, summed);
	return *checksum == bytes_load_u32(bytes + summed) && bytes[summed - 1] == ROW_VERSION;
}

int ledger_key_compare(const void *a, size_t a_length, const void *b, size_t b_length)
{
	size_t common = a_length < b_length ? a_length : b_length;
	int order = common == 0 ? 0 : memcmp(a, b, common);

	if (order != 0 || a_length == b_length)
		return order;
	return a_length < b_length ? -1 : 1;
}
