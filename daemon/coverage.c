/* coverage: tables coverage, bank_months and banks. */
#include "daemon/coverage.h"

#include "daemon/finding.h"
#include "daemon/json_writer.h"

static int range_compare(const void *a, const void *b)
{
	const struct date_range *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

void ranges_normalise(struct date_ranges *ranges)
{
	size_t kept = 0;

	if (ranges->count == 0)
		return;
	qsort(ranges->items, ranges->count, sizeof(*ranges->items), range_compare);
	for (size_t i = 1; i < ranges->count; i++) {
		if (ranges->items[i].from <= ranges->items[kept].to + 1) {
			if (ranges->items[i].to > ranges->items[kept].to)
				ranges->items[kept].to = ranges->items[i].to;
		} else {
			ranges->items[++kept] = ranges->items[i];
		}
	}
	ranges->count = kept + 1;
}

bool ranges_cover(const struct date_ranges *ranges, civil_date from, civil_date to)
{
	for (size_t i = 0; i < ranges->count; i++) {
		if (ranges->items[i].from <= from && ranges->items[i].to >= to)
			return true;
	}
	return false;
}

static void ranges_add(struct arena *arena, struct date_ranges *ranges, civil_date from, civil_date to)
{
	ranges->items = arena_grow(arena, ranges->items, ranges->count, sizeof(*ranges->items));
	ranges->items[ranges->count++] = (struct date_range){from, to};
}

struct date_ranges ranges_gaps(const struct date_ranges *ranges, civil_date from, civil_date to, struct arena *arena)
{
	struct date_ranges gaps = {0};

	for (size_t i = 0; i < ranges->count && from <= to; i++) {
		if (ranges->items[i].to < from)
			continue;
		if (ranges->items[i].from > to)
			break;
		if (ranges->items[i].from > from)
			ranges_add(arena, &gaps, from, ranges->items[i].from - 1);
		from = ranges->items[i].to + 1;
	}
	if (from <= to)
		ranges_add(arena, &gaps, from, to);
	return gaps;
}

struct bank_tally *coverage_tally_bank(struct coverage_tally *tally, struct span bank)
{
	struct bank_tally *entry;

	for (size_t i = 0; i < tally->count; i++) {
		if (span_equal(span_of(tally->banks[i].bank), bank))
			return &tally->banks[i];
	}
	tally->banks = bytes_allocate(tally->banks, (tally->count + 1) * sizeof(*tally->banks));
	entry = &tally->banks[tally->count++];
	*entry = (struct bank_tally){.months = NULL};
	memcpy(entry->bank, bank.data, bank.length < sizeof(entry->bank) ? bank.length : sizeof(entry->bank) - 1);
	return entry;
}

void coverage_tally_add(
	struct coverage_tally *tally, struct span bank, enum bank_month_count what, civil_month month, int64_t change)
{
	struct bank_tally *entry = coverage_tally_bank(tally, bank);

	if (entry->months == NULL) {
		entry->months = bytes_allocate(NULL, CIVIL_MONTH_COUNT * sizeof(*entry->months));
		memset(entry->months, 0, CIVIL_MONTH_COUNT * sizeof(*entry->months));
	}
	entry->months[month][what] += change;
	entry->judge = true;
}

static struct ledger_key key_bank_month(uint32_t county, struct span bank, civil_month month)
{
	struct ledger_key key = key_bank(county, bank);

	key_u32(&key, month);
	return key;
}

static void month_counts_read(struct book *book, struct ledger_bytes value, uint64_t counts[MONTH_COUNTS])
{
	struct byte_reader reader = reader_of(value.data, value.length);

	for (int i = 0; i < MONTH_COUNTS; i++)
		counts[i] = read_number(&reader);
	if (reader.bad)
		book_damaged(book, TABLE_BANK_MONTHS);
}

static void month_flush(
	struct book *book, uint32_t county, struct span bank, civil_month month, const int64_t changes[MONTH_COUNTS])
{
	struct ledger_key key = key_bank_month(county, bank, month);
	uint64_t counts[MONTH_COUNTS] = {0};
	struct ledger_bytes value;
	bool empty = true;

	if (book_get(book, TABLE_BANK_MONTHS, &key, &value))
		month_counts_read(book, value, counts);
	book->value.length = 0;
	for (int i = 0; i < MONTH_COUNTS; i++) {
		counts[i] += (uint64_t)changes[i];
		empty &= counts[i] == 0;
		if (counts[i] > INT64_MAX)
			book_damaged(book, TABLE_BANK_MONTHS);
		write_number(&book->value, counts[i]);
	}
	if (empty)
		book_delete(book, TABLE_BANK_MONTHS, &key);
	else
		book_put(book, TABLE_BANK_MONTHS, &key, &book->value);
}

void coverage_tally_flush(struct book *book, struct coverage_tally *tally)
{
	for (size_t i = 0; i < tally->count; i++) {
		struct bank_tally *entry = &tally->banks[i];

		for (civil_month month = 0; entry->months != NULL && month < CIVIL_MONTH_COUNT; month++) {
			static const int64_t none[MONTH_COUNTS];

			if (memcmp(entry->months[month], none, sizeof(none)) != 0)
				month_flush(book, tally->county, span_of(entry->bank), month, entry->months[month]);
		}
		free(entry->months);
		entry->months = NULL;
	}
}

void coverage_tally_free(struct coverage_tally *tally)
{
	for (size_t i = 0; i < tally->count; i++)
		free(tally->banks[i].months);
	free(tally->banks);
	tally->banks = NULL;
	tally->count = 0;
}

void coverage_put_document(struct book *book, const struct document *document)
{
	struct ledger_key key = key_bank(document->county, span_of(document->bank));

	key_u64(&key, document->offset);
	book->value.length = 0;
	write_number(&book->value, document->covers_from);
	write_number(&book->value, document->covers_to);
	write_number(&book->value, document->part_k);
	write_number(&book->value, document->part_n);
	book_put(book, TABLE_COVERAGE, &key, &book->value);
}

/* One living document's days, or one part of them. */
struct part {
	civil_date from;
	civil_date to;
	uint32_t n;
	uint32_t k;
};

static int part_compare(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	return x->k < y->k ? -1 : x->k > y->k;
}

/* The days of complete living statements: of n parts all must be there (a lost part must not pass for silence). */
static struct date_ranges ranges_of_documents(struct book *book, uint32_t county, struct span bank, civil_date since)
{
	struct ledger_key prefix = key_bank(county, bank);
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_COVERAGE);
	struct ledger_bytes key, value;
	struct date_ranges ranges = {0};
	struct part *parts = NULL;
	size_t count = 0;

	for (bool found = ledger_cursor_seek(cursor, prefix.data, prefix.length, NULL, 0, &key, &value); found;
		found = ledger_cursor_next(cursor, &key, &value)) {
		struct byte_reader reader = reader_of(value.data, value.length);
		struct part part;

		if (!book_document(book, bytes_load_u64(key.data + prefix.length))->alive)
			continue;
		part.from = (civil_date)read_number(&reader);
		part.to = (civil_date)read_number(&reader);
		part.k = (uint32_t)read_number(&reader);
		part.n = (uint32_t)read_number(&reader);
		if (reader.bad)
			book_damaged(book, TABLE_COVERAGE);
		parts = arena_grow(&book->arena, parts, count, sizeof(*parts));
		parts[count++] = part;
	}
	ledger_cursor_close(cursor);
	if (count > 0)
		qsort(parts, count, sizeof(*parts), part_compare);
	for (size_t i = 0; i < count;) {
		size_t end = i;
		uint32_t distinct = 0;

		for (; end < count && parts[end].from == parts[i].from && parts[end].to == parts[i].to &&
			parts[end].n == parts[i].n;
			end++)
			distinct += end == i || parts[end].k != parts[end - 1].k;
		if (distinct == parts[i].n && parts[i].to >= since)
			ranges_add(&book->arena, &ranges, parts[i].from < since ? since : parts[i].from, parts[i].to);
		i = end;
	}
	ranges_normalise(&ranges);
	return ranges;
}

void coverage_load(
	struct book *book, uint32_t county, struct span bank, struct arena *arena, struct bank_coverage *coverage)
{
	struct ledger_key key = key_bank(county, bank);
	struct ledger_bytes value;
	struct byte_reader reader;
	size_t count;

	*coverage = (struct bank_coverage){.thin = NULL};
	memcpy(coverage->bank, bank.data,
		bank.length < sizeof(coverage->bank) ? bank.length : sizeof(coverage->bank) - 1);
	if (!book_get(book, TABLE_BANKS, &key, &value))
		return;
	reader = reader_of(value.data, value.length);
	count = (size_t)read_number(&reader);
	for (size_t i = 0; i < count && !reader.bad; i++) {
		civil_date from = (civil_date)read_number(&reader);

		ranges_add(arena, &coverage->covered, from, (civil_date)read_number(&reader));
	}
	count = (size_t)read_number(&reader);
	for (size_t i = 0; i < count && !reader.bad; i++) {
		coverage->thin = arena_grow(arena, coverage->thin, i, sizeof(*coverage->thin));
		coverage->thin[coverage->thin_count++] = (civil_month)read_number(&reader);
	}
	if (reader.bad)
		book_damaged(book, TABLE_BANKS);
}

static void coverage_save(struct book *book, uint32_t county, const struct bank_coverage *coverage)
{
	struct ledger_key key = key_bank(county, span_of(coverage->bank));
	struct byte_writer *out = &book->value;

	out->length = 0;
	write_number(out, coverage->covered.count);
	for (size_t i = 0; i < coverage->covered.count; i++) {
		write_number(out, coverage->covered.items[i].from);
		write_number(out, coverage->covered.items[i].to);
	}
	write_number(out, coverage->thin_count);
	for (size_t i = 0; i < coverage->thin_count; i++)
		write_number(out, coverage->thin[i]);
	book_put(book, TABLE_BANKS, &key, out);
}

/* Counts by month, summed up: all = accounts that began and did not end up to it. */
struct month_sums {
	uint64_t had;
	uint64_t all;
	bool statements;
	bool covered;
};

/* memory: CIVIL_MONTH_COUNT sums in the book's arena */
static struct month_sums *months_sum(struct book *book, uint32_t county, struct span bank)
{
	struct ledger_key prefix = key_bank(county, bank);
	struct month_sums *sums = arena_allocate(&book->arena, CIVIL_MONTH_COUNT * sizeof(*sums));
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_BANK_MONTHS);
	struct ledger_bytes key, value;
	civil_month next = 0;
	uint64_t all = 0;

	memset(sums, 0, CIVIL_MONTH_COUNT * sizeof(*sums));
	for (bool found = ledger_cursor_seek(cursor, prefix.data, prefix.length, NULL, 0, &key, &value); found;
		found = ledger_cursor_next(cursor, &key, &value)) {
		civil_month month = bytes_load_u32(key.data + prefix.length);
		uint64_t counts[MONTH_COUNTS] = {0};

		if (month >= CIVIL_MONTH_COUNT)
			break;
		month_counts_read(book, value, counts);
		for (; next < month; next++)
			sums[next].all = all;
		all += counts[MONTH_BEGINS] - counts[MONTH_ENDS];
		sums[month].had = counts[MONTH_HAD];
		sums[month].statements = counts[MONTH_STATEMENTS] > 0;
	}
	ledger_cursor_close(cursor);
	for (; next < CIVIL_MONTH_COUNT; next++)
		sums[next].all = all;
	return sums;
}

static void thin_month_set(struct book *book, uint32_t county, struct span bank, civil_month month,
	const struct month_sums *sums, bool thin)
{
	struct ledger_finding finding = {.code = FINDING_THIN_MONTH, .county = county};
	struct byte_writer detail = {0};

	key_text(&finding.identity, bank);
	key_u32(&finding.identity, month);
	if (!thin) {
		finding_withdraw(book, FINDING_THIN_MONTH, county, &finding.identity);
		return;
	}
	json_open(&detail, '{');
	json_member_text(&detail, "bank", bank);
	json_member_month(&detail, "month", month);
	json_member_number(&detail, "had", (int64_t)sums->had);
	json_member_number(&detail, "all", (int64_t)sums->all);
	json_close(&detail, '}');
	finding.detail = (struct span){(const char *)detail.data, detail.length};
	finding_hold(book, &finding);
	writer_free(&detail);
}

/* Takes the days of thin months out of ranges. */
static struct date_ranges ranges_without_months(
	const struct date_ranges *ranges, const civil_month *months, size_t month_count, struct arena *arena)
{
	struct date_ranges taken = {0}, left = {0};

	for (size_t i = 0; i < month_count; i++)
		ranges_add(arena, &taken, civil_month_first_day(months[i]), civil_month_last_day(months[i]));
	for (size_t i = 0; i < ranges->count; i++) {
		struct date_ranges gaps = ranges_gaps(&taken, ranges->items[i].from, ranges->items[i].to, arena);

		for (size_t k = 0; k < gaps.count; k++)
			ranges_add(arena, &left, gaps.items[k].from, gaps.items[k].to);
	}
	return left;
}

void coverage_judge(struct book *book, uint32_t county, struct span bank, civil_date since,
	struct bank_coverage *before, struct bank_coverage *after)
{
	struct date_ranges documents = ranges_of_documents(book, county, bank, since);
	struct month_sums *sums = months_sum(book, county, bank);
	size_t was = 0;

	coverage_load(book, county, bank, &book->arena, before);
	*after = *before;
	after->thin = NULL;
	after->thin_count = 0;
	for (size_t i = 0; i < documents.count; i++) {
		for (civil_month month = civil_date_month(documents.items[i].from);
			month <= civil_date_month(documents.items[i].to); month++)
			sums[month].covered = true;
	}
	for (civil_month month = 0; month < CIVIL_MONTH_COUNT; month++) {
		bool thin =
			civil_month_last_day(month) >= since && (sums[month].covered || sums[month].statements) &&
			sums[month].had * 100 < (uint64_t)book->settings->min_payout_share_percent * sums[month].all;
		bool was_thin = was < before->thin_count && before->thin[was] == month;

		was += was_thin;
		if (thin || was_thin)
			thin_month_set(book, county, bank, month, &sums[month], thin);
		if (!thin)
			continue;
		after->thin = arena_grow(&book->arena, after->thin, after->thin_count, sizeof(*after->thin));
		after->thin[after->thin_count++] = month;
	}
	after->covered = ranges_without_months(&documents, after->thin, after->thin_count, &book->arena);
	coverage_save(book, county, after);
}

struct date_ranges coverage_account_days(
	const struct bank_coverage *bank, const struct date_ranges *statements, struct arena *arena)
{
	struct date_ranges own, all = {0};

	if (statements->count == 0)
		return bank->covered;
	own = ranges_without_months(statements, bank->thin, bank->thin_count, arena);
	for (size_t i = 0; i < own.count; i++)
		ranges_add(arena, &all, own.items[i].from, own.items[i].to);
	for (size_t i = 0; i < bank->covered.count; i++)
		ranges_add(arena, &all, bank->covered.items[i].from, bank->covered.items[i].to);
	ranges_normalise(&all);
	return all;
}

bool coverage_account_covered(const struct bank_coverage *bank, const struct date_ranges *statements, civil_date from,
	civil_date to, struct arena *arena)
{
	struct date_ranges days;

	if (ranges_cover(&bank->covered, from, to))
		return true;
	days = coverage_account_days(bank, statements, arena);
	return ranges_cover(&days, from, to);
}

void coverage_month_counts(
	struct book *book, uint32_t county, struct span bank, civil_month month, uint64_t *had, uint64_t *all)
{
	const struct month_sums *sums = months_sum(book, county, bank);

	*had = sums[month].had;
	*all = sums[month].all;
}

bool coverage_has_statements(struct book *book, uint32_t county, struct span bank)
{
	const struct month_sums *sums = months_sum(book, county, bank);

	for (civil_month month = 0; month < CIVIL_MONTH_COUNT; month++) {
		if (sums[month].statements)
			return true;
	}
	return false;
}

bool coverage_bank_next(struct book *book, uint32_t county, char bank[41])
{
	struct ledger_key prefix = key_county(county),
			  from = bank[0] == '\0' ? prefix : key_bank(county, span_of(bank));
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_BANKS);
	struct ledger_bytes key, value;
	bool found;

	if (bank[0] != '\0')
		key_u8(&from, 0);
	found = ledger_cursor_seek(cursor, prefix.data, prefix.length, from.data, from.length, &key, &value);
	if (found && (key.length < prefix.length + 2 || key.length > prefix.length + 41 ||
			     key.data[key.length - 1] != '\0')) {
		book_damaged(book, TABLE_BANKS);
		found = false;
	}
	if (found)
		memcpy(bank, key.data + prefix.length, key.length - prefix.length);
	ledger_cursor_close(cursor);
	return found;
}
