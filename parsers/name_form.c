/* name_form: compares names by their NFKC form, white space left out. */
#include "parsers/name_form.h"

#include <stdlib.h>

#include <utf8proc.h>

/* NFKC has already turned most white space into U+0020. */
static bool is_white_space(utf8proc_int32_t character)
{
	switch (utf8proc_category(character)) {
	case UTF8PROC_CATEGORY_ZS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		return true;
	default:
		return (character >= '\t' && character <= '\r') || character == 0x85;
	}
}

/* The NFKC form of name as code points without white space, to be freed; NULL if memory is short or it is no UTF-8. */
static utf8proc_int32_t *name_form(struct span name, size_t *length)
{
	const utf8proc_option_t nfkc = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT;
	const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)name.data;
	utf8proc_ssize_t room = utf8proc_decompose(bytes, (utf8proc_ssize_t)name.length, NULL, 0, nfkc);
	utf8proc_ssize_t count;
	utf8proc_int32_t *form;

	if (room < 0)
		return NULL;
	form = malloc(((size_t)room + 1) * sizeof(*form));
	if (form == NULL)
		return NULL;
	count = utf8proc_decompose(bytes, (utf8proc_ssize_t)name.length, form, room, nfkc);
	if (count == room)
		count = utf8proc_normalize_utf32(form, count, nfkc);
	if (count < 0) {
		free(form);
		return NULL;
	}
	*length = 0;
	for (utf8proc_ssize_t i = 0; i < count; i++)
		if (!is_white_space(form[i]))
			form[(*length)++] = form[i];
	return form;
}

bool name_form_equal(struct span a, struct span b)
{
	utf8proc_int32_t *form_a = NULL;
	utf8proc_int32_t *form_b = NULL;
	size_t length_a = 0;
	size_t length_b = 0;
	bool equal = span_equal(a, b);

	if (equal)
		return true;
	form_a = name_form(a, &length_a);
	form_b = name_form(b, &length_b);
	if (form_a != NULL && form_b != NULL)
		equal = length_a == length_b && memcmp(form_a, form_b, length_a * sizeof(*form_a)) == 0;
	free(form_a);
	free(form_b);
	return equal;
}
