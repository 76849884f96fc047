/* cli_options: finds options in a table and reads their values. */
#include "daemon/cli_options.h"

#include <stdlib.h>

#include "daemon/suggest.h"

static bool all_digits(const char *text, size_t length)
{
	return strlen(text) == length && strspn(text, "0123456789") == length;
}

static bool read_number(const struct cli_option *option, const char *text, struct cli_value *value)
{
	size_t length = strlen(text);

	if (length == 0 || length > 19 || !all_digits(text, length))
		return false;
	value->number = strtoull(text, NULL, 10);
	return value->number >= option->min && value->number <= option->max;
}

static bool read_month(const char *text, struct cli_value *value)
{
	char compact[7];
	civil_month month;

	if (strlen(text) != 7 || text[4] != '-')
		return false;
	snprintf(compact, sizeof(compact), "%.4s%.2s", text, text + 5);
	if (!civil_month_parse_compact(compact, 6, &month))
		return false;
	value->number = month;
	return true;
}

static bool read_code(const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i < length; i++)
		if (text[i] < 0x21 || text[i] > 0x7e)
			return false;
	return length >= 1 && length <= 40;
}

static bool read_choice(const struct cli_option *option, const char *text, struct cli_value *value)
{
	for (size_t i = 0; i < option->choice_count; i++)
		if (option->choices[i] != NULL && strcmp(option->choices[i], text) == 0) {
			value->number = i;
			return true;
		}
	return false;
}

static bool read_value(const struct cli_option *option, const char *text, struct cli_value *value)
{
	value->text = text;
	switch (option->type) {
	case CLI_FLAG:
		return true;
	case CLI_TEXT:
		return text[0] != '\0';
	case CLI_CODE:
		return read_code(text);
	case CLI_COUNTY:
		value->number = strtoull(text, NULL, 10);
		return all_digits(text, 6) && text[0] != '0';
	case CLI_TOWNSHIP:
		value->number = strtoull(text, NULL, 10);
		return all_digits(text, 9) && text[0] != '0';
	case CLI_DATE:
		value->date = civil_date_parse(text, strlen(text));
		return value->date != CIVIL_DATE_NONE;
	case CLI_MONTH:
		return read_month(text, value);
	case CLI_CAMPAIGN:
		value->date = campaign_as_of(span_of(text));
		return value->date != CIVIL_DATE_NONE;
	case CLI_NUMBER:
		return read_number(option, text, value);
	case CLI_DOCUMENT:
		return sha256_parse_hex(span_of(text), value->document);
	case CLI_CHOICE:
		return read_choice(option, text, value);
	}
	return false;
}

static void list_choices(const struct cli_option *option, char *text, size_t size)
{
	size_t length = (size_t)snprintf(text, size, "it is one of");

	for (size_t i = 0; i < option->choice_count && length < size; i++)
		if (option->choices[i] != NULL)
			length += (size_t)snprintf(text + length, size - length, " %s", option->choices[i]);
}

/* What a value must be, for people. */
static void say_expected(const struct cli_option *option, char *text, size_t size)
{
	static const char *const expected[] = {
		[CLI_FLAG] = "it takes no value",
		[CLI_TEXT] = "it must not be empty",
		[CLI_CODE] = "it is 1 to 40 printable ASCII characters",
		[CLI_COUNTY] = "a county code has 6 digits, such as 532929",
		[CLI_TOWNSHIP] = "a township code has 9 digits, such as 532929100",
		[CLI_DATE] = "a date is written 2026-09-06",
		[CLI_MONTH] = "a month is written 2026-09",
		[CLI_CAMPAIGN] = "a campaign is a March or a September, such as 2026-09",
		[CLI_DOCUMENT] = "a document id is the 64 hex digits of its receipts",
	};

	if (option->type == CLI_CHOICE)
		list_choices(option, text, size);
	else if (option->type == CLI_NUMBER)
		snprintf(text, size, "it is a number from %llu to %llu", (unsigned long long)option->min,
			(unsigned long long)option->max);
	else
		snprintf(text, size, "%s", expected[option->type]);
}

static bool refuse_value(const struct cli_option *option, char message[CLI_MESSAGE_SIZE])
{
	char expected[160];

	say_expected(option, expected, sizeof(expected));
	snprintf(message, CLI_MESSAGE_SIZE, "--%s: %s", option->name, expected);
	return false;
}

/* The option a word names, and where its value is kept. length: of the name. */
static const struct cli_option *find(const struct cli_option_set *sets, size_t set_count, const char *name,
	size_t length, bool is_letter, struct cli_value **value)
{
	for (size_t i = 0; i < set_count; i++)
		for (size_t k = 0; sets[i].options[k].name != NULL; k++) {
			const struct cli_option *option = &sets[i].options[k];

			*value = &sets[i].values[k];
			if (is_letter ? length == 1 && option->letter == name[0]
				      : strlen(option->name) == length && memcmp(option->name, name, length) == 0)
				return option;
		}
	return NULL;
}

static void say_unknown(const struct cli_option_set *sets, size_t set_count, const char *name, size_t length,
	char message[CLI_MESSAGE_SIZE])
{
	const char *names[4 * CLI_OPTIONS_MAX];
	const char *near;
	char word[64];
	size_t count = 0;

	for (size_t i = 0; i < set_count; i++)
		for (size_t k = 0; sets[i].options[k].name != NULL && count < sizeof(names) / sizeof(names[0]); k++)
			names[count++] = sets[i].options[k].name;
	snprintf(word, sizeof(word), "%.*s", (int)length, name);
	near = suggest_word(word, names, count);
	if (near != NULL)
		snprintf(message, CLI_MESSAGE_SIZE, "there is no option --%s here; did you mean --%s?", word, near);
	else
		snprintf(message, CLI_MESSAGE_SIZE, "there is no option %s%s here", length == 1 ? "-" : "--", word);
}

/* One option word at *at, with its value perhaps in the next one; *at moves past what was taken. */
static bool take(const struct cli_option_set *sets, size_t set_count, const struct cli_words *words, int *at,
	char message[CLI_MESSAGE_SIZE])
{
	const char *word = words->words[(*at)++];
	const bool is_letter = word[1] != '-';
	const char *name = word + (is_letter ? 1 : 2);
	const char *equals = is_letter ? NULL : strchr(name, '=');
	const size_t length = equals != NULL ? (size_t)(equals - name) : is_letter ? 1 : strlen(name);
	const char *text = equals != NULL ? equals + 1 : is_letter && name[1] != '\0' ? name + 1 : NULL;
	struct cli_value *value;
	const struct cli_option *option = find(sets, set_count, name, length, is_letter, &value);

	if (option == NULL) {
		say_unknown(sets, set_count, name, length, message);
		return false;
	}
	if (option->type == CLI_FLAG && text != NULL)
		return refuse_value(option, message);
	if (option->type != CLI_FLAG && text == NULL) {
		if (*at == words->count) {
			snprintf(message, CLI_MESSAGE_SIZE, "--%s needs its %s", option->name, option->value);
			return false;
		}
		text = words->words[(*at)++];
	}
	*value = (struct cli_value){.present = true};
	return read_value(option, text == NULL ? "" : text, value) || refuse_value(option, message);
}

bool cli_options_take(const struct cli_option_set *sets, size_t set_count, bool everywhere, struct cli_words *words,
	char message[CLI_MESSAGE_SIZE])
{
	int at = 0, kept = 0;

	while (at < words->count) {
		const char *word = words->words[at];

		if (strcmp(word, "--") == 0) {
			at++;
			break;
		}
		if (word[0] == '-' && word[1] != '\0') {
			if (!take(sets, set_count, words, &at, message))
				return false;
			continue;
		}
		if (!everywhere)
			break;
		words->words[kept++] = words->words[at++];
	}
	while (at < words->count)
		words->words[kept++] = words->words[at++];
	words->count = kept;
	return true;
}

bool cli_options_complete(const struct cli_option_set *set, char message[CLI_MESSAGE_SIZE])
{
	for (size_t i = 0; set->options[i].name != NULL; i++)
		if (set->options[i].required && !set->values[i].present) {
			snprintf(message, CLI_MESSAGE_SIZE, "--%s %s is needed", set->options[i].name,
				set->options[i].value);
			return false;
		}
	return true;
}

void cli_options_usage(const struct cli_option *options, FILE *out)
{
	for (size_t i = 0; options[i].name != NULL; i++) {
		const char *value = options[i].value;

		fprintf(out, options[i].required ? " --%s%s%s" : " [--%s%s%s]", options[i].name,
			value == NULL ? "" : " ", value == NULL ? "" : value);
	}
}

void cli_options_help(const struct cli_option *options, FILE *out)
{
	for (size_t i = 0; options[i].name != NULL; i++) {
		char left[64], letter[8] = "";

		if (options[i].letter != '\0')
			snprintf(letter, sizeof(letter), "-%c, ", options[i].letter);
		snprintf(left, sizeof(left), "%s--%s%s%s", letter, options[i].name, options[i].value == NULL ? "" : " ",
			options[i].value == NULL ? "" : options[i].value);
		fprintf(out, "  %-24s %s\n", left, options[i].help);
	}
}
