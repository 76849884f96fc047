/* cli_sender: one interface over both senders. */
#include "daemon/cli_sender.h"

#include <assert.h>
#include <unistd.h>

#include "daemon/cli_print.h"
#include "daemon/directory_sender.h"
#include "daemon/kafka_sender.h"

struct cli_sender {
	int intake_fd; /* -1: Kafka */
	struct kafka_sender *kafka;
	struct print_progress progress;
	bool terminal;
};

struct cli_sender *cli_sender_open(const struct cli *cli, struct error *error)
{
	struct cli_sender *sender = bytes_allocate(NULL, sizeof(*sender));
	bool opened;

	*sender = (struct cli_sender){.intake_fd = -1, .terminal = cli->terminal};
	if (cli->config->directory != NULL) {
		sender->intake_fd = directory_sender_open(cli->config->directory, error);
		opened = sender->intake_fd != -1;
	} else {
		sender->kafka = kafka_sender_new(&cli->config->kafka, error);
		opened = sender->kafka != NULL;
	}
	if (opened)
		return sender;
	free(sender);
	return NULL;
}

void cli_sender_close(struct cli_sender *sender)
{
	if (sender == NULL)
		return;
	if (sender->intake_fd != -1)
		close(sender->intake_fd);
	kafka_sender_free(sender->kafka);
	free(sender);
}

static bool send_directory(
	struct cli_sender *sender, const struct cli_outgoing *outgoing, struct cli_sent *sent, struct error *error)
{
	const char *const *texts = outgoing->texts;
	const struct directory_document document = {
		.name = outgoing->name,
		.kind = texts[DOCUMENT_OPTION_KIND],
		.layout = texts[DOCUMENT_OPTION_LAYOUT],
		.bank = texts[DOCUMENT_OPTION_BANK],
		.county = texts[DOCUMENT_OPTION_COUNTY],
		.charset = texts[DOCUMENT_OPTION_CHARSET],
		.supersedes = texts[DOCUMENT_OPTION_SUPERSEDES],
		.content = outgoing->content,
		.chunk_bytes = outgoing->chunk_bytes,
	};
	struct directory_sent directory_sent;

	if (!directory_sender_send(sender->intake_fd, &document, &directory_sent, error))
		return false;
	*sent = (struct cli_sent){.bytes = directory_sent.bytes, .chunks = directory_sent.chunks};
	memcpy(sent->sha256, directory_sent.sha256, SHA256_SIZE);
	memcpy(sent->name, directory_sent.name, sizeof(sent->name));
	return true;
}

static void on_progress(void *context, uint64_t bytes_done, uint64_t bytes)
{
	print_progress(context, bytes_done, bytes);
}

static bool send_kafka(
	struct cli_sender *sender, const struct cli_outgoing *outgoing, struct cli_sent *sent, struct error *error)
{
	const char *const *texts = outgoing->texts;
	const struct kafka_document document = {
		.key = outgoing->county,
		.name = outgoing->name,
		.kind = texts[DOCUMENT_OPTION_KIND],
		.layout = texts[DOCUMENT_OPTION_LAYOUT],
		.bank = texts[DOCUMENT_OPTION_BANK],
		.county = texts[DOCUMENT_OPTION_COUNTY],
		.charset = texts[DOCUMENT_OPTION_CHARSET],
		.supersedes = texts[DOCUMENT_OPTION_SUPERSEDES],
		.content = outgoing->content,
		.chunk_bytes = outgoing->chunk_bytes,
		.progress = on_progress,
		.progress_context = &sender->progress,
	};
	struct kafka_sent kafka_sent;
	bool done;

	assert(outgoing->county != NULL);
	print_progress_begin(&sender->progress, sender->terminal, "bytes acknowledged");
	done = kafka_sender_send(sender->kafka, &document, &kafka_sent, error);
	print_progress_end(&sender->progress);
	if (!done)
		return false;
	*sent = (struct cli_sent){.bytes = kafka_sent.bytes,
		.chunks = kafka_sent.chunks,
		.on_kafka = true,
		.partition = kafka_sent.partition,
		.offset = kafka_sent.offset};
	memcpy(sent->sha256, kafka_sent.sha256, SHA256_SIZE);
	return true;
}

bool cli_sender_send(
	struct cli_sender *sender, const struct cli_outgoing *outgoing, struct cli_sent *sent, struct error *error)
{
	return sender->kafka != NULL ? send_kafka(sender, outgoing, sent, error)
				     : send_directory(sender, outgoing, sent, error);
}
