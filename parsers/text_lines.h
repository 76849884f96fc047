/*
 * text_lines: pieces of text → whole lines. Lines end in LF or CRLF; the last one may lack its end, or half of it.
 *
 * Owner: the caller, by value. Memory is bounded by the longest line allowed; lines that lie in one piece are not
 * copied. One thread at a time.
 */
#ifndef DUIZHANG_PARSERS_TEXT_LINES_H
#define DUIZHANG_PARSERS_TEXT_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A line without its end, its number from 1. too_long: of a line longer than allowed, its first length bytes. False: no
 * more lines are wanted.
 */
typedef bool (*text_line_function)(void *context, const char *line, size_t length, uint32_t number, bool too_long);

struct text_lines {
	text_line_function line;
	void *context;
	size_t length_max; /* without the line end */
	uint32_t number;   /* of the last line delivered; stays at its maximum */
	bool stopped;      /* line said so */
	bool memory_short; /* nothing more is delivered */
	bool overflow;     /* more of the line begun was there than was kept */
	char *kept;        /* the line begun */
	size_t kept_length;
	size_t kept_capacity;
};

void text_lines_init(struct text_lines *lines, size_t length_max, text_line_function line, void *context);

/* False once line said so or memory is short. */
bool text_lines_feed(struct text_lines *lines, const char *text, size_t length);

/* Delivers a last line without its end. */
bool text_lines_finish(struct text_lines *lines);

/* Frees what lines holds. */
void text_lines_clear(struct text_lines *lines);

#endif
