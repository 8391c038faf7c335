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
 *		start	lock indexes, open relations, put in rows and a snapshot
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

#include "access/genam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "executor/executor.h"
#include "jit/jit.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "tcop/dest.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/kept_executor.h"

struct IvmKeptExecutor
{
	MemoryContext cxt;
	ResourceOwner owner;
	QueryDesc  *qd;
	NamedTuplestoreScanState *rows;
	int			nscans;
	ScanState **scans;			/* of relations */
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

static const Plan *
find_named_scan(const Plan *plan)
{
	const Plan *result = NULL;

	if (plan == NULL || IsA(plan, NamedTuplestoreScan))
		return plan;
	result = find_named_scan(plan->lefttree);
	return result ? result : find_named_scan(plan->righttree);
}

EphemeralNamedRelation
ivm_kept_executor_rows(const PlannedStmt *stmt, QueryEnvironment *env)
{
	const Plan *scan = find_named_scan(stmt->planTree);

	return get_ENR(env, ((const NamedTuplestoreScan *) scan)->enrname);
}

/* ---- relations ---- */

static Relation *
index_of(ScanState *scan)
{
	switch (nodeTag(scan))
	{
		case T_IndexScanState:
			return &((IndexScanState *) scan)->iss_RelationDesc;
		case T_IndexOnlyScanState:
			return &((IndexOnlyScanState *) scan)->ioss_RelationDesc;
		default:
			return NULL;
	}
}

static Oid
index_id(const ScanState *scan)
{
	const Plan *plan = scan->ps.plan;

	return IsA(plan, IndexScan) ? ((const IndexScan *) plan)->indexid :
		((const IndexOnlyScan *) plan)->indexid;
}

static void
lock_indexes(IvmKeptExecutor *state)
{
	for (int i = 0; i < state->nscans; i++)
		if (index_of(state->scans[i]))
			LockRelationOid(index_id(state->scans[i]), AccessShareLock);
}

/*
 * The executor's start has locked the indexes for the state's own resource owner.
 * The lock may live longer than that, so it passes to the transaction's.
 */
static void
pass_on_locks(IvmKeptExecutor *state)
{
	ResourceOwner oldowner = CurrentResourceOwner;

	lock_indexes(state);
	CurrentResourceOwner = state->owner;
	for (int i = 0; i < state->nscans; i++)
		if (index_of(state->scans[i]))
			UnlockRelationOid(index_id(state->scans[i]), AccessShareLock);
	CurrentResourceOwner = oldowner;
}

/* The tables and indexes are locked. */
static void
open_relations(IvmKeptExecutor *state)
{
	EState	   *estate = state->qd->estate;
	ResourceOwner oldowner = CurrentResourceOwner;

	CurrentResourceOwner = state->owner;
	for (int i = 0; i < state->nscans; i++)
	{
		ScanState  *scan = state->scans[i];
		Index		rti = ((Scan *) scan->ps.plan)->scanrelid;
		Relation   *index = index_of(scan);

		if (estate->es_relations[rti - 1] == NULL)
			estate->es_relations[rti - 1] = table_open(exec_rt_fetch(rti, estate)->relid, NoLock);
		scan->ss_currentRelation = estate->es_relations[rti - 1];
		if (index)
			*index = index_open(index_id(scan), NoLock);
	}
	CurrentResourceOwner = oldowner;
}

static void
close_relations(IvmKeptExecutor *state)
{
	EState	   *estate = state->qd->estate;
	ResourceOwner oldowner = CurrentResourceOwner;

	CurrentResourceOwner = state->owner;
	for (int i = 0; i < state->nscans; i++)
	{
		Relation   *index = index_of(state->scans[i]);

		if (index)
			index_close(*index, NoLock);
	}
	for (int i = 0; i < estate->es_range_table_size; i++)
	{
		if (estate->es_relations[i])
			table_close(estate->es_relations[i], NoLock);
		estate->es_relations[i] = NULL;
	}
	CurrentResourceOwner = oldowner;
}

static void
end_scans(IvmKeptExecutor *state)
{
	for (int i = 0; i < state->nscans; i++)
	{
		ScanState  *scan = state->scans[i];
		IndexScanDesc *index_scan = NULL;

		if (IsA(scan, IndexScanState))
			index_scan = &((IndexScanState *) scan)->iss_ScanDesc;
		else if (IsA(scan, IndexOnlyScanState))
		{
			Buffer	   *vm = &((IndexOnlyScanState *) scan)->ioss_VMBuffer;

			index_scan = &((IndexOnlyScanState *) scan)->ioss_ScanDesc;
			if (*vm != InvalidBuffer)
				ReleaseBuffer(*vm);
			*vm = InvalidBuffer;
		}
		else if (scan->ss_currentScanDesc)
		{
			table_endscan(scan->ss_currentScanDesc);
			scan->ss_currentScanDesc = NULL;
		}
		if (index_scan && *index_scan)
		{
			index_endscan(*index_scan);
			*index_scan = NULL;
		}
	}
}

/* ---- making and freeing ---- */

static void
find_scans(IvmKeptExecutor *state, PlanState *node)
{
	if (node == NULL)
		return;
	if (IsA(node, NamedTuplestoreScanState))
		state->rows = (NamedTuplestoreScanState *) node;
	else if (IsA(node, SeqScanState) || IsA(node, IndexScanState) || IsA(node, IndexOnlyScanState))
	{
		state->scans = state->scans ?
			repalloc(state->scans, sizeof(ScanState *) * (state->nscans + 1)) :
			palloc(sizeof(ScanState *));
		state->scans[state->nscans++] = (ScanState *) node;
	}
	find_scans(state, outerPlanState(node));
	find_scans(state, innerPlanState(node));
}

/*
 * Has the executor's start made what start() and stop() know how to fill and to
 * empty?  Only that: what it held in any other place would stay held.
 */
static void
check_started(const IvmKeptExecutor *state, EphemeralNamedRelation rows)
{
#ifdef USE_ASSERT_CHECKING
	const EState *estate = state->qd->estate;
	Bitmapset  *scanned = NULL;

	/* one reader of the named rows, with a read pointer of its own */
	Assert(state->rows != NULL);
	Assert(state->rows->relation == rows->reldata && state->rows->readptr > 0);

	/* nothing of the kinds of plans that are not kept */
	Assert(estate->es_subplanstates == NIL && estate->es_rowmarks == NULL);
	Assert(estate->es_auxmodifytables == NIL && estate->es_jit == NULL);

	/* scans have opened their relations, but not yet begun */
	for (int i = 0; i < state->nscans; i++)
	{
		ScanState  *scan = state->scans[i];
		Relation   *index = index_of(scan);
		Index		rti = ((const Scan *) scan->ps.plan)->scanrelid;

		Assert(scan->ss_currentRelation == estate->es_relations[rti - 1]);
		Assert(scan->ss_currentScanDesc == NULL);
		Assert(index == NULL || RelationGetRelid(*index) == index_id(scan));
		if (IsA(scan, IndexScanState))
			Assert(((IndexScanState *) scan)->iss_ScanDesc == NULL);
		if (IsA(scan, IndexOnlyScanState))
			Assert(((IndexOnlyScanState *) scan)->ioss_ScanDesc == NULL &&
				   ((IndexOnlyScanState *) scan)->ioss_VMBuffer == InvalidBuffer);
		scanned = bms_add_member(scanned, (int) rti - 1);
	}
	for (int i = 0; i < (int) estate->es_range_table_size; i++)
		Assert((estate->es_relations[i] != NULL) == bms_is_member(i, scanned));
	bms_free(scanned);
#endif
}

static void
release_owner(void *arg)
{
	IvmKeptExecutor *state = arg;

	if (running == state)
		running = NULL;
	ResourceOwnerRelease(state->owner, RESOURCE_RELEASE_BEFORE_LOCKS, false, true);
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

	end_scans(state);
	foreach(lc, estate->es_tupleTable)
	{
		if (!TTS_IS_VIRTUAL((TupleTableSlot *) lfirst(lc)))
			ExecClearTuple(lfirst(lc));
	}
	state->rows->relation = NULL;
	state->qd->snapshot = NULL;
	estate->es_snapshot = NULL;
	close_relations(state);
}

void
ivm_kept_executor_make(IvmKeptExecutor **home, PlannedStmt *stmt, EphemeralNamedRelation rows,
					   MemoryContext parent)
{
	MemoryContext cxt = AllocSetContextCreate(parent, "ivm kept state", ALLOCSET_SMALL_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	ResourceOwner oldowner = CurrentResourceOwner;
	IvmKeptExecutor *state = palloc0(sizeof(IvmKeptExecutor));
	MemoryContextCallback *callback = palloc0(sizeof(MemoryContextCallback));
	EphemeralNamedRelation enr = palloc0(sizeof(EphemeralNamedRelationData));
	QueryEnvironment *env = create_queryEnv();

	enr->md = rows->md;
	enr->md.name = pstrdup(rows->md.name);
	enr->md.tupdesc = CreateTupleDescCopy(rows->md.tupdesc);
	enr->reldata = rows->reldata;
	register_ENR(env, enr);
	state->cxt = cxt;
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
	find_scans(state, state->qd->planstate);
	check_started(state, rows);
	pass_on_locks(state);
	stop(state);
	running = NULL;
	state->memory = MemoryContextMemAllocated(cxt, true);
	MemoryContextSwitchTo(oldcxt);
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
ivm_kept_executor_start(IvmKeptExecutor *state, EphemeralNamedRelation rows, Snapshot snapshot)
{
	running = state;
	lock_indexes(state);
	open_relations(state);
	state->rows->relation = rows->reldata;
	state->rows->readptr = 0;
	state->qd->estate->es_snapshot = snapshot;
	ivm_kept_executor_again(state);
}

void
ivm_kept_executor_again(IvmKeptExecutor *state)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(state->qd->estate->es_query_cxt);

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
