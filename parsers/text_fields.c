/* text_fields: looks at eight bytes of a line together, since most are neither separator nor control character. */
#include "parsers/text_fields.h"

#include <endian.h>

#define EACH(byte)    (UINT64_C(0x0101010101010101) * (byte))
#define HIGH          EACH(0x80)
#define WORD_SIZE     sizeof(uint64_t)
#define C1_LEAD       0xc2 /* begins U+0080–00BF in UTF-8 */
#define C1_SECOND_END 0xa0

enum {
	TOKEN_LENGTH_MAX = 40,
	COUNTY_LENGTH = 6,
	TOWNSHIP_LENGTH = 9,
	NUMBER_LENGTH_SAFE = 19, /* digits that cannot overflow 64 bits */
};

static inline uint64_t load(const char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, WORD_SIZE);
	return le64toh(word);
}

/* The last eight bytes of a line, moved so that those from at on come first; less than eight are left. */
static uint64_t load_rest(const char *line, size_t at, size_t length)
{
	uint64_t word = 0;

	if (length >= WORD_SIZE)
		return load(line + length - WORD_SIZE) >> 8 * (WORD_SIZE - (length - at));
	for (size_t i = length; i > at; i--)
		word = word << 8 | (uint8_t)line[i - 1];
	return word;
}

/* The high bit of each byte that is zero. */
static inline uint64_t zero_bytes(uint64_t word)
{
	return ~(((word & ~HIGH) + ~HIGH) | word) & HIGH;
}

/* The high bit of each byte that is a separator, a control character of ASCII, or may begin one of U+0080–009F. */
static inline uint64_t special_bytes(uint64_t word)
{
	uint64_t ascii = word & ~HIGH;
	uint64_t below_space = ~(ascii + EACH(0x60));
	uint64_t delete = ascii + EACH(0x01);

	return zero_bytes(word ^ EACH('|')) | ((below_space | delete) & ~word & HIGH) |
	       zero_bytes(word ^ EACH(C1_LEAD));
}

/* Ends the field that is open at a separator, or marks it. */
static const char *meet(struct text_fields *fields, const char *begin, const char *special, const char *end)
{
	uint8_t byte = (uint8_t)*special;

	if (byte == '|') {
		if (fields->count <= TEXT_FIELDS_MAX)
			fields->field[fields->count] = (struct span){begin, (size_t)(special - begin)};
		fields->count++;
		return special + 1;
	}
	if (byte != C1_LEAD || (special + 1 < end && (uint8_t)special[1] < C1_SECOND_END))
		if (fields->count <= TEXT_FIELDS_MAX)
			fields->controls |= UINT32_C(1) << fields->count;
	return begin;
}

void text_fields_split(struct text_fields *fields, const char *line, size_t length)
{
	const char *begin = line;
	const char *end = line + length;

	fields->count = 1;
	fields->controls = 0;
	for (size_t at = 0; at < length; at += WORD_SIZE) {
		uint64_t special;

		if (length - at >= WORD_SIZE)
			special = special_bytes(load(line + at));
		else
			special = special_bytes(load_rest(line, at, length)) & ((UINT64_C(1) << 8 * (length - at)) - 1);
		for (; special != 0; special &= special - 1)
			begin = meet(fields, begin, line + at + (size_t)__builtin_ctzll(special) / 8, end);
	}
	if (fields->count <= TEXT_FIELDS_MAX)
		fields->field[fields->count] = (struct span){begin, (size_t)(end - begin)};
}

bool text_count(struct span text, uint64_t *count)
{
	uint64_t value = 0;
	unsigned worst = 0;

	if (text.length == 0 || (text.data[0] == '0' && text.length > 1))
		return false;
	for (size_t i = 0; i < text.length; i++) {
		unsigned digit = (unsigned)(unsigned char)text.data[i] - '0';

		worst = digit > worst ? digit : worst;
		value = value * 10 + digit;
	}
	*count = text.length <= NUMBER_LENGTH_SAFE ? value : UINT64_MAX;
	return worst <= 9;
}

bool text_number(struct span text, uint64_t max, uint64_t *number)
{
	return text_count(text, number) && *number <= max;
}

bool text_token(struct span text)
{
	if (text.length == 0 || text.length > TOKEN_LENGTH_MAX)
		return false;
	for (size_t i = 0; i < text.length; i++)
		if ((uint8_t)text.data[i] < 0x21 || (uint8_t)text.data[i] > 0x7e)
			return false;
	return true;
}

bool text_digits(struct span text, size_t count)
{
	if (text.length != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	return true;
}

bool text_township(struct span text, const char county[7])
{
	return text_digits(text, TOWNSHIP_LENGTH) && memcmp(text.data, county, COUNTY_LENGTH) == 0;
}
