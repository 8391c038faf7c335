/*-------------------------------------------------------------------------
 *
 * delta_query.c
 *	  Queries over changed rows: their plans, and running them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/pg_class.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/memutils.h"
#include "utils/queryenvironment.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/derived.h"
#include "base/kept_executor.h"
#include "base/signed_rows.h"
#include "commit/delta_query.h"
#include "plan/inner_query.h"
#include "plan/plan.h"

/* How often a plan is used between looks at the sizes of its tables. */
#define USES_PER_LOOK	64

/* ---- plans ---- */

/* The planned queries of a view. */
typedef struct IvmDeltaQueries
{
	List	   *kept;			/* IvmDeltaQuery * */
	const char *text;			/* the text under which they run, or NULL: not
								 * made yet */
} IvmDeltaQueries;

static IvmDeltaQueries *
queries_of(const IvmPlan *plan)
{
	if (plan->run->queries == NULL)
		plan->run->queries = MemoryContextAllocZero(plan->cxt, sizeof(IvmDeltaQueries));
	return plan->run->queries;
}

/* 0: one row; 1: up to 32; 2: up to 1024; ... */
static int
magnitude_of(double nrows)
{
	int			result = 0;

	for (; nrows > 1; nrows /= 32)
		result++;
	return result;
}

/*
 * The tables of a plan, in the order in which it has them.  Views through which they are read
 * are in its range table, too, and are not looked at when it runs.
 */
static List *
list_tables(const PlannedStmt *stmt)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, stmt->rtable)
	{
		RangeTblEntry *rte = lfirst(lc);

		if (rte->rtekind == RTE_RELATION && rte->relkind != RELKIND_VIEW)
			result = list_append_unique_oid(result, rte->relid);
	}
	return result;
}

/* Lock the tables of a plan that are not locked already, for reading. */
static void
lock_tables(const IvmDeltaQuery *query, bool at_commit)
{
	ListCell   *lc;

	foreach(lc, at_commit ? query->others : query->relids)
		LockRelationOid(lfirst_oid(lc), AccessShareLock);
}

/* Pages of the tables of a plan, which tell whether it still suits them. */
static BlockNumber
measure_tables(const IvmDeltaQuery *query)
{
	BlockNumber result = 0;
	ListCell   *lc;

	foreach(lc, query->relids)
	{
		Relation	rel = RelationIdGetRelation(lfirst_oid(lc));

		if (rel == NULL)
			continue;			/* the executor will raise an error about it */
		if (RELKIND_HAS_STORAGE(rel->rd_rel->relkind))
			result += RelationGetNumberOfBlocks(rel);
		RelationClose(rel);
	}
	return result;
}

static PlannedStmt *
make_plan(IvmPlan *plan, Query *query)
{
	IvmDeltaQueries *queries = queries_of(plan);

	if (queries->text == NULL)
		queries->text = MemoryContextStrdup(plan->cxt, ivm_inner_query_text(plan, "delta of"));
	return ivm_inner_query_plan(query, queries->text, 0, NULL);
}

/* What is kept of a query, whole: an error on the way must leave nothing that later uses find. */
static IvmDeltaQuery *
make_kept(IvmPlan *plan, const IvmDeltaQueryKey *key, const PlannedStmt *stmt)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(plan->cxt);
	IvmDeltaQuery *fresh = palloc0(sizeof(IvmDeltaQuery));

	memcpy(&fresh->key, key, sizeof(IvmDeltaQueryKey));
	if (stmt != NULL)
	{
		fresh->stmt = copyObject(unconstify(PlannedStmt *, stmt));
		fresh->relids = list_tables(stmt);
		fresh->others = list_difference_oid(fresh->relids, plan->locked);
	}
	MemoryContextSwitchTo(oldcxt);
	if (stmt == NULL)
		return fresh;
	lock_tables(fresh, false);
	fresh->blocks = measure_tables(fresh);
	fresh->keeps_state = ivm_kept_executor_is_possible(fresh->stmt);
	fresh->single = fresh->keeps_state && ivm_kept_executor_is_single(fresh->stmt);
	ivm_derived_on_items(&plan->run->derived, fresh->stmt->invalItems);
	return fresh;
}

IvmDeltaQuery *
ivm_delta_query_plan(const IvmViewChange *change, IvmDeltaQueryKey *key, double nrows,
					 IvmDeltaQueryBuilder build)
{
	IvmPlan    *plan = change->plan;
	IvmDeltaQueries *queries = queries_of(plan);
	IvmDeltaQuery *kept = NULL;
	IvmDeltaQuery *fresh;
	PlannedStmt *stmt = NULL;
	Query	   *query;
	ListCell   *lc;
	MemoryContext oldcxt;

	key->magnitude = magnitude_of(nrows);
	foreach(lc, queries->kept)
	{
		kept = lfirst(lc);
		if (memcmp(&kept->key, key, sizeof(IvmDeltaQueryKey)) != 0)
			continue;
		if (kept->stmt == NULL)
			return NULL;
		lock_tables(kept, change->at_commit);
		if (++kept->uses % USES_PER_LOOK != 0 ||
			measure_tables(kept) <= kept->blocks * 2 + 8)
			return kept;
		break;
	}
	query = build(change, key, nrows);
	if (query)
		stmt = make_plan(plan, query);
	fresh = make_kept(plan, key, stmt);
	if (lc != NULL)
	{
		if (kept->state)
			ivm_kept_executor_free(kept->state);
		*kept = *fresh;
	}
	else
	{
		oldcxt = MemoryContextSwitchTo(plan->cxt);
		queries->kept = lappend(queries->kept, fresh);
		MemoryContextSwitchTo(oldcxt);
		kept = fresh;
	}
	return stmt ? kept : NULL;
}

/* ---- named rows ---- */

/* Rows that queries find by a name. */
typedef struct IvmNamedRows
{
	const char *name;
	TupleDesc	desc;
	double		nrows;
	Tuplestorestate *tuples;	/* NULL: not made yet of these: */
	IvmRowStore *rows;
	int			sign;			/* 0 added, 1 removed */
} IvmNamedRows;

static List *
add_named(List *named, const char *name, TupleDesc desc, double nrows, Tuplestorestate *tuples,
		  IvmRowStore *rows, int sign)
{
	IvmNamedRows *n = palloc(sizeof(IvmNamedRows));

	n->name = name;
	n->desc = desc;
	n->nrows = nrows;
	n->tuples = tuples;
	n->rows = rows;
	n->sign = sign;
	return lappend(named, n);
}

List *
ivm_delta_query_name(List *named, const char *name, TupleDesc desc, Tuplestorestate *rows,
					 double nrows)
{
	return add_named(named, name, desc, nrows, rows, NULL, 0);
}

List *
ivm_delta_query_name_rows(List *named, const char *name, TupleDesc desc, IvmRowStore *rows,
						  int sign)
{
	return add_named(named, name, desc, rows->nrows[sign], NULL, rows, sign);
}

static Tuplestorestate *
tuples_of(IvmNamedRows *named)
{
	if (named->tuples == NULL)
		named->tuples = ivm_row_store_tuples(named->rows, named->sign);
	return named->tuples;
}

/* What the executor finds the rows in; it adds a read pointer to their tuplestores. */
static QueryEnvironment *
make_environment(List *named)
{
	QueryEnvironment *env = create_queryEnv();
	ListCell   *lc;

	foreach(lc, named)
	{
		IvmNamedRows *n = lfirst(lc);
		EphemeralNamedRelation enr = palloc0(sizeof(EphemeralNamedRelationData));

		enr->md.name = unconstify(char *, n->name);
		enr->md.reliddesc = InvalidOid;
		enr->md.tupdesc = n->desc;
		enr->md.enrtype = ENR_NAMED_TUPLESTORE;
		enr->md.enrtuples = n->nrows;
		enr->reldata = tuples_of(n);
		if (n->rows)
			n->rows->readers++;
		register_ENR(env, enr);
	}
	return env;
}

static IvmNamedRows *
find_named(List *named, const char *name)
{
	ListCell   *lc;

	foreach(lc, named)
	{
		if (strcmp(((IvmNamedRows *) lfirst(lc))->name, name) == 0)
			return lfirst(lc);
	}
	elog(ERROR, "no rows are named \"%s\"", name);
}

/* ---- execution ---- */

typedef struct RowReceiver
{
	DestReceiver pub;
	IvmRowVisitor visit;
	void	   *arg;
	MemoryContext cxt;			/* reset after each row */
	bool		any;			/* has there been a row? */
} RowReceiver;

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	RowReceiver *r = (RowReceiver *) self;
	MemoryContext oldcxt = MemoryContextSwitchTo(r->cxt);

	slot_getallattrs(slot);
	r->any = true;
	r->visit(slot, r->arg);
	MemoryContextSwitchTo(oldcxt);
	MemoryContextReset(r->cxt);
	return true;
}

/* state: the one that is kept, and has been started, or NULL */
static void
init_receiver(RowReceiver *receiver, IvmRowVisitor visit, void *arg, const IvmKeptExecutor *state)
{
	memset(receiver, 0, sizeof(RowReceiver));
	ivm_inner_query_receive(&receiver->pub, receive_row);
	receiver->visit = visit;
	receiver->arg = arg;
	receiver->cxt = state ? ivm_kept_executor_row_context(state) :
		AllocSetContextCreate(CurrentMemoryContext, "ivm delta row", ALLOCSET_SMALL_SIZES);
}

static QueryDesc *
start_query(const IvmViewChange *change, PlannedStmt *stmt, Snapshot snapshot,
			List *named, RowReceiver *receiver)
{
	QueryDesc  *qd = CreateQueryDesc(stmt, queries_of(change->plan)->text, snapshot, InvalidSnapshot,
									 (DestReceiver *) receiver, NULL, make_environment(named), 0);

	ExecutorStart(qd, 0);
	return qd;
}

static void
end_query(QueryDesc *qd)
{
	ExecutorFinish(qd);
	ExecutorEnd(qd);
	FreeQueryDesc(qd);
}

/* Hand rows to a kept state, one by one if they are few and it takes them so. */
static void
give_rows(IvmKeptExecutor *state, IvmNamedRows *named, IvmKeptRows *given)
{
	memset(given, 0, sizeof(IvmKeptRows));
	if (named->rows && named->tuples == NULL && ivm_kept_executor_takes_tuples(state))
	{
		MinimalTuple *few = palloc(sizeof(MinimalTuple) * IVM_FEW_ROWS);

		given->tuples = few;
		given->ntuples = ivm_row_store_few(named->rows, named->sign, few);
		if (given->ntuples >= 0)
			return;
	}
	given->store = tuples_of(named);
}

/*
 * Start a query in a state kept for it, which is made with its second use; false
 * if there is none.  Extensions that watch the executor, such as auto_explain, see
 * no query that runs in a kept state, so none is used while there is one.
 */
static bool
start_kept(const IvmViewChange *change, IvmDeltaQuery *query, Snapshot snapshot, List *named)
{
	IvmNamedRows *rows;
	IvmKeptRows given;

	if (!change->at_commit || !query->keeps_state || query->uses == 0 ||
		ivm_inner_query_is_watched())
		return false;
	rows = find_named(named, ivm_kept_executor_rows(query->stmt));
	if (query->state == NULL)
		ivm_kept_executor_make(&query->state, query->stmt, rows->desc, change->plan->cxt);
	give_rows(query->state, rows, &given);
	ivm_kept_executor_start(query->state, &given, snapshot);
	return true;
}

static void
visit_kept(IvmKeptExecutor *state, RowReceiver *receiver)
{
	TupleTableSlot *slot;

	while ((slot = ivm_kept_executor_next(state)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		(void) receive_row(slot, &receiver->pub);
	}
}

void
ivm_delta_query_run(const IvmViewChange *change, IvmDeltaQuery *query, Snapshot snapshot,
					List *named, IvmRowVisitor visit, void *arg)
{
	RowReceiver receiver;
	QueryDesc  *qd;

	if (start_kept(change, query, snapshot, named))
	{
		init_receiver(&receiver, visit, arg, query->state);
		visit_kept(query->state, &receiver);
		ivm_kept_executor_stop(query->state);
		return;
	}
	init_receiver(&receiver, visit, arg, NULL);
	qd = start_query(change, query->stmt, snapshot, named, &receiver);
	ivm_compat_executor_run(qd, true);
	end_query(qd);
	MemoryContextDelete(receiver.cxt);
}

/*
 * Does a second run of a plan, without setting it up anew, read all that it needs from
 * the tables again?  Nodes that may remember rows, such as sorts and hashes, do not.
 */
static bool
remembers_nothing(const Plan *plan)
{
	if (plan == NULL)
		return true;
	switch (nodeTag(plan))
	{
		case T_Result:
		case T_NestLoop:
		case T_Limit:
		case T_SeqScan:
		case T_IndexScan:
		case T_IndexOnlyScan:
		case T_BitmapHeapScan:
		case T_BitmapIndexScan:
		case T_NamedTuplestoreScan:
			return remembers_nothing(plan->lefttree) && remembers_nothing(plan->righttree);
		default:
			return false;
	}
}

void
ivm_delta_query_push_old(Snapshot snapshot)
{
	PushCopiedSnapshot(snapshot);
	GetActiveSnapshot()->curcid = FirstCommandId;
}

/* Which of two runs is not needed, if the other one gives no row or as many as there can be */
typedef enum TwoRuns
{
	RUN_BOTH,
	RUN_BEFORE_IF_NOW,
	RUN_NOW_IF_BEFORE,
	RUN_BEFORE_UNLESS_FULL,
	RUN_NOW_UNLESS_FULL
} TwoRuns;

/*
 * Where rows of NOT EXISTS alone are added, rows of the core can only go: there is
 * nothing to compare if there were none before.  Where such rows are only removed, rows
 * of the core can only come: there is nothing to compare if there are none now.
 *
 * With EXISTS it is the other way round.  Rows of the core that can only come were there before if
 * there were as many as the query can give.
 */
static TwoRuns
needed_runs(const IvmViewChange *change)
{
	bool		any[2] = {false, false};
	bool		excludes = true;
	bool		includes = true;

	for (int i = 0; i < change->nchanged; i++)
	{
		const IvmChangedSource *changed = &change->changed[i];
		const IvmSource *source = &change->addend->sources[changed->source];

		excludes &= source->excludes;
		includes &= source->tested && !source->excludes;
		any[0] |= changed->rows->nrows[0] > 0;
		any[1] |= changed->rows->nrows[1] > 0;
	}
	if ((any[0] && any[1]) || excludes == includes)
		return RUN_BOTH;
	if (excludes)
		return any[0] ? RUN_NOW_IF_BEFORE : RUN_BEFORE_IF_NOW;
	return any[0] ? RUN_NOW_UNLESS_FULL : RUN_BEFORE_UNLESS_FULL;
}

/* One of two runs of a query: its rows are visited with arg. */
typedef struct Run
{
	void	   *arg;
	CommandId	curcid;
	bool		always;			/* even if the run before gave no row */
} Run;

static void
run_twice(const IvmViewChange *change, PlannedStmt *stmt, List *named,
		  RowReceiver *receiver, const Run *runs)
{
	QueryDesc  *qd = NULL;

	for (int i = 0; i < 2 && (i == 0 || receiver->any || runs[i].always); i++)
	{
		bool		rewind = qd && stmt->subplans == NIL && remembers_nothing(stmt->planTree);

		receiver->arg = runs[i].arg;
		if (qd && !rewind)
			end_query(qd);
		GetActiveSnapshot()->curcid = runs[i].curcid;
		if (rewind)
			ExecutorRewind(qd);
		else
			qd = start_query(change, stmt, GetActiveSnapshot(), named, receiver);
		ivm_compat_executor_run(qd, false);
	}
	end_query(qd);
}

static void
run_kept(IvmKeptExecutor *state, RowReceiver *receiver, const Run *run, bool again)
{
	receiver->arg = run->arg;
	GetActiveSnapshot()->curcid = run->curcid;
	if (again)
		ivm_kept_executor_again(state);
	visit_kept(state, receiver);
}

static void
run_kept_twice(IvmKeptExecutor *state, RowReceiver *receiver, const Run *runs)
{
	run_kept(state, receiver, &runs[0], false);
	if (receiver->any || runs[1].always)
		run_kept(state, receiver, &runs[1], true);
}

static void
count_row(TupleTableSlot *slot, void *arg)
{
	++*(double *) arg;
}

/*
 * Does a run give as many rows as there can be, one for each of the named rows?  If not,
 * the state is at its beginning again.
 */
static bool
is_full(IvmKeptExecutor *state, RowReceiver *receiver, const Run *run, double most)
{
	double		n = 0;
	Run			counting = {&n, run->curcid, false};
	IvmRowVisitor visit = receiver->visit;

	receiver->visit = count_row;
	run_kept(state, receiver, &counting, false);
	receiver->visit = visit;
	receiver->any = false;
	if (n == most)
		return true;
	ivm_kept_executor_again(state);
	return false;
}

/*
 * Run a query as a snapshot shows the tables, and as it would have shown them
 * before this transaction changed anything.  Both runs share one copy of the
 * snapshot, so a simple plan need be set up only once.
 */
static void
run_now_and_before(const IvmViewChange *change, IvmDeltaQuery *query, Snapshot snapshot,
				   List *named, TwoRuns runs, IvmRowVisitor visit, void *now,
				   void *before)
{
	bool		unless_full = runs == RUN_BEFORE_UNLESS_FULL || runs == RUN_NOW_UNLESS_FULL;
	Run			present = {now, snapshot->curcid, runs == RUN_BOTH || unless_full};
	Run			past = {before, FirstCommandId, present.always};
	Run			ordered[2] = {present, past};
	RowReceiver receiver;

	if (runs == RUN_NOW_IF_BEFORE || runs == RUN_NOW_UNLESS_FULL)
	{
		ordered[0] = past;
		ordered[1] = present;
	}
	PushCopiedSnapshot(snapshot);
	if (start_kept(change, query, GetActiveSnapshot(), named))
	{
		init_receiver(&receiver, visit, NULL, query->state);
		if (!unless_full || !query->single ||
			!is_full(query->state, &receiver, &ordered[0], ((IvmNamedRows *) linitial(named))->nrows))
			run_kept_twice(query->state, &receiver, ordered);
		ivm_kept_executor_stop(query->state);
	}
	else
	{
		init_receiver(&receiver, visit, NULL, NULL);
		run_twice(change, query->stmt, named, &receiver, ordered);
		MemoryContextDelete(receiver.cxt);
	}
	PopActiveSnapshot();
}

typedef struct Comparison
{
	IvmSignedRows *rows;
	int			sign;
} Comparison;

static void
visit_compared(TupleTableSlot *slot, void *arg)
{
	Comparison *c = arg;

	ivm_signed_rows_add(c->rows, slot, c->sign);
}

void
ivm_delta_query_compare(const IvmViewChange *change, IvmDeltaQuery *query, Snapshot snapshot,
						List *named, IvmSignedRows *rows)
{
	Comparison	now = {rows, 1};
	Comparison	before = {rows, -1};

	run_now_and_before(change, query, snapshot, named, needed_runs(change), visit_compared,
					   &now, &before);
}

void
ivm_delta_query_compare_logged(const IvmViewChange *change, IvmDeltaQuery *query,
							   IvmDeltaQuery *old, Snapshot snapshot,
							   List *named, IvmSignedRows *rows)
{
	Comparison	now = {rows, 1};
	Comparison	before = {rows, -1};

	ivm_delta_query_run(change, query, snapshot, named, visit_compared, &now);
	ivm_delta_query_run(change, old, snapshot, named, visit_compared, &before);
}
