/*
 * cli_print: what people read: tables whose columns line up (also with Chinese text), amounts, times, progress.
 *
 * One thread.
 */
#ifndef DUIZHANG_DAEMON_CLI_PRINT_H
#define DUIZHANG_DAEMON_CLI_PRINT_H

#include <stdio.h>

#include "daemon/bytes.h"

/* Columns on a terminal that a text takes; it is valid UTF-8. */
size_t print_width(struct span text);

/* Room for any text that print_amount, print_time, print_bytes write. */
#define PRINT_TEXT_SIZE 40

/* "1234.50", of fen. Returns text. */
const char *print_amount(int64_t amount_fen, char text[PRINT_TEXT_SIZE]);
/* "2026-09-06 06:00:00", UTC+8; "-" for 0. Returns text. */
const char *print_time(int64_t unix_ms, char text[PRINT_TEXT_SIZE]);
/* "1.5 GiB". Returns text. */
const char *print_bytes(uint64_t bytes, char text[PRINT_TEXT_SIZE]);
/* A date, or "-" for none. Returns text. */
const char *print_date(civil_date date, char text[PRINT_TEXT_SIZE]);

struct print_column {
	const char *title;
	bool right; /* numbers */
};

#define PRINT_COLUMNS_MAX 16

/*
 * A table. The first rows are held back until there are PRINT_ROWS_HELD of them or the table ends; their widths rule
 * the rest, so that a long table is neither kept in memory nor waited for.
 */
#define PRINT_ROWS_HELD 200

struct print_table {
	FILE *out;
	const struct print_column *columns;
	size_t column_count;
	size_t indent;
	size_t widths[PRINT_COLUMNS_MAX];
	struct byte_writer cells; /* held ones, each with its NUL */
	size_t cell_count;        /* in all rows begun */
	bool widths_ruled;
	uint64_t row_count;
};

/* Columns are borrowed. indent: spaces before each line. */
void print_table_begin(
	struct print_table *table, FILE *out, const struct print_column *columns, size_t column_count, size_t indent);
/* The next cell of the row; a row is over when all its cells are there. */
void print_cell(struct print_table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
void print_cell_span(struct print_table *table, struct span text);
/* Prints what is held. A table without rows prints `none` (a whole line) instead, or nothing for NULL. */
void print_table_end(struct print_table *table, const char *none);

/* How far a long work is, on a terminal only; wiped when it ends. */
struct print_progress {
	bool on;
	bool shown;
	const char *what;
	int64_t last_ms;
};

void print_progress_begin(struct print_progress *progress, bool terminal, const char *what);
/* total 0: it is not known. */
void print_progress(struct print_progress *progress, uint64_t done, uint64_t total);
void print_progress_end(struct print_progress *progress);

#endif
