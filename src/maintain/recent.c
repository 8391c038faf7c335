/*-------------------------------------------------------------------------
 *
 * recent.c
 *	  Which buckets of a view are recent: not older than a distance.
 *
 * A bucket of a time is as old as the time is that its last rows have; one of numbers is as far
 * behind the highest bucket that there is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "base/options.h"
#include "catalog/append_view.h"
#include "definition/append_source.h"
#include "definition/core.h"
#include "maintain/recent.h"
#include "plan/owner_scope.h"
#include "plan/plan_cache.h"

/* The highest bucket in the state table, or false if it has none. */
static bool
highest_bucket(const IvmPlan *plan, IvmAppendBuckets *buckets, Datum *result)
{
	Relation	rel = table_open(plan->row->state, AccessShareLock);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan = table_beginscan(rel, snapshot, 0, NULL);
	bool		found = false;

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		bool		isnull;
		Datum		value = slot_getattr(slot, plan->layout.first_key + buckets->key + 1, &isnull);

		CHECK_FOR_INTERRUPTS();
		if (isnull || !ivm_append_value_is_finite(&buckets->type, value) ||
			(found && ivm_append_value_compare(&buckets->type, value, *result) <= 0))
			continue;
		*result = datumCopy(value, buckets->type.typbyval, buckets->type.typlen);
		found = true;
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	UnregisterSnapshot(snapshot);
	table_close(rel, NoLock);
	return found;
}

typedef struct PutTime
{
	const IvmAppendType *type;
	Datum		value;
} PutTime;

static Node *
put_time(Node *node, PutTime *time)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Var))
		return (Node *) makeConst(time->type->type, -1, InvalidOid, time->type->typlen, time->value, false,
								  time->type->typbyval);
	return expression_tree_mutator(node, put_time, time);
}

/* The one column of a time that a bucket is made of; or NULL, if it is made otherwise. */
static Var *
time_of_bucket(const IvmPlan *plan, const IvmAppendBuckets *buckets, IvmAppendType *type)
{
	List	   *vars = pull_var_clause((Node *) plan->core->keys[buckets->key].expr, 0);
	Var		   *result = vars == NIL ? NULL : linitial(vars);
	ListCell   *lc;

	foreach(lc, vars)
	{
		if (!equal(lfirst(lc), result))
			return NULL;
	}
	return result && ivm_append_type_init(type, result->vartype) && type->timed && type->type != UUIDOID ?
		result : NULL;
}

/*
 * The bucket of the time that is a distance before now.  A bucket of a month is not older
 * before its last day is.
 */
static bool
bucket_of_time(const IvmPlan *plan, const IvmAppendBuckets *buckets, const char *distance, TimestampTz now,
			   Datum *result)
{
	IvmAppendType type = buckets->type;
	EState	   *estate;
	ExprState  *state;
	Node	   *expr;
	PutTime		time = {&type};
	bool		isnull;

	if (time_of_bucket(plan, buckets, &type) == NULL)
	{
		*result = ivm_append_value_less(&buckets->type, ivm_append_value_of_time(&buckets->type, now), distance);
		return true;
	}
	time.value = ivm_append_value_less(&type, ivm_append_value_of_time(&type, now), distance);
	expr = put_time(copyObject((Node *) plan->core->keys[buckets->key].expr), &time);
	estate = CreateExecutorState();
	state = ExecPrepareExpr((Expr *) expr, estate);
	*result = ExecEvalExprSwitchContext(state, GetPerTupleExprContext(estate), &isnull);
	if (!isnull)
		*result = datumCopy(*result, buckets->type.typbyval, buckets->type.typlen);
	FreeExecutorState(estate);
	return !isnull;
}

bool
ivm_recent_bound(const IvmPlan *plan, IvmAppendBuckets *buckets, const char *distance, TimestampTz now,
				 Datum *result)
{
	IvmOwnerScope scope;
	bool		found;

	ivm_owner_scope_enter(&scope, plan, IVM_SCOPE_RESTRICTED | IVM_SCOPE_SETTINGS);
	PushActiveSnapshot(GetLatestSnapshot());
	if (buckets->type.timed)
		found = bucket_of_time(plan, buckets, distance, now, result);
	else
	{
		found = highest_bucket(plan, buckets, result);
		if (found)
			*result = ivm_append_value_less(&buckets->type, *result, distance);
	}
	PopActiveSnapshot();
	ivm_owner_scope_leave(&scope);
	return found;
}

/* The number of the key that divides the view. */
static int
find_key(const IvmPlan *plan, const char *distance)
{
	IvmAppendView *view;

	if (!plan->append)
		return ivm_append_source_find_bucket(ivm_plan_cache_whole(plan->row)->core,
											 ivm_options_append(plan->row->options, "bucket"), distance);
	view = ivm_append_view_get(plan->row->id, NULL);
	return view ? view->bucket : -1;
}

Node *
ivm_recent_filter(const IvmPlan *plan, TimestampTz now, const char **text)
{
	const char *distance = ivm_options_append(plan->row->options, "reconcile_last");
	IvmAppendBuckets buckets;
	Datum		bound;

	if (distance == NULL)
		return NULL;
	ivm_append_bucket_init_key(&buckets, plan, find_key(plan, distance));
	if (buckets.key < 0 || !ivm_recent_bound(plan, &buckets, distance, now, &bound))
		return NULL;
	*text = psprintf("%s >= %s",
					 quote_identifier(get_attname(plan->row->state,
												  plan->layout.first_key + buckets.key + 1, false)),
					 quote_literal_cstr(ivm_append_value_out(&buckets.type, bound)));
	return ivm_append_bucket_since(&buckets, plan, bound);
}
