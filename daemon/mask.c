/* mask: hides characters. */
#include "daemon/mask.h"

#include <stdio.h>

#define ID_NUMBER_HEAD 6
#define TAIL           4
#define NAME_STARS_MAX 8

static size_t tail_of(size_t length)
{
	return length >= 2 * TAIL ? TAIL : length / 4;
}

const char *mask_id_number(const char id_number[ID_NUMBER_LENGTH], char text[MASK_TEXT_SIZE])
{
	memset(text, '*', ID_NUMBER_LENGTH);
	memcpy(text, id_number, ID_NUMBER_HEAD);
	memcpy(text + ID_NUMBER_LENGTH - TAIL, id_number + ID_NUMBER_LENGTH - TAIL, TAIL);
	text[ID_NUMBER_LENGTH] = '\0';
	return text;
}

static bool begins_character(char byte)
{
	return ((unsigned char)byte & 0xc0) != 0x80;
}

const char *mask_name(struct span name, char text[MASK_TEXT_SIZE])
{
	size_t first = name.length == 0 ? 0 : 1;
	size_t characters = 0;

	while (first < name.length && !begins_character(name.data[first]))
		first++;
	for (size_t i = first; i < name.length; i++)
		characters += begins_character(name.data[i]);
	if (characters > NAME_STARS_MAX)
		characters = NAME_STARS_MAX;
	snprintf(text, MASK_TEXT_SIZE, "%.*s%.*s", (int)first, name.length == 0 ? "" : name.data, (int)characters,
		"********");
	return text;
}

const char *mask_number(struct span number, char text[MASK_TEXT_SIZE])
{
	size_t tail = tail_of(number.length);

	snprintf(text, MASK_TEXT_SIZE, "%s%.*s", number.length == 0 ? "" : "****", (int)tail,
		number.length == 0 ? "" : number.data + number.length - tail);
	return text;
}
