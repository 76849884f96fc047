/* utf8: walks over ASCII eight bytes at a time and over other characters by their well-formed byte sequences. */
#include "parsers/utf8.h"

#include <endian.h>
#include <string.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)

static bool is_continuation(uint8_t byte)
{
	return (byte & 0xc0) == 0x80;
}

/* How many bytes a character that begins with this byte has, 0 if none begins with it; where its second byte may lie.
 */
static size_t sequence_length(uint8_t first, uint8_t *second_min, uint8_t *second_max)
{
	*second_min = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	*second_max = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* Bytes of the whole character at bytes, 0 if there is none; unfinished: there could be one if there were more bytes.
 */
static size_t character_length(const uint8_t *bytes, size_t length, bool *unfinished)
{
	uint8_t second_min, second_max;
	size_t needed = sequence_length(bytes[0], &second_min, &second_max);
	size_t there = needed < length ? needed : length;

	if (needed == 0)
		return 0;
	if (there > 1 && (bytes[1] < second_min || bytes[1] > second_max))
		return 0;
	for (size_t i = 2; i < there; i++)
		if (!is_continuation(bytes[i]))
			return 0;
	*unfinished = there < needed;
	return *unfinished ? 0 : needed;
}

size_t utf8_valid_prefix(const uint8_t *bytes, size_t length, bool *unfinished)
{
	size_t at = 0;

	*unfinished = false;
	while (at < length) {
		if (length - at >= sizeof(uint64_t)) {
			uint64_t word;

			memcpy(&word, bytes + at, sizeof(word));
			word = le64toh(word) & HIGH_BITS;
			if (word == 0) {
				at += sizeof(word);
				continue;
			}
			at += (size_t)__builtin_ctzll(word) / 8;
			/* Most Chinese characters have three bytes, the first neither 0xe0 nor 0xed. */
			while (length - at >= 3 && (bytes[at] & 0xf0) == 0xe0 && bytes[at] != 0xe0 &&
				bytes[at] != 0xed && is_continuation(bytes[at + 1]) && is_continuation(bytes[at + 2]))
				at += 3;
		}
		if (at < length) {
			size_t step = character_length(bytes + at, length - at, unfinished);

			if (step == 0)
				break;
			at += step;
		}
	}
	return at;
}
