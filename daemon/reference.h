/*
 * reference: person_ref, account_ref, serial_ref: keyed hashes that stand for a number where the number may not
 * (section 9).
 *
 * A reference_maker is made once from the pseudonym key and used by one thread.
 */
#ifndef DUIZHANG_DAEMON_REFERENCE_H
#define DUIZHANG_DAEMON_REFERENCE_H

#include "parsers/record.h"

#include "daemon/error.h"

#define REFERENCE_TEXT_SIZE 33

struct reference_maker;

/* NULL when libcrypto refuses the key. The key is copied. */
struct reference_maker *reference_maker_new(const void *key, size_t key_length);
void reference_maker_free(struct reference_maker *maker);

/* First 16 bytes of HMAC-SHA-256(key, id_number), hex; returns text. */
const char *reference_person(
	struct reference_maker *maker, const char id_number[ID_NUMBER_LENGTH], char text[REFERENCE_TEXT_SIZE]);
/* Of bank + "/" + account. */
const char *reference_account(
	struct reference_maker *maker, struct span bank, struct span account, char text[REFERENCE_TEXT_SIZE]);
/* Of bank + "/" + account + "/" + serial. */
const char *reference_serial(struct reference_maker *maker, struct span bank, struct span account, struct span serial,
	char text[REFERENCE_TEXT_SIZE]);

/* Reads the key file; makes it (32 random bytes, 0600, synced) if it is absent and make is true. *key is the caller's.
 */
bool reference_key_load(const char *path, bool make, void **key, size_t *key_length, struct error *error);

#endif
