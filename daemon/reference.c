/* reference: keyed hashes by libcrypto's HMAC, and the key file. */
#include "daemon/reference.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_BYTES     32
#define KEY_BYTES_MAX 4096

struct reference_maker {
	EVP_MAC *mac;
	EVP_MAC_CTX *context;
};

struct reference_maker *reference_maker_new(const void *key, size_t key_length)
{
	struct reference_maker *maker = calloc(1, sizeof(*maker));
	char digest[] = "SHA256";
	OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};

	if (maker == NULL)
		return NULL;
	maker->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	maker->context = maker->mac == NULL ? NULL : EVP_MAC_CTX_new(maker->mac);
	if (maker->context == NULL || EVP_MAC_init(maker->context, key, key_length, parameters) != 1) {
		reference_maker_free(maker);
		return NULL;
	}
	return maker;
}

void reference_maker_free(struct reference_maker *maker)
{
	if (maker == NULL)
		return;
	EVP_MAC_CTX_free(maker->context);
	EVP_MAC_free(maker->mac);
	free(maker);
}

static const char *reference_make(
	struct reference_maker *maker, const struct span *parts, size_t count, char text[REFERENCE_TEXT_SIZE])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char digest[EVP_MAX_MD_SIZE];
	size_t digest_length = 0;
	bool ok = EVP_MAC_init(maker->context, NULL, 0, NULL) == 1;

	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			ok = ok && EVP_MAC_update(maker->context, (const unsigned char *)"/", 1) == 1;
		ok = ok && EVP_MAC_update(maker->context, (const unsigned char *)parts[i].data, parts[i].length) == 1;
	}
	ok = ok && EVP_MAC_final(maker->context, digest, &digest_length, sizeof(digest)) == 1;
	if (!ok)
		abort(); /* memory is out: a wrong reference must never be published */
	for (size_t i = 0; i < 16; i++) {
		text[2 * i] = hex[digest[i] >> 4];
		text[2 * i + 1] = hex[digest[i] & 15];
	}
	text[32] = '\0';
	return text;
}

const char *reference_person(
	struct reference_maker *maker, const char id_number[ID_NUMBER_LENGTH], char text[REFERENCE_TEXT_SIZE])
{
	struct span part = {id_number, ID_NUMBER_LENGTH};

	return reference_make(maker, &part, 1, text);
}

const char *reference_account(
	struct reference_maker *maker, struct span bank, struct span account, char text[REFERENCE_TEXT_SIZE])
{
	struct span parts[] = {bank, account};

	return reference_make(maker, parts, 2, text);
}

const char *reference_serial(struct reference_maker *maker, struct span bank, struct span account, struct span serial,
	char text[REFERENCE_TEXT_SIZE])
{
	struct span parts[] = {bank, account, serial};

	return reference_make(maker, parts, 3, text);
}

/* Written beside and linked into place: of two processes that make it at once, both end with the same key. */
static bool key_make(const char *path, struct error *error)
{
	unsigned char key[KEY_BYTES];
	char temporary[4096];
	bool ok = false;
	int fd;

	snprintf(temporary, sizeof(temporary), "%s.%ld", path, (long)getpid());
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || RAND_bytes(key, sizeof(key)) != 1 || write(fd, key, sizeof(key)) != (ssize_t)sizeof(key) ||
		fsync(fd) != 0)
		goto out;
	ok = link(temporary, path) == 0 || errno == EEXIST;
out:
	if (!ok)
		error_set(error, ERROR_FATAL, "make its folder writable, or name another in [privacy] key_file",
			"the pseudonym key %s cannot be made: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	unlink(temporary);
	return ok;
}

bool reference_key_load(const char *path, bool make, void **key, size_t *key_length, struct error *error)
{
	unsigned char *bytes = NULL;
	ssize_t length;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*key = NULL;
	if (fd < 0 && errno == ENOENT && make) {
		if (!key_make(path, error))
			return false;
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (fd < 0)
		return error_set(error, ERROR_FATAL, "put the key file back, or name it in [privacy] key_file",
			"the pseudonym key %s cannot be read: %s", path, strerror(errno));
	bytes = malloc(KEY_BYTES_MAX);
	length = bytes == NULL ? -1 : read(fd, bytes, KEY_BYTES_MAX);
	close(fd);
	if (length <= 0) {
		free(bytes);
		return error_set(error, ERROR_FATAL, "put the right key file back; a new one would rename every person",
			"the pseudonym key %s is empty or cannot be read", path);
	}
	*key = bytes;
	*key_length = (size_t)length;
	return true;
}
