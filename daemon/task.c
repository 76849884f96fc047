/* task: JSON of the tasks topic, and the stored judgement. */
#include "daemon/task.h"

#include <jansson.h>

#include "daemon/json_writer.h"

bool stored_judgement_read(struct span value, struct arena *arena, struct stored_judgement *stored)
{
	struct byte_reader reader = reader_of(value.data, value.length);
	unsigned flags = read_u8(&reader);
	size_t count;

	*stored = (struct stored_judgement){.present = true, .unknown = flags & 1, .has_task = flags & 2};
	stored->township = (uint32_t)read_number(&reader);
	count = (size_t)read_number(&reader);
	for (size_t i = 0; i < count && !reader.bad; i++) {
		stored->banks = arena_grow(arena, stored->banks, i, sizeof(*stored->banks));
		stored->banks[stored->bank_count++] = read_span(&reader);
	}
	if (stored->has_task) {
		stored->status = read_u8(&reader);
		stored->reasons = read_u8(&reader);
		stored->revision = read_number(&reader);
		stored->published = read_span(&reader);
	}
	return !reader.bad;
}

void stored_judgement_write(struct byte_writer *out, const struct stored_judgement *stored)
{
	out->length = 0;
	write_u8(out, (stored->unknown ? 1u : 0u) | (stored->has_task ? 2u : 0u));
	write_number(out, stored->township);
	write_number(out, stored->bank_count);
	for (size_t i = 0; i < stored->bank_count; i++)
		write_span(out, stored->banks[i]);
	if (!stored->has_task)
		return;
	write_u8(out, stored->status);
	write_u8(out, stored->reasons);
	write_number(out, stored->revision);
	write_span(out, stored->published);
}

const char *task_id_format(const struct campaign *campaign, const char *person_ref, char text[TASK_ID_SIZE])
{
	snprintf(text, TASK_ID_SIZE, "%s-%06u-%s", campaign->name, campaign->county, person_ref);
	return text;
}

struct task_names {
	struct span township;
	struct span township_name;
	struct span village;
	struct span name;
	struct span phone;
};

static struct span json_member(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_string(value) ? (struct span){json_string_value(value), json_string_length(value)}
				     : (struct span){"", 0};
}

/* The names last published; *owner holds them. */
static struct task_names names_published(struct span last, json_t **owner)
{
	struct byte_writer whole = {0};
	struct task_names names;

	write_bytes(&whole, last.data, last.length);
	json_raw(&whole, "}");
	*owner = json_loadb((const char *)whole.data, whole.length, 0, NULL);
	writer_free(&whole);
	names.township = json_member(*owner, "township");
	names.township_name = json_member(*owner, "township_name");
	names.village = json_member(*owner, "village");
	names.name = json_member(*owner, "name");
	names.phone = json_member(*owner, "phone");
	return names;
}

static void accounts_write(struct byte_writer *out, const struct judged_account *accounts, size_t count)
{
	json_key(out, "accounts");
	json_open(out, '[');
	for (size_t i = 0; i < count; i++) {
		if (!accounts[i].counting)
			continue;
		json_open(out, '{');
		json_member_text(out, "bank", accounts[i].account->bank);
		json_member_text(out, "account", accounts[i].account->account);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void resolution_write(struct byte_writer *out, const struct resolution *resolution)
{
	json_key(out, "resolution");
	if (!resolution->present) {
		json_literal(out, "null");
		return;
	}
	json_open(out, '{');
	json_member_text(out, "outcome", span_of(feedback_outcome_names[resolution->outcome]));
	json_member_text(out, "method", span_of(confirmation_method_names[resolution->method]));
	json_member_date(out, "on", resolution->on);
	json_member_bool(out, "late", resolution->late);
	json_close(out, '}');
}

static void reasons_write(struct byte_writer *out, unsigned reasons)
{
	bool high = (reasons & REASON_NO_WITHDRAWAL) && (reasons & ~(unsigned)REASON_NO_WITHDRAWAL);

	json_key(out, "reasons");
	json_open(out, '[');
	for (unsigned i = 0; i < REASON_COUNT; i++) {
		if (reasons & 1u << i)
			json_text(out, span_of(reason_names[i]));
	}
	json_close(out, ']');
	json_member_text(out, "priority", span_of(high ? "high" : "normal"));
}

void task_write(struct byte_writer *out, const struct campaign *campaign, const struct person *person,
	const char *person_ref, const struct judgement *judgement, const struct judged_account *accounts,
	size_t account_count, struct span last)
{
	const struct roster_row *row = judgement->newest;
	char text[TASK_ID_SIZE], county[8], township[12], sex[2] = {id_number_sex(person->id_number), '\0'};
	struct task_names names;
	json_t *owner = NULL;

	snprintf(county, sizeof(county), "%06u", campaign->county);
	if (row != NULL) {
		snprintf(township, sizeof(township), "%09u", row->township);
		names = (struct task_names){span_of(township), row->township_name, row->village, row->name, row->phone};
	} else {
		names = names_published(last, &owner);
	}
	json_open(out, '{');
	json_member_text(out, "task_id", span_of(task_id_format(campaign, person_ref, text)));
	json_member_text(out, "campaign", span_of(campaign->name));
	json_member_text(out, "scheme", span_of(scheme_names[SCHEME_RESIDENT]));
	json_member_text(out, "county", span_of(county));
	json_member_text(out, "township", names.township);
	json_member_text(out, "township_name", names.township_name);
	json_member_text(out, "village", names.village);
	json_member_text(out, "person_ref", span_of(person_ref));
	json_member_text(out, "id_number", (struct span){person->id_number, ID_NUMBER_LENGTH});
	json_member_text(out, "name", names.name);
	json_member_text(out, "sex", span_of(sex));
	json_member_date(out, "birth", id_number_birth(person->id_number));
	json_member_number(out, "age", judgement->age);
	json_member_bool(out, "age_disputed", judgement->age_disputed);
	json_member_text(out, "phone", names.phone);
	accounts_write(out, accounts, account_count);
	reasons_write(out, judgement->status == TASK_CANCELLED ? 0 : judgement->reasons);
	json_member_date(out, "last_withdrawal", judgement->last_withdrawal);
	json_key(out, "silent_months");
	if (judgement->silent_months >= 0)
		json_number(out, judgement->silent_months);
	else
		json_literal(out, "null");
	json_member_date(out, "last_confirmed", judgement->last_confirmed);
	json_member_date(out, "as_of", campaign->as_of);
	json_member_date(out, "due", campaign->due);
	json_member_text(out, "status", span_of(task_status_names[judgement->status]));
	resolution_write(out, &judgement->resolution);
	json_decref(owner);
}

void task_write_revision(struct byte_writer *out, uint64_t revision)
{
	json_member_number(out, "revision", (int64_t)revision);
	json_close(out, '}');
}
