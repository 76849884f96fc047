/*
 * arena: memory for one step of work, given back at once.
 *
 * Owner: the caller. Blocks are kept and reused by arena_reset; everything handed out before is void then.
 */
#ifndef DUIZHANG_DAEMON_ARENA_H
#define DUIZHANG_DAEMON_ARENA_H

#include <assert.h>

#include "daemon/bytes.h"

struct arena_block {
	struct arena_block *next;
	size_t size;
	size_t used;
	max_align_t data[];
};

struct arena {
	struct arena_block *first;
	struct arena_block *current;
};

#define ARENA_BLOCK_BYTES (64u * 1024u)

static inline void *arena_allocate(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->current;
	void *memory;

	size = (size + 15) & ~(size_t)15;
	while (block != NULL && block->size - block->used < size && block->next != NULL) {
		block = block->next;
		block->used = 0;
	}
	if (block == NULL || block->size - block->used < size) {
		size_t block_size = size > ARENA_BLOCK_BYTES ? size : ARENA_BLOCK_BYTES;
		struct arena_block *fresh = bytes_allocate(NULL, sizeof(*fresh) + block_size);

		*fresh = (struct arena_block){.next = NULL, .size = block_size};
		if (block == NULL)
			arena->first = fresh;
		else
			block->next = fresh;
		block = fresh;
	}
	arena->current = block;
	memory = (uint8_t *)block->data + block->used;
	block->used += size;
	return memory;
}

static inline void *arena_copy(struct arena *arena, const void *data, size_t length)
{
	void *memory = arena_allocate(arena, length);

	if (length > 0)
		memcpy(memory, data, length);
	return memory;
}

static inline struct span arena_span(struct arena *arena, struct span text)
{
	return (struct span){arena_copy(arena, text.data, text.length), text.length};
}

/* An array that grows inside the arena: room for one more item after count. */
static inline void *arena_grow(struct arena *arena, void *items, size_t count, size_t item_size)
{
	void *larger;

	/* Powers of two from 4 up are the moments when an array is full. */
	if (count != 0 && (count < 4 || (count & (count - 1)) != 0))
		return items;
	larger = arena_allocate(arena, (count == 0 ? 4 : count * 2) * item_size);
	if (count > 0) {
		assert(items != NULL);
		memcpy(larger, items, count * item_size);
	}
	return larger;
}

static inline void arena_reset(struct arena *arena)
{
	arena->current = arena->first;
	if (arena->first != NULL)
		arena->first->used = 0;
}

static inline void arena_free(struct arena *arena)
{
	struct arena_block *next;

	for (struct arena_block *block = arena->first; block != NULL; block = next) {
		next = block->next;
		free(block);
	}
	*arena = (struct arena){0};
}

#endif
