/*-------------------------------------------------------------------------
 *
 * row_hints.c
 *	  Where rows with certain values were found last.
 *
 * A table with four places for each hash, of which one is overwritten by the next that comes
 * there.  It doubles when half of it is in use or a hint finds no place, up to a limit.
 *
 * Memory: a context that lives as long as the backend.  Hints outlive the executor states that use
 * them, which are made anew whenever a table is analyzed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/pg_list.h"
#include "utils/memutils.h"

#include "base/row_hints.h"

/* Places at first and at most, powers of 2 */
#define FIRST_PLACES	32
#define MAX_PLACES		32768

/* Shared hints that are kept when nobody uses them, until a plan is made anew perhaps */
#define MAX_UNUSED		8

/* Rows hashed in advance: at first and at most, and for each one that is found */
#define MAX_ROWS_LEFT	8192
#define ROWS_PER_HIT	24

typedef struct Hint
{
	uint32		hash;
	ItemPointerData tid;		/* invalid: the place is free */
} Hint;

struct IvmRowHints
{
	IvmRowHintsKey key;			/* index InvalidOid: not shared */
	int			users;
	uint64		left_at;		/* left_count when the last user let it go */
	uint32		nplaces;
	uint32		used;			/* places that have a hint */
	uint32		lost;			/* hints that have found their places taken */
	int			rows_left;		/* that may be hashed in advance */
	Hint	   *places;
};

static MemoryContext hints_cxt = NULL;
static List *shared = NIL;		/* IvmRowHints *, in hints_cxt */
static uint64 left_count = 0;

/* Places of a hash, a power of 2 */
#define WAYS			4

/* The hint of a hash, or else the place to keep it in; in that case it may be in use. */
static Hint *
find_place(const IvmRowHints *hints, uint32 hash)
{
	uint32		home = hash & (hints->nplaces - 1);

	for (uint32 i = 0; i < WAYS; i++)
	{
		Hint	   *hint = &hints->places[home ^ i];

		if (hint->hash == hash || !ItemPointerIsValid(&hint->tid))
			return hint;
	}
	/* any of them, but not always the same */
	return &hints->places[home ^ (hints->lost & (WAYS - 1))];
}

static bool
is_of_other(const Hint *place, uint32 hash)
{
	return ItemPointerIsValid(&place->tid) && place->hash != hash;
}

static Hint *
make_places(uint32 n)
{
	Hint	   *result = MemoryContextAlloc(hints_cxt, sizeof(Hint) * n);

	for (uint32 i = 0; i < n; i++)
	{
		result[i].hash = 0;
		ItemPointerSetInvalid(&result[i].tid);
	}
	return result;
}

/* ---- who uses which ---- */

static IvmRowHints *
find_shared(const IvmRowHintsKey *key)
{
	ListCell   *lc;

	foreach(lc, shared)
	{
		if (memcmp(&((IvmRowHints *) lfirst(lc))->key, key, sizeof(IvmRowHintsKey)) == 0)
			return lfirst(lc);
	}
	return NULL;
}

static IvmRowHints *
make_hints(const IvmRowHintsKey *key)
{
	IvmRowHints *hints;
	MemoryContext oldcxt;

	if (hints_cxt == NULL)
		hints_cxt = AllocSetContextCreate(TopMemoryContext, "ivm row hints", ALLOCSET_DEFAULT_SIZES);
	oldcxt = MemoryContextSwitchTo(hints_cxt);
	hints = palloc0(sizeof(IvmRowHints));
	hints->nplaces = FIRST_PLACES;
	hints->rows_left = MAX_ROWS_LEFT;
	hints->places = make_places(FIRST_PLACES);
	if (key)
	{
		hints->key = *key;
		shared = lappend(shared, hints);
	}
	MemoryContextSwitchTo(oldcxt);
	return hints;
}

static void
free_hints(IvmRowHints *hints)
{
	shared = list_delete_ptr(shared, hints);
	pfree(hints->places);
	pfree(hints);
}

/* The hints that were let go first, if there are more without users than are to be kept; else NULL. */
static IvmRowHints *
find_superfluous(void)
{
	IvmRowHints *result = NULL;
	int			unused = 0;
	ListCell   *lc;

	foreach(lc, shared)
	{
		IvmRowHints *hints = lfirst(lc);

		if (hints->users > 0)
			continue;
		unused++;
		if (result == NULL || hints->left_at < result->left_at)
			result = hints;
	}
	return unused > MAX_UNUSED ? result : NULL;
}

IvmRowHints *
ivm_row_hints_take(const IvmRowHintsKey *key)
{
	IvmRowHints *hints = key ? find_shared(key) : NULL;

	if (hints == NULL)
		hints = make_hints(key);
	hints->users++;
	return hints;
}

void
ivm_row_hints_let_go(IvmRowHints *hints)
{
	Assert(hints->users > 0);
	if (--hints->users > 0)
		return;
	if (OidIsValid(hints->key.index))
	{
		hints->left_at = ++left_count;
		hints = find_superfluous();
	}
	if (hints)
		free_hints(hints);
}

/* ---- hints ---- */

ItemPointer
ivm_row_hints_get(IvmRowHints *hints, uint32 hash)
{
	Hint	   *hint = find_place(hints, hash);

	return hint->hash == hash && ItemPointerIsValid(&hint->tid) ? &hint->tid : NULL;
}

/* Keep a hint in the place that find_place() has found for it. */
static void
fill(IvmRowHints *hints, Hint *place, uint32 hash, ItemPointer tid)
{
	hints->used += !ItemPointerIsValid(&place->tid);
	place->hash = hash;
	place->tid = *tid;
}

static void
grow(IvmRowHints *hints)
{
	Hint	   *old = hints->places;
	uint32		n = hints->nplaces;

	hints->places = make_places(n * 2);
	hints->nplaces = n * 2;
	hints->used = 0;
	for (uint32 i = 0; i < n; i++)
		if (ItemPointerIsValid(&old[i].tid))
			fill(hints, find_place(hints, old[i].hash), old[i].hash, &old[i].tid);
	pfree(old);
}

/* The place to keep a hint in, after having made room where there is little. */
static Hint *
make_place(IvmRowHints *hints, uint32 hash)
{
	Hint	   *place = find_place(hints, hash);

	if (is_of_other(place, hash))
		hints->lost++;
	else if (ItemPointerIsValid(&place->tid) || hints->used < hints->nplaces / 2)
		return place;
	if (hints->nplaces == MAX_PLACES)
		return place;
	grow(hints);
	return find_place(hints, hash);
}

void
ivm_row_hints_put(IvmRowHints *hints, uint32 hash, ItemPointer tid)
{
	fill(hints, make_place(hints, hash), hash, tid);
}

void
ivm_row_hints_offer(IvmRowHints *hints, uint32 hash, ItemPointer tid)
{
	Hint	   *place = make_place(hints, hash);

	if (!is_of_other(place, hash))
		fill(hints, place, hash, tid);
}

/* ---- rows in advance ---- */

void
ivm_row_hints_hit(IvmRowHints *hints)
{
	hints->rows_left = Min(hints->rows_left + ROWS_PER_HIT, MAX_ROWS_LEFT);
}

bool
ivm_row_hints_may_advance(const IvmRowHints *hints)
{
	return hints->rows_left > 0;
}

void
ivm_row_hints_advanced(IvmRowHints *hints, int nrows)
{
	hints->rows_left -= nrows;
}
