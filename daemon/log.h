/*
 * log: logfmt lines on standard error: ts, level, msg, then key=value pairs.
 *
 * Each line is one write of at most LOG_LINE_SIZE bytes, so lines of several threads never mix; any thread may log. The
 * level is the one setting that belongs to the process as a whole.
 *
 * By convention nothing that names a person goes into a field (section 11): offsets, document ids, county, bank and
 * township codes, masked or *_ref values, counts, dates, file names; never document content.
 */
#ifndef DUIZHANG_DAEMON_LOG_H
#define DUIZHANG_DAEMON_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/error.h"
#include "parsers/record.h"

/* PIPE_BUF of Linux: what a pipe takes in one piece. */
#define LOG_LINE_SIZE 4096
/* Longer values are cut, and end in an ellipsis. */
#define LOG_VALUE_SIZE 1024

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

enum log_field_type {
	LOG_FIELD_NONE,
	LOG_FIELD_TEXT,
	LOG_FIELD_NUMBER,
	LOG_FIELD_HEX,
	LOG_FIELD_FLAG,
	LOG_FIELD_ERROR
};

/* Borrows what it points to until log_write returns. Keys are literals of a-z, 0-9 and _. */
struct log_field {
	const char *key;
	enum log_field_type type;
	int64_t number;
	struct span text;
	const struct error *error;
};

/* log_write(LOG_INFO, "document applied", log_text("topic", topic), log_number("offset", offset)); fields are optional.
 */
#define log_write(level, message, ...)                                                                                 \
	do {                                                                                                           \
		if (log_enabled(level)) {                                                                              \
			const struct log_field log_fields_[] = {{.type = LOG_FIELD_NONE}, ##__VA_ARGS__};              \
			log_write_fields(level, message, log_fields_, sizeof(log_fields_) / sizeof(log_fields_[0]));   \
		}                                                                                                      \
	} while (0)

/* "debug", "info", "warning", "error" to a level; false if it is none of them. */
bool log_level_parse(const char *text, enum log_level *level);
const char *log_level_name(enum log_level level);

/* What is below level is not written; LOG_INFO at first. */
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);

/* What log_write calls. */
void log_write_fields(enum log_level level, const char *message, const struct log_field *fields, size_t count);

/*
 * The line of log_write_fields with its line break, no NUL; returns its length. time_ms: Unix time, shown in UTC+8.
 * Fields for which there is no room are left out, and the line ends in truncated=true.
 */
size_t log_format(char line[LOG_LINE_SIZE], int64_t time_ms, enum log_level level, const char *message,
	const struct log_field *fields, size_t count);

/* Text of any bytes, the field left out for NULL: quoted where needed, control characters escaped, what is not UTF-8
 * replaced by U+FFFD. */
static inline struct log_field log_text(const char *key, const char *text)
{
	return (struct log_field){.key = key, .type = LOG_FIELD_TEXT, .text = span_of(text)};
}

static inline struct log_field log_span(const char *key, struct span text)
{
	return (struct log_field){.key = key, .type = LOG_FIELD_TEXT, .text = text};
}

static inline struct log_field log_number(const char *key, int64_t number)
{
	return (struct log_field){.key = key, .type = LOG_FIELD_NUMBER, .number = number};
}

/* Bytes as lower-case hex: document ids and refs. */
static inline struct log_field log_hex(const char *key, const uint8_t *bytes, size_t length)
{
	return (struct log_field){.key = key, .type = LOG_FIELD_HEX, .text = {(const char *)bytes, length}};
}

static inline struct log_field log_flag(const char *key, bool flag)
{
	return (struct log_field){.key = key, .type = LOG_FIELD_FLAG, .number = flag};
}

/* cause=… remedy=… of an error. */
static inline struct log_field log_error(const struct error *error)
{
	return (struct log_field){.type = LOG_FIELD_ERROR, .error = error};
}

#endif
