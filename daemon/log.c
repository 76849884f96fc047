/* log: formats a line in memory, writes it at once. */
#include "daemon/log.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <utf8proc.h>

#define LOG_TRUNCATED        " truncated=true\n"
#define LOG_ZONE_OFFSET_S    (8 * 3600)
#define LOG_ELLIPSIS         "\xe2\x80\xa6"
#define LOG_REPLACEMENT      "\xef\xbf\xbd"
#define LOG_ESCAPED_SIZE_MAX 6

static const char *const level_names[] = {"debug", "info", "warning", "error"};

static atomic_int threshold = LOG_INFO;

/* A line that is being made; what does not fit sets full and changes nothing more. */
struct log_line {
	char *data;
	size_t length;
	bool full;
};

bool log_level_parse(const char *text, enum log_level *level)
{
	for (size_t i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++)
		if (strcmp(text, level_names[i]) == 0) {
			*level = (enum log_level)i;
			return true;
		}
	return false;
}

const char *log_level_name(enum log_level level)
{
	return level_names[level];
}

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&threshold, level, memory_order_relaxed);
}

bool log_enabled(enum log_level level)
{
	return (int)level >= atomic_load_explicit(&threshold, memory_order_relaxed);
}

static void line_put(struct log_line *line, const char *data, size_t length)
{
	if (line->length + length > LOG_LINE_SIZE - strlen(LOG_TRUNCATED))
		line->full = true;
	if (line->full)
		return;
	memcpy(line->data + line->length, data, length);
	line->length += length;
}

__attribute__((format(printf, 2, 3))) static void line_print(struct log_line *line, const char *format, ...)
{
	char text[64];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	assert(length >= 0 && length < (int)sizeof(text));
	line_put(line, text, (size_t)length);
}

/* How many bytes of text are its first character, 0 if they are not UTF-8. */
static size_t character_length(struct span text, utf8proc_int32_t *codepoint)
{
	utf8proc_ssize_t length =
		utf8proc_iterate((const utf8proc_uint8_t *)text.data, (utf8proc_ssize_t)text.length, codepoint);

	return length > 0 ? (size_t)length : 0;
}

static bool needs_quotes(struct span text)
{
	for (size_t i = 0; i < text.length; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c >= 0x7f)
			return true;
	}
	return text.length == 0;
}

/* One character of a quoted value, as it is written; returns how many bytes of text it was. */
static size_t escape_character(struct span text, char out[LOG_ESCAPED_SIZE_MAX + 1], size_t *out_length)
{
	utf8proc_int32_t codepoint = 0;
	size_t length = character_length(text, &codepoint);
	static const char plain[] = "\"\\\n\r\t";
	static const char letter[] = "\"\\nrt";
	const char *found;

	if (length == 0) {
		*out_length = strlen(LOG_REPLACEMENT);
		memcpy(out, LOG_REPLACEMENT, *out_length);
		return 1;
	}
	found = codepoint < 0x80 && codepoint != 0 ? strchr(plain, codepoint) : NULL;
	if (found != NULL) {
		*out_length = (size_t)snprintf(out, LOG_ESCAPED_SIZE_MAX + 1, "\\%c", letter[found - plain]);
	} else if (codepoint < 0x20 || (codepoint >= 0x7f && codepoint < 0xa0)) {
		*out_length = (size_t)snprintf(out, LOG_ESCAPED_SIZE_MAX + 1, "\\u%04x", (unsigned)codepoint & 0xff);
	} else {
		*out_length = length;
		memcpy(out, text.data, length);
	}
	return length;
}

static void line_value(struct log_line *line, struct span text)
{
	size_t written = 0;
	size_t i = 0;

	if (!needs_quotes(text) && text.length <= LOG_VALUE_SIZE) {
		line_put(line, text.data, text.length);
		return;
	}
	line_put(line, "\"", 1);
	while (i < text.length) {
		char escaped[LOG_ESCAPED_SIZE_MAX + 1];
		size_t length;
		size_t taken = escape_character((struct span){text.data + i, text.length - i}, escaped, &length);

		if (written + length > LOG_VALUE_SIZE) {
			line_put(line, LOG_ELLIPSIS, strlen(LOG_ELLIPSIS));
			break;
		}
		line_put(line, escaped, length);
		written += length;
		i += taken;
	}
	line_put(line, "\"", 1);
}

static void line_key(struct log_line *line, const char *key)
{
	line_put(line, " ", 1);
	line_put(line, key, strlen(key));
	line_put(line, "=", 1);
}

static void line_pair(struct log_line *line, const char *key, struct span text)
{
	line_key(line, key);
	line_value(line, text);
}

static void line_field(struct log_line *line, const struct log_field *field)
{
	switch (field->type) {
	case LOG_FIELD_NONE:
		break;
	case LOG_FIELD_TEXT:
		if (field->text.data != NULL)
			line_pair(line, field->key, field->text);
		break;
	case LOG_FIELD_NUMBER:
		line_key(line, field->key);
		line_print(line, "%lld", (long long)field->number);
		break;
	case LOG_FIELD_HEX:
		line_key(line, field->key);
		for (size_t i = 0; i < field->text.length; i++)
			line_print(line, "%02x", (unsigned)(unsigned char)field->text.data[i]);
		break;
	case LOG_FIELD_FLAG:
		line_pair(line, field->key, span_of(field->number ? "true" : "false"));
		break;
	case LOG_FIELD_ERROR:
		line_pair(line, "cause", span_of(field->error->cause));
		if (field->error->remedy[0] != '\0')
			line_pair(line, "remedy", span_of(field->error->remedy));
		break;
	}
}

static void line_time(struct log_line *line, int64_t time_ms)
{
	time_t seconds = (time_t)(time_ms / 1000 - (time_ms % 1000 < 0)) + LOG_ZONE_OFFSET_S;
	int milliseconds = (int)((time_ms % 1000 + 1000) % 1000);
	char text[32] = "";
	struct tm parts;

	if (gmtime_r(&seconds, &parts) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
	line_print(line, "ts=%s.%03d+08:00", text, milliseconds);
}

size_t log_format(char line_out[LOG_LINE_SIZE], int64_t time_ms, enum log_level level, const char *message,
	const struct log_field *fields, size_t count)
{
	struct log_line line = {.data = line_out};
	bool truncated = false;

	line_time(&line, time_ms);
	line_print(&line, " level=%s", log_level_name(level));
	line_pair(&line, "msg", span_of(message));
	for (size_t i = 0; i < count; i++) {
		size_t before = line.length;

		line_field(&line, &fields[i]);
		if (line.full) {
			line.length = before;
			line.full = false;
			truncated = true;
		}
	}
	if (truncated) {
		memcpy(line_out + line.length, LOG_TRUNCATED, strlen(LOG_TRUNCATED));
		line.length += strlen(LOG_TRUNCATED);
	} else {
		line_out[line.length++] = '\n';
	}
	return line.length;
}

void log_write_fields(enum log_level level, const char *message, const struct log_field *fields, size_t count)
{
	int saved_errno = errno;
	char line[LOG_LINE_SIZE];
	struct timespec now;
	size_t length;

	clock_gettime(CLOCK_REALTIME, &now);
	length = log_format(line, (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000, level, message, fields, count);
	/* A log that cannot be written is no reason to stop: there is nowhere to say so. */
	while (write(STDERR_FILENO, line, length) == -1 && errno == EINTR)
		continue;
	errno = saved_errno;
}
