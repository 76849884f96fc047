/*
 * ledger_keys: the keys of the ledger's tables.
 *
 * Keys sort bytewise: numbers big-endian, text followed by a zero byte (no text of a key holds one). Everything that
 * belongs to a county begins with its code, so that one county never sees another's rows.
 *
 * People and accounts are wide: all rows of one person (one account) stand together under a common prefix, then a row
 * type, then what tells rows of that type apart; reading a person is one walk.
 */
#ifndef DUIZHANG_DAEMON_LEDGER_KEYS_H
#define DUIZHANG_DAEMON_LEDGER_KEYS_H

#include "daemon/bytes.h"

/* LMDB's own limit is 511; the longest key here is an account coverage row. */
#define LEDGER_KEY_MAX 240

struct ledger_key {
	size_t length;
	uint8_t data[LEDGER_KEY_MAX];
};

enum person_row_type { PERSON_STATE, PERSON_ROSTER_ROW, PERSON_EVIDENCE, PERSON_JUDGEMENT, PERSON_ENTITLEMENT };
enum account_row_type {
	ACCOUNT_STATE,
	ACCOUNT_LINK,
	ACCOUNT_MOVEMENTS,
	ACCOUNT_STATEMENT,
	ACCOUNT_SILENCE,
	ACCOUNT_PAYMENT
};

static inline void key_u8(struct ledger_key *key, unsigned value)
{
	key->data[key->length++] = (uint8_t)value;
}

static inline void key_u32(struct ledger_key *key, uint32_t value)
{
	bytes_store_u32(key->data + key->length, value);
	key->length += 4;
}

static inline void key_u64(struct ledger_key *key, uint64_t value)
{
	bytes_store_u64(key->data + key->length, value);
	key->length += 8;
}

static inline void key_bytes(struct ledger_key *key, const void *data, size_t length)
{
	memcpy(key->data + key->length, data, length);
	key->length += length;
}

/* Text of at most 64 bytes and its zero byte. */
static inline void key_text(struct ledger_key *key, struct span text)
{
	key_bytes(key, text.data, text.length > 64 ? 64 : text.length);
	key_u8(key, 0);
}

/* A county code as the number it is: 532929. */
static inline struct ledger_key key_county(uint32_t county)
{
	struct ledger_key key = {.length = 0};

	key_u32(&key, county);
	return key;
}

static inline struct ledger_key key_bank(uint32_t county, struct span bank)
{
	struct ledger_key key = key_county(county);

	key_text(&key, bank);
	return key;
}

/* The prefix of all rows of an account. */
static inline struct ledger_key key_account(uint32_t county, struct span bank, struct span account)
{
	struct ledger_key key = key_bank(county, bank);

	key_text(&key, account);
	return key;
}

/* The prefix of all rows of a person. */
static inline struct ledger_key key_person(uint32_t county, const char id_number[ID_NUMBER_LENGTH])
{
	struct ledger_key key = key_county(county);

	key_bytes(&key, id_number, ID_NUMBER_LENGTH);
	return key;
}

static inline struct ledger_key key_campaign(uint32_t county, civil_date as_of)
{
	struct ledger_key key = key_county(county);

	key_u32(&key, as_of);
	return key;
}

static inline struct ledger_key key_offset(uint64_t offset)
{
	struct ledger_key key = {.length = 0};

	key_u64(&key, offset);
	return key;
}

#endif
