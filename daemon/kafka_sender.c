/* kafka_sender: hash first, then one chunk after another, counted off as they are acknowledged. */
#include "daemon/kafka_sender.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bytes.h"
#include "daemon/kafka_client.h"

struct kafka_sender {
	const struct kafka_settings *settings;
	rd_kafka_t *client;
	/* Of the document in hand, kept by the delivery reports: */
	uint64_t outstanding;
	uint64_t bytes_done;
	rd_kafka_resp_err_t failure;
	int32_t partition;
	int64_t offset;
};

static void delivered(rd_kafka_t *client, const rd_kafka_message_t *record, void *context)
{
	struct kafka_sender *sender = context;

	(void)client;
	sender->outstanding--;
	if (record->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
		if (sender->failure == RD_KAFKA_RESP_ERR_NO_ERROR)
			sender->failure = record->err;
		return;
	}
	sender->bytes_done += record->len;
	sender->partition = record->partition;
	if (record->offset > sender->offset)
		sender->offset = record->offset;
}

struct kafka_sender *kafka_sender_new(const struct kafka_settings *settings, struct error *error)
{
	rd_kafka_conf_t *configuration = kafka_client_configure(settings, KAFKA_ROLE_SENDER, error);
	struct kafka_sender *sender;

	if (configuration == NULL)
		return NULL;
	sender = bytes_allocate(NULL, sizeof(*sender));
	*sender = (struct kafka_sender){.settings = settings};
	rd_kafka_conf_set_opaque(configuration, sender);
	rd_kafka_conf_set_dr_msg_cb(configuration, delivered);
	sender->client = kafka_client_new(configuration, KAFKA_ROLE_SENDER, error);
	if (sender->client == NULL) {
		free(sender);
		return NULL;
	}
	return sender;
}

void kafka_sender_free(struct kafka_sender *sender)
{
	if (sender == NULL)
		return;
	rd_kafka_destroy(sender->client);
	free(sender);
}

/* Fills buffer as far as the source goes; -1 with error filled. */
static ssize_t read_full(const struct byte_source *source, char *buffer, size_t size, struct error *error)
{
	size_t length = 0;

	while (length < size) {
		ssize_t got = source->read(source->context, buffer + length, size - length, error);

		if (got < 0)
			return -1;
		if (got == 0)
			break;
		length += (size_t)got;
	}
	return (ssize_t)length;
}

static bool hash_source(
	const struct byte_source *source, char *buffer, size_t size, struct kafka_sent *sent, struct error *error)
{
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	ssize_t got = -1;

	if (digest == NULL || EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1)
		abort();
	sent->bytes = 0;
	if (!source->rewind(source->context, error))
		goto out;
	while ((got = read_full(source, buffer, size, error)) > 0) {
		EVP_DigestUpdate(digest, buffer, (size_t)got);
		sent->bytes += (uint64_t)got;
	}
	EVP_DigestFinal_ex(digest, sent->sha256, NULL);
out:
	EVP_MD_CTX_free(digest);
	return got == 0;
}

static rd_kafka_headers_t *build_headers(
	const struct kafka_document *document, const struct kafka_sent *sent, uint32_t chunk)
{
	rd_kafka_headers_t *headers = rd_kafka_headers_new(9);
	char sha256[2 * SHA256_SIZE + 1];
	char part[24];
	const struct {
		const char *name;
		const char *value;
	} texts[] = {
		{"name", document->name},
		{"kind", document->kind},
		{"layout", document->layout},
		{"bank", document->bank},
		{"county", document->county},
		{"charset", document->charset},
		{"supersedes", document->supersedes},
		{"sha256", sha256},
		{"chunk", sent->chunks > 1 ? part : NULL},
	};

	for (size_t i = 0; i < SHA256_SIZE; i++)
		snprintf(sha256 + 2 * i, 3, "%02x", sent->sha256[i]);
	snprintf(part, sizeof(part), "%u/%u", chunk, sent->chunks);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i].value != NULL)
			rd_kafka_header_add(headers, texts[i].name, -1, texts[i].value, -1);
	}
	return headers;
}

static void show_progress(
	struct kafka_sender *sender, const struct kafka_document *document, const struct kafka_sent *sent)
{
	if (document->progress != NULL)
		document->progress(document->progress_context, sender->bytes_done, sent->bytes);
}

static rd_kafka_resp_err_t produce(struct kafka_sender *sender, const struct kafka_document *document,
	const struct kafka_sent *sent, uint32_t chunk, char *data, size_t length)
{
	for (;;) {
		rd_kafka_headers_t *headers = build_headers(document, sent, chunk);
		rd_kafka_resp_err_t code = rd_kafka_producev(sender->client,
			RD_KAFKA_V_TOPIC(sender->settings->intake_topic), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
			RD_KAFKA_V_KEY((void *)(uintptr_t)document->key, strlen(document->key)),
			RD_KAFKA_V_VALUE(data, length), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);

		if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
			sender->outstanding++;
			return code;
		}
		rd_kafka_headers_destroy(headers);
		if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL || sender->failure != RD_KAFKA_RESP_ERR_NO_ERROR)
			return code;
		rd_kafka_poll(sender->client, 100);
		show_progress(sender, document, sent);
	}
}

static bool describe_failure(struct kafka_sender *sender, rd_kafka_resp_err_t code, struct error *error)
{
	const char *topic = sender->settings->intake_topic;

	switch (code) {
	case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
	case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
	case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
		return error_set(error, ERROR_FATAL,
			"make the topics with `duizhang topics --create`, or correct intake.topic",
			"there is no topic %s", topic);
	case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
		return error_set(
			error, ERROR_FATAL, "send smaller chunks (--chunk)", "a chunk is larger than the brokers take");
	case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
		return error_set(error, ERROR_FATAL, "grant this user Write on the topic",
			"the cluster forbids to write to %s", topic);
	default:
		return error_set(error, ERROR_RETRY, "see to the brokers at bootstrap.servers, then send again",
			"no broker has acknowledged it: %s", rd_kafka_err2str(code));
	}
}

/* Reads the source a second time, chunk by chunk, into the producer's queue. */
static bool produce_all(struct kafka_sender *sender, const struct kafka_document *document,
	const struct kafka_sent *sent, char *buffer, size_t size, struct error *error)
{
	const struct byte_source *source = &document->content;
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	uint8_t hash[SHA256_SIZE];
	bool done = false;

	if (digest == NULL || EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1)
		abort();
	if (!source->rewind(source->context, error))
		goto out;
	for (uint32_t chunk = 1; chunk <= sent->chunks; chunk++) {
		ssize_t got = read_full(source, buffer, size, error);
		rd_kafka_resp_err_t code;

		if (got < 0)
			goto out;
		EVP_DigestUpdate(digest, buffer, (size_t)got);
		code = produce(sender, document, sent, chunk, buffer, (size_t)got);
		if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
			describe_failure(
				sender, sender->failure != RD_KAFKA_RESP_ERR_NO_ERROR ? sender->failure : code, error);
			goto out;
		}
		rd_kafka_poll(sender->client, 0);
		show_progress(sender, document, sent);
	}
	EVP_DigestFinal_ex(digest, hash, NULL);
	done = memcmp(hash, sent->sha256, sizeof(hash)) == 0 ||
	       error_set(error, ERROR_RETRY, "send it again when nobody writes to it",
		       "the file changed while it was sent");
out:
	EVP_MD_CTX_free(digest);
	return done;
}

/* Waits until each chunk is acknowledged or given up; no delivery report comes after this. */
static bool wait_acknowledged(struct kafka_sender *sender, const struct kafka_document *document,
	const struct kafka_sent *sent, struct error *error)
{
	while (sender->outstanding > 0) {
		if (error->class != ERROR_NONE || sender->failure != RD_KAFKA_RESP_ERR_NO_ERROR)
			rd_kafka_purge(sender->client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
		rd_kafka_poll(sender->client, 100);
		show_progress(sender, document, sent);
	}
	if (error->class != ERROR_NONE)
		return false;
	if (sender->failure != RD_KAFKA_RESP_ERR_NO_ERROR)
		return describe_failure(sender, sender->failure, error);
	return true;
}

bool kafka_sender_send(struct kafka_sender *sender, const struct kafka_document *document, struct kafka_sent *sent,
	struct error *error)
{
	size_t size = document->chunk_bytes == 0 ? KAFKA_CHUNK_BYTES : (size_t)document->chunk_bytes;
	char *buffer = bytes_allocate(NULL, size);
	bool done = false;

	memset(sent, 0, sizeof(*sent));
	if (!hash_source(&document->content, buffer, size, sent, error))
		goto out;
	sent->chunks = sent->bytes == 0 ? 1 : (uint32_t)((sent->bytes + size - 1) / size);
	sender->outstanding = 0;
	sender->bytes_done = 0;
	sender->failure = RD_KAFKA_RESP_ERR_NO_ERROR;
	sender->offset = 0;
	produce_all(sender, document, sent, buffer, size, error);
	done = wait_acknowledged(sender, document, sent, error);
	sent->partition = sender->partition;
	sent->offset = (uint64_t)sender->offset;
out:
	free(buffer);
	return done;
}
