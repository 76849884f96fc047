/* fuzz_name_form: two names with a NUL between them: equality is symmetric, and holds of a name with itself. */
#include "tests/fuzz/fuzz_target.h"

#include <assert.h>

#include "parsers/name_form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, 0, size) : NULL;
	size_t length = end == NULL ? size : (size_t)(end - data);
	struct span a = {(const char *)data, length};
	struct span b = {end == NULL ? NULL : (const char *)end + 1, end == NULL ? 0 : size - length - 1};

	assert(name_form_equal(a, b) == name_form_equal(b, a));
	assert(name_form_equal(a, a) && name_form_equal(b, b));
	return 0;
}
