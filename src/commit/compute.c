/*-------------------------------------------------------------------------
 *
 * compute.c
 *	  Computing states from the base tables.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "tcop/pquery.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "commit/compute.h"
#include "definition/grouping_sets.h"
#include "plan/delta.h"
#include "plan/inner_query.h"
#include "plan/key.h"
#include "plan/owner_scope.h"
#include "plan/plan.h"
#include "plan/plan_query.h"
#include "plan/state.h"

/* What the queries do, for whoever sees them run */
#define WHAT_ALL	"computing"
#define WHAT_KEY	"computing a key of"

typedef struct StateReceiver
{
	DestReceiver pub;
	IvmPlan    *plan;
	IvmState   *state;
	MemoryContext cxt;			/* reset after each row */
	IvmStateVisitor visit;
	void	   *arg;
} StateReceiver;

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	StateReceiver *r = (StateReceiver *) self;
	IvmPlan    *plan = r->plan;
	int			first = plan->layout.first_key;
	int			ncols = plan->layout.state_natts - first;
	MemoryContext oldcxt = MemoryContextSwitchTo(r->cxt);

	slot_getallattrs(slot);
	memcpy(r->state->values + first, slot->tts_values, sizeof(Datum) * ncols);
	memcpy(r->state->nulls + first, slot->tts_isnull, sizeof(bool) * ncols);
	if (plan->layout.hashed)
		r->state->values[0] = UInt64GetDatum(ivm_key_hash(plan, slot->tts_values, slot->tts_isnull));
	r->visit(plan, r->state, r->arg);
	MemoryContextSwitchTo(oldcxt);
	MemoryContextReset(r->cxt);
	return true;
}

/* Run a core query; the caller has set user, settings and snapshot. */
static void
execute(IvmPlan *plan, const char *what, Query *query, ParamListInfo params,
		IvmStateVisitor visit, void *arg)
{
	const char *text = ivm_inner_query_text(plan, what);
	StateReceiver receiver;
	PlannedStmt *stmt;
	QueryDesc  *qd;

	memset(&receiver, 0, sizeof(receiver));
	ivm_inner_query_receive(&receiver.pub, receive_row);
	receiver.plan = plan;
	receiver.state = ivm_state_make(plan);
	receiver.cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm computed row",
										 ALLOCSET_DEFAULT_SIZES);
	receiver.visit = visit;
	receiver.arg = arg;

	stmt = ivm_inner_query_plan(query, text, CURSOR_OPT_PARALLEL_OK, params);
	qd = CreateQueryDesc(stmt, text, GetActiveSnapshot(), InvalidSnapshot,
						 (DestReceiver *) &receiver, params, NULL, 0);
	ExecutorStart(qd, 0);
	ivm_compat_executor_run(qd, true);
	ExecutorFinish(qd);
	ExecutorEnd(qd);
	FreeQueryDesc(qd);
}

static void
execute_as_owner(IvmPlan *plan, const char *what, Query *query, ParamListInfo params,
				 Snapshot snapshot, IvmStateVisitor visit, void *arg)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm compute",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	IvmOwnerScope scope;

	ivm_owner_scope_enter(&scope, plan, IVM_SCOPE_RESTRICTED | IVM_SCOPE_SETTINGS);
	PushActiveSnapshot(snapshot);
	execute(plan, what, query, params, visit, arg);
	PopActiveSnapshot();
	ivm_owner_scope_leave(&scope);
	MemoryContextSwitchTo(oldcxt);
	MemoryContextDelete(cxt);
}

/* Visits states, and notes which permanent keys are among them. */
typedef struct NotingVisitor
{
	IvmStateVisitor visit;
	void	   *arg;
	IvmDelta  **permanent;		/* NULL: seen */
	int			npermanent;
} NotingVisitor;

static void
note_permanent(IvmPlan *plan, const IvmState *state, void *arg)
{
	NotingVisitor *v = arg;
	int			first = plan->layout.first_key;

	for (int i = 0; i < v->npermanent; i++)
		if (v->permanent[i] &&
			ivm_key_equal(plan, state->values + first, state->nulls + first,
						  ivm_delta_keys(plan, v->permanent[i]),
						  ivm_delta_key_nulls(plan, v->permanent[i])))
			v->permanent[i] = NULL;
	v->visit(plan, state, v->arg);
}

/* Run a core query; and add the rows of empty grouping sets that it cannot give. */
static void
compute_rows(IvmPlan *plan, const char *what, Query *query, Snapshot snapshot,
			 IvmStateVisitor visit, void *arg)
{
	NotingVisitor v = {.visit = visit,.arg = arg};

	if (plan->core->sets == NULL || plan->core->sets->nempty == 0)
	{
		execute_as_owner(plan, what, query, NULL, snapshot, visit, arg);
		return;
	}
	v.npermanent = ivm_key_count_permanent(plan);
	v.permanent = palloc(sizeof(IvmDelta *) * v.npermanent);
	for (int i = 0; i < v.npermanent; i++)
		v.permanent[i] = ivm_delta_make_permanent(plan, i);
	execute_as_owner(plan, what, query, NULL, snapshot, note_permanent, &v);
	for (int i = 0; i < v.npermanent; i++)
	{
		IvmDelta   *key = v.permanent[i];

		if (key)
			execute_as_owner(plan, what,
							 ivm_plan_query_empty(plan, ivm_delta_keys(plan, key),
												  ivm_delta_key_nulls(plan, key)),
							 NULL, snapshot, visit, arg);
	}
}

void
ivm_compute_all(IvmPlan *plan, Snapshot snapshot, IvmStateVisitor visit, void *arg)
{
	compute_rows(plan, WHAT_ALL, ivm_plan_query_all(plan), snapshot, visit, arg);
}

void
ivm_compute_where(IvmPlan *plan, Node *qual, Snapshot snapshot, IvmStateVisitor visit, void *arg)
{
	Query	   *query = ivm_plan_query_all(plan);

	if (qual)
		query->jointree->quals = (Node *)
			make_ands_explicit(lappend(make_ands_implicit((Expr *) query->jointree->quals),
									   copyObject(qual)));
	compute_rows(plan, WHAT_ALL, query, snapshot, visit, arg);
}

typedef struct KeyResult
{
	const Datum *keys;
	const bool *nulls;
	MemoryContext cxt;
	IvmState   *state;
	int64		row_count;
	bool		found;
} KeyResult;

static void
keep_state(IvmPlan *plan, const IvmState *state, void *arg)
{
	KeyResult  *r = arg;
	MemoryContext oldcxt;

	if (!ivm_key_equal(plan, state->values + plan->layout.first_key,
					   state->nulls + plan->layout.first_key, r->keys, r->nulls))
		return;
	r->row_count += ivm_state_row_count(plan, state);
	if (r->found)
		return;
	r->found = true;
	oldcxt = MemoryContextSwitchTo(r->cxt);
	ivm_state_copy(plan, r->state, state);
	MemoryContextSwitchTo(oldcxt);
}

bool
ivm_compute_key(IvmPlan *plan, Snapshot snapshot, const Datum *keys, const bool *nulls,
				IvmState *result)
{
	KeyResult	r = {
		.keys = keys,
		.nulls = nulls,
		.cxt = CurrentMemoryContext,
		.state = result
	};

	execute_as_owner(plan, WHAT_KEY, ivm_plan_query_key(plan, keys, nulls),
					 ivm_plan_query_params(plan, keys, nulls), snapshot, keep_state, &r);
	if (r.found)
		result->values[plan->layout.state_row_count] = Int64GetDatum(r.row_count);
	return r.found;
}

/* What a query is planned to cost.  The planner calls functions of the definition, too. */
static double
planned_cost(IvmPlan *plan, const char *what, Query *query, ParamListInfo params)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm cost",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	IvmOwnerScope scope;
	double		cost;

	ivm_owner_scope_enter(&scope, plan, IVM_SCOPE_RESTRICTED | IVM_SCOPE_SETTINGS);
	cost = ivm_inner_query_plan(query, ivm_inner_query_text(plan, what), CURSOR_OPT_PARALLEL_OK,
								params)->planTree->total_cost;
	ivm_owner_scope_leave(&scope);
	MemoryContextSwitchTo(oldcxt);
	MemoryContextDelete(cxt);
	return Max(cost, 1.0);
}

/* Costs as planned once; 0: not known yet. */
typedef struct IvmCosts
{
	double		all;			/* of computing all keys */
	double		keys[FLEXIBLE_ARRAY_MEMBER];	/* of one key, per grouping
												 * set if there are any */
} IvmCosts;

static IvmCosts *
costs_of(const IvmPlan *plan)
{
	const IvmGroupingSets *sets = plan->core->sets;

	if (plan->run->costs == NULL)
		plan->run->costs = MemoryContextAllocZero(plan->cxt, offsetof(IvmCosts, keys) +
												  sizeof(double) * (sets ? sets->nsets : 1));
	return plan->run->costs;
}

double
ivm_compute_all_cost(IvmPlan *plan)
{
	IvmCosts   *costs = costs_of(plan);

	if (costs->all == 0)
		costs->all = planned_cost(plan, WHAT_ALL, ivm_plan_query_all(plan), NULL);
	return costs->all;
}

double
ivm_compute_all_cost_now(IvmPlan *plan)
{
	costs_of(plan)->all = 0;
	return ivm_compute_all_cost(plan);
}

double
ivm_compute_key_cost(IvmPlan *plan, const Datum *keys, const bool *nulls)
{
	const IvmGroupingSets *sets = plan->core->sets;
	double	   *cost = costs_of(plan)->keys;

	for (int i = 0; sets && i < sets->nsets; i++)
		if (sets->numbers[i] == DatumGetInt64(keys[sets->key]))
			cost = &costs_of(plan)->keys[i];
	if (*cost == 0)
		*cost = planned_cost(plan, WHAT_KEY, ivm_plan_query_key(plan, keys, nulls),
							 ivm_plan_query_params(plan, keys, nulls));
	return *cost;
}
