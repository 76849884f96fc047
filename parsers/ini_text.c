/* ini_text: feeds inih line by line, so that every line is known by its number and none is lost. */
#include "parsers/ini_text.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>

struct ini_feed {
	const struct ini_text_sink *sink;
	const char *next;
	const char *end;
	unsigned line;
	bool expected; /* the line that inih has now must come back as a value */
	char section[INI_LINE_SIZE];
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static struct span trimmed(struct span text)
{
	while (text.length > 0 && is_blank(text.data[0])) {
		text.data++;
		text.length--;
	}
	while (text.length > 0 && is_blank(text.data[text.length - 1]))
		text.length--;
	return text;
}

static void malformed(struct ini_feed *feed, const char *problem)
{
	feed->sink->malformed(feed->sink->context, feed->line, problem);
}

/* "[name]", perhaps with a comment behind it. */
static void take_heading(struct ini_feed *feed, struct span line)
{
	const char *end = memchr(line.data, ']', line.length);
	struct span name;
	struct span rest;

	if (end == NULL) {
		malformed(feed, "the section heading has no ]");
		return;
	}
	rest = trimmed((struct span){end + 1, (size_t)(line.data + line.length - end) - 1});
	if (rest.length > 0 && rest.data[0] != ';' && rest.data[0] != '#') {
		malformed(feed, "something stands behind the section heading");
		return;
	}
	name = trimmed((struct span){line.data + 1, (size_t)(end - line.data) - 1});
	memcpy(feed->section, name.data, name.length);
	feed->section[name.length] = '\0';
	feed->sink->section(feed->sink->context, feed->line, feed->section);
}

/* Whether the line is for inih: it should be a key with its value. */
static bool is_for_inih(struct ini_feed *feed, struct span line)
{
	struct span inner = trimmed(line);

	if (line.length > INI_LINE_SIZE - 1) {
		malformed(feed, "the line is longer than 8191 bytes");
		return false;
	}
	if (memchr(line.data, '\0', line.length) != NULL) {
		malformed(feed, "the line holds a zero byte");
		return false;
	}
	if (inner.length == 0 || inner.data[0] == ';' || inner.data[0] == '#')
		return false;
	if (inner.data[0] == '[') {
		take_heading(feed, inner);
		return false;
	}
	return true;
}

static void settle(struct ini_feed *feed)
{
	if (feed->expected)
		malformed(feed, "the line is neither [section] nor key = value");
	feed->expected = false;
}

/* inih's fgets: the next line that is a key and its value, without white space that would make it a continuation. */
static char *feed_line(char *out, int size, void *context)
{
	struct ini_feed *feed = context;

	assert(size > INI_LINE_SIZE);
	settle(feed);
	while (feed->next < feed->end) {
		const char *end = memchr(feed->next, '\n', (size_t)(feed->end - feed->next));
		struct span line = {feed->next, (size_t)((end == NULL ? feed->end : end) - feed->next)};

		feed->next = end == NULL ? feed->end : end + 1;
		feed->line++;
		if (!is_for_inih(feed, line))
			continue;
		line = trimmed(line);
		memcpy(out, line.data, line.length);
		out[line.length] = '\0';
		feed->expected = true;
		return out;
	}
	return NULL;
}

static int take_value(void *context, const char *section, const char *name, const char *value)
{
	struct ini_feed *feed = context;

	(void)section;
	if (name[0] == '\0')
		return 1;
	feed->expected = false;
	feed->sink->value(feed->sink->context, feed->line, feed->section, name, value);
	return 1;
}

void ini_text_read(struct span text, const struct ini_text_sink *sink)
{
	struct ini_feed feed = {.sink = sink, .next = text.data, .end = text.data + text.length};

	if (text.length >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0)
		feed.next += 3;
	ini_use_stack = false;
	ini_allow_realloc = false;
	ini_initial_alloc = INI_LINE_SIZE + 3;
	ini_max_line = INI_LINE_SIZE + 3;
	ini_allow_multiline = false;
	ini_stop_on_first_error = false;
	if (ini_parse_stream(feed_line, &feed, take_value, &feed) == -2)
		abort();
	settle(&feed);
}
