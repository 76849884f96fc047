/* crc32c: CRC-32C by the processor's instruction, or by a table of sixteen. */
#include "daemon/crc32c.h"

#include <string.h>

/* The remainders of four bits, reflected polynomial 0x82f63b78. */
static const uint32_t nibble_remainders[16] = {
	0x00000000,
	0x105ec76f,
	0x20bd8ede,
	0x30e349b1,
	0x417b1dbc,
	0x5125dad3,
	0x61c69362,
	0x7198540d,
	0x82f63b78,
	0x92a8fc17,
	0xa24bb5a6,
	0xb21572c9,
	0xc38d26c4,
	0xd3d3e1ab,
	0xe330a81a,
	0xf36e6f75,
};

uint32_t crc32c_update_portable(uint32_t crc, const void *data, size_t length)
{
	const uint8_t *byte = data;

	crc = ~crc;
	for (; length > 0; length--, byte++) {
		crc ^= *byte;
		crc = (crc >> 4) ^ nibble_remainders[crc & 15];
		crc = (crc >> 4) ^ nibble_remainders[crc & 15];
	}
	return ~crc;
}

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) static uint32_t update_by_instruction(uint32_t crc, const void *data, size_t length)
{
	const uint8_t *byte = data;
	uint64_t state = ~crc;
	uint64_t word;
	uint32_t half;

	for (; length >= 8; length -= 8, byte += 8) {
		memcpy(&word, byte, 8);
		state = __builtin_ia32_crc32di(state, word);
	}
	crc = (uint32_t)state;
	if (length >= 4) {
		memcpy(&half, byte, 4);
		crc = __builtin_ia32_crc32si(crc, half);
		length -= 4;
		byte += 4;
	}
	for (; length > 0; length--, byte++)
		crc = __builtin_ia32_crc32qi(crc, *byte);
	return ~crc;
}

uint32_t crc32c_update(uint32_t crc, const void *data, size_t length)
{
	if (__builtin_cpu_supports("sse4.2"))
		return update_by_instruction(crc, data, length);
	return crc32c_update_portable(crc, data, length);
}

#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)

#include <arm_acle.h>

uint32_t crc32c_update(uint32_t crc, const void *data, size_t length)
{
	const uint8_t *byte = data;
	uint64_t word;

	crc = ~crc;
	for (; length >= 8; length -= 8, byte += 8) {
		memcpy(&word, byte, 8);
		crc = __crc32cd(crc, word);
	}
	for (; length > 0; length--, byte++)
		crc = __crc32cb(crc, *byte);
	return ~crc;
}

#else

uint32_t crc32c_update(uint32_t crc, const void *data, size_t length)
{
	return crc32c_update_portable(crc, data, length);
}

#endif
