/* cli_print: tables, numbers and progress for people. */
#include "daemon/cli_print.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <time.h>

#include <utf8proc.h>

#define GAP                  2 /* spaces between columns */
#define PROGRESS_INTERVAL_MS 200
#define ZONE_OFFSET_S        (8 * 3600)

size_t print_width(struct span text)
{
	const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text.data;
	utf8proc_ssize_t left = (utf8proc_ssize_t)text.length;
	size_t width = 0;

	while (left > 0) {
		utf8proc_int32_t character;
		utf8proc_ssize_t length = utf8proc_iterate(at, left, &character);

		if (length < 1) {
			length = 1;
			width++;
		} else {
			width += (size_t)utf8proc_charwidth(character);
		}
		at += length;
		left -= length;
	}
	return width;
}

const char *print_amount(int64_t amount_fen, char text[PRINT_TEXT_SIZE])
{
	uint64_t fen = amount_fen < 0 ? 0 - (uint64_t)amount_fen : (uint64_t)amount_fen;

	snprintf(text, PRINT_TEXT_SIZE, "%s%" PRIu64 ".%02" PRIu64, amount_fen < 0 ? "-" : "", fen / 100, fen % 100);
	return text;
}

const char *print_time(int64_t unix_ms, char text[PRINT_TEXT_SIZE])
{
	time_t seconds = (time_t)(unix_ms / 1000) + ZONE_OFFSET_S;
	struct tm parts;

	if (unix_ms == 0 || gmtime_r(&seconds, &parts) == NULL ||
		strftime(text, PRINT_TEXT_SIZE, "%Y-%m-%d %H:%M:%S", &parts) == 0)
		snprintf(text, PRINT_TEXT_SIZE, "-");
	return text;
}

const char *print_bytes(uint64_t bytes, char text[PRINT_TEXT_SIZE])
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	double amount = (double)bytes;
	size_t unit = 0;

	while (amount >= 1023.95 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		amount /= 1024;
		unit++;
	}
	snprintf(text, PRINT_TEXT_SIZE, unit == 0 ? "%.0f %s" : "%.1f %s", amount, units[unit]);
	return text;
}

const char *print_date(civil_date date, char text[PRINT_TEXT_SIZE])
{
	if (date == CIVIL_DATE_NONE)
		snprintf(text, PRINT_TEXT_SIZE, "-");
	else
		civil_date_format(date, text);
	return text;
}

void print_table_begin(
	struct print_table *table, FILE *out, const struct print_column *columns, size_t column_count, size_t indent)
{
	assert(column_count >= 1 && column_count <= PRINT_COLUMNS_MAX);
	*table = (struct print_table){.out = out, .columns = columns, .column_count = column_count, .indent = indent};
	for (size_t i = 0; i < column_count; i++)
		table->widths[i] = print_width(span_of(columns[i].title));
}

static void put_spaces(FILE *out, size_t count)
{
	fprintf(out, "%*s", (int)count, "");
}

/* Nothing stands after the last cell, so that lines do not end in spaces. */
static void put_cell(const struct print_table *table, size_t column, struct span text)
{
	size_t width = print_width(text);
	size_t missing = table->widths[column] > width ? table->widths[column] - width : 0;
	bool last = column + 1 == table->column_count;

	put_spaces(table->out, column == 0 ? table->indent : GAP);
	if (table->columns[column].right)
		put_spaces(table->out, missing);
	fwrite(text.data, 1, text.length, table->out);
	if (!table->columns[column].right && !last)
		put_spaces(table->out, missing);
	if (last)
		fputc('\n', table->out);
}

/* Prints the titles and what is held; later cells are printed as they come. */
static void release(struct print_table *table)
{
	size_t at = 0;

	for (size_t column = 0; column < table->column_count; column++)
		put_cell(table, column, span_of(table->columns[column].title));
	for (size_t cell = 0; at < table->cells.length; cell++) {
		struct span text = span_of((const char *)table->cells.data + at);

		put_cell(table, cell % table->column_count, text);
		at += text.length + 1;
	}
	table->cells.length = 0;
	table->widths_ruled = true;
}

void print_cell_span(struct print_table *table, struct span text)
{
	size_t column = table->cell_count++ % table->column_count;

	if (text.length == 0)
		text = span_of("-");
	if (column + 1 == table->column_count)
		table->row_count++;
	if (table->widths_ruled) {
		put_cell(table, column, text);
		return;
	}
	if (print_width(text) > table->widths[column])
		table->widths[column] = print_width(text);
	write_bytes(&table->cells, text.data, text.length);
	write_u8(&table->cells, 0);
	if (table->row_count == PRINT_ROWS_HELD)
		release(table);
}

void print_cell(struct print_table *table, const char *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	print_cell_span(table, span_of(text));
}

void print_table_end(struct print_table *table, const char *none)
{
	assert(table->cell_count % table->column_count == 0);
	if (table->row_count == 0 && none != NULL) {
		put_spaces(table->out, table->indent);
		fprintf(table->out, "%s\n", none);
	} else if (table->row_count > 0 && !table->widths_ruled) {
		release(table);
	}
	writer_free(&table->cells);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void print_progress_begin(struct print_progress *progress, bool terminal, const char *what)
{
	*progress = (struct print_progress){.on = terminal, .what = what, .last_ms = now_ms()};
}

void print_progress(struct print_progress *progress, uint64_t done, uint64_t total)
{
	int64_t now;

	if (!progress->on)
		return;
	now = now_ms();
	if (now - progress->last_ms < PROGRESS_INTERVAL_MS)
		return;
	progress->last_ms = now;
	progress->shown = true;
	if (total > 0)
		fprintf(stderr, "\r\033[K%s: %" PRIu64 " of %" PRIu64 " (%d %%)", progress->what, done, total,
			(int)((double)done * 100 / (double)total));
	else
		fprintf(stderr, "\r\033[K%s: %" PRIu64, progress->what, done);
	fflush(stderr);
}

void print_progress_end(struct print_progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = false;
}
