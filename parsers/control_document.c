/* control_document: gathers the little text there is, lets jansson read it, checks keys and values by a table. */
#include "parsers/control_document.h"

#include <stdlib.h>

#include <jansson.h>

/* A control document has 110 bytes; what is much longer is none. */
#define CONTROL_BYTES_MAX 65536

enum { COUNTY_LENGTH = 6, CAMPAIGN_MONTHS = 6, FIELDS_MAX = 4 };

struct control_document {
	struct parse *parse;
	bool too_long;
	size_t length;
	char text[CONTROL_BYTES_MAX];
	struct document_record record;
};

typedef bool (*control_read)(struct control_record *control, struct span text);

static bool read_county(struct control_record *control, struct span text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	if (text.length != COUNTY_LENGTH)
		return false;
	memcpy(control->county, text.data, COUNTY_LENGTH);
	return true;
}

static bool read_campaign(struct control_record *control, struct span text)
{
	if (campaign_as_of(text) == CIVIL_DATE_NONE)
		return false;
	memcpy(control->campaign, text.data, sizeof(control->campaign) - 1);
	return true;
}

static bool read_as_of(struct control_record *control, struct span text)
{
	control->as_of = civil_date_parse(text.data, text.length);
	return control->as_of != CIVIL_DATE_NONE;
}

static bool read_opened_on(struct control_record *control, struct span text)
{
	control->opened_on = civil_date_parse(text.data, text.length);
	return control->opened_on != CIVIL_DATE_NONE;
}

static bool read_date(struct control_record *control, struct span text)
{
	control->date = civil_date_parse(text.data, text.length);
	return control->date != CIVIL_DATE_NONE;
}

static bool campaign_holds(const struct control_record *control)
{
	return control->as_of == campaign_as_of(span_of(control->campaign)) && control->opened_on >= control->as_of &&
	       control->opened_on < civil_date_add_months(control->as_of, CAMPAIGN_MONTHS);
}

static bool tick_holds(const struct control_record *control)
{
	return control->date != CIVIL_DATE_NONE;
}

/* By enum control_action. */
static const struct action {
	const char *name;
	struct {
		const char *key;
		control_read read;
	} fields[FIELDS_MAX]; /* besides "action" */
	bool (*holds)(const struct control_record *control);
} actions[] = {
	[CONTROL_OPEN_CAMPAIGN] = {"open_campaign",
		{{"county", read_county}, {"campaign", read_campaign}, {"as_of", read_as_of},
			{"opened_on", read_opened_on}},
		campaign_holds},
	[CONTROL_TICK] = {"tick", {{"county", read_county}, {"date", read_date}}, tick_holds},
};

/* A string of the object, empty if it has none of that key. */
static struct span object_text(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return (struct span){json_is_string(value) ? json_string_value(value) : "", json_string_length(value)};
}

/* NULL, or what is wrong with the object. */
static const char *read_action(const json_t *object, const struct action *action, struct control_record *control)
{
	size_t count = 0;

	while (count < FIELDS_MAX && action->fields[count].key != NULL) {
		if (!action->fields[count].read(control, object_text(object, action->fields[count].key)))
			return "a key is missing, or its value is wrong";
		count++;
	}
	if (json_object_size(object) != count + 1)
		return "there is a key that the action does not have";
	return action->holds(control) ? NULL : "the dates are not those of the campaign";
}

static const char *read_object(const json_t *object, struct control_record *control)
{
	struct span name = object_text(object, "action");

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (span_equal(name, span_of(actions[i].name))) {
			control->action = (enum control_action)i;
			return read_action(object, &actions[i], control);
		}
	return "action is neither open_campaign nor tick";
}

static void refuse(struct control_document *document, const char *problem)
{
	document_errors_add(document->parse->errors, CODE_BAD_CONTROL, 0, 0,
		"%s; correct the control document and send it again", problem);
}

static void take_object(struct control_document *document, const json_t *object)
{
	struct parse *parse = document->parse;
	struct control_record *control = &document->record.control;
	struct control_record county = {.county = ""};
	const char *problem = json_is_object(object) ? read_object(object, control) : "it is no JSON object";

	/* A county that is one is judged whatever else is wrong: bad_headers comes first. */
	if (json_is_object(object) && read_county(&county, object_text(object, "county")))
		parse_set_county(parse, county.county);
	if (problem != NULL) {
		refuse(document, problem);
		return;
	}
	document->record.type = RECORD_CONTROL;
	document->record.line = 1;
	parse_deliver_header(parse);
	parse_deliver_record(parse, &document->record);
}

static void control_document_finish(void *format)
{
	struct control_document *document = format;
	json_error_t error;
	json_t *object;

	if (document->too_long) {
		refuse(document, "it is too long");
		return;
	}
	object = json_loadb(document->text, document->length, JSON_REJECT_DUPLICATES, &error);
	if (object != NULL) {
		take_object(document, object);
		json_decref(object);
	} else if (json_error_code(&error) == json_error_out_of_memory) {
		document->parse->stopped = true;
	} else {
		refuse(document, "it is no JSON object");
	}
}

static bool control_document_feed(void *format, const char *text, size_t length)
{
	struct control_document *document = format;

	if (document->length + length > CONTROL_BYTES_MAX)
		document->too_long = true;
	if (document->too_long)
		return false;
	memcpy(document->text + document->length, text, length);
	document->length += length;
	return true;
}

static void *control_document_create(struct parse *parse)
{
	struct control_document *document = calloc(1, sizeof(*document));

	if (document == NULL)
		return NULL;
	document->parse = parse;
	parse->header.kind = DOCUMENT_CONTROL;
	return document;
}

static void control_document_destroy(void *format)
{
	free(format);
}

const struct format_parser control_document_format = {
	.create = control_document_create,
	.feed = control_document_feed,
	.finish = control_document_finish,
	.destroy = control_document_destroy,
};
