/*
 * pieces: cuts bytes into random pieces, the same ones for the same seed, each a heap block of its own size, so that a
 * sanitizer sees a read beyond it.
 */
#ifndef DUIZHANG_TESTS_UNIT_PIECES_H
#define DUIZHANG_TESTS_UNIT_PIECES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline uint64_t random_next(uint64_t *seed)
{
	uint64_t mixed = *seed += UINT64_C(0x9e3779b97f4a7c15);

	mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
	return mixed ^ (mixed >> 31);
}

/* 0 … below - 1 */
static inline size_t random_below(uint64_t *seed, size_t below)
{
	return (size_t)(random_next(seed) % below);
}

/* Feeds pieces of 1 … max bytes until feed returns false; max 0: everything at once. Returns what feed said last. */
static inline bool feed_pieces(bool (*feed)(void *context, const void *bytes, size_t length), void *context,
	const void *bytes, size_t length, size_t max, uint64_t seed)
{
	const uint8_t *next = bytes;
	bool more = true;

	while (length > 0 && more) {
		size_t part = max == 0 ? length : 1 + random_below(&seed, max);
		void *copy;

		part = part < length ? part : length;
		copy = malloc(part);
		if (copy == NULL)
			abort();
		memcpy(copy, next, part);
		more = feed(context, copy, part);
		free(copy);
		next += part;
		length -= part;
	}
	return more;
}

#endif
