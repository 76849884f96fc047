/*
 * mask: names, ID numbers, accounts and phones with most of their characters hidden, for places where they may not
 * stand in full (design section 11).
 *
 * Pure; any thread. What is left never has seven digits of the original in a row.
 */
#ifndef DUIZHANG_DAEMON_MASK_H
#define DUIZHANG_DAEMON_MASK_H

#include "parsers/record.h"

/* Room for any masked value and its NUL; longer ones are cut. */
#define MASK_TEXT_SIZE 64

/* "532929********1234": county and the last four characters of an ID number. Returns text. */
const char *mask_id_number(const char id_number[ID_NUMBER_LENGTH], char text[MASK_TEXT_SIZE]);

/* "杨**": the first character of a name. Returns text. */
const char *mask_name(struct span name, char text[MASK_TEXT_SIZE]);

/* "****1234": the last four characters of an account or a phone; of short ones less. Returns text. */
const char *mask_number(struct span number, char text[MASK_TEXT_SIZE]);

#endif
