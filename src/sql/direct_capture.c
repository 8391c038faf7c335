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
 * An UPDATE of columns that no view reads need not be looked at row by row: it is not told of
 * them, and when it is done its rows count as captured.
 *
 * What is known of the trigger function is its OID, noted when it is called, or when a
 * statement meets a trigger of that name whose function is ivm_capture of this library.  It is
 * forgotten when the function's row in pg_proc changes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/pg_class.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "executor/executor.h"
#include "utils/builtins.h"
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
#include "plan/inner_query.h"
#include "plan/table_plan.h"
#include "sql/direct_capture.h"

static ExecutorStart_hook_type previous_start = NULL;
static ExecutorFinish_hook_type previous_finish = NULL;
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

/*
 * Note the function of a trigger that has the name of the capture trigger, if it is the capture
 * function: for sessions that have loaded the library, but not called it yet.
 */
static void
recognize_function(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc proc;
	Datum		library;
	bool		isnull;

	if (!HeapTupleIsValid(tuple))
		return;
	proc = (Form_pg_proc) GETSTRUCT(tuple);
	library = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_probin, &isnull);
	if (proc->prolang == ClanguageId && !isnull &&
		strcmp(TextDatumGetCString(library), "$libdir/ivm") == 0 &&
		strcmp(TextDatumGetCString(SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &isnull)),
			   "ivm_capture") == 0)
		ivm_direct_capture_learn(function);
	ReleaseSysCache(tuple);
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

		if (strcmp(trigger->tgname, IVM_TRIGGER_ROW) != 0)
			continue;
		if (unlikely(!OidIsValid(capture_function)))
			recognize_function(trigger->tgfoid);
		if (trigger->tgfoid == capture_function)
			return trigger->tgtype == (TRIGGER_TYPE_ROW | TRIGGER_TYPE_INSERT |
									   TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE) &&
				trigger->tgnattr == 0 && trigger->tgqual == NULL && !trigger->tgdeferrable &&
				trigger->tgoldtable == NULL && trigger->tgnewtable == NULL ? i : -1;
	}
	return -1;
}

/* Is a column that a view reads among these, which are given as the server does? */
static bool
reads_any_of(const IvmTablePlan *table, const Bitmapset *columns)
{
	int			attno = -1;

	while ((attno = bms_next_member(table->used_attrs, attno)) >= 0)
		if (bms_is_member(attno - FirstLowInvalidHeapAttributeNumber, columns))
			return true;
	return false;
}

/* Is a trigger to be told of each updated row, besides one of a relation's? */
static bool
has_other_update_trigger(const TriggerDesc *triggers, int one)
{
	for (int i = 0; i < triggers->numtriggers; i++)
	{
		int16		type = triggers->triggers[i].tgtype;

		if (i != one && TRIGGER_FOR_ROW(type) && TRIGGER_FOR_UPDATE(type))
			return true;
	}
	return false;
}

/*
 * Does a statement update a table and nothing else, and only in columns that no view reads?
 * Triggers may change other columns.  What views read does not change while
 * the table is open; a view built beside it waits for the transaction to end.  Of one
 * table the number of rows is known when the statement has ended (es_processed).
 */
static bool
is_idle_update(EState *estate, ResultRelInfo *result, int trigger)
{
	IvmTablePlan *table;

	if (estate->es_plannedstmt->commandType != CMD_UPDATE || !estate->es_plannedstmt->canSetTag ||
		list_length(estate->es_opened_result_relations) != 1 ||
		result->ri_RelationDesc->rd_rel->relispartition ||
		has_other_update_trigger(result->ri_TrigDesc, trigger))
		return false;
	table = ivm_table_plan_peek(RelationGetRelid(result->ri_RelationDesc));
	return table != NULL &&
		!reads_any_of(table, ExecGetUpdatedCols(result, estate)) &&
		!reads_any_of(table, ExecGetExtraUpdatedCols(result, estate));
}

/*
 * Prepare a result relation.  Only one that has rows itself: conditions of a partitioned table's
 * triggers are evaluated, too, where a row moves between its partitions and a foreign key is to be
 * checked.
 */
static void
watch_result(EState *estate, ResultRelInfo *result)
{
	int			trigger;

	if (result->ri_TrigDesc == NULL || result->ri_TrigWhenExprs == NULL ||
		result->ri_RelationDesc->rd_rel->relkind != RELKIND_RELATION)
		return;
	trigger = find_trigger(result->ri_TrigDesc);
	if (trigger < 0)
		return;
	ivm_server_watch_rows(result, trigger, ivm_direct_capture_row);
	if (is_idle_update(estate, result, trigger))
		ivm_server_leave_out_updates(result);
}

/* ---- partitions that rows are routed to ---- */

/*
 * The node that an INSERT into a partitioned table takes its rows from.  It lives in the
 * context of the query, whose end takes it out of the list.
 */
typedef struct RowSource
{
	struct RowSource *next;
	PlanState  *node;
	ExecProcNodeMtd next_row;	/* its own function */
	int			nwatched;		/* of es_tuple_routing_result_relations */
	MemoryContextCallback end;
} RowSource;

static RowSource *sources = NULL;

static void
forget_source(void *arg)
{
	for (RowSource **link = &sources; *link != NULL; link = &(*link)->next)
	{
		if (*link == arg)
		{
			*link = (*link)->next;
			break;
		}
	}
}

/*
 * The next row to be inserted.  The server opens a partition when it comes to the first
 * row of it, and nobody is told; so this looks for new ones each time.  The first row of each is
 * queued.
 */
static TupleTableSlot *
next_row_to_insert(PlanState *node)
{
	EState	   *estate = node->state;
	RowSource  *source = sources;

	while (source->node != node)
		source = source->next;
	if (unlikely(source->nwatched < list_length(estate->es_tuple_routing_result_relations)))
	{
		MemoryContext oldcxt = MemoryContextSwitchTo(estate->es_query_cxt);

		do
			watch_result(estate, list_nth(estate->es_tuple_routing_result_relations,
										  source->nwatched++));
		while (source->nwatched < list_length(estate->es_tuple_routing_result_relations));
		MemoryContextSwitchTo(oldcxt);
	}
	return source->next_row(node);
}

/* A node without a node below it gives one row, and there would be nothing to gain. */
static void
watch_routing(PlanState *top)
{
	PlanState  *node = outerPlanState(top);
	ResultRelInfo *root;
	RowSource  *source;

	if (!IsA(top, ModifyTableState) || ((ModifyTableState *) top)->operation != CMD_INSERT ||
		(IsA(node, ResultState) && outerPlanState(node) == NULL))
		return;
	root = ((ModifyTableState *) top)->rootResultRelInfo;
	if (root->ri_TrigDesc == NULL || find_trigger(root->ri_TrigDesc) < 0 ||
		root->ri_RelationDesc->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
		return;
	source = palloc0(sizeof(RowSource));
	source->node = node;
	source->next_row = ivm_server_row_function(node);
	source->end.func = forget_source;
	source->end.arg = source;
	MemoryContextRegisterResetCallback(top->state->es_query_cxt, &source->end);
	source->next = sources;
	sources = source;
	ivm_server_set_row_function(node, next_row_to_insert);
}

/* ---- statements ---- */

static void
watch_statement(QueryDesc *query)
{
	EState	   *estate = query->estate;
	MemoryContext oldcxt = MemoryContextSwitchTo(estate->es_query_cxt);
	ListCell   *lc;

	foreach(lc, estate->es_opened_result_relations)
		watch_result(estate, lfirst(lc));
	if (query->operation == CMD_INSERT)
		watch_routing(query->planstate);
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
		(eflags & EXEC_FLAG_EXPLAIN_ONLY) || !ivm_guc_direct_capture)
		return;
	watch_statement(query);
}

/*
 * All rows of the statement are written, and its triggers are about to fire.  If it has
 * updated rows that were left out, they are captured now: a statement of
 * which a part is left out has no other rows.
 */
static void
finish_statement(QueryDesc *query)
{
	EState	   *estate = query->estate;

	if (estate != NULL && estate->es_processed > 0 && query->operation == CMD_UPDATE &&
		list_length(estate->es_opened_result_relations) == 1)
	{
		ResultRelInfo *result = linitial(estate->es_opened_result_relations);

		if (ivm_server_updates_left_out(result))
			ivm_pending_captured(RelationGetRelid(result->ri_RelationDesc), estate->es_processed);
	}
	if (previous_finish)
		previous_finish(query);
	else
		standard_ExecutorFinish(query);
}

void
ivm_direct_capture_init(void)
{
	CacheRegisterSyscacheCallback(PROCOID, function_changed, (Datum) 0);
	previous_start = ExecutorStart_hook;
	ExecutorStart_hook = start_statement;
	ivm_inner_query_hooked(start_statement, previous_start);
	previous_finish = ExecutorFinish_hook;
	ExecutorFinish_hook = finish_statement;
}
