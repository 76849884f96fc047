/* campaign_store: tables counties and campaigns. */
#include "daemon/campaign_store.h"

static bool campaign_load(struct book *book, uint32_t county, civil_date as_of, struct campaign *campaign)
{
	struct ledger_key key = key_campaign(county, as_of);
	struct ledger_bytes value;
	struct byte_reader reader;

	if (!book_get(book, TABLE_CAMPAIGNS, &key, &value))
		return false;
	reader = reader_of(value.data, value.length);
	*campaign = campaign_make(county, as_of, (civil_date)read_number(&reader));
	if (reader.bad)
		book_damaged(book, TABLE_CAMPAIGNS);
	return !reader.bad;
}

static void campaign_save(struct book *book, const struct campaign *campaign)
{
	struct ledger_key key = key_campaign(campaign->county, campaign->as_of);

	book->value.length = 0;
	write_number(&book->value, campaign->opened_on);
	book_put(book, TABLE_CAMPAIGNS, &key, &book->value);
}

static void county_save(struct book *book, const struct county_state *state)
{
	struct ledger_key key = key_county(state->county);

	book->value.length = 0;
	write_number(&book->value, state->largest_tick);
	write_number(&book->value, state->swept_before);
	write_number(&book->value, state->current_count);
	for (size_t i = 0; i < state->current_count; i++)
		write_number(&book->value, state->current[i].as_of);
	book_put(book, TABLE_COUNTIES, &key, &book->value);
}

void county_load(struct book *book, uint32_t county, struct county_state *state)
{
	struct ledger_key key = key_county(county);
	civil_date campaigns[CAMPAIGNS_CURRENT];
	struct ledger_bytes value;
	struct byte_reader reader;
	size_t count;

	*state = (struct county_state){.county = county};
	if (!book_get(book, TABLE_COUNTIES, &key, &value))
		return;
	reader = reader_of(value.data, value.length);
	state->largest_tick = (civil_date)read_number(&reader);
	state->swept_before = (civil_date)read_number(&reader);
	count = (size_t)read_number(&reader);
	for (size_t i = 0; i < count && i < CAMPAIGNS_CURRENT; i++)
		campaigns[i] = (civil_date)read_number(&reader);
	if (reader.bad || count > CAMPAIGNS_CURRENT) {
		book_damaged(book, TABLE_COUNTIES);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (!campaign_load(book, county, campaigns[i], &state->current[i]))
			book_damaged(book, TABLE_CAMPAIGNS);
	}
	state->current_count = count;
}

void county_touch(struct book *book, uint32_t county)
{
	struct ledger_key key = key_county(county);
	struct county_state state;
	struct ledger_bytes value;

	if (book_get(book, TABLE_COUNTIES, &key, &value))
		return;
	state = (struct county_state){.county = county};
	county_save(book, &state);
}

bool county_tick(struct book *book, struct county_state *state, civil_date date)
{
	if (date <= state->largest_tick)
		return false;
	state->largest_tick = date;
	county_save(book, state);
	return true;
}

enum campaign_opening county_open_campaign(
	struct book *book, struct county_state *state, civil_date as_of, civil_date opened_on)
{
	struct campaign campaign = campaign_make(state->county, as_of, opened_on);

	if (state->current_count > 0 && state->current[0].as_of == as_of) {
		if (opened_on >= state->current[0].opened_on)
			return CAMPAIGN_UNCHANGED;
		state->current[0] = campaign;
		campaign_save(book, &campaign);
		return CAMPAIGN_EARLIER;
	}
	if (state->current_count > 0)
		state->current[1] = state->current[0];
	state->current_count = state->current_count == 0 ? 1 : CAMPAIGNS_CURRENT;
	state->current[0] = campaign;
	campaign_save(book, &campaign);
	county_save(book, state);
	return CAMPAIGN_NEW;
}

void county_sweep(struct book *book, struct county_state *state, civil_date limit)
{
	state->swept_before = limit;
	while (state->current_count > 0 && state->current[state->current_count - 1].as_of < limit)
		state->current_count--;
	county_save(book, state);
}

civil_date county_oldest_date(const struct county_state *state, const struct rule_settings *settings)
{
	if (state->current_count == 0)
		return CIVIL_DATE_NONE;
	return civil_date_add_months(state->current[0].as_of, -12 * (int)settings->retention_years);
}

bool county_next(struct book *book, uint32_t after, uint32_t *county)
{
	struct ledger_key from = key_county(after + 1);
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_COUNTIES);
	struct ledger_bytes key, value;
	bool found = ledger_cursor_seek(cursor, NULL, 0, from.data, from.length, &key, &value);

	if (found)
		*county = bytes_load_u32(key.data);
	ledger_cursor_close(cursor);
	return found;
}

bool campaign_next(struct book *book, uint32_t county, civil_date after, struct campaign *campaign)
{
	struct ledger_key prefix = key_county(county), from = key_campaign(county, after + 1);
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_CAMPAIGNS);
	struct ledger_bytes key, value;
	bool found = ledger_cursor_seek(cursor, prefix.data, prefix.length, from.data, from.length, &key, &value);
	civil_date as_of = found ? bytes_load_u32(key.data + 4) : CIVIL_DATE_NONE;

	ledger_cursor_close(cursor);
	return found && campaign_load(book, county, as_of, campaign);
}
