/*
 * utf8: is it UTF-8? No overlong form, no surrogate, nothing above U+10FFFF.
 *
 * Pure, any thread.
 */
#ifndef DUIZHANG_PARSERS_UTF8_H
#define DUIZHANG_PARSERS_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_CHARACTER_BYTES_MAX 4

/*
 * The length of the longest prefix of whole valid characters. unfinished: what follows it are up to three bytes, the
 * last ones, that begin a character; else, if the prefix is shorter than length, its next byte begins none.
 */
size_t utf8_valid_prefix(const uint8_t *bytes, size_t length, bool *unfinished);

#endif
