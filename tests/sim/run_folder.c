/* run_folder: FOLDER/intake through the engine in memory, output as JSON lines by topic; for debugging a simulation by
 * hand. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "daemon/partition.h"
#include "tests/sim/memory_transport.h"

static int is_document(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && !(length > 8 && strcmp(entry->d_name + length - 8, ".headers") == 0);
}

static int byte_order(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static struct span file_read(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct stat status;
	char *bytes;

	if (file == NULL || fstat(fileno(file), &status) != 0)
		return (struct span){NULL, 0};
	bytes = malloc((size_t)status.st_size + 1);
	if (fread(bytes, 1, (size_t)status.st_size, file) != (size_t)status.st_size)
		abort();
	fclose(file);
	return (struct span){bytes, (size_t)status.st_size};
}

static void load(struct memory_broker *broker, const char *folder)
{
	struct dirent **names;
	char path[4096];
	int count;

	snprintf(path, sizeof(path), "%s/intake", folder);
	count = scandir(path, &names, is_document, byte_order);
	for (int i = 0; i < count; i++) {
		struct message_header headers[32] = {{span_of("name"), span_of(names[i]->d_name)}};
		struct span value, text;
		int header_count = 1;

		snprintf(path, sizeof(path), "%s/intake/%s", folder, names[i]->d_name);
		value = file_read(path);
		snprintf(path, sizeof(path), "%s/intake/%s.headers", folder, names[i]->d_name);
		text = file_read(path);
		if (text.data != NULL)
			header_count += message_headers_split(text, headers + 1, 31);
		memory_broker_append(broker, "", headers, (size_t)header_count, value.data, value.length,
			1764000000000 + i * 1000LL);
		free((void *)(uintptr_t)value.data);
		free((void *)(uintptr_t)text.data);
		free(names[i]);
	}
	free(names);
}

int main(int argc, char **argv)
{
	struct memory_broker broker = {0};
	struct memory_transport transport;
	struct partition_settings settings = {.topic = "intake",
		.rules = {.retention_years = 3, .min_payout_share_percent = 50},
		.limits = document_limits_default,
		.chunk_limits = {1u << 29, 1u << 30},
		.publish_max_records = 10000,
		.outbox_rows_max = 1000000};
	struct byte_writer rules = {0};
	struct error error = {0};
	struct partition *partition;
	struct intake_identity identity;
	enum publish_result result;
	size_t key_length;
	char path[4096];
	void *key;

	if (argc != 3)
		return 2;
	snprintf(path, sizeof(path), "%s/ledger/pseudonym.key", argv[1]);
	if (!reference_key_load(path, false, &key, &key_length, &error))
		goto failed;
	settings.references = reference_maker_new(key, key_length);
	rules_text_write(&settings.rules, key, key_length, span_of(""), &rules);
	settings.rules_text = (struct span){(const char *)rules.data, rules.length};
	settings.ledger_directory = argv[2];
	load(&broker, argv[1]);
	memory_transport_init(&transport, &broker);
	memory_transport_join(&transport);
	partition = partition_new(&settings, &transport.base);
	identity = memory_transport_identity(&transport);
	if (!partition_assign(partition, &identity, &error))
		goto failed;
	partition_stop_at(partition, broker.message_count);
	while (!partition_done(partition)) {
		partition_work(partition, &error);
		if (error.class != ERROR_NONE)
			goto failed;
		identity = memory_transport_identity(&transport);
		if (memory_transport_take_result(&transport, &result) &&
			!partition_published(partition, result, &identity, &error))
			goto failed;
	}
	partition_revoke(partition);
	partition_free(partition);
	for (size_t i = 0; i < broker.record_count; i++) {
		FILE *file;

		snprintf(path, sizeof(path), "%s/pension.%s.v1.jsonl", argv[2], broker.records[i].topic);
		file = fopen(path, "a");
		if (strcmp(broker.records[i].topic, "rejects") == 0)
			fprintf(file, "{\"key\":\"%s\",\"value\":null}\n", broker.records[i].key);
		else
			fprintf(file, "{\"key\":\"%s\",\"value\":%s}\n", broker.records[i].key,
				broker.records[i].value == NULL ? "null" : broker.records[i].value);
		fclose(file);
	}
	memory_broker_free(&broker);
	reference_maker_free(settings.references);
	writer_free(&rules);
	free(key);
	return 0;
failed:
	fprintf(stderr, "run_folder: %s; %s\n", error.cause, error.remedy);
	return 1;
}
