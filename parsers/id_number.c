/* id_number: reads GB 11643 numbers of 18 and 15 characters. */
#include "parsers/id_number.h"

#include <assert.h>
#include <string.h>

enum {
	OLD_LENGTH = 15,   /* region 6, birth YYMMDD, order 3 */
	REGION_LENGTH = 6, /* then the birth date YYYYMMDD */
	BIRTH_LENGTH = 8,
	BODY_LENGTH = 17, /* what the check character is made of */
};

static bool all_digits(const char *text, size_t length)
{
	unsigned worst = 0;

	for (size_t i = 0; i < length; i++) {
		unsigned digit = (unsigned)(unsigned char)text[i] - '0';

		worst = digit > worst ? digit : worst;
	}
	return worst <= 9;
}

char id_number_check_character(const char digits[17])
{
	/* 2^(17 - i) mod 11 */
	static const uint8_t weights[BODY_LENGTH] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
	static const char characters[] = "10X98765432";
	unsigned sum = 0;

	for (int i = 0; i < BODY_LENGTH; i++)
		sum += weights[i] * ((unsigned)digits[i] - '0');
	return characters[sum % 11];
}

bool id_number_parse(const char *text, size_t length, char id_number[ID_NUMBER_LENGTH])
{
	char check;

	if (length == ID_NUMBER_LENGTH) {
		if (!all_digits(text, BODY_LENGTH))
			return false;
		memcpy(id_number, text, BODY_LENGTH);
		check = text[BODY_LENGTH] == 'x' ? 'X' : text[BODY_LENGTH];
	} else if (length == OLD_LENGTH) {
		if (!all_digits(text, OLD_LENGTH))
			return false;
		memcpy(id_number, text, REGION_LENGTH);
		memcpy(id_number + REGION_LENGTH, "19", 2);
		memcpy(id_number + REGION_LENGTH + 2, text + REGION_LENGTH, OLD_LENGTH - REGION_LENGTH);
		check = id_number_check_character(id_number);
	} else {
		return false;
	}
	id_number[BODY_LENGTH] = check;
	return check == id_number_check_character(id_number) &&
	       civil_date_parse_compact(id_number + REGION_LENGTH, BIRTH_LENGTH) != CIVIL_DATE_NONE;
}

civil_date id_number_birth(const char id_number[ID_NUMBER_LENGTH])
{
	civil_date birth = civil_date_parse_compact(id_number + REGION_LENGTH, BIRTH_LENGTH);

	assert(birth != CIVIL_DATE_NONE);
	return birth;
}

char id_number_sex(const char id_number[ID_NUMBER_LENGTH])
{
	return id_number[BODY_LENGTH - 1] % 2 != 0 ? 'M' : 'F';
}
