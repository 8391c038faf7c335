/*-------------------------------------------------------------------------
 *
 * kept_executor.c
 *	  Executor states kept from transaction to transaction.
 *
 * To set up a plan for a row or two costs more than to run it.  So the states
 * of simple plans - index and sequential scans and nested loops over the rows of
 * one tuplestore - are kept with the plan.  Between two runs such a state
 * holds memory and pins of row descriptors, for which it has a resource owner
 * of its own, and nothing else:
 *
 *		make	the executor's own start, then as after stop
 *		start	open tables, put in rows and a snapshot
 *		next ..	the executor's nodes
 *		again	from the beginning
 *		stop	end scans, empty slots that hold pins, close relations
 *
 * Relations are opened anew each time, so the states point to what the relation
 * cache has now.  Any other change of a table or index makes the view's plan
 * invalid, and the plan's queries with it.  The executor checks the rights of the
 * view's owner only when a state is made, so join_delta.c checks them before each
 * use.
 *
 * The states are used at commit only, where there are no subtransactions.  After
 * an error the state that was running is of no use any more: the callback for the
 * end of the transaction frees it (ivm_kept_executor_reset).
 *
 * A later run may take any path through the plan, and another one than the run
 * before: rows are found or not, a join's inner side is started or never is, a
 * condition ends the run at once.  So nothing that the executor's start has made
 * may be taken away between two runs.  What this rests on, and what to look at
 * in each new version of PostgreSQL (check_started() asserts what shows at once;
 * test/sql/join_kept_*.sql have the paths):
 *
 * - Rescanning brings each node of the kinds listed in has_simple_nodes() back to
 *	 its beginning, whatever it was in the middle of: Result its one-time filter,
 *	 Limit its counters, NestLoop its outer row.  NestLoop does not rescan its
 *	 inner side then, but does before it reads from it for an outer row; and an
 *	 inner side that is to be rescanned because of a parameter (chgParam) and has
 *	 not been read since is rescanned when it is read next.
 * - The scans open their descriptor at the first row that is asked of them, if
 *	 they have none, and evaluate an index's run-time keys with each rescan.  That
 *	 descriptor and the buffer of the visibility map are all that they hold of a
 *	 table between rows, beside what is in their slots.
 * - Only slots that are not virtual hold pins.  Some virtual slots are filled once,
 *	 at the start, such as the one that stands for the missing row of an outer
 *	 join (nl_NullInnerTupleSlot): so virtual slots keep what they have.  It may
 *	 point to memory that is gone, which nobody looks at: nodes fill their slots
 *	 before they hand them up.
 * - A node may hand up its own slot, that of a child or one of these.  The start
 *	 has compiled expressions for the kind of slot that each child promises, and a
 *	 full virtual slot is good in the place of any.  Here the rows at the top are
 *	 deformed completely before they are looked at (delta_query.c).
 * - Compiled expressions hold no resource of the transaction.  Functions keep what
 *	 they like in fn_extra, as in a cursor that is read by many transactions; the
 *	 callbacks that they register with an expression context run when it is
 *	 rescanned.  Nodes with functions that return sets are not kept, nor are
 *	 subplans, initplans and whatever was compiled to machine code.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/executor.h"
#include "jit/jit.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "tcop/dest.h"
#include "utils/memutils.h"
#include "utils/queryenvironment.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/kept_executor.h"
#include "base/kept_scan.h"
#include "base/server_internals.h"

struct IvmKeptExecutor
{
	MemoryContext cxt;
	MemoryContext row_cxt;
	ResourceOwner owner;
	QueryDesc  *qd;
	NamedTuplestoreScanState *rows;
	ExecProcNodeMtd scan_rows;	/* its own row function */
	Tuplestorestate *none;		/* empty: what it reads between runs, or when
								 * tuples are given */
	bool		driving;		/* it drives the plan */
	IvmKeptRows given;			/* in a run */
	int			next;			/* among the tuples given */
	IvmKeptScans *scans;		/* of relations */
	Size		memory;			/* allocated at first */
	uint32		uses;
	IvmKeptExecutor **home;		/* the pointer to this state */
};

/* Uses of a state between looks at its memory. */
#define USES_PER_LOOK	64

static IvmKeptExecutor *running = NULL;

/* ---- which plans ---- */

/* Are all nodes of kinds that stop() knows?  Adds the scans of named rows to *named. */
static bool
has_simple_nodes(const Plan *plan, int *named)
{
	if (plan == NULL)
		return true;
	if (plan->initPlan != NIL)
		return false;
	switch (nodeTag(plan))
	{
		case T_NamedTuplestoreScan:
			(*named)++;
			break;
		case T_IndexScan:
			if (((const IndexScan *) plan)->indexorderby != NIL)
				return false;
			break;
		case T_IndexOnlyScan:
			if (((const IndexOnlyScan *) plan)->indexorderby != NIL)
				return false;
			break;
		case T_Result:
		case T_NestLoop:
		case T_Limit:
		case T_SeqScan:
			break;
		default:
			return false;
	}
	return has_simple_nodes(plan->lefttree, named) && has_simple_nodes(plan->righttree, named);
}

bool
ivm_kept_executor_is_possible(const PlannedStmt *stmt)
{
	int			named = 0;
	ListCell   *lc;

	foreach(lc, stmt->planTree->targetlist)
	{
		if (lfirst_node(TargetEntry, lc)->resjunk)
			return false;
	}
	return stmt->subplans == NIL && stmt->rowMarks == NIL && !stmt->parallelModeNeeded &&
		(stmt->jitFlags & PGJIT_PERFORM) == 0 &&
		has_simple_nodes(stmt->planTree, &named) && named == 1;
}

bool
ivm_kept_executor_is_single(const PlannedStmt *stmt)
{
	const Plan *plan = stmt->planTree;

	for (; plan->lefttree != NULL; plan = plan->lefttree)
	{
		const Join *join = (const Join *) plan;

		if (IsA(plan, NestLoop) && !join->inner_unique && join->jointype != JOIN_SEMI &&
			join->jointype != JOIN_ANTI)
			return false;
	}
	return IsA(plan, NamedTuplestoreScan);
}

static const Plan *
find_named_scan(const Plan *plan)
{
	const Plan *result = NULL;

	if (plan == NULL || IsA(plan, NamedTuplestoreScan))
		return plan;
	result = find_named_scan(plan->lefttree);
	return result ? result : find_named_scan(plan->righttree);
}

const char *
ivm_kept_executor_rows(const PlannedStmt *stmt)
{
	return ((const NamedTuplestoreScan *) find_named_scan(stmt->planTree))->enrname;
}

/* ---- making and freeing ---- */

/* Is the scan of the named rows what drives the plan, so that no join rescans it? */
static bool
is_driving(const Plan *plan)
{
	while (plan->lefttree != NULL)
		plan = plan->lefttree;
	return IsA(plan, NamedTuplestoreScan);
}

static NamedTuplestoreScanState *
find_rows(PlanState *node)
{
	NamedTuplestoreScanState *result;

	if (node == NULL || IsA(node, NamedTuplestoreScanState))
		return (NamedTuplestoreScanState *) node;
	result = find_rows(outerPlanState(node));
	return result ? result : find_rows(innerPlanState(node));
}

/*
 * Has the executor's start made what start() and stop() know how to fill and to
 * empty?  Only that: what it held in any other place would stay held.
 */
static void
check_started(const IvmKeptExecutor *state)
{
#ifdef USE_ASSERT_CHECKING
	const EState *estate = state->qd->estate;

	/* one reader of the named rows, with a read pointer of its own */
	Assert(state->rows != NULL);
	Assert(state->rows->relation == state->none && state->rows->readptr > 0);

	/* nothing of the kinds of plans that are not kept */
	Assert(estate->es_subplanstates == NIL && estate->es_rowmarks == NULL);
	Assert(estate->es_auxmodifytables == NIL && estate->es_jit == NULL);
#endif
}

/* ---- rows that are no tuplestore ---- */

static TupleTableSlot *
next_tuple(ScanState *node)
{
	TupleTableSlot *slot = node->ss_ScanTupleSlot;

	if (running->given.ntuples == running->next)
		return ExecClearTuple(slot);
	return ExecStoreMinimalTuple(running->given.tuples[running->next++], slot, false);
}

static bool
check_again(ScanState *node, TupleTableSlot *slot)
{
	return true;
}

/* The row function of the scan of named rows, if it drives the plan. */
static TupleTableSlot *
next_given_row(PlanState *pstate)
{
	if (running->given.store != NULL)
		return running->scan_rows(pstate);
	return ExecScan((ScanState *) pstate, next_tuple, check_again);
}

/*
 * An error while the executor was started may have left locks in its owner, and
 * ResourceOwnerRelease() lets go those of the transaction's owner and its children only.
 */
static void
release_owner(void *arg)
{
	IvmKeptExecutor *state = arg;
	ResourceOwner oldowner = CurrentResourceOwner;

	if (running == state)
		running = NULL;
	ResourceOwnerRelease(state->owner, RESOURCE_RELEASE_BEFORE_LOCKS, false, true);
	CurrentResourceOwner = state->owner;
	LockReleaseCurrentOwner(NULL, 0);
	CurrentResourceOwner = oldowner;
	ResourceOwnerRelease(state->owner, RESOURCE_RELEASE_LOCKS, false, true);
	ResourceOwnerRelease(state->owner, RESOURCE_RELEASE_AFTER_LOCKS, false, true);
	ResourceOwnerDelete(state->owner);
}

/* Leave nothing of a run but memory.  Virtual slots hold nothing else. */
static void
stop(IvmKeptExecutor *state)
{
	EState	   *estate = state->qd->estate;
	ListCell   *lc;

	ivm_kept_scan_close(state->scans);
	foreach(lc, estate->es_tupleTable)
	{
		if (!TTS_IS_VIRTUAL((TupleTableSlot *) lfirst(lc)))
			ExecClearTuple(lfirst(lc));
	}
	state->rows->relation = state->none;
	state->qd->snapshot = NULL;
	estate->es_snapshot = NULL;
}

void
ivm_kept_executor_make(IvmKeptExecutor **home, PlannedStmt *stmt, TupleDesc desc,
					   MemoryContext parent)
{
	MemoryContext cxt = AllocSetContextCreate(parent, "ivm kept state", ALLOCSET_SMALL_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	ResourceOwner oldowner = CurrentResourceOwner;
	IvmKeptExecutor *state = palloc0(sizeof(IvmKeptExecutor));
	MemoryContextCallback *callback = palloc0(sizeof(MemoryContextCallback));
	EphemeralNamedRelation enr = palloc0(sizeof(EphemeralNamedRelationData));
	QueryEnvironment *env = create_queryEnv();

	state->cxt = cxt;
	state->row_cxt = AllocSetContextCreate(cxt, "ivm delta row", ALLOCSET_SMALL_SIZES);
	state->none = tuplestore_begin_heap(false, false, work_mem);
	enr->md.name = unconstify(char *, ivm_kept_executor_rows(stmt));
	enr->md.tupdesc = CreateTupleDescCopy(desc);
	enr->md.enrtype = ENR_NAMED_TUPLESTORE;
	enr->reldata = state->none;
	register_ENR(env, enr);
	state->owner = ResourceOwnerCreate(NULL, "ivm kept state");
	callback->func = release_owner;
	callback->arg = state;
	MemoryContextRegisterResetCallback(cxt, callback);
	state->home = home;
	*home = running = state;
	CurrentResourceOwner = state->owner;
	state->qd = CreateQueryDesc(stmt, "", GetActiveSnapshot(), InvalidSnapshot, None_Receiver,
								NULL, env, 0);
	standard_ExecutorStart(state->qd, 0);
	UnregisterSnapshot(state->qd->snapshot);
	UnregisterSnapshot(state->qd->estate->es_snapshot);
	CurrentResourceOwner = oldowner;
	state->rows = find_rows(state->qd->planstate);
	check_started(state);
	state->rows->readptr = 0;
	state->driving = is_driving(stmt->planTree);
	if (state->driving)
	{
		state->scan_rows = ivm_server_row_function(&state->rows->ss.ps);
		ivm_server_set_row_function(&state->rows->ss.ps, next_given_row);
	}
	state->scans = ivm_kept_scan_take(state->qd->planstate, state->owner);
	stop(state);
	running = NULL;
	state->memory = MemoryContextMemAllocated(cxt, true);
	MemoryContextSwitchTo(oldcxt);
}

MemoryContext
ivm_kept_executor_row_context(const IvmKeptExecutor *state)
{
	return state->row_cxt;
}

bool
ivm_kept_executor_takes_tuples(const IvmKeptExecutor *state)
{
	return state->driving;
}

void
ivm_kept_executor_free(IvmKeptExecutor *state)
{
	*state->home = NULL;
	MemoryContextDelete(state->cxt);
}

void
ivm_kept_executor_reset(void)
{
	if (running)
		ivm_kept_executor_free(running);
}

/* ---- running ---- */

void
ivm_kept_executor_start(IvmKeptExecutor *state, const IvmKeptRows *rows, Snapshot snapshot)
{
	Assert(rows->store != NULL || state->driving);
	running = state;
	ivm_kept_scan_open(state->scans);
	state->given = *rows;
	if (rows->store != NULL)
		state->rows->relation = rows->store;
	state->qd->estate->es_snapshot = snapshot;
	ivm_kept_executor_again(state);
}

void
ivm_kept_executor_again(IvmKeptExecutor *state)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(state->qd->estate->es_query_cxt);

	state->next = 0;
	ExecReScan(state->qd->planstate);
	MemoryContextSwitchTo(oldcxt);
}

TupleTableSlot *
ivm_kept_executor_next(IvmKeptExecutor *state)
{
	EState	   *estate = state->qd->estate;
	MemoryContext oldcxt = MemoryContextSwitchTo(estate->es_query_cxt);
	TupleTableSlot *slot;

	ResetPerTupleExprContext(estate);
	slot = ExecProcNode(state->qd->planstate);
	MemoryContextSwitchTo(oldcxt);
	return TupIsNull(slot) ? NULL : slot;
}

void
ivm_kept_executor_stop(IvmKeptExecutor *state)
{
	stop(state);
	running = NULL;
	if (++state->uses % USES_PER_LOOK == 0 &&
		MemoryContextMemAllocated(state->cxt, true) > state->memory * 2)
		ivm_kept_executor_free(state);
}
