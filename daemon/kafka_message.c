/* kafka_message: headers, fingerprints and values in, CloudEvents out. */
#include "daemon/kafka_message.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "daemon/bytes.h"
#include "daemon/kafka_topics.h"

/* Further headers of one record are not ours. */
#define HEADERS_MAX 64

static ssize_t value_read(void *context, void *buffer, size_t size, struct error *error)
{
	struct kafka_value *value = context;
	size_t left = value->length - value->position;

	(void)error;
	if (size > left)
		size = left;
	if (size > 0)
		memcpy(buffer, value->data + value->position, size);
	value->position += size;
	return (ssize_t)size;
}

static bool value_rewind(void *context, struct error *error)
{
	struct kafka_value *value = context;

	(void)error;
	value->position = 0;
	return true;
}

struct byte_source kafka_value_source(struct kafka_value *value)
{
	return (struct byte_source){value, value_read, value_rewind};
}

static size_t read_headers(const rd_kafka_message_t *record, struct message_header headers[HEADERS_MAX])
{
	rd_kafka_headers_t *list;
	const char *name;
	const void *value;
	size_t length;
	size_t count = 0;

	if (rd_kafka_message_headers(record, &list) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return 0;
	while (count < HEADERS_MAX &&
		rd_kafka_header_get_all(list, count, &name, &value, &length) == RD_KAFKA_RESP_ERR_NO_ERROR) {
		headers[count].name = span_of(name);
		headers[count].value = (struct span){value, value == NULL ? 0 : length};
		count++;
	}
	return count;
}

static void digest_part(EVP_MD_CTX *digest, const void *data, size_t length)
{
	uint8_t prefix[8];

	/* Each part with its length before it: no two messages run together to the same bytes. */
	for (size_t i = 0; i < sizeof(prefix); i++)
		prefix[i] = (uint8_t)((uint64_t)length >> (56 - 8 * i));
	EVP_DigestUpdate(digest, prefix, sizeof(prefix));
	if (length > 0)
		EVP_DigestUpdate(digest, data, length);
}

static void digest_number(EVP_MD_CTX *digest, int64_t number)
{
	char text[24];

	digest_part(digest, text, (size_t)snprintf(text, sizeof(text), "%lld", (long long)number));
}

static EVP_MD_CTX *digest_begin(void)
{
	EVP_MD_CTX *digest = EVP_MD_CTX_new();

	if (digest == NULL || EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1)
		abort();
	return digest;
}

static void digest_end(EVP_MD_CTX *digest, uint8_t hash[SHA256_SIZE])
{
	EVP_DigestFinal_ex(digest, hash, NULL);
	EVP_MD_CTX_free(digest);
}

static void fingerprint(const rd_kafka_message_t *record, int64_t timestamp_ms, const struct message_header *headers,
	size_t count, uint8_t hash[SHA256_SIZE])
{
	EVP_MD_CTX *digest = digest_begin();

	digest_number(digest, record->offset);
	digest_number(digest, timestamp_ms);
	digest_number(digest, record->key != NULL);
	digest_part(digest, record->key, record->key == NULL ? 0 : record->key_len);
	for (size_t i = 0; i < count; i++) {
		digest_part(digest, headers[i].name.data, headers[i].name.length);
		digest_part(digest, headers[i].value.data, headers[i].value.length);
	}
	digest_number(digest, record->payload != NULL);
	digest_part(digest, record->payload, record->payload == NULL ? 0 : record->len);
	digest_end(digest, hash);
}

void kafka_message_read(const rd_kafka_message_t *record, struct kafka_value *value, struct intake_message *out)
{
	struct message_header headers[HEADERS_MAX];
	size_t count = read_headers(record, headers);

	*value = (struct kafka_value){record->payload, record->payload == NULL ? 0 : record->len, 0};
	*out = (struct intake_message){
		.offset = (uint64_t)record->offset,
		.timestamp_ms = rd_kafka_message_timestamp(record, NULL),
		.key = {record->key, record->key == NULL ? 0 : record->key_len},
		.has_key = record->key != NULL,
		.value_length = value->length,
		.value = kafka_value_source(value),
	};
	message_headers_read(&out->headers, headers, count);
	fingerprint(record, out->timestamp_ms, headers, count, out->fingerprint);
}

void kafka_output_source_set(
	struct kafka_output_source *source, const struct kafka_settings *settings, int32_t partition)
{
	source->settings = settings;
	snprintf(source->uri, sizeof(source->uri), "/duizhang/%s/%d", settings->intake_topic, partition);
}

/* 2026-09-06T06:00:00.123+08:00, the civil time that everything else speaks in. */
static void format_time(int64_t time_ms, char text[96])
{
	time_t seconds = (time_t)(time_ms / 1000) + 8 * 3600;
	struct tm civil;

	gmtime_r(&seconds, &civil);
	snprintf(text, 96, "%04d-%02d-%02dT%02d:%02d:%02d.%03d+08:00", civil.tm_year + 1900, civil.tm_mon + 1,
		civil.tm_mday, civil.tm_hour, civil.tm_min, civil.tm_sec, (int)(time_ms % 1000));
}

static void format_id(const struct output_message *message, char text[33])
{
	EVP_MD_CTX *digest = digest_begin();
	uint8_t hash[SHA256_SIZE];

	digest_part(digest, message->topic, strlen(message->topic));
	digest_part(digest, message->key.data, message->key.length);
	digest_number(digest, message->value.data != NULL);
	digest_part(digest, message->value.data, message->value.length);
	digest_number(digest, message->time_ms);
	digest_end(digest, hash);
	for (size_t i = 0; i < 16; i++)
		snprintf(text + 2 * i, 3, "%02x", hash[i]);
}

static void add_header(rd_kafka_headers_t *headers, const char *name, const char *value)
{
	rd_kafka_header_add(headers, name, -1, value, -1);
}

static rd_kafka_headers_t *build_headers(const struct kafka_output_source *source, const struct kafka_topic_rule *rule,
	const char *topic, const struct output_message *message)
{
	rd_kafka_headers_t *headers = rd_kafka_headers_new(6 + message->header_count);
	char time_text[96];
	char id[33];

	format_time(message->time_ms, time_text);
	format_id(message, id);
	add_header(headers, "ce_specversion", "1.0");
	add_header(headers, "ce_type", topic);
	add_header(headers, "ce_source", source->uri);
	add_header(headers, "ce_id", id);
	add_header(headers, "ce_time", time_text);
	if (message->value.data != NULL)
		add_header(headers, "content-type", rule->content_type);
	for (size_t i = 0; i < message->header_count; i++)
		rd_kafka_header_add(headers, message->headers[i].name.data, (ssize_t)message->headers[i].name.length,
			message->headers[i].value.data, (ssize_t)message->headers[i].value.length);
	return headers;
}

rd_kafka_resp_err_t kafka_output_produce(
	rd_kafka_t *producer, const struct kafka_output_source *source, const struct output_message *message)
{
	const struct kafka_topic_rule *rule = kafka_topic_find(message->topic);
	char topic[KAFKA_TOPIC_NAME_SIZE];
	rd_kafka_headers_t *headers;
	rd_kafka_resp_err_t code;

	assert(rule != NULL);
	kafka_topic_format(source->settings, rule, topic);
	headers = build_headers(source, rule, topic, message);
	/* With MSG_F_COPY the library does not write to what it is given, whatever its types say. */
	code = rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
		RD_KAFKA_V_KEY((void *)(uintptr_t)message->key.data, message->key.length),
		RD_KAFKA_V_VALUE((void *)(uintptr_t)message->value.data, message->value.length),
		RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
	/* The producer takes the headers only along with the message. */
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
		rd_kafka_headers_destroy(headers);
	return code;
}
