/*
 * id_number: citizen identity numbers by GB 11643 (check character by ISO 7064 MOD 11-2).
 *
 * Pure functions, any thread.
 */
#ifndef DUIZHANG_PARSERS_ID_NUMBER_H
#define DUIZHANG_PARSERS_ID_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

#include "parsers/civil_date.h"

#define ID_NUMBER_LENGTH 18

/*
 * Reads an ID number into its 18-character form (no NUL): 'x' becomes 'X', a 15-digit number gets century 19 and its
 * check character. False if the length, a digit, the birth date or the check character is wrong.
 */
bool id_number_parse(const char *text, size_t length, char id_number[ID_NUMBER_LENGTH]);

/* Of a number that id_number_parse made. */
civil_date id_number_birth(const char id_number[ID_NUMBER_LENGTH]);

/* 'M' or 'F' by the parity of the 17th digit. */
char id_number_sex(const char id_number[ID_NUMBER_LENGTH]);

/* The check character of the first 17 digits. */
char id_number_check_character(const char digits[17]);

#endif
