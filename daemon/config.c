/* config: fills a struct config from defaults, file and command line, and collects every fault on the way. */
#include "daemon/config.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bytes.h"
#include "daemon/suggest.h"
#include "parsers/ini_text.h"

#define CONFIG_FILE_SIZE_MAX (1024 * 1024)

struct config_loader {
	const struct config_source *source;
	struct config *config;
	struct config_faults *faults;
	bool section_unknown; /* said already: its keys are passed over */
};

__attribute__((format(printf, 4, 5))) static void add_fault(
	struct config_faults *faults, unsigned line, const char *remedy, const char *cause_format, ...)
{
	struct config_fault *fault;
	va_list arguments;

	faults->list = bytes_allocate(faults->list, (faults->count + 1) * sizeof(*faults->list));
	fault = &faults->list[faults->count++];
	*fault = (struct config_fault){.line = line};
	va_start(arguments, cause_format);
	vsnprintf(fault->cause, sizeof(fault->cause), cause_format, arguments);
	va_end(arguments);
	snprintf(fault->remedy, sizeof(fault->remedy), "%s", remedy);
}

void config_faults_add(struct config_faults *faults, unsigned line, const char *remedy, const char *cause)
{
	add_fault(faults, line, remedy, "%s", cause);
}

void config_fault_format(const struct config_fault *fault, const char *path, char *text, size_t size)
{
	if (fault->line == 0)
		snprintf(text, size, "%s%s%s; %s", path == NULL ? "" : path, path == NULL ? "" : ": ", fault->cause,
			fault->remedy);
	else
		snprintf(text, size, "%s:%u: %s; %s", path, fault->line, fault->cause, fault->remedy);
}

void config_faults_free(struct config_faults *faults)
{
	free(faults->list);
	*faults = (struct config_faults){0};
}

static char *copy_text(const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		abort();
	return copy;
}

static void take_section(void *context, unsigned line, const char *section)
{
	struct config_loader *loader = context;
	const char *sections[CONFIG_KEY_LIMIT];
	char remedy[256] = "the sections are:";
	const char *nearest;
	size_t count = 0;

	loader->section_unknown = !config_section_exists(section);
	if (!loader->section_unknown)
		return;
	for (size_t i = 0; i < config_key_count; i++) {
		if (i > 0 && strcmp(config_keys[i].section, config_keys[i - 1].section) == 0)
			continue;
		sections[count++] = config_keys[i].section;
		snprintf(remedy + strlen(remedy), sizeof(remedy) - strlen(remedy), " %s", config_keys[i].section);
	}
	nearest = suggest_word(section, sections, count);
	if (nearest != NULL)
		snprintf(remedy, sizeof(remedy), "did you mean [%s]?", nearest);
	add_fault(loader->faults, line, remedy, "there is no section [%.60s]", section);
}

static void unknown_key(struct config_loader *loader, unsigned line, const char *section, const char *name)
{
	const char *names[CONFIG_KEY_LIMIT];
	char remedy[256] = "leave the line out; duizhangd --check --print shows all keys there are";
	const char *home = NULL;
	const char *nearest;
	size_t count = 0;

	for (size_t i = 0; i < config_key_count; i++) {
		if (strcmp(config_keys[i].section, section) == 0)
			names[count++] = config_keys[i].name;
		if (strcmp(config_keys[i].name, name) == 0)
			home = config_keys[i].section;
	}
	nearest = suggest_word(name, names, count);
	if (nearest != NULL)
		snprintf(remedy, sizeof(remedy), "did you mean %s?", nearest);
	else if (home != NULL)
		snprintf(remedy, sizeof(remedy), "it belongs into section [%s]", home);
	if (section[0] == '\0')
		add_fault(loader->faults, line, remedy, "%.60s stands before the first section", name);
	else
		add_fault(loader->faults, line, remedy, "section [%s] has no key %.60s", section, name);
}

/* True (and a fault) if an earlier line set it. */
static bool is_repeated(struct config_loader *loader, unsigned line, unsigned earlier_line, const char *name)
{
	if (earlier_line == 0)
		return false;
	add_fault(loader->faults, line, "keep one of the two lines", "%.60s is set a second time, first in line %u",
		name, earlier_line);
	return true;
}

static void take_property(struct config_loader *loader, unsigned line, const char *name, const char *value)
{
	struct config *config = loader->config;
	struct error error = {.class = ERROR_NONE};

	for (size_t i = 0; i < config->kafka_property_count; i++)
		if (strcmp(config->kafka_properties[i].name, name) == 0 &&
			is_repeated(loader, line, config->kafka_properties[i].line, name))
			return;
	if (loader->source->check_property != NULL && !loader->source->check_property(name, value, &error)) {
		add_fault(loader->faults, line, error.remedy, "%s", error.cause);
		return;
	}
	config->kafka_properties = bytes_allocate(
		config->kafka_properties, (config->kafka_property_count + 1) * sizeof(*config->kafka_properties));
	config->kafka_properties[config->kafka_property_count++] =
		(struct config_property){copy_text(name), copy_text(value), line};
}

static void take_value(void *context, unsigned line, const char *section, const char *name, const char *value)
{
	struct config_loader *loader = context;
	char reason[CONFIG_REASON_SIZE];
	int place = config_key_find(section, name);

	if (loader->section_unknown)
		return;
	if (place >= 0) {
		if (is_repeated(loader, line, loader->config->lines[place], name))
			return;
		if (!config_value_parse(&config_keys[place], value, loader->config, reason))
			add_fault(loader->faults, line, reason, "%s cannot be \"%.80s\"", name, value);
		loader->config->lines[place] = line;
	} else if (strcmp(section, "kafka") == 0) {
		take_property(loader, line, name, value);
	} else {
		unknown_key(loader, line, section, name);
	}
}

static void take_malformed(void *context, unsigned line, const char *problem)
{
	struct config_loader *loader = context;

	add_fault(loader->faults, line, "write [section], key = value, or a comment after ;", "%s", problem);
}

/* The whole file, to be freed; NULL with a fault, or without one if it may be absent and is. */
static char *read_file(struct config_loader *loader, size_t *length)
{
	FILE *file = fopen(loader->source->path, "re");
	char *text;

	if (file == NULL) {
		if (errno != ENOENT || !loader->source->may_be_absent)
			add_fault(loader->faults, 0, "name a file that can be read with -c", "it cannot be opened: %s",
				strerror(errno));
		return NULL;
	}
	text = bytes_allocate(NULL, CONFIG_FILE_SIZE_MAX + 1);
	*length = fread(text, 1, CONFIG_FILE_SIZE_MAX + 1, file);
	if (ferror(file))
		add_fault(loader->faults, 0, "name a file that can be read with -c", "it cannot be read: %s",
			strerror(errno));
	else if (*length > CONFIG_FILE_SIZE_MAX)
		add_fault(loader->faults, 0, "name a configuration file with -c", "it is larger than 1 MiB");
	fclose(file);
	if (loader->faults->count == 0)
		return text;
	free(text);
	return NULL;
}

static void set_defaults(struct config *config)
{
	char reason[CONFIG_REASON_SIZE];

	for (size_t i = 0; i < config_key_count; i++)
		if (!config_value_parse(&config_keys[i], config_keys[i].initial, config, reason))
			abort();
}

/* What the command line says goes before the file. */
static void set_from_command(struct config_loader *loader, const char *section, const char *name, const char *value)
{
	int place = config_key_find(section, name);
	char reason[CONFIG_REASON_SIZE];

	if (!config_value_parse(&config_keys[place], value, loader->config, reason))
		add_fault(loader->faults, 0, reason, "the command line's %s cannot be \"%.80s\"", name, value);
	loader->config->lines[place] = CONFIG_LINE_COMMAND;
}

static void take_command_line(struct config_loader *loader)
{
	const char *directory = loader->source->directory;
	char *ledger;

	if (loader->source->log_level != NULL)
		set_from_command(loader, "log", "level", loader->source->log_level);
	if (directory == NULL)
		return;
	loader->config->directory = copy_text(directory);
	if (asprintf(&ledger, "%s/ledger", directory) == -1)
		abort();
	set_from_command(loader, "ledger", "directory", ledger);
	free(ledger);
}

/* [kafka] as the transport takes it. */
static void fill_kafka_settings(struct config *config)
{
	struct kafka_property *properties = bytes_allocate(NULL, config->kafka_property_count * sizeof(*properties));

	for (size_t i = 0; i < config->kafka_property_count; i++)
		properties[i] =
			(struct kafka_property){config->kafka_properties[i].name, config->kafka_properties[i].value};
	config->kafka = (struct kafka_settings){.bootstrap_servers = config->kafka_bootstrap_servers,
		.group_id = config->kafka_group_id,
		.intake_topic = config->kafka_intake_topic,
		.output_prefix = config->kafka_output_prefix,
		.properties = properties,
		.property_count = config->kafka_property_count};
}

struct config *config_load(const struct config_source *source, struct config_faults *faults)
{
	struct config_loader loader = {.source = source, .faults = faults};
	const struct ini_text_sink sink = {&loader, take_section, take_value, take_malformed};
	size_t length;
	char *text;

	loader.config = bytes_allocate(NULL, sizeof(*loader.config));
	*loader.config = (struct config){.directory = NULL};
	set_defaults(loader.config);
	text = source->path == NULL ? NULL : read_file(&loader, &length);
	if (text != NULL) {
		loader.config->path = copy_text(source->path);
		ini_text_read((struct span){text, length}, &sink);
		free(text);
	}
	take_command_line(&loader);
	assert(loader.config->kafka_bootstrap_servers != NULL); /* set_defaults sets every text */
	if (source->needs_brokers && source->directory == NULL && loader.config->kafka_bootstrap_servers[0] == '\0')
		add_fault(faults, 0, "set it in section [kafka], or use --directory DIR, which needs no broker",
			"bootstrap.servers is not set");
	fill_kafka_settings(loader.config);
	if (faults->count == 0)
		return loader.config;
	config_free(loader.config);
	return NULL;
}

static void free_properties(struct config_property *properties, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(properties[i].name);
		free(properties[i].value);
	}
	free(properties);
}

void config_free(struct config *config)
{
	if (config == NULL)
		return;
	for (size_t i = 0; i < config_key_count; i++)
		if (config_keys[i].type == CONFIG_TEXT)
			free(*(char **)((char *)config + config_keys[i].offset));
	free_properties(config->kafka_properties, config->kafka_property_count);
	free((void *)(uintptr_t)config->kafka.properties);
	free(config->directory);
	free(config->path);
	free(config);
}

char *config_key_file(const struct config *config)
{
	char *path;

	if (config->privacy_key_file[0] != '\0')
		return copy_text(config->privacy_key_file);
	if (asprintf(&path, "%s/pseudonym.key", config->ledger_directory) == -1)
		abort();
	return path;
}

static void print_origin(const struct config *config, unsigned line, FILE *out)
{
	if (line == 0)
		fputs("; default\n", out);
	else if (line == CONFIG_LINE_COMMAND)
		fputs("; command line\n", out);
	else
		fprintf(out, "; %s:%u\n", config->path, line);
}

static void print_properties(const struct config *config, bool (*is_secret)(const char *name), FILE *out)
{
	for (size_t i = 0; i < config->kafka_property_count; i++) {
		const struct config_property *property = &config->kafka_properties[i];

		if (is_secret != NULL && is_secret(property->name))
			fprintf(out, "; %s is set, and not shown ", property->name);
		else
			fprintf(out, "%s = %s ", property->name, property->value);
		print_origin(config, property->line, out);
	}
}

void config_print(const struct config *config, bool (*is_secret)(const char *name), FILE *out)
{
	const char *section = "";

	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];
		char *text = config_value_format(key, config);

		if (strcmp(section, key->section) != 0)
			fprintf(out, "%s[%s]\n", i == 0 ? "" : "\n", key->section);
		section = key->section;
		if (strcmp(key->name, "key_file") == 0 && text[0] == '\0') {
			free(text);
			text = config_key_file(config);
		}
		fprintf(out, "; %s\n%s =%s%s ", key->help, key->name, text[0] == '\0' ? "" : " ", text);
		print_origin(config, config->lines[i], out);
		free(text);
		if (strcmp(section, "kafka") == 0 && strcmp(config_keys[i + 1].section, "kafka") != 0)
			print_properties(config, is_secret, out);
	}
}

static bool properties_equal(const struct config *a, const struct config *b)
{
	if (a->kafka_property_count != b->kafka_property_count)
		return false;
	for (size_t i = 0; i < a->kafka_property_count; i++)
		if (strcmp(a->kafka_properties[i].name, b->kafka_properties[i].name) != 0 ||
			strcmp(a->kafka_properties[i].value, b->kafka_properties[i].value) != 0)
			return false;
	return true;
}

void config_reload(struct config *config, struct config *fresh,
	void (*changed)(void *context, const struct config_key *key), void *context)
{
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];

		if (config_value_equal(key, config, fresh))
			continue;
		if (key->change == CONFIG_RELOADS) {
			config_value_swap(key, config, fresh);
			config->lines[i] = fresh->lines[i];
		}
		changed(context, key);
	}
	if (!properties_equal(config, fresh))
		changed(context, NULL);
}
