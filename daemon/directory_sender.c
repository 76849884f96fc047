/* directory_sender: writes chunk after chunk under hidden names, renames each when it is on the disk. */
#include "daemon/directory_sender.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "daemon/durable_file.h"

#define COPY_BYTES      65536
#define BASE_BYTES_MAX  120
#define CHUNK_COUNT_MAX 1000000
#define HEADERS_SUFFIX  ".headers"

int directory_sender_open(const char *directory, struct error *error)
{
	int fd = durable_directory(AT_FDCWD, directory, error);
	int intake_fd = -1;

	if (fd != -1) {
		intake_fd = durable_directory(fd, "intake", error);
		close(fd);
	}
	return intake_fd;
}

/* Reads the content once: its hash and size. */
static bool measure(const struct byte_source *content, struct directory_sent *sent, struct error *error)
{
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	uint8_t buffer[COPY_BYTES];
	ssize_t count = 1;

	if (hash == NULL || EVP_DigestInit_ex(hash, EVP_sha256(), NULL) != 1)
		abort();
	sent->bytes = 0;
	if (!content->rewind(content->context, error))
		count = -1;
	while (count > 0) {
		count = content->read(content->context, buffer, sizeof(buffer), error);
		if (count > 0 && EVP_DigestUpdate(hash, buffer, (size_t)count) != 1)
			abort();
		sent->bytes += count > 0 ? (uint64_t)count : 0;
	}
	if (EVP_DigestFinal_ex(hash, sent->sha256, NULL) != 1)
		abort();
	EVP_MD_CTX_free(hash);
	return count == 0;
}

/* A name is for people: what would break a line is replaced. */
static void replace_controls(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '_';
}

/* The file's own name, without its folders; to be freed. */
static char *plain_name(const char *name)
{
	const char *slash = name == NULL ? NULL : strrchr(name, '/');
	const char *last = name == NULL ? "" : slash == NULL ? name : slash + 1;
	char *plain = strdup(last[0] == '\0' ? "document" : last);

	if (plain == NULL)
		abort();
	replace_controls(plain);
	return plain;
}

/* The end of a name in the intake: short enough, and not that of headers. */
static void write_base(const char *plain, char base[BASE_BYTES_MAX + 16])
{
	size_t length = strlen(plain);
	size_t suffix = strlen(HEADERS_SUFFIX);

	/* The end tells more than the beginning; a cut must not leave a part of a UTF-8 character. */
	if (length > BASE_BYTES_MAX) {
		plain += length - BASE_BYTES_MAX;
		while (((unsigned char)*plain & 0xc0) == 0x80)
			plain++;
	}
	strcpy(base, plain);
	length = strlen(base);
	if (length >= suffix && strcmp(base + length - suffix, HEADERS_SUFFIX) == 0)
		strcat(base, ".txt");
}

/* What all files of one document begin with: time of UTC+8 and a random number. */
static bool write_prefix(char prefix[64], struct error *error)
{
	struct timespec now;
	struct tm parts;
	time_t seconds;
	uint32_t random;
	size_t length;

	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return durable_error(error, errno, "cannot make a random number for", "the document's name");
	clock_gettime(CLOCK_REALTIME, &now);
	seconds = now.tv_sec + 8 * 3600;
	if (gmtime_r(&seconds, &parts) == NULL)
		return error_set(error, ERROR_FATAL, "set the clock", "the clock shows no time that can be written");
	length = strftime(prefix, 64, "%Y%m%dT%H%M%S", &parts);
	snprintf(prefix + length, 64 - length, "%06ld-%08x", now.tv_nsec / 1000, (unsigned)random);
	return true;
}

static bool add_header(struct byte_writer *text, const char *name, const char *value, struct error *error)
{
	if (value == NULL)
		return true;
	if (strpbrk(value, "\r\n") != NULL)
		return error_set(
			error, ERROR_FATAL, "leave the line break out", "the header %s cannot hold a line break", name);
	write_bytes(text, name, strlen(name));
	write_bytes(text, ": ", 2);
	write_bytes(text, value, strlen(value));
	write_u8(text, '\n');
	return true;
}

/* NAME.headers of one chunk. */
static bool write_headers(const struct directory_document *document, const char *name,
	const struct directory_sent *sent, uint32_t k, struct byte_writer *text, struct error *error)
{
	char sha256[2 * SHA256_SIZE + 1];
	char chunk[32];
	const struct {
		const char *name;
		const char *value;
	} headers[] = {
		{"name", name},
		{"kind", document->kind},
		{"layout", document->layout},
		{"bank", document->bank},
		{"county", document->county},
		{"charset", document->charset},
		{"supersedes", document->supersedes},
		{"sha256", sha256},
		{"chunk", sent->chunks > 1 ? chunk : NULL},
	};

	sha256_format_hex(sent->sha256, sha256);
	snprintf(chunk, sizeof(chunk), "%u/%u", k, sent->chunks);
	text->length = 0;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		if (!add_header(text, headers[i].name, headers[i].value, error))
			return false;
	return true;
}

/* Copies length bytes of content into a new file of a hidden name, synced. */
static bool copy_content(
	int intake_fd, const char *hidden, const struct byte_source *content, uint64_t length, struct error *error)
{
	int fd = openat(intake_fd, hidden, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	uint8_t buffer[COPY_BYTES];
	uint64_t written = 0;
	bool done = fd != -1 || durable_error(error, errno, "cannot make", hidden);

	while (done && written < length) {
		size_t piece = length - written < sizeof(buffer) ? (size_t)(length - written) : sizeof(buffer);
		ssize_t count = content->read(content->context, buffer, piece, error);

		if (count == 0)
			error_set(error, ERROR_FATAL, "send it when nothing writes to it any more",
				"the document became shorter while it was sent");
		done = count > 0 && durable_write_at(fd, buffer, (size_t)count, written, hidden, error);
		written += done ? (uint64_t)count : 0;
	}
	done = done && durable_sync(fd, hidden, error);
	if (fd != -1)
		close(fd);
	return done;
}

/* One file: headers, then the document by rename. */
static bool put_chunk(int intake_fd, const char *name, const struct byte_writer *headers,
	const struct byte_source *content, uint64_t length, struct error *error)
{
	char headers_name[NAME_MAX + 1];
	char hidden[NAME_MAX + 1];

	snprintf(headers_name, sizeof(headers_name), "%.240s" HEADERS_SUFFIX, name);
	snprintf(hidden, sizeof(hidden), ".%.250s", name);
	if (!copy_content(intake_fd, hidden, content, length, error) ||
		!durable_replace(intake_fd, headers_name, headers->data, headers->length, error)) {
		unlinkat(intake_fd, hidden, 0);
		return false;
	}
	if (renameat(intake_fd, hidden, intake_fd, name) == -1) {
		durable_error(error, errno, "cannot make", name);
		unlinkat(intake_fd, hidden, 0);
		unlinkat(intake_fd, headers_name, 0);
		return false;
	}
	return durable_sync(intake_fd, name, error);
}

/* How many files the document becomes: one at least, for an empty one too. */
static bool count_chunks(const struct directory_document *document, struct directory_sent *sent, struct error *error)
{
	uint64_t chunks = 1;

	if (document->chunk_bytes > 0 && sent->bytes > 0)
		chunks = (sent->bytes - 1) / document->chunk_bytes + 1;
	sent->chunks = (uint32_t)chunks;
	return chunks <= CHUNK_COUNT_MAX || error_set(error, ERROR_FATAL, "make chunks larger",
						    "the document would become more than a million chunks");
}

bool directory_sender_send(
	int intake_fd, const struct directory_document *document, struct directory_sent *sent, struct error *error)
{
	char *plain = plain_name(document->name);
	struct byte_writer headers = {0};
	char base[BASE_BYTES_MAX + 16];
	char prefix[64];
	uint64_t left;
	bool done;

	write_base(plain, base);
	done = write_prefix(prefix, error) && measure(&document->content, sent, error) &&
	       count_chunks(document, sent, error) && document->content.rewind(document->content.context, error);
	left = done ? sent->bytes : 0;
	for (uint32_t k = 1; done && k <= sent->chunks; k++) {
		uint64_t length = sent->chunks > 1 && left > document->chunk_bytes ? document->chunk_bytes : left;

		if (sent->chunks > 1)
			snprintf(sent->name, sizeof(sent->name), "%s-%07u-%s", prefix, k, base);
		else
			snprintf(sent->name, sizeof(sent->name), "%s-%s", prefix, base);
		done = write_headers(document, plain, sent, k, &headers, error) &&
		       put_chunk(intake_fd, sent->name, &headers, &document->content, length, error);
		left -= length;
	}
	writer_free(&headers);
	free(plain);
	return done;
}
