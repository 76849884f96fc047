/* cli_send: duizhang send, open-campaign and tick: what puts documents into the intake. */
#include <inttypes.h>
#include <time.h>

#include "consumers/document_reader.h"
#include "daemon/cli_print.h"
#include "daemon/cli_sender.h"
#include "daemon/cli_verbs.h"
#include "daemon/control_timer.h"
#include "daemon/intake_source.h"
#include "daemon/json_writer.h"
#include "daemon/kafka_sender.h"

/* What is known of a document before it goes. */
struct outgoing_facts {
	uint8_t id[SHA256_SIZE];
	char county[7]; /* "" if neither content nor headers say it */
	bool refused;
	struct document_error error; /* the first, if refused */
};

/* Reads the document as the daemon will: its id, its county, and whether it is fit to be sent. */
static bool read_facts(
	const struct cli *cli, struct cli_document *document, struct outgoing_facts *facts, struct error *error)
{
	const struct document_context context = {.headers = &document->headers, .limits = &cli->config->limits};
	const struct record_sink sink = {.context = NULL};
	struct document_reader reader;
	bool read = true;

	document_reader_begin(&reader, document->content, &context, &sink, NULL);
	while (read && !reader.known)
		read = document_reader_step(&reader, error);
	if (read) {
		*facts = (struct outgoing_facts){.refused = reader.refused};
		memcpy(facts->id, reader.id, SHA256_SIZE);
		memcpy(facts->county, reader.header.county, sizeof(facts->county));
		if (facts->refused)
			facts->error = reader.errors->items[0];
	}
	document_reader_free(&reader);
	return read;
}

static void print_sent(struct cli *cli, const char *path, const uint8_t id[SHA256_SIZE], const struct cli_sent *sent)
{
	char hex[2 * SHA256_SIZE + 1];
	struct byte_writer json = {0};

	sha256_format_hex(id, hex);
	if (!cli->json) {
		fprintf(cli->out, "%s: document %s, %" PRIu64 " bytes", path, hex, sent->bytes);
		if (sent->chunks > 1)
			fprintf(cli->out, " in %u chunks", sent->chunks);
		if (sent->on_kafka)
			fprintf(cli->out, ", partition %d offset %" PRIu64 "\n", sent->partition, sent->offset);
		else
			fprintf(cli->out, ", as %s\n", sent->name);
		return;
	}
	json_open(&json, '{');
	json_member_text(&json, "file", span_of(path));
	json_member_text(&json, "document", span_of(hex));
	sha256_format_hex(sent->sha256, hex);
	json_member_text(&json, "sha256", span_of(hex));
	json_member_number(&json, "bytes", (int64_t)sent->bytes);
	json_member_number(&json, "chunks", sent->chunks);
	if (sent->on_kafka) {
		json_member_number(&json, "partition", sent->partition);
		json_member_number(&json, "offset", (int64_t)sent->offset);
	} else {
		json_member_text(&json, "name", span_of(sent->name));
	}
	json_close(&json, '}');
	cli_json_line(cli, &json);
	writer_free(&json);
}

enum { SEND_CHUNK = DOCUMENT_OPTION_COUNT, SEND_COUNT };

static const struct cli_option send_options[SEND_COUNT + 1] = {
	DOCUMENT_OPTIONS,
	[SEND_CHUNK] = {"chunk", 0, CLI_NUMBER, .value = "BYTES", .min = 1, .max = KAFKA_CHUNK_BYTES,
		.help = "at most so many bytes a message"},
};

/* What the headers say that cannot be sent on. */
static bool fits_headers(const struct cli_document *document, const struct outgoing_facts *facts, struct error *error)
{
	if (document->headers.chunk_n > 1)
		return error_set(error, ERROR_FATAL, "put the chunks together and send the whole file",
			"the headers of %s say that it is one chunk of a document", document->path);
	if (facts->refused && facts->error.code == CODE_HASH_MISMATCH)
		return error_set(error, ERROR_FATAL, "get the file again, or correct its headers",
			"%s has not the sha256 that its headers say", document->path);
	return true;
}

static enum cli_exit send_document(struct cli *cli, struct cli_sender *sender, struct cli_document *document)
{
	struct outgoing_facts facts;
	struct error error = {0};
	struct cli_outgoing outgoing = {.name = document->name,
		.texts = document->texts,
		.content = document->content,
		.chunk_bytes = cli->values[SEND_CHUNK].number};
	struct cli_sent sent;

	if (!read_facts(cli, document, &facts, &error) || !fits_headers(document, &facts, &error))
		return cli_fail_error(cli, &error);
	if (facts.refused)
		cli_warn(cli, "%s will be refused: %s at line %u, field %u: %s", document->path,
			document_code_names[facts.error.code], facts.error.line, facts.error.field,
			facts.error.message);
	outgoing.county = facts.county[0] != '\0'               ? facts.county
			  : cli->config->send_county[0] != '\0' ? cli->config->send_county
								: NULL;
	if (outgoing.county == NULL && cli->config->directory == NULL)
		return cli_fail(cli, CLI_USAGE,
			"%s does not say its county; say it by --county, or once for all in [send] county",
			document->path);
	if (!cli_sender_send(sender, &outgoing, &sent, &error))
		return cli_fail_error(cli, &error);
	print_sent(cli, document->path, facts.id, &sent);
	return CLI_DONE;
}

static enum cli_exit run_send(struct cli *cli)
{
	struct error error = {0};
	struct cli_sender *sender = cli_sender_open(cli, &error);
	enum cli_exit status = sender != NULL ? CLI_DONE : cli_fail_error(cli, &error);

	for (int i = 0; status == CLI_DONE && i < cli->argument_count; i++) {
		struct cli_document document;

		if (cli_document_open(&document, cli->arguments[i], cli->values, &error)) {
			status = send_document(cli, sender, &document);
			cli_document_close(&document);
		} else {
			status = cli_fail_error(cli, &error);
		}
		if (status != CLI_DONE && cli->argument_count > 1)
			cli_warn(cli, "the first %d of %d files were sent, the rest not", i, cli->argument_count);
	}
	cli_sender_close(sender);
	return status;
}

const struct cli_verb cli_send_verb = {
	.name = "send",
	.group = "Putting documents in",
	.arguments = "FILE…",
	.argument_min = 1,
	.argument_max = INT_MAX,
	.needs_brokers = true,
	.summary = "Put files into the intake, and wait until they are there",
	.help = "Headers come from FILE.headers where there is one, and from the options, which go before it. Gzip "
		"files are\n"
		"sent as they are. On Kafka the key is the county that the headers or the content say, else [send] "
		"county;\n"
		"files above 900 kB go in chunks. A file that will be refused is sent all the same, with a warning.\n",
	.options = send_options,
	.run = run_send,
};

/* A control document, made here. */
static enum cli_exit send_control(struct cli *cli, const char *county, const char *text, const char *name)
{
	static const char *const texts[DOCUMENT_OPTION_COUNT] = {[DOCUMENT_OPTION_KIND] = "control"};
	struct memory_source memory = {.bytes = span_of(text)};
	struct cli_outgoing outgoing = {
		.county = county, .name = name, .texts = texts, .content = memory_source_bytes(&memory)};
	struct error error = {0};
	struct cli_sender *sender = cli_sender_open(cli, &error);
	struct cli_sent sent;
	bool done = sender != NULL && cli_sender_send(sender, &outgoing, &sent, &error);

	/* Its bytes are its content. */
	if (done)
		print_sent(cli, name, sent.sha256, &sent);
	cli_sender_close(sender);
	return done ? CLI_DONE : cli_fail_error(cli, &error);
}

enum { OPEN_COUNTY, OPEN_OPENED_ON, OPEN_COUNT };

static const struct cli_option open_options[OPEN_COUNT + 1] = {
	[OPEN_COUNTY] = {"county", 0, CLI_COUNTY, .required = true, .value = "CODE",
		.help = "the county that opens it"},
	[OPEN_OPENED_ON] = {"opened-on", 0, CLI_DATE, .value = "DATE", .help = "the day of the notice; default today"},
};

static civil_date today(void)
{
	return civil_date_from_unix_ms((int64_t)time(NULL) * 1000);
}

static enum cli_exit run_open_campaign(struct cli *cli)
{
	const struct cli_value *opened_on = &cli->values[OPEN_OPENED_ON];
	civil_date as_of = campaign_as_of(span_of(cli->arguments[0]));
	civil_date day = opened_on->present ? opened_on->date : today();
	char text[CONTROL_TEXT_SIZE], name[40];

	if (as_of == CIVIL_DATE_NONE)
		return cli_fail(cli, CLI_USAGE, "a campaign is a March or a September, such as 2026-09");
	if (day < as_of || day >= civil_date_add_months(as_of, 6))
		return cli_fail(cli, CLI_USAGE,
			"--opened-on: a campaign is opened on its first day or in the six months from it");
	snprintf(name, sizeof(name), "open-campaign-%s.json", cli->arguments[0]);
	return send_control(cli, cli->values[OPEN_COUNTY].text,
		control_open_campaign_text(cli->values[OPEN_COUNTY].text, as_of, day, text), name);
}

const struct cli_verb cli_open_campaign_verb = {
	.name = "open-campaign",
	.arguments = "CAMPAIGN",
	.argument_min = 1,
	.argument_max = 1,
	.needs_brokers = true,
	.summary = "Open a campaign on the day that the bureau's notice sets",
	.help = "Opening again changes nothing, but an earlier --opened-on brings the due day forward.\n",
	.options = open_options,
	.run = run_open_campaign,
};

enum { TICK_COUNTY, TICK_DATE, TICK_COUNT };

static const struct cli_option tick_options[TICK_COUNT + 1] = {
	[TICK_COUNTY] = {"county", 0, CLI_COUNTY, .required = true, .value = "CODE", .help = "the county"},
	[TICK_DATE] = {"date", 0, CLI_DATE, .required = true, .value = "DATE", .help = "the day that has come"},
};

static enum cli_exit run_tick(struct cli *cli)
{
	char text[CONTROL_TEXT_SIZE], name[40];

	snprintf(name, sizeof(name), "tick-%s.json", cli->values[TICK_DATE].text);
	return send_control(cli, cli->values[TICK_COUNTY].text,
		control_tick_text(cli->values[TICK_COUNTY].text, cli->values[TICK_DATE].date, text), name);
}

const struct cli_verb cli_tick_verb = {
	.name = "tick",
	.needs_brokers = true,
	.summary = "Say that a day has come: tasks past their due day become overdue",
	.help = "The daemon does this each day by itself, unless [campaign] automatic = no.\n",
	.options = tick_options,
	.run = run_tick,
};
