/*
 * name_form: the form in which names are compared: NFKC without white space (design 9, name_mismatch).
 *
 * Pure, any thread.
 */
#ifndef DUIZHANG_PARSERS_NAME_FORM_H
#define DUIZHANG_PARSERS_NAME_FORM_H

#include <stdbool.h>

#include "parsers/record.h"

/* True if both names are the same after NFKC and without white space; false also when memory is short. */
bool name_form_equal(struct span a, struct span b);

#endif
