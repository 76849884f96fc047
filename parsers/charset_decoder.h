/*
 * charset_decoder: UTF-8 or GB18030 bytes → valid UTF-8 text, in pieces (design 5.1).
 *
 * A UTF-8 byte order mark at the very start is dropped. Owner: the caller. One thread at a time.
 */
#ifndef DUIZHANG_PARSERS_CHARSET_DECODER_H
#define DUIZHANG_PARSERS_CHARSET_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct charset_decoder;

/* Receives whole UTF-8 characters; false stops. text may point into the fed bytes (UTF-8 is not copied). */
typedef bool (*charset_text_function)(void *context, const char *text, size_t length);

/* charset: "UTF-8" or "GB18030" (iconv). NULL when memory is short or iconv has no such charset. */
struct charset_decoder *charset_decoder_new(const char *charset, charset_text_function text, void *context);

/* False at the first byte that is no character, or when text said stop. */
bool charset_decoder_feed(struct charset_decoder *decoder, const void *bytes, size_t length);

/* False if a character is unfinished. */
bool charset_decoder_finish(struct charset_decoder *decoder);

/* True if an invalid byte was met, with its offset in the content. */
bool charset_decoder_error(const struct charset_decoder *decoder, uint64_t *content_offset);

void charset_decoder_free(struct charset_decoder *decoder);

#endif
