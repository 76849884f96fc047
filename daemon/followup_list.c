/* followup_list: tables lists, campaign_banks, townships, township_names. */
#include "daemon/followup_list.h"

#include "daemon/finding.h"
#include "daemon/json_writer.h"
#include "daemon/list_record.h"
#include "daemon/outbox.h"

static struct list_counts *counts_of(struct list_changes *changes, civil_date as_of, uint32_t township)
{
	for (size_t i = changes->list_count; i-- > 0;) {
		if (changes->lists[i].township == township && changes->lists[i].as_of == as_of)
			return &changes->lists[i].counts;
	}
	changes->lists = bytes_allocate(changes->lists, (changes->list_count + 1) * sizeof(*changes->lists));
	changes->lists[changes->list_count] = (struct list_change){.as_of = as_of, .township = township};
	return &changes->lists[changes->list_count++].counts;
}

static struct bank_change *bank_of(struct list_changes *changes, civil_date as_of, struct span bank)
{
	struct bank_change *change;

	for (size_t i = 0; i < changes->bank_count; i++) {
		if (changes->banks[i].as_of == as_of && span_equal(span_of(changes->banks[i].bank), bank))
			return &changes->banks[i];
	}
	changes->banks = bytes_allocate(changes->banks, (changes->bank_count + 1) * sizeof(*changes->banks));
	change = &changes->banks[changes->bank_count++];
	*change = (struct bank_change){.as_of = as_of};
	memcpy(change->bank, bank.data, bank.length < sizeof(change->bank) ? bank.length : sizeof(change->bank) - 1);
	return change;
}

static void counts_add(struct list_counts *counts, const struct stored_judgement *stored, int64_t sign)
{
	counts->unknown_people += stored->unknown ? sign : 0;
	if (!stored->has_task)
		return;
	counts->by_status[stored->status] += sign;
	for (unsigned i = 0; i < REASON_COUNT && stored->status != TASK_CANCELLED; i++)
		counts->by_reason[i] += (stored->reasons & 1u << i) ? sign : 0;
}

void list_changes_add(
	struct list_changes *changes, civil_date as_of, const struct stored_judgement *stored, int64_t sign)
{
	if (!stored->present)
		return;
	changes->any = true;
	if (stored->has_task || stored->unknown) {
		counts_add(counts_of(changes, as_of, TOWNSHIP_ALL), stored, sign);
		if (stored->township != 0)
			counts_add(counts_of(changes, as_of, stored->township), stored, sign);
	}
	for (size_t i = 0; i < stored->bank_count; i++) {
		struct bank_change *change = bank_of(changes, as_of, stored->banks[i]);

		change->people += sign;
		change->unknown += stored->unknown ? sign : 0;
	}
}

static void township_add(struct list_changes *changes, uint32_t township, int64_t sign)
{
	for (size_t i = 0; i < changes->township_count; i++) {
		if (changes->townships[i].township == township) {
			changes->townships[i].people += sign;
			return;
		}
	}
	changes->townships =
		bytes_allocate(changes->townships, (changes->township_count + 1) * sizeof(*changes->townships));
	changes->townships[changes->township_count++] = (struct township_change){township, sign};
}

void list_changes_move(struct list_changes *changes, uint32_t from, uint32_t to)
{
	if (from != 0)
		township_add(changes, from, -1);
	if (to != 0)
		township_add(changes, to, 1);
	changes->any = true;
}

/* A list as stored: its counts and what was last published. */
struct list_record {
	struct list_counts counts;
	uint64_t revision; /* 0: never published */
	struct span published;
};

static struct ledger_key key_list(uint32_t county, civil_date as_of, uint32_t township)
{
	struct ledger_key key = key_campaign(county, as_of);

	key_u32(&key, township);
	return key;
}

static void record_read(struct book *book, struct ledger_bytes value, struct list_record *record)
{
	struct span copy = arena_span(&book->arena, (struct span){(const char *)value.data, value.length});
	struct byte_reader reader = reader_of(copy.data, copy.length);

	for (int i = 0; i < REASON_COUNT; i++)
		record->counts.by_reason[i] = (int64_t)read_number(&reader);
	for (int i = 0; i < TASK_STATUS_COUNT; i++)
		record->counts.by_status[i] = (int64_t)read_number(&reader);
	record->counts.unknown_people = (int64_t)read_number(&reader);
	record->revision = read_number(&reader);
	record->published = read_span(&reader);
	if (reader.bad)
		book_damaged(book, TABLE_LISTS);
}

static void record_load(
	struct book *book, uint32_t county, civil_date as_of, uint32_t township, struct list_record *record)
{
	struct ledger_key key = key_list(county, as_of, township);
	struct ledger_bytes value;

	*record = (struct list_record){.published = {"", 0}};
	if (book_get(book, TABLE_LISTS, &key, &value))
		record_read(book, value, record);
}

static void record_save(
	struct book *book, uint32_t county, civil_date as_of, uint32_t township, const struct list_record *record)
{
	struct ledger_key key = key_list(county, as_of, township);
	struct byte_writer *out = &book->value;

	out->length = 0;
	for (int i = 0; i < REASON_COUNT; i++)
		write_number(out, (uint64_t)record->counts.by_reason[i]);
	for (int i = 0; i < TASK_STATUS_COUNT; i++)
		write_number(out, (uint64_t)record->counts.by_status[i]);
	write_number(out, (uint64_t)record->counts.unknown_people);
	write_number(out, record->revision);
	write_span(out, record->published);
	book_put(book, TABLE_LISTS, &key, out);
}

static void list_flush(struct book *book, uint32_t county, const struct list_change *change)
{
	struct list_record record;

	record_load(book, county, change->as_of, change->township, &record);
	for (int i = 0; i < REASON_COUNT; i++)
		record.counts.by_reason[i] += change->counts.by_reason[i];
	for (int i = 0; i < TASK_STATUS_COUNT; i++)
		record.counts.by_status[i] += change->counts.by_status[i];
	record.counts.unknown_people += change->counts.unknown_people;
	record_save(book, county, change->as_of, change->township, &record);
}

static struct ledger_key key_campaign_bank(uint32_t county, civil_date as_of, struct span bank)
{
	struct ledger_key key = key_campaign(county, as_of);

	key_text(&key, bank);
	return key;
}

static void bank_flush(struct book *book, uint32_t county, const struct bank_change *change)
{
	struct ledger_key key = key_campaign_bank(county, change->as_of, span_of(change->bank));
	int64_t people = change->people, unknown = change->unknown;
	struct ledger_bytes value;

	if (people == 0 && unknown == 0)
		return;
	if (book_get(book, TABLE_CAMPAIGN_BANKS, &key, &value)) {
		struct byte_reader reader = reader_of(value.data, value.length);

		people += (int64_t)read_number(&reader);
		unknown += (int64_t)read_number(&reader);
		if (reader.bad || people < 0 || unknown < 0)
			book_damaged(book, TABLE_CAMPAIGN_BANKS);
	}
	book->value.length = 0;
	write_number(&book->value, (uint64_t)people);
	write_number(&book->value, (uint64_t)unknown);
	book_put(book, TABLE_CAMPAIGN_BANKS, &key, &book->value);
}

static struct ledger_key key_township(uint32_t county, uint32_t township)
{
	struct ledger_key key = key_county(county);

	key_u32(&key, township);
	return key;
}

struct township {
	int64_t people;
	struct span name;
};

static void township_read(struct book *book, struct ledger_bytes value, struct township *township)
{
	struct byte_reader reader = reader_of(value.data, value.length);

	township->people = (int64_t)read_number(&reader);
	township->name = arena_span(&book->arena, read_span(&reader));
	if (reader.bad)
		book_damaged(book, TABLE_TOWNSHIPS);
}

static void township_load(struct book *book, uint32_t county, uint32_t number, struct township *township)
{
	struct ledger_key key = key_township(county, number);
	struct ledger_bytes value;

	*township = (struct township){.name = {"", 0}};
	if (book_get(book, TABLE_TOWNSHIPS, &key, &value))
		township_read(book, value, township);
}

struct span township_name(struct book *book, uint32_t county, uint32_t number)
{
	struct township township;

	township_load(book, county, number, &township);
	return township.name;
}

static void township_save(struct book *book, uint32_t county, uint32_t number, const struct township *township)
{
	struct ledger_key key = key_township(county, number);

	book->value.length = 0;
	write_number(&book->value, (uint64_t)township->people);
	write_span(&book->value, township->name);
	book_put(book, TABLE_TOWNSHIPS, &key, &book->value);
}

void list_changes_flush(struct book *book, struct list_changes *changes)
{
	for (size_t i = 0; i < changes->list_count; i++)
		list_flush(book, changes->county, &changes->lists[i]);
	for (size_t i = 0; i < changes->bank_count; i++)
		bank_flush(book, changes->county, &changes->banks[i]);
	for (size_t i = 0; i < changes->township_count; i++) {
		struct township township;

		township_load(book, changes->county, changes->townships[i].township, &township);
		township.people += changes->townships[i].people;
		township_save(book, changes->county, changes->townships[i].township, &township);
	}
	changes->list_count = changes->bank_count = changes->township_count = 0;
}

void list_changes_free(struct list_changes *changes)
{
	free(changes->lists);
	free(changes->banks);
	free(changes->townships);
	*changes = (struct list_changes){0};
}

void township_put_name(struct book *book, uint32_t county, uint32_t township, civil_date as_of, uint64_t offset,
	uint32_t line, struct span name)
{
	struct ledger_key key = key_township(county, township);
	struct ledger_bytes old;

	key_u32(&key, as_of);
	key_u64(&key, offset);
	/* Of one document the last row that names the township is the newest. */
	if (book_get(book, TABLE_TOWNSHIP_NAMES, &key, &old) && old.length >= 4 && bytes_load_u32(old.data) >= line)
		return;
	book->value.length = 0;
	bytes_store_u32(writer_reserve(&book->value, 4), line);
	write_bytes(&book->value, name.data, name.length);
	book_put(book, TABLE_TOWNSHIP_NAMES, &key, &book->value);
}

void townships_name(struct book *book, uint32_t county)
{
	struct ledger_key prefix = key_county(county);
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_TOWNSHIP_NAMES);
	struct named_township {
		uint32_t number;
		civil_date as_of;
		uint32_t line;
		uint8_t document[SHA256_SIZE];
		struct span name;
	} *names = NULL;
	struct ledger_bytes key, value;
	size_t count = 0;

	for (bool found = ledger_cursor_seek(cursor, prefix.data, prefix.length, NULL, 0, &key, &value); found;
		found = ledger_cursor_next(cursor, &key, &value)) {
		uint32_t number = bytes_load_u32(key.data + 4), line = bytes_load_u32(value.data);
		civil_date as_of = bytes_load_u32(key.data + 8);
		const struct document_note *note = book_document(book, bytes_load_u64(key.data + 12));
		struct named_township *newest;

		if (!note->alive)
			continue;
		newest = count > 0 && names[count - 1].number == number ? &names[count - 1] : NULL;
		if (newest != NULL && newest->as_of == as_of &&
			book_compare_rows(note->id, line, newest->document, newest->line) < 0)
			continue;
		if (newest == NULL) {
			names = arena_grow(&book->arena, names, count, sizeof(*names));
			newest = &names[count++];
		}
		*newest = (struct named_township){.number = number, .as_of = as_of, .line = line};
		memcpy(newest->document, note->id, SHA256_SIZE);
		newest->name = arena_span(&book->arena, (struct span){(const char *)value.data + 4, value.length - 4});
	}
	ledger_cursor_close(cursor);
	for (size_t i = 0; i < count; i++) {
		struct township township;

		township_load(book, county, names[i].number, &township);
		if (span_equal(township.name, names[i].name))
			continue;
		township.name = names[i].name;
		township_save(book, county, names[i].number, &township);
	}
}

static void coverage_gap_set(struct book *book, const struct campaign *campaign, const struct bank_gaps *bank)
{
	struct ledger_finding finding = {.code = FINDING_COVERAGE_GAP, .county = campaign->county};
	struct byte_writer detail = {0};

	key_u32(&finding.identity, campaign->as_of);
	key_text(&finding.identity, bank->bank);
	if (bank->unknown == 0 || bank->gaps.count == 0) {
		finding_withdraw(book, FINDING_COVERAGE_GAP, campaign->county, &finding.identity);
		return;
	}
	json_open(&detail, '{');
	json_member_text(&detail, "bank", bank->bank);
	json_member_text(&detail, "campaign", span_of(campaign->name));
	json_key(&detail, "gaps");
	json_open(&detail, '[');
	list_gaps_write(&detail, bank);
	json_close(&detail, ']');
	json_member_number(&detail, "people", bank->unknown);
	json_close(&detail, '}');
	finding.detail = (struct span){(const char *)detail.data, detail.length};
	finding_hold(book, &finding);
	writer_free(&detail);
}

/* Of every bank with counting accounts of receiving people, in the order of bank codes. */
static struct bank_gaps *campaign_gaps(struct book *book, const struct campaign *campaign, size_t *count)
{
	struct ledger_key prefix = key_campaign(campaign->county, campaign->as_of);
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_CAMPAIGN_BANKS);
	struct bank_gaps *banks = NULL;
	struct ledger_bytes key, value;

	*count = 0;
	for (bool found = ledger_cursor_seek(cursor, prefix.data, prefix.length, NULL, 0, &key, &value); found;
		found = ledger_cursor_next(cursor, &key, &value)) {
		struct byte_reader reader = reader_of(value.data, value.length);
		struct bank_gaps bank = {
			.bank = arena_span(&book->arena,
				(struct span){(const char *)key.data + prefix.length, key.length - prefix.length - 1})};
		int64_t people = (int64_t)read_number(&reader);

		bank.unknown = (int64_t)read_number(&reader);
		bank.gaps.count = people > 0 ? 1 : 0; /* to be worked out below */
		banks = arena_grow(&book->arena, banks, *count, sizeof(*banks));
		banks[(*count)++] = bank;
	}
	ledger_cursor_close(cursor);
	for (size_t i = 0; i < *count; i++) {
		struct bank_coverage coverage;

		if (banks[i].gaps.count == 0)
			continue;
		coverage_load(book, campaign->county, banks[i].bank, &book->arena, &coverage);
		banks[i].gaps = ranges_gaps(
			&coverage.covered, rules_window_begin(campaign->as_of), campaign->as_of - 1, &book->arena);
	}
	return banks;
}

static void list_publish(struct book *book, const struct campaign *campaign, uint32_t number, struct span coverage)
{
	struct list_record record;
	struct township township;
	char key[40], code[12] = "all";

	record_load(book, campaign->county, campaign->as_of, number, &record);
	township_load(book, campaign->county, number, &township);
	book->json.length = 0;
	list_record_write(&book->json, campaign, number, township.name, &record.counts, coverage);
	if (record.revision > 0 && record.published.length == book->json.length &&
		memcmp(record.published.data, book->json.data, book->json.length) == 0)
		return;
	record.revision++;
	record.published = arena_span(&book->arena, (struct span){(const char *)book->json.data, book->json.length});
	record_save(book, campaign->county, campaign->as_of, number, &record);
	task_write_revision(&book->json, record.revision);
	if (number != TOWNSHIP_ALL)
		snprintf(code, sizeof(code), "%09u", number);
	snprintf(key, sizeof(key), "%s/%06u/%s", campaign->name, campaign->county, code);
	outbox_put(book, TOPIC_FOLLOWUP_LISTS, span_of(key),
		(struct span){(const char *)book->json.data, book->json.length});
}

/* The numbers (ascending) in the key's place after prefix, of rows that count. */
static uint32_t *township_numbers(struct book *book, const struct campaign *campaign, size_t *count)
{
	struct ledger_key lists = key_campaign(campaign->county, campaign->as_of),
			  county = key_county(campaign->county);
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_LISTS);
	struct ledger_bytes key, value;
	uint32_t *numbers = arena_grow(&book->arena, NULL, 0, sizeof(*numbers));

	numbers[0] = TOWNSHIP_ALL;
	*count = 1;
	for (bool found = ledger_cursor_seek(cursor, lists.data, lists.length, NULL, 0, &key, &value); found;
		found = ledger_cursor_next(cursor, &key, &value)) {
		if (bytes_load_u32(key.data + lists.length) == TOWNSHIP_ALL)
			continue;
		numbers = arena_grow(&book->arena, numbers, *count, sizeof(*numbers));
		numbers[(*count)++] = bytes_load_u32(key.data + lists.length);
	}
	ledger_cursor_close(cursor);
	cursor = ledger_cursor_open(book->txn, TABLE_TOWNSHIPS);
	for (bool found = ledger_cursor_seek(cursor, county.data, county.length, NULL, 0, &key, &value); found;
		found = ledger_cursor_next(cursor, &key, &value)) {
		uint32_t number = bytes_load_u32(key.data + county.length);
		struct township township;
		bool known = false;

		township_read(book, value, &township);
		for (size_t i = 0; i < *count && !known; i++)
			known = numbers[i] == number;
		if (known || township.people == 0)
			continue;
		numbers = arena_grow(&book->arena, numbers, *count, sizeof(*numbers));
		numbers[(*count)++] = number;
	}
	ledger_cursor_close(cursor);
	return numbers;
}

static int number_compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

void lists_publish(struct book *book, const struct campaign *campaign)
{
	struct byte_writer coverage = {0};
	size_t bank_count, count;
	struct bank_gaps *banks = campaign_gaps(book, campaign, &bank_count);
	uint32_t *numbers = township_numbers(book, campaign, &count);

	for (size_t i = 0; i < bank_count; i++)
		coverage_gap_set(book, campaign, &banks[i]);
	list_coverage_write(&coverage, banks, bank_count);
	qsort(numbers, count, sizeof(*numbers), number_compare);
	for (size_t i = 0; i < count; i++)
		list_publish(book, campaign, numbers[i], (struct span){(const char *)coverage.data, coverage.length});
	writer_free(&coverage);
}

bool list_next(struct book *book, uint32_t county, civil_date as_of, uint32_t *township, struct span *published,
	uint64_t *revision)
{
	struct ledger_key prefix = key_campaign(county, as_of), from = key_list(county, as_of, *township);
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_LISTS);
	struct ledger_bytes key, value;
	struct list_record record = {.published = {"", 0}};
	bool found = ledger_cursor_seek(cursor, prefix.data, prefix.length, from.data, from.length, &key, &value);

	if (found) {
		*township = bytes_load_u32(key.data + prefix.length);
		record_read(book, value, &record);
		*published = record.published;
		*revision = record.revision;
	}
	ledger_cursor_close(cursor);
	return found;
}
