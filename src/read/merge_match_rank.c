/*-------------------------------------------------------------------------
 *
 * merge_match_rank.c
 *	  Matching in the order of an index: which pending key might come first.
 *
 * A reader who wants a few rows meets a few keys.  So only the first ones are picked from all
 * deltas, and kept with the set for the next scan in the same order; the
 * others are ranked by a scan that comes to them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/binaryheap.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "plan/delta.h"
#include "read/delta_set.h"
#include "read/merge_match_key.h"
#include "read/merge_match_rank.h"
#include "read/merge_scan.h"

/* So many are picked. */
#define BEST	64

/* The first deltas of a set in an order: first is the one that might come first */
typedef struct IvmRanking
{
	IvmMatchOrder order;
	int			nsort;
	AttrNumber *attnos;
	Oid		   *operators;
	Oid		   *collations;
	bool	   *nulls_first;
	int			n;
	IvmDelta   *best[BEST];
} IvmRanking;

/* Of two keys, which comes first in the index?  Below 0: the first. */
static int
compare_by_key(Datum a, Datum b, void *arg)
{
	IvmMergeScan *ms = arg;
	IvmDelta   *da = (IvmDelta *) DatumGetPointer(a);
	IvmDelta   *db = (IvmDelta *) DatumGetPointer(b);

	for (int i = 0; i < ms->nsort; i++)
	{
		int			col = ms->sort_attnos[i] - 1;	/* the same in both tables */
		int			c = ApplySortComparator(da->values[col], da->nulls[col],
											db->values[col], db->nulls[col],
											&ms->sortkeys[i]);

		if (c != 0)
			return c;
	}
	return 0;
}

/* Which delta adds more (for DESC)?  Below 0: the first. */
static int
compare_by_sum(Datum a, Datum b, void *arg)
{
	IvmMergeScan *ms = arg;

	return ApplySortComparator(ivm_merge_match_rank_sum(ms->match, (IvmDelta *) DatumGetPointer(a)), false,
							   ivm_merge_match_rank_sum(ms->match, (IvmDelta *) DatumGetPointer(b)), false,
							   &ms->sortkeys[0]);
}

/* A heap has the greatest on top. */
static int
first_on_top(Datum a, Datum b, void *arg)
{
	IvmMergeScan *ms = arg;

	return ms->match->order == IVM_MATCH_BY_KEY ? compare_by_key(b, a, arg) : compare_by_sum(b, a, arg);
}

static int
last_on_top(Datum a, Datum b, void *arg)
{
	return first_on_top(b, a, arg);
}

/* Pick the first deltas of the set. */
static void
pick(IvmMergeScan *ms, IvmRanking *ranking)
{
	binaryheap *heap = binaryheap_allocate(BEST, last_on_top, ms);
	ListCell   *lc;

	foreach(lc, ivm_delta_set_list(ms->match->deltas))
	{
		Datum		delta = PointerGetDatum(lfirst(lc));

		CHECK_FOR_INTERRUPTS();
		if (ranking->n < BEST)
		{
			binaryheap_add(heap, delta);
			ranking->n++;
		}
		else if (last_on_top(delta, binaryheap_first(heap), ms) < 0)
			binaryheap_replace_first(heap, delta);
	}
	for (int i = ranking->n; i-- > 0;)
		ranking->best[i] = (IvmDelta *) DatumGetPointer(binaryheap_remove_first(heap));
	binaryheap_free(heap);
}

static void *
copy_array(const void *array, Size size)
{
	return memcpy(palloc(size), array, size);
}

/* Is it a ranking for the order of this scan? */
static bool
is_for(const IvmRanking *ranking, const IvmMergeScan *ms)
{
	return ranking->order == ms->match->order && ranking->nsort == ms->nsort &&
		memcmp(ranking->attnos, ms->sort_attnos, sizeof(AttrNumber) * ms->nsort) == 0 &&
		memcmp(ranking->operators, ms->sort_operators, sizeof(Oid) * ms->nsort) == 0 &&
		memcmp(ranking->collations, ms->sort_collations, sizeof(Oid) * ms->nsort) == 0 &&
		memcmp(ranking->nulls_first, ms->sort_nulls_first, sizeof(bool) * ms->nsort) == 0;
}

void
ivm_merge_match_rank_begin(IvmMergeScan *ms)
{
	IvmDeltaSet *set = ms->match->deltas;
	IvmRanking *ranking;
	MemoryContext oldcxt;
	ListCell   *lc;

	foreach(lc, set->rankings)
	{
		ranking = lfirst(lc);
		if (is_for(ranking, ms))
		{
			ms->match->ranking = ranking;
			return;
		}
	}
	oldcxt = MemoryContextSwitchTo(set->cxt);
	ranking = palloc0(sizeof(IvmRanking));
	ranking->order = ms->match->order;
	ranking->nsort = ms->nsort;
	ranking->attnos = copy_array(ms->sort_attnos, sizeof(AttrNumber) * ms->nsort);
	ranking->operators = copy_array(ms->sort_operators, sizeof(Oid) * ms->nsort);
	ranking->collations = copy_array(ms->sort_collations, sizeof(Oid) * ms->nsort);
	ranking->nulls_first = copy_array(ms->sort_nulls_first, sizeof(bool) * ms->nsort);
	MemoryContextSwitchTo(oldcxt);
	pick(ms, ranking);
	MemoryContextSwitchTo(set->cxt);
	set->rankings = lappend(set->rankings, ranking);
	MemoryContextSwitchTo(oldcxt);
	ms->match->ranking = ranking;
}

/* Rank all deltas that are not done. */
static void
rank_all(IvmMergeScan *ms)
{
	IvmMatch   *m = ms->match;
	MemoryContext oldcxt = MemoryContextSwitchTo(ms->cxt);
	ListCell   *lc;

	m->ranked = binaryheap_allocate(Max(m->unresolved, 1), first_on_top, ms);
	foreach(lc, ivm_delta_set_list(m->deltas))
	{
		if (!ivm_merge_match_is_done(m, lfirst(lc)))
			binaryheap_add_unordered(m->ranked, PointerGetDatum(lfirst(lc)));
	}
	binaryheap_build(m->ranked);
	MemoryContextSwitchTo(oldcxt);
}

IvmDelta *
ivm_merge_match_rank_first(IvmMergeScan *ms)
{
	IvmMatch   *m = ms->match;
	IvmDelta   *delta;

	for (; m->next_best < m->ranking->n; m->next_best++)
	{
		delta = m->ranking->best[m->next_best];
		if (!ivm_merge_match_is_done(m, delta))
			return delta;
	}
	if (m->unresolved == 0)
		return NULL;
	if (m->ranked == NULL)
		rank_all(ms);
	while (!binaryheap_empty(m->ranked))
	{
		delta = (IvmDelta *) DatumGetPointer(binaryheap_first(m->ranked));
		if (!ivm_merge_match_is_done(m, delta))
			return delta;
		(void) binaryheap_remove_first(m->ranked);
	}
	return NULL;
}

int
ivm_merge_match_rank_some(IvmMergeScan *ms, IvmDelta **deltas, int n)
{
	IvmMatch   *m = ms->match;
	const IvmRanking *ranking = m->ranking;
	int			found = 0;

	Assert(m->order == IVM_MATCH_BY_SUM);
	for (int i = m->next_best; i < ranking->n && found < n; i++)
	{
		if (!ivm_merge_match_is_done(m, ranking->best[i]))
			deltas[found++] = ranking->best[i];
	}
	if (found > 0 && ranking->n < m->deltas->n &&
		compare_by_sum(PointerGetDatum(deltas[0]),
					   PointerGetDatum(ranking->best[ranking->n - 1]), ms) == 0)
		return 0;
	return found;
}
