/*-------------------------------------------------------------------------
 *
 * row_hints.c
 *	  Where rows with certain values were found last.
 *
 * A table with two places for each hash, of which one is overwritten by the next that comes
 * there.  It doubles while hints drive each other out, up to a limit.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/row_hints.h"

/* Places at first and at most, powers of 2 */
#define FIRST_PLACES	32
#define MAX_PLACES		16384

typedef struct Hint
{
	uint32		hash;
	ItemPointerData tid;		/* invalid: the place is free */
} Hint;

struct IvmRowHints
{
	MemoryContext cxt;
	uint32		nplaces;
	uint32		lost;			/* hints that were overwritten since it grew */
	Hint	   *places;
};

/* The hint of a hash, or else the place to keep it in; in that case it may be in use. */
static Hint *
find_place(const IvmRowHints *hints, uint32 hash)
{
	Hint	   *first = &hints->places[hash & (hints->nplaces - 1)];
	Hint	   *second = &hints->places[(hash ^ 1) & (hints->nplaces - 1)];

	if (first->hash == hash || !ItemPointerIsValid(&first->tid))
		return first;
	if (second->hash == hash || !ItemPointerIsValid(&second->tid))
		return second;
	/* any of the two, but not always the same */
	return hints->lost & 1 ? first : second;
}

static Hint *
make_places(MemoryContext cxt, uint32 n)
{
	Hint	   *result = MemoryContextAlloc(cxt, sizeof(Hint) * n);

	for (uint32 i = 0; i < n; i++)
	{
		result[i].hash = 0;
		ItemPointerSetInvalid(&result[i].tid);
	}
	return result;
}

IvmRowHints *
ivm_row_hints_make(MemoryContext cxt)
{
	IvmRowHints *hints = MemoryContextAllocZero(cxt, sizeof(IvmRowHints));

	hints->cxt = cxt;
	hints->nplaces = FIRST_PLACES;
	hints->places = make_places(cxt, FIRST_PLACES);
	return hints;
}

ItemPointer
ivm_row_hints_get(IvmRowHints *hints, uint32 hash)
{
	Hint	   *hint = find_place(hints, hash);

	return hint->hash == hash && ItemPointerIsValid(&hint->tid) ? &hint->tid : NULL;
}

static void
grow(IvmRowHints *hints)
{
	Hint	   *old = hints->places;
	uint32		n = hints->nplaces;

	hints->places = make_places(hints->cxt, n * 2);
	hints->nplaces = n * 2;
	hints->lost = 0;
	for (uint32 i = 0; i < n; i++)
		if (ItemPointerIsValid(&old[i].tid))
			*find_place(hints, old[i].hash) = old[i];
	pfree(old);
}

void
ivm_row_hints_put(IvmRowHints *hints, uint32 hash, ItemPointer tid)
{
	Hint	   *hint = find_place(hints, hash);

	if (ItemPointerIsValid(&hint->tid) && hint->hash != hash &&
		++hints->lost > hints->nplaces / 8 && hints->nplaces < MAX_PLACES)
	{
		grow(hints);
		hint = find_place(hints, hash);
	}
	hint->hash = hash;
	hint->tid = *tid;
}
