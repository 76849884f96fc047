/* person: rows of table people, read in one walk. */
#include "daemon/person.h"

#include "parsers/name_form.h"

struct ledger_key key_person_row(uint32_t county, const char id_number[ID_NUMBER_LENGTH], enum person_row_type type)
{
	struct ledger_key key = key_person(county, id_number);

	key_u8(&key, type);
	return key;
}

static void roster_row_read(struct byte_reader *reader, struct roster_row *row)
{
	row->name = read_span(reader);
	row->birth = (civil_date)read_number(reader);
	row->township = (uint32_t)read_number(reader);
	row->township_name = read_span(reader);
	row->village = read_span(reader);
	row->status = read_u8(reader);
	row->benefit_start = (civil_date)read_number(reader);
	row->monthly_fen = (int64_t)read_number(reader);
	row->bank = read_span(reader);
	row->account = read_span(reader);
	row->phone = read_span(reader);
	row->lost_contact = read_u8(reader) != 0;
	row->employer = read_span(reader);
	row->employer_name = read_span(reader);
}

bool roster_row_decode(struct ledger_bytes value, struct roster_row *row)
{
	struct byte_reader reader = reader_of(value.data, value.length);

	roster_row_read(&reader, row);
	return !reader.bad;
}

static void evidence_read(struct byte_reader *reader, struct evidence *evidence)
{
	evidence->is_feedback = read_u8(reader) != 0;
	evidence->outcome = read_u8(reader);
	evidence->method = read_u8(reader);
	evidence->campaign = (civil_date)read_number(reader);
	evidence->has_death_month = read_u8(reader) != 0;
	evidence->death_month = (civil_month)read_number(reader);
}

static struct span copy_value(struct book *book, struct ledger_bytes value)
{
	return (struct span){arena_copy(&book->arena, value.data, value.length), value.length};
}

/* Rows of documents that are not alive are left out. */
static void add_roster_row(struct book *book, struct person *person, struct byte_reader key, struct ledger_bytes value)
{
	struct span copy;
	struct byte_reader reader;
	struct roster_row row = {.scheme = read_u8(&key)};
	const struct document_note *note;

	row.as_of = read_u32(&key);
	row.offset = read_u64(&key);
	row.line = read_u32(&key);
	note = book_document(book, row.offset);
	if (!note->alive)
		return;
	row.document = arena_copy(&book->arena, note->id, SHA256_SIZE);
	copy = copy_value(book, value);
	reader = reader_of(copy.data, copy.length);
	roster_row_read(&reader, &row);
	if (reader.bad || key.bad)
		book_damaged(book, TABLE_PEOPLE);
	person->rows = arena_grow(&book->arena, person->rows, person->row_count, sizeof(row));
	person->rows[person->row_count++] = row;
}

static void add_evidence(struct book *book, struct person *person, struct byte_reader key, struct ledger_bytes value)
{
	struct byte_reader reader = reader_of(value.data, value.length);
	struct evidence evidence = {.date = read_u32(&key)};
	const struct document_note *note;

	evidence.offset = read_u64(&key);
	evidence.line = read_u32(&key);
	note = book_document(book, evidence.offset);
	if (!note->alive)
		return;
	evidence.document = arena_copy(&book->arena, note->id, SHA256_SIZE);
	evidence_read(&reader, &evidence);
	if (reader.bad || key.bad)
		book_damaged(book, TABLE_PEOPLE);
	person->evidence = arena_grow(&book->arena, person->evidence, person->evidence_count, sizeof(evidence));
	person->evidence[person->evidence_count++] = evidence;
}

static void add_note(
	struct book *book, struct person_note **notes, size_t *count, uint32_t key, struct ledger_bytes value)
{
	*notes = arena_grow(&book->arena, *notes, *count, sizeof(**notes));
	(*notes)[(*count)++] = (struct person_note){key, copy_value(book, value)};
}

static int row_compare(const void *a, const void *b)
{
	const struct roster_row *x = a, *y = b;

	if (x->scheme != y->scheme)
		return x->scheme < y->scheme ? -1 : 1;
	if (x->as_of != y->as_of)
		return x->as_of < y->as_of ? -1 : 1;
	return book_compare_rows(x->document, x->line, y->document, y->line);
}

static int evidence_compare(const void *a, const void *b)
{
	const struct evidence *x = a, *y = b;

	if (x->date != y->date)
		return x->date < y->date ? -1 : 1;
	return book_compare_rows(x->document, x->line, y->document, y->line);
}

static int account_compare(struct span bank_a, struct span account_a, struct span bank_b, struct span account_b)
{
	size_t shorter = bank_a.length < bank_b.length ? bank_a.length : bank_b.length;
	int order = memcmp(bank_a.data, bank_b.data, shorter);

	if (order != 0)
		return order;
	if (bank_a.length != bank_b.length)
		return bank_a.length < bank_b.length ? -1 : 1;
	shorter = account_a.length < account_b.length ? account_a.length : account_b.length;
	order = memcmp(account_a.data, account_b.data, shorter);
	if (order != 0)
		return order;
	return account_a.length < account_b.length ? -1 : account_a.length > account_b.length;
}

/* The entry of (bank, account), made in its place if it is new. */
static struct person_account *account_entry(
	struct book *book, struct person *person, struct span bank, struct span account)
{
	size_t i = 0;
	int order = 1;

	while (i < person->account_count &&
		(order = account_compare(person->accounts[i].bank, person->accounts[i].account, bank, account)) < 0)
		i++;
	if (i < person->account_count && order == 0)
		return &person->accounts[i];
	person->accounts = arena_grow(&book->arena, person->accounts, person->account_count, sizeof(*person->accounts));
	memmove(&person->accounts[i + 1], &person->accounts[i],
		(person->account_count - i) * sizeof(*person->accounts));
	person->accounts[i] = (struct person_account){.bank = bank, .account = account};
	person->account_count++;
	return &person->accounts[i];
}

static void resident_timeline(struct book *book, struct person *person)
{
	for (size_t i = 0; i < person->row_count; i++) {
		struct roster_row *row = &person->rows[i];
		bool newest_of_date = i + 1 == person->row_count || person->rows[i + 1].scheme != row->scheme ||
				      person->rows[i + 1].as_of != row->as_of;

		if (row->scheme != SCHEME_RESIDENT)
			continue;
		if (row->account.length > 0)
			account_entry(book, person, row->bank, row->account);
		if (!newest_of_date)
			continue;
		person->residents =
			arena_grow(&book->arena, person->residents, person->resident_count, sizeof(*person->residents));
		person->residents[person->resident_count++] = row;
	}
	for (size_t i = 0; i < person->resident_count; i++) {
		const struct roster_row *row = person->residents[i];
		struct person_account *account;

		if (row->account.length == 0)
			continue;
		account = account_entry(book, person, row->bank, row->account);
		account->in_force = arena_grow(
			&book->arena, account->in_force, account->in_force_count, sizeof(*account->in_force));
		account->in_force[account->in_force_count].begin = i == 0 ? 0 : row->as_of;
		account->in_force[account->in_force_count].end =
			i + 1 < person->resident_count ? person->residents[i + 1]->as_of : UINT32_MAX;
		account->in_force_count++;
	}
}

void person_load(struct book *book, uint32_t county, const char id_number[ID_NUMBER_LENGTH], struct person *person)
{
	struct ledger_key prefix = key_person(county, id_number);
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_PEOPLE);
	struct ledger_bytes key, value;

	*person = (struct person){.county = county};
	memcpy(person->id_number, id_number, ID_NUMBER_LENGTH);
	for (bool found = ledger_cursor_seek(cursor, prefix.data, prefix.length, NULL, 0, &key, &value); found;
		found = ledger_cursor_next(cursor, &key, &value)) {
		struct byte_reader rest = reader_of(key.data + prefix.length, key.length - prefix.length);

		switch ((enum person_row_type)read_u8(&rest)) {
		case PERSON_STATE:
			person->state = copy_value(book, value);
			break;
		case PERSON_ROSTER_ROW:
			add_roster_row(book, person, rest, value);
			break;
		case PERSON_EVIDENCE:
			add_evidence(book, person, rest, value);
			break;
		case PERSON_JUDGEMENT:
			add_note(book, &person->judgements, &person->judgement_count, read_u32(&rest), value);
			break;
		case PERSON_ENTITLEMENT:
			add_note(book, &person->entitlements, &person->entitlement_count, read_u8(&rest), value);
			break;
		}
	}
	ledger_cursor_close(cursor);
	if (person->row_count > 1)
		qsort(person->rows, person->row_count, sizeof(*person->rows), row_compare);
	if (person->evidence_count > 1)
		qsort(person->evidence, person->evidence_count, sizeof(*person->evidence), evidence_compare);
	resident_timeline(book, person);
}

bool person_next(struct book *book, uint32_t county, char id_number[ID_NUMBER_LENGTH])
{
	struct ledger_key prefix = key_county(county), from = prefix;
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_PEOPLE);
	struct ledger_bytes key, value;
	bool found;

	if (id_number[0] != '\0') {
		key_bytes(&from, id_number, ID_NUMBER_LENGTH);
		key_u8(&from, 0xff); /* past every row of that person */
	}
	found = ledger_cursor_seek(cursor, prefix.data, prefix.length, from.data, from.length, &key, &value);
	if (found && key.length < prefix.length + ID_NUMBER_LENGTH) {
		book_damaged(book, TABLE_PEOPLE);
		found = false;
	}
	if (found)
		memcpy(id_number, key.data + prefix.length, ID_NUMBER_LENGTH);
	ledger_cursor_close(cursor);
	return found;
}

const struct roster_row *person_row_in_force(const struct person *person, civil_date on)
{
	const struct roster_row *row = person->resident_count == 0 ? NULL : person->residents[0];

	for (size_t i = 1; i < person->resident_count && person->residents[i]->as_of <= on; i++)
		row = person->residents[i];
	return row;
}

const struct roster_row *person_newest_row(const struct person *person)
{
	return person->resident_count == 0 ? NULL : person->residents[person->resident_count - 1];
}

const struct roster_row *person_newest_of_scheme(const struct person *person, enum scheme scheme)
{
	const struct roster_row *newest = NULL;

	for (size_t i = 0; i < person->row_count; i++) {
		if (person->rows[i].scheme == scheme)
			newest = &person->rows[i];
	}
	return newest;
}

bool person_has_name(const struct person *person, struct span name)
{
	for (int scheme = SCHEME_NONE + 1; scheme < SCHEME_COUNT; scheme++) {
		const struct roster_row *newest = person_newest_of_scheme(person, (enum scheme)scheme);

		if (newest != NULL && (span_equal(newest->name, name) || name_form_equal(newest->name, name)))
			return true;
	}
	return false;
}

bool person_row_names_account(const struct person *person, size_t i)
{
	const struct roster_row *row = &person->rows[i];

	for (size_t k = 0; k < i; k++) {
		if (span_equal(person->rows[k].account, row->account) && span_equal(person->rows[k].bank, row->bank))
			return false;
	}
	return row->account.length > 0;
}

static uint32_t township_number(struct span township)
{
	uint32_t number = 0;

	for (size_t i = 0; i < township.length; i++)
		number = number * 10 + (uint32_t)(township.data[i] - '0');
	return number;
}

void person_put_roster_row(struct book *book, uint32_t county, civil_date as_of, uint64_t offset, uint32_t line,
	const struct roster_record *row)
{
	struct ledger_key key = key_person_row(county, row->id_number, PERSON_ROSTER_ROW);
	struct byte_writer *out = &book->value;

	key_u8(&key, row->scheme);
	key_u32(&key, as_of);
	key_u64(&key, offset);
	key_u32(&key, line);
	out->length = 0;
	write_span(out, row->name);
	write_number(out, row->birth);
	write_number(out, township_number(row->township));
	write_span(out, row->township_name);
	write_span(out, row->village);
	write_u8(out, row->status);
	write_number(out, row->benefit_start);
	write_number(out, (uint64_t)row->monthly_fen);
	write_span(out, row->bank);
	write_span(out, row->account);
	write_span(out, row->phone);
	write_u8(out, row->lost_contact);
	write_span(out, row->employer);
	write_span(out, row->employer_name);
	book_put(book, TABLE_PEOPLE, &key, out);
}

static void put_evidence(struct book *book, uint32_t county, const char *id_number, const struct evidence *evidence)
{
	struct ledger_key key = key_person_row(county, id_number, PERSON_EVIDENCE);
	struct byte_writer *out = &book->value;

	key_u32(&key, evidence->date);
	key_u64(&key, evidence->offset);
	key_u32(&key, evidence->line);
	out->length = 0;
	write_u8(out, evidence->is_feedback);
	write_u8(out, evidence->outcome);
	write_u8(out, evidence->method);
	write_number(out, evidence->campaign);
	write_u8(out, evidence->has_death_month);
	write_number(out, evidence->death_month);
	book_put(book, TABLE_PEOPLE, &key, out);
}

void person_put_confirmation(
	struct book *book, uint32_t county, uint64_t offset, uint32_t line, const struct confirmation_record *row)
{
	put_evidence(book, county, row->id_number,
		&(struct evidence){.date = row->confirmed_on,
			.offset = offset,
			.line = line,
			.outcome = OUTCOME_ALIVE,
			.method = row->method});
}

void person_put_feedback(struct book *book, uint32_t county, civil_date campaign, uint64_t offset, uint32_t line,
	const struct feedback_record *row)
{
	put_evidence(book, county, row->id_number,
		&(struct evidence){.date = row->verified_on,
			.offset = offset,
			.line = line,
			.is_feedback = true,
			.outcome = row->outcome,
			.method = row->method,
			.campaign = campaign,
			.has_death_month = row->has_death_month,
			.death_month = row->death_month});
}
