/* text_lines: finds line ends with memchr and keeps only lines that a piece's end cuts. */
#include "parsers/text_lines.h"

#include <stdlib.h>
#include <string.h>

#define KEPT_CAPACITY_FIRST 512

void text_lines_init(struct text_lines *lines, size_t length_max, text_line_function line, void *context)
{
	*lines = (struct text_lines){.line = line, .context = context, .length_max = length_max};
}

static void deliver(struct text_lines *lines, const char *line, size_t length)
{
	bool too_long = lines->overflow;

	if (length > 0 && line[length - 1] == '\r')
		length--;
	if (length > lines->length_max || too_long) {
		length = lines->length_max;
		too_long = true;
	}
	if (lines->number < UINT32_MAX)
		lines->number++;
	lines->stopped = !lines->line(lines->context, line, length, lines->number, too_long);
}

static bool reserve(struct text_lines *lines, size_t length)
{
	size_t capacity = lines->kept_capacity == 0 ? KEPT_CAPACITY_FIRST : lines->kept_capacity;
	char *kept;

	if (length <= lines->kept_capacity)
		return true;
	while (capacity < length)
		capacity *= 2;
	kept = realloc(lines->kept, capacity);
	if (kept == NULL) {
		lines->memory_short = true;
		return false;
	}
	lines->kept = kept;
	lines->kept_capacity = capacity;
	return true;
}

/* Adds to the line begun, so far as is needed to tell its length: one byte more than allowed, and its CR. */
static bool keep(struct text_lines *lines, const char *text, size_t length)
{
	size_t room = lines->length_max + 1 - lines->kept_length;

	if (length > room) {
		lines->overflow = true;
		length = room;
	}
	if (length == 0)
		return true;
	if (!reserve(lines, lines->kept_length + length))
		return false;
	memcpy(lines->kept + lines->kept_length, text, length);
	lines->kept_length += length;
	return true;
}

static void deliver_kept(struct text_lines *lines)
{
	deliver(lines, lines->kept, lines->kept_length);
	lines->kept_length = 0;
	lines->overflow = false;
}

bool text_lines_feed(struct text_lines *lines, const char *text, size_t length)
{
	while (length > 0 && !lines->stopped && !lines->memory_short) {
		const char *end = memchr(text, '\n', length);
		size_t part = end == NULL ? length : (size_t)(end - text);

		if (end != NULL && lines->kept_length == 0) {
			deliver(lines, text, part);
		} else if (keep(lines, text, part) && end != NULL) {
			deliver_kept(lines);
		}
		part += end != NULL;
		text += part;
		length -= part;
	}
	return !lines->stopped && !lines->memory_short;
}

bool text_lines_finish(struct text_lines *lines)
{
	if (lines->kept_length > 0 && !lines->stopped && !lines->memory_short)
		deliver_kept(lines);
	return !lines->stopped && !lines->memory_short;
}

void text_lines_clear(struct text_lines *lines)
{
	free(lines->kept);
	lines->kept = NULL;
	lines->kept_length = 0;
	lines->kept_capacity = 0;
}
