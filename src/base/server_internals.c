/*-------------------------------------------------------------------------
 *
 * server_internals.c
 *	  Uses of the server's internals that no interface promises.
 *
 * A new major version of PostgreSQL may break any of these without a compiler's
 * noticing.  So each stands here alone, with what the server must keep true and
 * an assertion of as much of that as can be seen from here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "storage/bufpage.h"
#include "storage/bufmgr.h"
#include "commands/sequence.h"
#include "access/relation.h"
#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "commands/tablecmds.h"
#include "executor/executor.h"
#include "pgstat.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/server_internals.h"

/* ---- a node's function ---- */

/*
 * The server must keep true: a node has two functions.  ExecProcNode is the one
 * that its parent calls, and may be a wrapper, which is taken off or put on at
 * the first row; ExecProcNodeReal is the one that the node's start has set, and
 * what every wrapper calls in the end.
 */
ExecProcNodeMtd
ivm_server_row_function(const PlanState *node)
{
	Assert(node->ExecProcNodeReal != NULL);
	return node->ExecProcNodeReal;
}

/*
 * The server must keep true: ExecSetExecProcNode() may be called at any time
 * between two rows, and in the middle of one, from the node's own function.
 */
void
ivm_server_set_row_function(PlanState *node, ExecProcNodeMtd function)
{
	ExecSetExecProcNode(node, function);
	Assert(node->ExecProcNodeReal == function);
	Assert(node->ExecProcNode != NULL);
}

/* ---- rows written ---- */

/*
 * The server must keep true: the statistics of a table, while a transaction
 * writes it, are a stack with an entry per level of subtransactions that has
 * written it, the innermost first.  An entry counts the rows of its level since
 * the level's last TRUNCATE.  A level that commits is added to the one outside,
 * one that is rolled back is removed.  Every way to write a row counts it at
 * once: COPY and logical replication, too.
 *
 * If a version counted late or not at all, a read could miss changes of its own
 * transaction that are not captured yet: those of the statement whose trigger is
 * reading.
 */
int64
ivm_server_rows_written(Relation rel)
{
	int64		result = 0;

	if (!pgstat_track_counts)
		return -1;
	if (rel->pgstat_enabled && rel->pgstat_info == NULL)
		pgstat_assoc_relation(rel);
	if (rel->pgstat_info == NULL)
		return -1;
	for (const PgStat_TableXactStatus *trans = rel->pgstat_info->trans; trans != NULL; trans = trans->upper)
	{
		Assert(trans->parent == rel->pgstat_info);
		Assert(trans->nest_level >= 1 && trans->nest_level <= GetCurrentTransactionNestLevel());
		Assert(trans->upper == NULL || trans->upper->nest_level < trans->nest_level);
		result += trans->tuples_inserted + trans->tuples_updated + trans->tuples_deleted;
	}
	return result;
}

/* ---- rows as they are written ---- */

typedef struct RowWatch
{
	ExprState	state;			/* must be first: the trigger's condition, as
								 * the server sees it */
	Relation	rel;
	IvmRowWatcher watcher;
} RowWatch;

static Datum
tell_watcher(ExprState *state, ExprContext *econtext, bool *isnull)
{
	RowWatch   *watch = (RowWatch *) state;

	Assert(econtext->ecxt_innertuple != NULL || econtext->ecxt_outertuple != NULL);
	watch->watcher(watch->rel, econtext->ecxt_innertuple, econtext->ecxt_outertuple);
	*isnull = false;
	return BoolGetDatum(false);
}

/*
 * The server must keep true: ri_TrigDesc is a copy that belongs to the result relation
 * alone.  A trigger's condition (WHEN) is evaluated once for each row, after the row and its
 * index entries were written and before an event is queued, with the rows as
 * inner and outer tuple; if it is false, no event is queued.  What is evaluated is in
 * ri_TrigWhenExprs, and is made of tgqual only if nothing is there.  No other use is made of a
 * condition that is not NULL.
 *
 * Should anybody empty ri_TrigWhenExprs, the condition is made of the text here, which is that
 * of a list without members: it is true, and the event is queued.
 */
void
ivm_server_watch_rows(ResultRelInfo *result, int trigger, IvmRowWatcher watcher)
{
	RowWatch   *watch = palloc0(sizeof(RowWatch));
	Trigger    *trig = &result->ri_TrigDesc->triggers[trigger];

	Assert(trig->tgqual == NULL && result->ri_TrigWhenExprs[trigger] == NULL);
	Assert(result->ri_TrigDesc != result->ri_RelationDesc->trigdesc);
	Assert(stringToNode("<>") == NULL);
	watch->state.type = T_ExprState;
	watch->state.flags = EEO_FLAG_IS_QUAL;
	watch->state.evalfunc = tell_watcher;
	watch->rel = result->ri_RelationDesc;
	watch->watcher = watcher;
	trig->tgqual = "<>";
	result->ri_TrigWhenExprs[trigger] = &watch->state;
}

static bool
is_watched(const ResultRelInfo *result)
{
	for (int i = 0; i < result->ri_TrigDesc->numtriggers; i++)
		if (result->ri_TrigWhenExprs[i] && result->ri_TrigWhenExprs[i]->evalfunc == tell_watcher)
			return true;
	return false;
}

/*
 * The server must keep true: that rows are updated is told to triggers only if
 * trig_update_after_row is set, or for transition tables, and then nothing else is made of it.
 */
void
ivm_server_leave_out_updates(ResultRelInfo *result)
{
	Assert(is_watched(result) && result->ri_TrigDesc->trig_update_after_row);
	result->ri_TrigDesc->trig_update_after_row = false;
}

/* A watched trigger is one for UPDATE, too, so who has cleared the flag is known. */
bool
ivm_server_updates_left_out(const ResultRelInfo *result)
{
	return result->ri_TrigDesc && !result->ri_TrigDesc->trig_update_after_row && is_watched(result);
}

/* ---- owners ---- */

/*
 * The server must keep true: whether a statement runs in parallel mode is read in its plan when all nodes have been
 * initialized, and Gather nodes start no workers in another mode.  That the plan may be a cached one does no harm: it has
 * the node that asks for this the next time, too.
 */
void
ivm_server_do_without_workers(EState *estate)
{
	estate->es_plannedstmt->parallelModeNeeded = false;
}

#ifdef USE_ASSERT_CHECKING
static Oid
owner_of(int cache, Oid objid, AttrNumber attno)
{
	HeapTuple	tup = SearchSysCache1(cache, ObjectIdGetDatum(objid));
	bool		isnull;
	Oid			owner;

	Assert(HeapTupleIsValid(tup));
	owner = DatumGetObjectId(SysCacheGetAttr(cache, tup, attno, &isnull));
	ReleaseSysCache(tup);
	return owner;
}
#endif

/*
 * The server must keep true: ATExecChangeOwner() is the whole of ALTER ... OWNER
 * for one relation, with nothing left to do for a second phase of ALTER TABLE.
 */
void
ivm_server_give_relation(Oid relid, Oid owner)
{
	ATExecChangeOwner(relid, owner, false, AccessExclusiveLock);
	CommandCounterIncrement();
	Assert(owner_of(RELOID, relid, Anum_pg_class_relowner) == owner);
}

/*
 * The server must keep true: AlterObjectOwner_internal() changes the row in the
 * catalogue and pg_shdepend, which is all that there is to the owner of a
 * function.
 */
void
ivm_server_give_function(Oid funcid, Oid owner)
{
	ivm_compat_alter_owner(ProcedureRelationId, funcid, owner);
	CommandCounterIncrement();
	Assert(owner_of(PROCOID, funcid, Anum_pg_proc_proowner) == owner);
}

/* The only row of a sequence has been in the same place since the sequence was made. */
bool
ivm_server_sequence_value(Oid sequence, int64 *value)
{
	Relation	rel = relation_open(sequence, AccessShareLock);
	Buffer		buffer = ReadBuffer(rel, 0);
	Page		page;
	HeapTupleHeader header;
	Form_pg_sequence_data data;
	bool		is_called;

	LockBuffer(buffer, BUFFER_LOCK_SHARE);
	page = BufferGetPage(buffer);
	header = (HeapTupleHeader) PageGetItem(page, PageGetItemId(page, FirstOffsetNumber));
	data = (Form_pg_sequence_data) ((char *) header + header->t_hoff);
	*value = data->last_value;
	is_called = data->is_called;
	UnlockReleaseBuffer(buffer);
	relation_close(rel, NoLock);
	return is_called;
}
