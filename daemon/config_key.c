/* config_key: every key of the configuration, one row each, and the few types their values have. */
#include "daemon/config_key.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bytes.h"
#include "daemon/config.h"

static const char *const log_levels[] = {"debug", "info", "warning", "error", NULL};

static bool check_not_empty(const char *text, char reason[CONFIG_REASON_SIZE])
{
	snprintf(reason, CONFIG_REASON_SIZE, "it must not be empty; leave the line out for the default");
	return text[0] != '\0';
}

/* Topics' names, whole or in part: what Kafka allows. */
static bool check_topic(const char *text, char reason[CONFIG_REASON_SIZE])
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

	snprintf(reason, CONFIG_REASON_SIZE, "it must be 1 to 200 of the characters A-Z a-z 0-9 . _ -");
	return text[0] != '\0' && strlen(text) <= 200 && strspn(text, allowed) == strlen(text);
}

/* Of text that begins with one to nine digits. */
static uint32_t digits_value(const char *text)
{
	uint32_t value = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		value = value * 10 + (uint32_t)(*text - '0');
	return value;
}

static bool check_county(const char *text, char reason[CONFIG_REASON_SIZE])
{
	snprintf(reason, CONFIG_REASON_SIZE, "it must be a county code of 6 digits, or empty");
	return text[0] == '\0' || (strlen(text) == 6 && strspn(text, "0123456789") == 6);
}

/* 127.x.x.x:port or [::1]:port (section 11). */
static bool check_loopback(const char *text, char reason[CONFIG_REASON_SIZE])
{
	const char *colon = strrchr(text, ':');
	char address[32];
	struct in_addr parsed;
	size_t length;

	snprintf(reason, CONFIG_REASON_SIZE, "it must be a loopback address and port such as 127.0.0.1:8470, or empty");
	if (text[0] == '\0')
		return true;
	if (colon == NULL || strspn(colon + 1, "0123456789") != strlen(colon + 1) || strlen(colon + 1) > 5 ||
		digits_value(colon + 1) < 1 || digits_value(colon + 1) > 65535)
		return false;
	length = (size_t)(colon - text);
	if (length >= sizeof(address))
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	return strcmp(address, "[::1]") == 0 ||
	       (inet_pton(AF_INET, address, &parsed) == 1 && ntohl(parsed.s_addr) >> 24 == 127);
}

#define MEMBER(member)     offsetof(struct config, member), sizeof(((struct config *)NULL)->member)
#define BETWEEN(low, high) .min = (low), .max = (high)
#define KIB                UINT64_C(1024)
#define MIB                (1024 * KIB)
#define GIB                (1024 * MIB)

/* clang-format off */
const struct config_key config_keys[] = {
	{ "campaign", "automatic", CONFIG_FLAG, CONFIG_RELOADS, MEMBER(campaign_automatic), "yes",
		.help = "no: the daemon makes no control documents; people do" },
	{ "campaign", "open_day", CONFIG_NUMBER, CONFIG_RELOADS, MEMBER(campaign_open_day), "6", BETWEEN(1, 30),
		.help = "day of March and September on which the lists are opened" },
	{ "campaign", "open_time", CONFIG_TIME_OF_DAY, CONFIG_RELOADS, MEMBER(campaign_open_time_minutes), "06:00",
		.help = "time of day (UTC+8) of openings and ticks" },
	{ "campaign", "retention_years", CONFIG_NUMBER, CONFIG_REBUILDS, MEMBER(campaign_retention_years), "3", BETWEEN(1, 100),
		.help = "campaigns and rows older than this are dropped" },
	{ "campaign", "skip_confirmed", CONFIG_FLAG, CONFIG_REBUILDS, MEMBER(campaign_skip_confirmed), "no",
		.help = "yes: who was confirmed inside the window is not listed" },
	{ "coverage", "min_payout_share", CONFIG_NUMBER, CONFIG_REBUILDS, MEMBER(coverage_min_payout_share_percent), "50",
		BETWEEN(0, 100), .help = "percentage of a bank's accounts that must have had a payout for its month to be believed" },
	{ "directory", "scan_interval", CONFIG_NUMBER, CONFIG_RELOADS, MEMBER(directory_scan_interval_s), "10", BETWEEN(1, 3600),
		.help = "seconds between scans of DIR/intake, besides the kernel's notices" },
	{ "http", "listen", CONFIG_TEXT, CONFIG_RESTARTS, MEMBER(http_listen), "127.0.0.1:8470", .check = check_loopback,
		.help = "loopback address and port of the status page; empty: none" },
	{ "kafka", "bootstrap.servers", CONFIG_TEXT, CONFIG_RESTARTS, MEMBER(kafka_bootstrap_servers), "",
		.help = "brokers, host:port, comma-separated" },
	{ "kafka", "group.id", CONFIG_TEXT, CONFIG_RESTARTS, MEMBER(kafka_group_id), "duizhang", .check = check_not_empty,
		.help = "consumer group; names the transactional producers too" },
	{ "kafka", "intake.topic", CONFIG_TEXT, CONFIG_RESTARTS, MEMBER(kafka_intake_topic), "pension.intake.v1",
		.check = check_topic, .help = "the intake log" },
	{ "kafka", "output.prefix", CONFIG_TEXT, CONFIG_RESTARTS, MEMBER(kafka_output_prefix), "pension.", .check = check_topic,
		.help = "what output topics' names begin with" },
	{ "layouts", "directory", CONFIG_TEXT, CONFIG_RESTARTS, MEMBER(layouts_directory), "",
		.help = "folder of *.layout files; empty: only the built-in formats" },
	{ "ledger", "directory", CONFIG_TEXT, CONFIG_RESTARTS, MEMBER(ledger_directory), "/var/lib/duizhang",
		.check = check_not_empty, .help = "folder of the ledgers; with --directory DIR always DIR/ledger" },
	{ "limits", "document_bytes", CONFIG_SIZE, CONFIG_RESTARTS, MEMBER(limits.document_bytes), "512MiB", BETWEEN(KIB, 64 * GIB),
		.help = "a document, decompressed" },
	{ "limits", "gzip_members", CONFIG_NUMBER, CONFIG_RESTARTS, MEMBER(limits.gzip_members), "16", BETWEEN(1, 1000000),
		.help = "gzip members of a document" },
	{ "limits", "gzip_ratio", CONFIG_NUMBER, CONFIG_RESTARTS, MEMBER(limits.gzip_ratio), "200", BETWEEN(1, 2000),
		.help = "decompressed bytes for one compressed byte, after the first MiB" },
	{ "limits", "line_bytes", CONFIG_SIZE, CONFIG_RESTARTS, MEMBER(limits.line_bytes), "64KiB", BETWEEN(KIB, 16 * MIB),
		.help = "a line of a text document" },
	{ "limits", "rows", CONFIG_NUMBER, CONFIG_RESTARTS, MEMBER(limits.rows), "10000000", BETWEEN(1, 1000000000),
		.help = "rows of a document" },
	{ "limits", "waiting_bytes", CONFIG_SIZE, CONFIG_RESTARTS, MEMBER(limits_waiting_bytes), "2GiB",
		BETWEEN(MIB, 1024 * GIB), .help = "chunks that wait in one partition's ledger until their documents are whole" },
	{ "limits", "xml_depth", CONFIG_NUMBER, CONFIG_RESTARTS, MEMBER(limits.xml_depth), "64", BETWEEN(8, 1024),
		.help = "elements inside one another" },
	{ "limits", "xml_names", CONFIG_NUMBER, CONFIG_RESTARTS, MEMBER(limits.xml_names), "1024", BETWEEN(64, 65536),
		.help = "distinct names of elements and attributes" },
	{ "limits", "xml_text_bytes", CONFIG_SIZE, CONFIG_RESTARTS, MEMBER(limits.xml_text_bytes), "64KiB", BETWEEN(KIB, 8 * MIB),
		.help = "text of one field of an XML document" },
	{ "log", "level", CONFIG_CHOICE, CONFIG_RELOADS, MEMBER(log_level), "info", .choices = log_levels,
		.help = "what is less important is not logged" },
	{ "privacy", "key_file", CONFIG_TEXT, CONFIG_RESTARTS, MEMBER(privacy_key_file), "",
		.help = "key of the pseudonyms; empty: pseudonym.key in the ledger directory" },
	{ "publish", "max_records", CONFIG_NUMBER, CONFIG_RESTARTS, MEMBER(publish_max_records), "10000", BETWEEN(1, 1000000),
		.help = "most records in one publish" },
	{ "send", "county", CONFIG_TEXT, CONFIG_RELOADS, MEMBER(send_county), "", .check = check_county,
		.help = "key of documents that do not say their county" },
};
/* clang-format on */
const size_t config_key_count = sizeof(config_keys) / sizeof(config_keys[0]);
_Static_assert(sizeof(config_keys) / sizeof(config_keys[0]) <= CONFIG_KEY_LIMIT, "raise CONFIG_KEY_LIMIT");

int config_key_find(const char *section, const char *name)
{
	for (size_t i = 0; i < config_key_count; i++)
		if (strcmp(config_keys[i].section, section) == 0 && strcmp(config_keys[i].name, name) == 0)
			return (int)i;
	return -1;
}

bool config_section_exists(const char *section)
{
	for (size_t i = 0; i < config_key_count; i++)
		if (strcmp(config_keys[i].section, section) == 0)
			return true;
	return false;
}

static void *member_of(const struct config_key *key, const struct config *config)
{
	return (char *)(uintptr_t)config + key->offset;
}

static uint64_t number_of(const struct config_key *key, const struct config *config)
{
	const void *member = member_of(key, config);

	if (key->width == sizeof(bool))
		return *(const bool *)member;
	return key->width == sizeof(uint32_t) ? *(const uint32_t *)member : *(const uint64_t *)member;
}

static bool set_number(const struct config_key *key, struct config *config, uint64_t number)
{
	void *member = member_of(key, config);

	if (key->width == sizeof(bool))
		*(bool *)member = number != 0;
	else if (key->width == sizeof(uint32_t))
		*(uint32_t *)member = (uint32_t)number;
	else
		*(uint64_t *)member = number;
	return true;
}

/* Digits only, of at most 18; returns what stands behind them, NULL if there are none. */
static const char *parse_digits(const char *text, uint64_t *number)
{
	size_t length = strspn(text, "0123456789");

	*number = 0;
	for (size_t i = 0; i < length; i++)
		*number = *number * 10 + (uint64_t)(text[i] - '0');
	return length == 0 || length > 18 ? NULL : text + length;
}

static const struct size_unit {
	const char *name;
	uint64_t bytes;
} size_units[] = {{"GiB", GIB}, {"MiB", MIB}, {"KiB", KIB}, {"", 1}};

static char *format_size(uint64_t bytes)
{
	const struct size_unit *unit = size_units;
	char *text;

	while (bytes % unit->bytes != 0 || (bytes == 0 && unit->bytes != 1))
		unit++;
	if (asprintf(&text, "%llu%s", (unsigned long long)(bytes / unit->bytes), unit->name) == -1)
		abort();
	return text;
}

static bool parse_size(const struct config_key *key, const char *text, struct config *config, char *reason)
{
	uint64_t number;
	const char *rest = parse_digits(text, &number);
	char *min = format_size(key->min);
	char *max = format_size(key->max);

	snprintf(reason, CONFIG_REASON_SIZE, "it must be a size from %s to %s, such as %s", min, max, key->initial);
	free(min);
	free(max);
	for (size_t i = 0; rest != NULL && i < sizeof(size_units) / sizeof(size_units[0]); i++)
		if (strcmp(rest, size_units[i].name) == 0)
			return number <= key->max / size_units[i].bytes && number * size_units[i].bytes >= key->min &&
			       set_number(key, config, number * size_units[i].bytes);
	return false;
}

static bool parse_number(const struct config_key *key, const char *text, struct config *config, char *reason)
{
	uint64_t number;
	const char *rest = parse_digits(text, &number);

	snprintf(reason, CONFIG_REASON_SIZE, "it must be a whole number from %llu to %llu",
		(unsigned long long)key->min, (unsigned long long)key->max);
	return rest != NULL && *rest == '\0' && number >= key->min && number <= key->max &&
	       set_number(key, config, number);
}

static bool parse_flag(const struct config_key *key, const char *text, struct config *config, char *reason)
{
	snprintf(reason, CONFIG_REASON_SIZE, "it must be yes or no");
	if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
		return false;
	return set_number(key, config, text[0] == 'y');
}

static bool parse_time_of_day(const struct config_key *key, const char *text, struct config *config, char *reason)
{
	uint32_t hours;
	uint32_t minutes;

	snprintf(reason, CONFIG_REASON_SIZE, "it must be a time of day from 00:00 to 23:59");
	if (strlen(text) != 5 || text[2] != ':' || strspn(text, "0123456789") != 2 ||
		strspn(text + 3, "0123456789") != 2)
		return false;
	hours = digits_value(text);
	minutes = digits_value(text + 3);
	return hours < 24 && minutes < 60 && set_number(key, config, hours * 60 + minutes);
}

static bool parse_choice(const struct config_key *key, const char *text, struct config *config, char *reason)
{
	size_t length = (size_t)snprintf(reason, CONFIG_REASON_SIZE, "it must be one of:");

	for (size_t i = 0; key->choices[i] != NULL; i++) {
		if (strcmp(text, key->choices[i]) == 0)
			return set_number(key, config, i);
		length += (size_t)snprintf(reason + length, CONFIG_REASON_SIZE - length, " %s", key->choices[i]);
		assert(length < CONFIG_REASON_SIZE);
	}
	return false;
}

static bool parse_text(const struct config_key *key, const char *text, struct config *config, char *reason)
{
	char **member = member_of(key, config);
	char *copy = strdup(text);

	(void)reason;
	if (copy == NULL)
		abort();
	free(*member);
	*member = copy;
	return true;
}

static char *format_copy(const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		abort();
	return copy;
}

static char *format_time_of_day(uint64_t minutes)
{
	char *text;

	if (asprintf(&text, "%02u:%02u", (unsigned)minutes / 60, (unsigned)minutes % 60) == -1)
		abort();
	return text;
}

static char *format_number(uint64_t number)
{
	char *text;

	if (asprintf(&text, "%llu", (unsigned long long)number) == -1)
		abort();
	return text;
}

static bool (*const parsers[])(const struct config_key *key, const char *text, struct config *config, char *reason) = {
	[CONFIG_TEXT] = parse_text,
	[CONFIG_FLAG] = parse_flag,
	[CONFIG_NUMBER] = parse_number,
	[CONFIG_SIZE] = parse_size,
	[CONFIG_TIME_OF_DAY] = parse_time_of_day,
	[CONFIG_CHOICE] = parse_choice,
};

bool config_value_parse(
	const struct config_key *key, const char *text, struct config *config, char reason[CONFIG_REASON_SIZE])
{
	if (key->check != NULL && !key->check(text, reason))
		return false;
	return parsers[key->type](key, text, config, reason);
}

char *config_value_format(const struct config_key *key, const struct config *config)
{
	switch (key->type) {
	case CONFIG_TEXT:
		return format_copy(*(char *const *)member_of(key, config));
	case CONFIG_FLAG:
		return format_copy(number_of(key, config) ? "yes" : "no");
	case CONFIG_NUMBER:
		return format_number(number_of(key, config));
	case CONFIG_SIZE:
		return format_size(number_of(key, config));
	case CONFIG_TIME_OF_DAY:
		return format_time_of_day(number_of(key, config));
	case CONFIG_CHOICE:
		return format_copy(key->choices[number_of(key, config)]);
	}
	abort();
}

bool config_value_equal(const struct config_key *key, const struct config *a, const struct config *b)
{
	if (key->type == CONFIG_TEXT)
		return strcmp(*(char *const *)member_of(key, a), *(char *const *)member_of(key, b)) == 0;
	return number_of(key, a) == number_of(key, b);
}

void config_value_swap(const struct config_key *key, struct config *a, struct config *b)
{
	uint8_t value[sizeof(uint64_t)];

	assert(key->width <= sizeof(value));
	memcpy(value, member_of(key, a), key->width);
	memcpy(member_of(key, a), member_of(key, b), key->width);
	memcpy(member_of(key, b), value, key->width);
}
