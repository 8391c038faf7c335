/*-------------------------------------------------------------------------
 *
 * direct_capture.c
 *	  Capturing rows as they are written, without the queue of trigger events.
 *
 *		ExecutorStart: for each result relation with our trigger
 *		   |			  its private copy of the trigger gets a condition
 *		   v
 *		row written --> condition: capture the row, say false --> nothing is queued
 *
 * The queue keeps an event for each row, and fetches the row again when the statement is
 * at its end.  This saves both.  Nothing depends on it: a result relation that was not
 * prepared queues its events, and the trigger function captures them.
 *
 * What is known of the trigger function is its OID, noted when it is called.  It is
 * forgotten when the function's row in pg_proc changes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_trigger.h"
#include "executor/executor.h"
#include "utils/inval.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/guc.h"
#include "base/server_internals.h"
#include "capture/capture.h"
#include "capture/pending.h"
#include "catalog/catalog_view.h"
#include "commit/apply.h"
#include "sql/direct_capture.h"

static ExecutorStart_hook_type previous_start = NULL;
static Oid	capture_function = InvalidOid;
static uint32 capture_function_hash;

void
ivm_direct_capture_row(Relation rel, TupleTableSlot *oldslot, TupleTableSlot *newslot)
{
	ivm_capture_check_open(rel);
	ivm_capture_row(rel, oldslot, newslot);
	if (unlikely(ivm_pending_full(false)))
		ivm_apply_write_out();
}

void
ivm_direct_capture_learn(Oid function)
{
	if (likely(function == capture_function))
		return;
	capture_function_hash = GetSysCacheHashValue1(PROCOID, ObjectIdGetDatum(function));
	capture_function = function;
}

static void
function_changed(Datum arg, int cacheid, uint32 hash)
{
	if (hash == 0 || hash == capture_function_hash)
		capture_function = InvalidOid;
}

/*
 * The position of the capture trigger among those of a relation, or -1.  One that is not as
 * this extension makes it is left alone.
 */
static int
find_trigger(const TriggerDesc *triggers)
{
	for (int i = 0; i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];

		if (trigger->tgfoid == capture_function && strcmp(trigger->tgname, IVM_TRIGGER_ROW) == 0)
			return trigger->tgtype == (TRIGGER_TYPE_ROW | TRIGGER_TYPE_INSERT |
									   TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE) &&
				trigger->tgnattr == 0 && trigger->tgqual == NULL && !trigger->tgdeferrable &&
				trigger->tgoldtable == NULL && trigger->tgnewtable == NULL ? i : -1;
	}
	return -1;
}

/*
 * Only tables that have rows themselves: conditions of a partitioned table's triggers are
 * evaluated, too, where a row moves between its partitions and a foreign key is to be
 * checked.  Partitions that rows are routed to are opened later.
 */
static void
watch_results(EState *estate)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(estate->es_query_cxt);
	ListCell   *lc;

	foreach(lc, estate->es_opened_result_relations)
	{
		ResultRelInfo *result = lfirst(lc);
		int			trigger;

		if (result->ri_TrigDesc == NULL || result->ri_TrigWhenExprs == NULL ||
			result->ri_RelationDesc->rd_rel->relkind != RELKIND_RELATION)
			continue;
		trigger = find_trigger(result->ri_TrigDesc);
		if (trigger >= 0)
			ivm_server_watch_rows(result, trigger, ivm_direct_capture_row);
	}
	MemoryContextSwitchTo(oldcxt);
}

static void
start_statement(QueryDesc *query, int eflags)
{
	if (previous_start)
		previous_start(query, eflags);
	else
		standard_ExecutorStart(query, eflags);
	if (query->estate == NULL || query->estate->es_opened_result_relations == NIL ||
		!OidIsValid(capture_function) || (eflags & EXEC_FLAG_EXPLAIN_ONLY) ||
		!ivm_guc_direct_capture)
		return;
	watch_results(query->estate);
}

void
ivm_direct_capture_init(void)
{
	CacheRegisterSyscacheCallback(PROCOID, function_changed, (Datum) 0);
	previous_start = ExecutorStart_hook;
	ExecutorStart_hook = start_statement;
}
