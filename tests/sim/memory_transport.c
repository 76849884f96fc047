/* memory_transport: a broker in memory. */
#include "tests/sim/memory_transport.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>

static void *copy_of(const void *data, size_t length)
{
	char *copy = malloc(length + 1);

	if (copy == NULL)
		abort();
	if (length > 0)
		memcpy(copy, data, length);
	copy[length] = '\0';
	return copy;
}

void memory_broker_append(struct memory_broker *broker, const char *key, const struct message_header *headers,
	size_t header_count, const void *value, size_t length, int64_t timestamp_ms)
{
	struct memory_message *message;

	broker->messages = realloc(broker->messages, (broker->message_count + 1) * sizeof(*message));
	message = &broker->messages[broker->message_count++];
	*message = (struct memory_message){.timestamp_ms = timestamp_ms, .length = length};
	snprintf(message->key, sizeof(message->key), "%s", key);
	message_headers_read(&message->headers, headers, header_count);
	message->value = copy_of(value, length);
	SHA256(message->value, length, message->fingerprint);
}

void memory_broker_free(struct memory_broker *broker)
{
	for (size_t i = 0; i < broker->message_count; i++)
		free(broker->messages[i].value);
	for (size_t i = 0; i < broker->record_count; i++) {
		free(broker->records[i].topic);
		free(broker->records[i].key);
		free(broker->records[i].value);
	}
	free(broker->messages);
	free(broker->records);
	*broker = (struct memory_broker){0};
}

static struct memory_transport *self(struct transport *transport)
{
	return (struct memory_transport *)transport;
}

static bool memory_seek(struct transport *transport, int32_t partition, uint64_t offset, struct error *error)
{
	(void)partition;
	(void)error;
	self(transport)->next = offset;
	return true;
}

static ssize_t memory_read(void *context, void *buffer, size_t size, struct error *error)
{
	struct memory_transport *transport = context;
	const struct memory_message *message = &transport->broker->messages[transport->next - 1];
	size_t left = message->length - transport->value_at;

	(void)error;
	size = size < left ? size : left;
	memcpy(buffer, message->value + transport->value_at, size);
	transport->value_at += size;
	return (ssize_t)size;
}

static bool memory_rewind(void *context, struct error *error)
{
	(void)error;
	((struct memory_transport *)context)->value_at = 0;
	return true;
}

static int memory_next(
	struct transport *transport, int32_t partition, struct intake_message *message, struct error *error)
{
	struct memory_transport *memory = self(transport);
	const struct memory_message *stored;

	(void)partition;
	(void)error;
	if (memory->next >= memory->broker->message_count)
		return 0;
	stored = &memory->broker->messages[memory->next];
	*message = (struct intake_message){.offset = memory->next,
		.timestamp_ms = stored->timestamp_ms,
		.key = span_of(stored->key),
		.has_key = stored->key[0] != '\0',
		.headers = stored->headers,
		.value_length = stored->length,
		.value = {.context = memory, .read = memory_read, .rewind = memory_rewind}};
	memcpy(message->fingerprint, stored->fingerprint, SHA256_SIZE);
	memory->next++;
	memory->value_at = 0;
	return 1;
}

static uint64_t memory_log_end(struct transport *transport, int32_t partition)
{
	(void)partition;
	return self(transport)->broker->message_count;
}

static void broker_commit(
	struct memory_broker *broker, const struct output_message *messages, size_t count, struct publish_position to)
{
	broker->records = realloc(broker->records, (broker->record_count + count + 1) * sizeof(*broker->records));
	for (size_t i = 0; i < count; i++) {
		struct memory_record *record = &broker->records[broker->record_count++];

		*record = (struct memory_record){.topic = copy_of(messages[i].topic, strlen(messages[i].topic)),
			.key = copy_of(messages[i].key.data, messages[i].key.length),
			.value_length = messages[i].value.length,
			.offset = to.offset};
		if (messages[i].value.data != NULL)
			record->value = copy_of(messages[i].value.data, messages[i].value.length);
	}
	broker->position = to;
	broker->has_position = true;
}

static bool memory_publish(struct transport *transport, int32_t partition, const struct output_message *messages,
	size_t count, struct publish_position to, struct error *error)
{
	struct memory_transport *memory = self(transport);
	enum memory_publish_fault fault =
		memory->fault == NULL ? MEMORY_PUBLISH_OK : memory->fault(memory->fault_context);

	(void)partition;
	(void)error;
	memory->publishing = true;
	if (memory->epoch != memory->broker->producer_epoch) {
		memory->result = PUBLISH_FENCED;
		return true;
	}
	if (fault != MEMORY_PUBLISH_LOST)
		broker_commit(memory->broker, messages, count, to);
	memory->result = fault == MEMORY_PUBLISH_OK ? PUBLISH_DONE : PUBLISH_RESTARTED;
	return true;
}

void memory_transport_init(struct memory_transport *transport, struct memory_broker *broker)
{
	static const struct transport_operations operations = {
		.seek = memory_seek, .next = memory_next, .log_end = memory_log_end, .publish = memory_publish};

	*transport = (struct memory_transport){.base = {.operations = &operations}, .broker = broker};
}

void memory_transport_join(struct memory_transport *transport)
{
	transport->epoch = ++transport->broker->producer_epoch;
}

struct intake_identity memory_transport_identity(const struct memory_transport *transport)
{
	const struct memory_broker *broker = transport->broker;
	struct intake_identity identity = {.log_id = "memory",
		.partition_count = 1,
		.has_position = broker->has_position,
		.position = broker->position,
		.log_start = broker->log_start,
		.log_end = broker->message_count};

	return identity;
}

bool memory_transport_take_result(struct memory_transport *transport, enum publish_result *result)
{
	if (!transport->publishing)
		return false;
	transport->publishing = false;
	*result = transport->result;
	return true;
}
