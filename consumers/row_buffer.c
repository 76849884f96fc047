/* row_buffer: packs typed records and sorts them by what they name. */
#include "consumers/row_buffer.h"

/* What a record is sorted by. */
static struct span record_key(const struct document_record *record)
{
	switch (record->type) {
	case RECORD_MOVEMENT:
		return record->movement.account;
	case RECORD_ACCOUNT_COVERAGE:
		return record->account_coverage.account;
	case RECORD_PAYMENT:
		return (struct span){record->payment.id_number, ID_NUMBER_LENGTH};
	case RECORD_ROSTER:
		return (struct span){record->roster.id_number, ID_NUMBER_LENGTH};
	case RECORD_CONFIRMATION:
		return (struct span){record->confirmation.id_number, ID_NUMBER_LENGTH};
	case RECORD_FEEDBACK:
		return (struct span){record->feedback.id_number, ID_NUMBER_LENGTH};
	case RECORD_CONTROL:
		break;
	}
	return span_of("");
}

static void pack_movement(struct byte_writer *out, const struct movement_record *movement)
{
	write_span(out, movement->serial);
	write_span(out, movement->name);
	write_span(out, movement->id_number);
	write_number(out, movement->date);
	write_u8(out, (movement->debit ? 1u : 0u) | (movement->summary_known ? 2u : 0u));
	write_number(out, (uint64_t)movement->amount_fen);
	write_u8(out, movement->movement_class);
	write_span(out, movement->summary);
	write_span(out, movement->reversed_serial);
}

static void unpack_movement(struct byte_reader *in, struct span key, struct movement_record *movement)
{
	unsigned flags;

	movement->account = key;
	movement->serial = read_span(in);
	movement->name = read_span(in);
	movement->id_number = read_span(in);
	movement->date = (civil_date)read_number(in);
	flags = read_u8(in);
	movement->debit = flags & 1;
	movement->summary_known = flags & 2;
	movement->amount_fen = (int64_t)read_number(in);
	movement->movement_class = read_u8(in);
	movement->summary = read_span(in);
	movement->reversed_serial = read_span(in);
}

static void pack_payment(struct byte_writer *out, const struct payment_record *payment)
{
	write_span(out, payment->name);
	write_span(out, payment->account);
	write_number(out, (uint64_t)payment->amount_fen);
	write_number(out, payment->paid_on);
	write_u8(out, payment->outcome);
	write_span(out, payment->code);
	write_span(out, payment->batch);
	write_number(out, payment->month);
}

static void unpack_payment(struct byte_reader *in, struct span key, struct payment_record *payment)
{
	memcpy(payment->id_number, key.data, ID_NUMBER_LENGTH);
	payment->name = read_span(in);
	payment->account = read_span(in);
	payment->amount_fen = (int64_t)read_number(in);
	payment->paid_on = (civil_date)read_number(in);
	payment->outcome = read_u8(in);
	payment->code = read_span(in);
	payment->batch = read_span(in);
	payment->month = (civil_month)read_number(in);
}

static void pack_roster(struct byte_writer *out, const struct roster_record *row)
{
	write_span(out, row->name);
	write_number(out, row->birth);
	write_u8(out, row->scheme);
	write_span(out, row->township);
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
}

static void unpack_roster(struct byte_reader *in, struct span key, struct roster_record *row)
{
	memcpy(row->id_number, key.data, ID_NUMBER_LENGTH);
	row->name = read_span(in);
	row->birth = (civil_date)read_number(in);
	row->scheme = read_u8(in);
	row->township = read_span(in);
	row->township_name = read_span(in);
	row->village = read_span(in);
	row->status = read_u8(in);
	row->benefit_start = (civil_date)read_number(in);
	row->monthly_fen = (int64_t)read_number(in);
	row->bank = read_span(in);
	row->account = read_span(in);
	row->phone = read_span(in);
	row->lost_contact = read_u8(in) != 0;
	row->employer = read_span(in);
	row->employer_name = read_span(in);
}

static void pack_feedback(struct byte_writer *out, const struct feedback_record *row)
{
	write_u8(out, row->outcome);
	write_number(out, row->verified_on);
	write_u8(out, row->method);
	write_u8(out, row->has_death_month);
	write_number(out, row->death_month);
}

static void unpack_feedback(struct byte_reader *in, struct span key, struct feedback_record *row)
{
	memcpy(row->id_number, key.data, ID_NUMBER_LENGTH);
	row->outcome = read_u8(in);
	row->verified_on = (civil_date)read_number(in);
	row->method = read_u8(in);
	row->has_death_month = read_u8(in) != 0;
	row->death_month = (civil_month)read_number(in);
}

static void pack(struct byte_writer *out, const struct document_record *record)
{
	write_span(out, record_key(record));
	write_number(out, record->line);
	write_u8(out, record->type);
	switch (record->type) {
	case RECORD_MOVEMENT:
		pack_movement(out, &record->movement);
		break;
	case RECORD_PAYMENT:
		pack_payment(out, &record->payment);
		break;
	case RECORD_ROSTER:
		pack_roster(out, &record->roster);
		break;
	case RECORD_CONFIRMATION:
		write_span(out, record->confirmation.name);
		write_number(out, record->confirmation.confirmed_on);
		write_u8(out, record->confirmation.method);
		break;
	case RECORD_FEEDBACK:
		pack_feedback(out, &record->feedback);
		break;
	case RECORD_ACCOUNT_COVERAGE:
		write_span(out, record->account_coverage.statement_id);
		write_number(out, record->account_coverage.from);
		write_number(out, record->account_coverage.to);
		write_number(out, record->account_coverage.page);
		write_u8(out, record->account_coverage.last_page);
		break;
	case RECORD_CONTROL:
		break;
	}
}

/* Packed rows are the program's own: their length is known to the packer alone, so the reader is given no end. */
static struct byte_reader packed_reader(const uint8_t *packed)
{
	return (struct byte_reader){packed, packed + (1u << 30), false};
}

static struct span packed_key(const uint8_t *packed)
{
	struct byte_reader in = packed_reader(packed);

	return read_span(&in);
}

void row_buffer_row(const struct row_buffer *buffer, size_t i, struct document_record *record)
{
	struct byte_reader in = packed_reader(buffer->rows[i].packed);
	struct span key = read_span(&in);

	memset(record, 0, sizeof(*record));
	record->line = (uint32_t)read_number(&in);
	record->type = read_u8(&in);
	switch (record->type) {
	case RECORD_MOVEMENT:
		unpack_movement(&in, key, &record->movement);
		break;
	case RECORD_PAYMENT:
		unpack_payment(&in, key, &record->payment);
		break;
	case RECORD_ROSTER:
		unpack_roster(&in, key, &record->roster);
		break;
	case RECORD_CONFIRMATION:
		memcpy(record->confirmation.id_number, key.data, ID_NUMBER_LENGTH);
		record->confirmation.name = read_span(&in);
		record->confirmation.confirmed_on = (civil_date)read_number(&in);
		record->confirmation.method = read_u8(&in);
		break;
	case RECORD_FEEDBACK:
		unpack_feedback(&in, key, &record->feedback);
		break;
	case RECORD_ACCOUNT_COVERAGE:
		record->account_coverage.account = key;
		record->account_coverage.statement_id = read_span(&in);
		record->account_coverage.from = (civil_date)read_number(&in);
		record->account_coverage.to = (civil_date)read_number(&in);
		record->account_coverage.page = (uint32_t)read_number(&in);
		record->account_coverage.last_page = read_u8(&in) != 0;
		break;
	case RECORD_CONTROL:
		break;
	}
}

bool row_buffer_add(struct row_buffer *buffer, const struct document_record *record)
{
	buffer->scratch.length = 0;
	pack(&buffer->scratch, record);
	if (buffer->count > 0 && buffer->bytes + buffer->scratch.length > ROW_BUFFER_BYTES)
		return false;
	if (buffer->count == buffer->capacity) {
		buffer->capacity = buffer->capacity == 0 ? 1024 : buffer->capacity * 2;
		buffer->rows = bytes_allocate(buffer->rows, buffer->capacity * sizeof(*buffer->rows));
	}
	buffer->rows[buffer->count++] = (struct buffered_row){
		.packed = arena_copy(&buffer->arena, buffer->scratch.data, buffer->scratch.length)};
	buffer->bytes += buffer->scratch.length + sizeof(struct buffered_row) + 8;
	return true;
}

static int row_compare(const void *a, const void *b)
{
	const struct buffered_row *x = a, *y = b;
	struct byte_reader in_x, in_y;
	struct span key_x, key_y;
	uint64_t line_x, line_y;
	size_t shorter;
	int order;

	if (x->prefix != y->prefix)
		return x->prefix < y->prefix ? -1 : 1;
	in_x = packed_reader(x->packed);
	in_y = packed_reader(y->packed);
	key_x = read_span(&in_x);
	key_y = read_span(&in_y);
	shorter = key_x.length < key_y.length ? key_x.length : key_y.length;
	order = memcmp(key_x.data, key_y.data, shorter);
	if (order != 0)
		return order;
	if (key_x.length != key_y.length)
		return key_x.length < key_y.length ? -1 : 1;
	line_x = read_number(&in_x);
	line_y = read_number(&in_y);
	if (line_x != line_y)
		return line_x < line_y ? -1 : 1;
	/* Several records of one line (an entry and the statement it stands in) keep their order in memory. */
	return x->packed < y->packed ? -1 : x->packed > y->packed;
}

void row_buffer_sort(struct row_buffer *buffer)
{
	struct span first = buffer->count == 0 ? span_of("") : packed_key(buffer->rows[0].packed);
	size_t shared = first.length;

	for (size_t i = 1; i < buffer->count && shared > 0; i++) {
		struct span key = packed_key(buffer->rows[i].packed);

		if (key.length < shared)
			shared = key.length;
		while (shared > 0 && memcmp(key.data, first.data, shared) != 0)
			shared--;
	}
	for (size_t i = 0; i < buffer->count; i++) {
		struct span key = packed_key(buffer->rows[i].packed);
		uint8_t bytes[8] = {0};

		memcpy(bytes, key.data + shared, key.length - shared < 8 ? key.length - shared : 8);
		buffer->rows[i].prefix = bytes_load_u64(bytes);
	}
	if (buffer->count > 1)
		qsort(buffer->rows, buffer->count, sizeof(*buffer->rows), row_compare);
}

size_t row_buffer_group_end(const struct row_buffer *buffer, size_t i)
{
	struct span key = packed_key(buffer->rows[i].packed);
	size_t end = i + 1;

	while (end < buffer->count && buffer->rows[end].prefix == buffer->rows[i].prefix &&
		span_equal(packed_key(buffer->rows[end].packed), key))
		end++;
	return end;
}

void row_buffer_reset(struct row_buffer *buffer)
{
	arena_reset(&buffer->arena);
	buffer->count = 0;
	buffer->bytes = 0;
}

void row_buffer_free(struct row_buffer *buffer)
{
	arena_free(&buffer->arena);
	free(buffer->rows);
	writer_free(&buffer->scratch);
	*buffer = (struct row_buffer){0};
}
