/* movements: copies made one, reversals matched with what they take. */
#include "daemon/movements.h"

#define REVERSAL_DAYS 92

static int span_compare(struct span a, struct span b)
{
	size_t shorter = a.length < b.length ? a.length : b.length;
	int order = shorter == 0 ? 0 : memcmp(a.data, b.data, shorter);

	if (order != 0)
		return order;
	return a.length < b.length ? -1 : a.length > b.length;
}

/* By what makes movements equal, serial first; then by (document id, line). */
static int equality_compare(const struct movement *x, const struct movement *y)
{
	int order = span_compare(x->serial, y->serial);

	if (order != 0)
		return order;
	if (x->date != y->date)
		return x->date < y->date ? -1 : 1;
	if (x->debit != y->debit)
		return x->debit ? 1 : -1;
	if (x->amount_fen != y->amount_fen)
		return x->amount_fen < y->amount_fen ? -1 : 1;
	if (x->movement_class != y->movement_class)
		return x->movement_class < y->movement_class ? -1 : 1;
	return span_compare(x->reversed_serial, y->reversed_serial);
}

static int copy_compare(const void *a, const void *b)
{
	const struct movement *x = a, *y = b;
	int order = equality_compare(x, y);

	return order != 0 ? order : book_compare_rows(x->document, x->line, y->document, y->line);
}

int movements_compare_dates(const void *a, const void *b)
{
	const struct movement *x = a, *y = b;

	if (x->date != y->date)
		return x->date < y->date ? -1 : 1;
	return book_compare_rows(x->document, x->line, y->document, y->line);
}

/* The latest movement that a reversal takes: same amount, other direction, 0 to 92 days before, of the serial it names.
 */
static struct movement *reversal_target(struct movement *movements, size_t count, const struct movement *reversal)
{
	for (size_t i = count; i-- > 0;) {
		struct movement *movement = &movements[i];

		if (movement->date > reversal->date || movement == reversal)
			continue;
		if (reversal->date - movement->date > REVERSAL_DAYS)
			return NULL;
		if (!movement->taken && movement->amount_fen == reversal->amount_fen &&
			movement->debit != reversal->debit &&
			(reversal->reversed_serial.length == 0 ||
				span_equal(movement->serial, reversal->reversed_serial)))
			return movement;
	}
	return NULL;
}

size_t movements_settle(
	struct arena *arena, struct movement *movements, size_t count, struct span **conflicts, size_t *conflict_count)
{
	size_t kept = 0;

	*conflicts = NULL;
	*conflict_count = 0;
	if (count == 0)
		return 0;
	qsort(movements, count, sizeof(*movements), copy_compare);
	for (size_t i = 1; i < count; i++) {
		const struct span serial = movements[i].serial;

		if (equality_compare(&movements[kept], &movements[i]) == 0)
			continue;
		/* Serials that a bank gives are printable; those made up where it gives none never conflict. */
		if (span_equal(movements[kept].serial, serial) && serial.length > 0 &&
			(unsigned char)serial.data[0] > 0x20 &&
			(*conflict_count == 0 || !span_equal((*conflicts)[*conflict_count - 1], serial))) {
			*conflicts = arena_grow(arena, *conflicts, *conflict_count, sizeof(**conflicts));
			(*conflicts)[(*conflict_count)++] = serial;
		}
		movements[++kept] = movements[i];
	}
	count = kept + 1;
	qsort(movements, count, sizeof(*movements), movements_compare_dates);
	for (size_t i = 0; i < count; i++) {
		struct movement *target;

		if (movements[i].movement_class != MOVEMENT_REVERSAL)
			continue;
		target = reversal_target(movements, count, &movements[i]);
		if (target != NULL) {
			target->taken = true;
			target->taken_by = &movements[i];
		}
	}
	return count;
}

bool movements_equal(const struct movement *a, const struct movement *b)
{
	return equality_compare(a, b) == 0;
}
