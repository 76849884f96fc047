/*
 * suggest: which of the words one knows was meant by a word one does not know.
 *
 * Pure, any thread.
 */
#ifndef DUIZHANG_DAEMON_SUGGEST_H
#define DUIZHANG_DAEMON_SUGGEST_H

#include <stddef.h>

/*
 * The one of words nearest to word (case aside), if it is near enough that a typing mistake explains it: at most a
 * third of its characters inserted, left out or changed, neighbours swapped counting as one. NULL if none is; the first
 * of equals.
 */
const char *suggest_word(const char *word, const char *const *words, size_t count);

#endif
