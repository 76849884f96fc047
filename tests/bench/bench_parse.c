/*
 * bench_parse: a movements document from bytes to typed records, in both charsets, as ratios to cutting the same bytes
 * at line ends and separators with memchr; the scan that hashes it.
 *
 *   bench_parse [ROWS]      one line a figure: name, value, unit
 *
 * Each figure is the median of five rounds, by the processor's time, so that a busy machine disturbs it little.
 */
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "parsers/content_scan.h"
#include "parsers/document_parser.h"

enum { ROUNDS = 5, PIECE_BYTES = 1 << 20, ROW_BYTES_MAX = 160, IDS = 20000 };

struct text {
	char *bytes;
	size_t length;
};

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void check(int failed, const char *what)
{
	if (failed) {
		fprintf(stderr, "bench_parse: %s failed\n", what);
		exit(1);
	}
}

static uint64_t random_below(uint64_t *seed, uint64_t below)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (*seed >> 33) % below;
}

static size_t put_row(char *out, uint64_t number, uint64_t amount_fen, uint64_t *seed)
{
	static const char *const names[] = {"杨国珍", "周德国", "尹英秀", "字正", "何囍梅", "", "", ""};
	static const char *const classes[] = {"C", "DF", "C", "DF", "D", "QK", "D", "ATM", "D", "SXF", "C", "LX"};
	size_t class = random_below(seed, 6);
	char id_number[ID_NUMBER_LENGTH + 1] = "";

	if (random_below(seed, 2) == 0) {
		snprintf(id_number, sizeof(id_number), "53292919%02d%02d%02d%03d", 25 + (int)random_below(seed, 40),
			1 + (int)random_below(seed, 12), 1 + (int)random_below(seed, 28),
			(int)random_below(seed, 1000));
		id_number[ID_NUMBER_LENGTH - 1] = id_number_check_character(id_number);
	}
	return (size_t)snprintf(out, ROW_BYTES_MAX, "D|%llu|S%08llu|6217%015llu|%s|%s|202608%02d|%s|%llu|%s|摘要|\n",
		(unsigned long long)number, (unsigned long long)random_below(seed, 100000000),
		(unsigned long long)random_below(seed, IDS), names[random_below(seed, 8)], id_number,
		1 + (int)random_below(seed, 31), classes[2 * class], (unsigned long long)amount_fen,
		classes[2 * class + 1]);
}

static struct text make_document(uint64_t rows)
{
	struct text text = {malloc((rows + 2) * ROW_BYTES_MAX), 0};
	uint64_t seed = 1, sum_fen = 0;

	check(text.bytes == NULL, "malloc");
	for (uint64_t i = 1; i <= rows; i++)
		sum_fen += 100 + i % 30000;
	text.length =
		(size_t)snprintf(text.bytes, ROW_BYTES_MAX, "H|MOVEMENTS|YLNSH|532929|20260801|20260831|%llu|%llu\n",
			(unsigned long long)rows, (unsigned long long)sum_fen);
	for (uint64_t i = 1; i <= rows; i++)
		text.length += put_row(text.bytes + text.length, i, 100 + i % 30000, &seed);
	text.length += (size_t)snprintf(text.bytes + text.length, ROW_BYTES_MAX, "T|%llu|%llu\n",
		(unsigned long long)rows, (unsigned long long)sum_fen);
	return text;
}

static struct text to_gb18030(struct text utf8)
{
	struct text text = {malloc(utf8.length), 0};
	iconv_t convert = iconv_open("GB18030", "UTF-8");
	char *out = text.bytes;
	size_t room = utf8.length;

	check(text.bytes == NULL || convert == (iconv_t)-1, "iconv_open");
	check(iconv(convert, &utf8.bytes, &utf8.length, &out, &room) != 0, "iconv");
	iconv_close(convert);
	text.length = (size_t)(out - text.bytes);
	return text;
}

/* What any reader of lines and fields must do at least. */
static double split_s(struct text text)
{
	const char *next = text.bytes, *end = text.bytes + text.length;
	double begun = now_s();
	uint64_t count = 0;

	for (const char *line_end; next < end; next = line_end + 1) {
		line_end = memchr(next, '\n', (size_t)(end - next));
		for (const char *field = next; field != NULL; count++) {
			field = memchr(field, '|', (size_t)(line_end - field));
			field = field == NULL ? NULL : field + 1;
		}
	}
	check(count == 0, "memchr");
	return now_s() - begun;
}

static bool count_amount(void *context, const struct document_record *record)
{
	*(int64_t *)context += record->movement.amount_fen;
	return true;
}

static double parse_s(struct text text, const char *charset)
{
	struct message_headers headers;
	const struct document_context context = {.headers = &headers, .limits = &document_limits_default};
	static struct document_errors errors;
	int64_t sum_fen = 0;
	const struct record_sink sink = {.context = &sum_fen, .record = count_amount};
	double begun = now_s();
	struct document_parser *parser;

	message_headers_read(&headers, NULL, 0);
	parser = document_parser_new(&context, charset, &sink, &errors);
	check(parser == NULL, "document_parser_new");
	for (size_t at = 0; at < text.length; at += PIECE_BYTES)
		document_parser_feed(
			parser, text.bytes + at, text.length - at < PIECE_BYTES ? text.length - at : PIECE_BYTES);
	check(!document_parser_finish(parser) || sum_fen == 0, "document_parser_finish");
	document_parser_free(parser);
	return now_s() - begun;
}

static double scan_s(struct text text)
{
	uint8_t value[SHA256_SIZE], content[SHA256_SIZE];
	double begun = now_s();
	struct content_scan *scan = content_scan_new();
	bool utf8;

	check(scan == NULL, "content_scan_new");
	for (size_t at = 0; at < text.length; at += PIECE_BYTES) {
		size_t length = text.length - at < PIECE_BYTES ? text.length - at : PIECE_BYTES;

		content_scan_value(scan, text.bytes + at, length);
		content_scan_content(scan, text.bytes + at, length);
	}
	content_scan_finish(scan, value, content, &utf8);
	content_scan_free(scan);
	check(!utf8, "content_scan_finish");
	return now_s() - begun;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double figures[ROUNDS])
{
	qsort(figures, ROUNDS, sizeof(figures[0]), compare_doubles);
	return figures[ROUNDS / 2];
}

int main(int count, char **arguments)
{
	uint64_t rows = count > 1 ? strtoull(arguments[1], NULL, 10) : 1000000;
	double utf8_rate[ROUNDS], gb18030_rate[ROUNDS], utf8_ratio[ROUNDS], gb18030_ratio[ROUNDS], scan_rate[ROUNDS];
	struct text utf8, gb18030;

	check(rows == 0 || rows > document_limits_default.rows, "a number of rows");
	utf8 = make_document(rows);
	gb18030 = to_gb18030(utf8);
	for (int i = 0; i < ROUNDS; i++) {
		double split = split_s(utf8);
		double parse_utf8 = parse_s(utf8, "UTF-8");
		double parse_gb18030 = parse_s(gb18030, "GB18030");

		utf8_rate[i] = (double)rows / parse_utf8;
		gb18030_rate[i] = (double)rows / parse_gb18030;
		utf8_ratio[i] = split / parse_utf8;
		gb18030_ratio[i] = split / parse_gb18030;
		scan_rate[i] = (double)utf8.length / scan_s(utf8) / 1e6;
	}
	printf("parse_text_rows_per_s %.0f rows/s\n", median(utf8_rate));
	printf("parse_text_ratio %.2f of a bare memchr split\n", median(utf8_ratio));
	printf("parse_text_gb18030_rows_per_s %.0f rows/s\n", median(gb18030_rate));
	printf("parse_text_gb18030_ratio %.2f of a bare memchr split\n", median(gb18030_ratio));
	printf("scan_rate %.0f MB/s\n", median(scan_rate));
	free(utf8.bytes);
	free(gb18030.bytes);
	return 0;
}
