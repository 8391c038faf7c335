/*-------------------------------------------------------------------------
 *
 * merge_match_choose.c
 *	  Whether rows can be matched with deltas, and in which order.
 *
 * Without an order, matching is always possible, and is chosen where it costs
 * less than looking keys up.  In the order of an index the conditions at the
 * head of merge_match_order.c have to hold.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/snapmgr.h"

#include "aggregates/accum.h"
#include "base/compat.h"
#include "definition/core.h"
#include "plan/delta.h"
#include "plan/plan.h"
#include "read/delta_set.h"
#include "read/merge_match_choose.h"
#include "read/merge_match_key.h"
#include "read/merge_scan.h"

/* With fewer pending keys, looking them up is as good. */
#define MIN_KEYS_UNORDERED	64
#define MIN_KEYS_ORDERED	4

/* A look-up costs as much as matching this many rows of the child. */
#define ROWS_PER_LOOKUP		200

/* Does merging a delta always give the key's value, whatever its state is? */
static bool
always_mergeable(const IvmPlan *plan, IvmDeltaSet *deltas)
{
	for (int i = 0; i < plan->naccums; i++)
		if (plan->accums[i].class == &ivm_accum_extreme ||
			plan->accums[i].class == &ivm_accum_slice)
			return false;
	return !ivm_delta_set_has_dirty(deltas);
}

/* Is it a key column of the state table?  key_hash is none. */
static bool
is_key_column(const IvmPlan *plan, int attno)
{
	return attno > plan->layout.first_key && attno <= plan->layout.first_key + plan->nkeys;
}

/* Does the child show a state row or not by its key alone? */
static bool
quals_on_keys_only(IvmMergeScan *ms)
{
	Scan	   *scan = (Scan *) ms->css.ss.ps.plan;
	Bitmapset  *attnos = NULL;
	int			i = -1;

	pull_varattnos((Node *) scan->plan.qual, scan->scanrelid, &attnos);
	while ((i = bms_next_member(attnos, i)) >= 0)
		if (!is_key_column(ms->plan, i + FirstLowInvalidHeapAttributeNumber))
			return false;
	return true;
}

/*
 * Were the rows that the snapshot sees bound to have a value for this
 * accumulator?  Then a merged sum is NULL for no group that has rows.
 */
static bool
argument_not_null(IvmMergeScan *ms, int accum)
{
	IvmCore    *core = ms->plan->core;
	Var		   *var = list_length(core->accums[accum].args) == 1 ?
		linitial(core->accums[accum].args) : NULL;
	TransactionId xmin;

	if (!core->single || var == NULL || !IsA(var, Var) ||
		var->varno != core->rti || var->varlevelsup != 0 || var->varattno <= 0)
		return false;
	/* children by inheritance may differ, partitions may not */
	if (get_rel_relkind(core->base) == RELKIND_RELATION && has_subclass(core->base))
		return false;
	return ivm_compat_not_null_since(core->base, var->varattno, &xmin) &&
		!(TransactionIdIsNormal(xmin) &&
		  (TransactionIdIsCurrentTransactionId(xmin) ||
		   XidInMVCCSnapshot(xmin, ms->css.ss.ps.state->es_snapshot)));
}

/* Can rows be matched in the order of the sum that the index starts with? */
static bool
can_match_by_sum(IvmMergeScan *ms, IvmMatch *m, IvmDeltaSet *deltas)
{
	IvmPlan    *plan = ms->plan;
	int			col = ms->sort_attnos[0] - 1;
	const IvmAccumClass *class = NULL;

	if (plan->core->kind != IVM_CORE_GROUP)
		return false;
	m->is_numeric = false;
	m->delta_column = -1;
	if (col == plan->layout.state_row_count)
		m->delta_column = plan->layout.delta_row_count;
	for (int i = 0; i < plan->naccums; i++)
	{
		if (plan->state_first[i] != col || !plan->accums[i].class->is_sum)
			continue;
		class = plan->accums[i].class;
		m->delta_column = plan->delta_first[i];
		m->is_numeric = class->state[0].type == NUMERICOID;
		if (class != &ivm_accum_count && ms->sortkeys[0].ssup_nulls_first &&
			!argument_not_null(ms, i))
			return false;
	}
	if (m->delta_column < 0)
		return false;

	/*
	 * a delta that has more than a sum and a count, such as NaNs, is no plain
	 * number
	 */
	for (int c = 2; class != NULL && c < class->ndelta; c++)
	{
		if (ivm_delta_set_has_value(deltas, m->delta_column + c))
			return false;
	}
	m->zero = m->is_numeric ? NumericGetDatum(int64_to_numeric(0)) : Int64GetDatum(0);
	return true;
}

bool
ivm_merge_match_choose(IvmMergeScan *ms, IvmMatch *m, IvmDeltaSet *deltas)
{
	int			nkeys = 0;

	if (ms->nsort == 0)
	{
		m->order = IVM_MATCH_ANY;
		return IsA(outerPlanState(ms), SeqScanState) &&
			ms->pending_keys >= MIN_KEYS_UNORDERED &&
			ms->pending_keys > outerPlanState(ms)->plan->plan_rows / ROWS_PER_LOOKUP;
	}
	if (ms->pending_keys < MIN_KEYS_ORDERED || ms->index_is_partial ||
		!IsA(outerPlanState(ms), IndexScanState) ||
		!quals_on_keys_only(ms) || !always_mergeable(ms->plan, deltas))
		return false;
	for (int i = 0; i < ms->nsort; i++)
		if (is_key_column(ms->plan, ms->sort_attnos[i]))
			nkeys++;
	m->order = nkeys == ms->nsort ? IVM_MATCH_BY_KEY : IVM_MATCH_BY_SUM;
	return m->order == IVM_MATCH_BY_KEY || can_match_by_sum(ms, m, deltas);
}
