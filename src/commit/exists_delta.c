/*-------------------------------------------------------------------------
 *
 * exists_delta.c
 *	  Deltas of rows with a condition that others meet them, or do not.
 *
 * Periods without an event are the rows of an addend like
 *
 *		periods p WHERE NOT EXISTS (SELECT FROM events e WHERE e.ts >= p.start AND e.ts < p.stop)
 *
 * No equation divides it into regions.  But a period has become such a row, or is none
 * any more, only if it meets an event that was added or removed.  So
 *
 *		delta = the addend AND EXISTS (the same subquery over the changed events)
 *				- the same as it was before this transaction
 *
 * With EXISTS in the addend instead it is the same.  If periods have changed, too, this
 * covers those that meet such an event.  As for the others, events might as well not have
 * changed: they are followed by terms (join_delta.c) over the addend AND NOT EXISTS (...).
 *
 * The added condition must be the same in all of these, so it must not depend on when it
 * is looked at.  With one changed source in the subquery that is clear.  With several, e
 * and f, it asks for a row of e and one of f that meet, one of them or both changed, in
 * three subqueries: (de, f), (e, df) and (de, df).  What f shows now and its changed rows
 * are together what it showed before and its changed rows, so the three, taken together, do
 * not depend on it either.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/parsetree.h"
#include "port/pg_bitutils.h"
#include "rewrite/rewriteManip.h"

#include "base/signed_rows.h"
#include "commit/delta_query.h"
#include "commit/exists_delta.h"
#include "commit/view_change.h"
#include "definition/addends.h"
#include "definition/sources.h"

/*
 * The number of changed sources that conditions may read: of a condition with n of them,
 * 2^n - 1 subqueries are made.
 */
#define MAX_TESTED		4

/* Variants of an addend's queries (IvmDeltaQueryKey); terms have 0 */
#define VARIANT_ROWS	1		/* what meets any number of changed rows */
#define VARIANT_ROW		2		/* what meets one changed row */

/* The changed rows, of both signs, of the sources of conditions. */
struct IvmExistsRows
{
	int			nsources;
	const IvmChangedSource *sources[MAX_TESTED];
	Tuplestorestate *rows[MAX_TESTED];
	int64		nrows[MAX_TESTED];
	int64		total;
	uint64		tested;			/* the sources as bits */
};

bool
ivm_exists_delta_is_possible(const IvmAddend *addend, uint64 changed)
{
	uint64		tested = changed & addend->tested;

	return tested != 0 && pg_popcount64(tested) <= MAX_TESTED &&
		(changed == tested || ivm_view_change_is_linear(addend, changed & ~tested));
}

/* ---- changed rows ---- */

static void
copy_rows(Tuplestorestate *into, IvmRowStore *from, int n, TupleTableSlot *slot, ExprState *filter,
		  ExprContext *econtext, int64 *nrows)
{
	IvmRowScan	scan;

	ivm_row_store_scan(&scan, from, n);
	while (ivm_row_store_next(&scan, slot))
	{
		CHECK_FOR_INTERRUPTS();
		ResetExprContext(econtext);
		if (filter && !ExecQual(filter, econtext))
			continue;
		tuplestore_puttupleslot(into, slot);
		(*nrows)++;
	}
}

/* The rows of a source that have come or gone and that its filter does not rule out. */
static Tuplestorestate *
store_rows(const IvmAddend *addend, const IvmChangedSource *changed, int64 *nrows)
{
	Tuplestorestate *result = tuplestore_begin_heap(false, false, work_mem);
	TupleTableSlot *slot = MakeSingleTupleTableSlot(changed->desc, &TTSOpsMinimalTuple);
	EState	   *estate = CreateExecutorState();
	MemoryContext oldcxt = MemoryContextSwitchTo(estate->es_query_cxt);
	ExprState  *filter = ExecInitQual(addend->sources[changed->source].filter, NULL);
	ExprContext *econtext = GetPerTupleExprContext(estate);

	MemoryContextSwitchTo(oldcxt);
	econtext->ecxt_scantuple = slot;
	for (int i = 0; i < 2; i++)
		copy_rows(result, changed->rows, i, slot, filter, econtext, nrows);
	ExecDropSingleTupleTableSlot(slot);
	FreeExecutorState(estate);
	return result;
}

IvmExistsRows *
ivm_exists_delta_rows(const IvmViewChange *change)
{
	IvmExistsRows *result = palloc0(sizeof(IvmExistsRows));

	for (int i = 0; i < change->nchanged; i++)
	{
		const IvmChangedSource *changed = &change->changed[i];
		int			n = result->nsources;

		if (!change->addend->sources[changed->source].tested)
			continue;
		Assert(n < MAX_TESTED);
		result->sources[n] = changed;
		result->rows[n] = store_rows(change->addend, changed, &result->nrows[n]);
		result->total += result->nrows[n];
		result->tested |= UINT64CONST(1) << changed->source;
		result->nsources++;
	}
	return result;
}

void
ivm_exists_delta_free(IvmExistsRows *rows)
{
	for (int i = 0; i < rows->nsources; i++)
		tuplestore_end(rows->rows[i]);
	pfree(rows);
}

uint64
ivm_exists_delta_sources(const IvmExistsRows *rows)
{
	return rows->tested;
}

List *
ivm_exists_delta_name(const IvmExistsRows *rows, List *named)
{
	for (int i = 0; i < rows->nsources; i++)
		named = ivm_delta_query_name(named, ivm_sources_rows_name(rows->sources[i]->source),
									 rows->sources[i]->desc, rows->rows[i], rows->nrows[i]);
	return named;
}

/* ---- the query ---- */

static void
add_quals(Query *query, List *quals)
{
	query->jointree->quals = (Node *)
		make_ands_explicit(list_concat(make_ands_implicit((Expr *) query->jointree->quals), quals));
}

/*
 * Join a query with the one changed row that a subquery reads, if it reads nothing else:
 * no row of the query meets it twice.  The planner finds the rows that meet it by an
 * index, where there is one; of EXISTS it makes a join that reads them all.
 */
static bool
join_row(Query *query, SubLink *exists)
{
	Query	   *sub = (Query *) exists->subselect;
	RangeTblRef *ref = linitial(sub->jointree->fromlist);
	RangeTblRef *added = makeNode(RangeTblRef);
	Node	   *quals = sub->jointree->quals;

	if (list_length(sub->jointree->fromlist) > 1 || !IsA(ref, RangeTblRef) ||
		rt_fetch(ref->rtindex, sub->rtable)->rtekind != RTE_NAMEDTUPLESTORE)
		return false;
	query->rtable = lappend(query->rtable, rt_fetch(ref->rtindex, sub->rtable));
	added->rtindex = list_length(query->rtable);
	query->jointree->fromlist = lappend(query->jointree->fromlist, added);
	ChangeVarNodes(quals, ref->rtindex, added->rtindex, 0);
	IncrementVarSublevelsUp(quals, -1, 1);
	add_quals(query, make_ands_implicit((Expr *) quals));
	return true;
}

/*
 * Make EXISTS (...) of a condition's subquery in which some of its sources, the bits of
 * set, give their changed rows only.
 */
static Node *
meets_changed(Query *sub, const IvmChangedSource **sources, const int *places, int set,
			  double nrows)
{
	Query	   *copy = copyObject(sub);
	List	   *rtes = ivm_sources_list(copy);
	SubLink    *sublink = makeNode(SubLink);

	for (int i = 0; i < MAX_TESTED; i++)
		if (set & (1 << i))
			ivm_sources_put_rows(list_nth(rtes, places[i]), sources[i]->source,
								 sources[i]->desc, nrows);
	sublink->subLinkType = EXISTS_SUBLINK;
	sublink->subselect = (Node *) copy;
	sublink->location = -1;
	return (Node *) sublink;
}

/*
 * List conditions of which a row satisfies at least one if, and only if, it meets changed
 * rows by the addend's condition with this subquery.
 */
static List *
list_meets(Query *sub, List *rtes, const IvmViewChange *change, uint64 tested, double nrows)
{
	List	   *own = ivm_sources_list(sub);
	List	   *result = NIL;
	const IvmChangedSource *sources[MAX_TESTED];
	int			places[MAX_TESTED];
	int			n = 0;

	for (int i = 0; i < change->nchanged; i++)
	{
		const IvmChangedSource *changed = &change->changed[i];
		ListCell   *lc;

		if ((tested & (UINT64CONST(1) << changed->source)) == 0)
			continue;
		foreach(lc, own)
		{
			if (lfirst(lc) == list_nth(rtes, changed->source))
			{
				sources[n] = changed;
				places[n++] = foreach_current_index(lc);
			}
		}
	}
	for (int set = 1; set < 1 << n; set++)
		result = lappend(result, meets_changed(sub, sources, places, set, nrows));
	return result;
}

/* The addend's query, restricted to the rows that meet changed rows. */
static Query *
build_query(const IvmViewChange *change, const IvmDeltaQueryKey *key, double nrows)
{
	Query	   *query = copyObject(change->addend->rows);
	List	   *rtes = ivm_sources_list(query);
	List	   *meets = NIL;
	ListCell   *lc;

	foreach(lc, make_ands_implicit((Expr *) query->jointree->quals))
	{
		bool		negated;
		Query	   *sub = ivm_sources_tested(lfirst(lc), &negated);
		List	   *found = sub ? list_meets(sub, rtes, change, key->sources, nrows) : NIL;

		if (found != NIL && key->variant == VARIANT_ROW && join_row(query, linitial(found)))
			return query;
		meets = list_concat(meets, found);
	}
	add_quals(query, list_make1(list_length(meets) > 1 ? make_orclause(meets) : linitial(meets)));
	return query;
}

void
ivm_exists_delta_exclude(Query *query, List *rtes, const IvmViewChange *change, uint64 tested,
						 double nrows)
{
	List	   *quals = NIL;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, make_ands_implicit((Expr *) query->jointree->quals))
	{
		bool		negated;
		Query	   *sub = ivm_sources_tested(lfirst(lc), &negated);

		if (sub == NULL)
			continue;
		foreach(lc2, list_meets(sub, rtes, change, tested, nrows))
			quals = lappend(quals, make_notclause(lfirst(lc2)));
	}
	add_quals(query, quals);
}

static IvmDeltaQuery *
plan_query(const IvmViewChange *change, const IvmExistsRows *rows)
{
	IvmDeltaQueryKey key;

	memset(&key, 0, sizeof(key));
	key.addend = change->addend;
	key.sources = rows->tested;
	key.variant = rows->total == 1 && rows->nsources == 1 ? VARIANT_ROW : VARIANT_ROWS;
	return ivm_delta_query_plan(change, &key, rows->total, build_query);
}

double
ivm_exists_delta_cost(const IvmViewChange *change, const IvmExistsRows *rows)
{
	return rows->total == 0 ? 0 : 2 * plan_query(change, rows)->stmt->planTree->total_cost;
}

void
ivm_exists_delta_compute(const IvmViewChange *change, const IvmExistsRows *rows,
						 Snapshot snapshot, IvmSignedRowVisitor visit, void *arg)
{
	IvmSignedRows *net = ivm_signed_rows_create(CurrentMemoryContext);

	if (rows->total == 0)
		return;
	ivm_delta_query_compare(change, plan_query(change, rows), snapshot,
							ivm_exists_delta_name(rows, NIL), net);
	ivm_signed_rows_visit(net, visit, arg);
}
