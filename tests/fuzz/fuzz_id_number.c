/* fuzz_id_number: what is read is in its normal form, and has a birth date and a sex. */
#include "tests/fuzz/fuzz_target.h"

#include <assert.h>
#include <string.h>

#include "parsers/id_number.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char first[ID_NUMBER_LENGTH], second[ID_NUMBER_LENGTH];
	char sex;

	if (!id_number_parse((const char *)data, size, first))
		return 0;
	assert(size == 18 || size == 15);
	assert(id_number_parse(first, ID_NUMBER_LENGTH, second));
	assert(memcmp(second, first, ID_NUMBER_LENGTH) == 0);
	assert(id_number_birth(first) >= CIVIL_DATE_MIN && id_number_birth(first) <= CIVIL_DATE_MAX);
	sex = id_number_sex(first);
	assert(sex == 'M' || sex == 'F');
	return 0;
}
