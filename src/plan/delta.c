/*-------------------------------------------------------------------------
 *
 * delta.c
 *	  Deltas: signed changes of one key, as rows of the delta table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/datum.h"

#include "aggregates/accum.h"
#include "base/compat.h"
#include "definition/grouping_sets.h"
#include "definition/layout.h"
#include "plan/delta.h"
#include "plan/key.h"
#include "plan/plan.h"

IvmDelta *
ivm_delta_make(const IvmPlan *plan)
{
	const IvmLayout *layout = &plan->layout;
	IvmDelta   *delta = palloc0(MAXALIGN(sizeof(IvmDelta)) +
								(sizeof(Datum) + sizeof(bool)) * layout->delta_natts);

	delta->values = (Datum *) ((char *) delta + MAXALIGN(sizeof(IvmDelta)));
	delta->nulls = (bool *) (delta->values + layout->delta_natts);
	for (int i = layout->delta_row_count + 1; i < layout->delta_natts; i++)
		delta->nulls[i] = true;
	return delta;
}

IvmDelta *
ivm_delta_make_permanent(const IvmPlan *plan, int n)
{
	IvmDelta   *delta = ivm_delta_make(plan);
	const IvmGroupingSets *sets = plan->core->sets;

	for (int i = 0; i < plan->nkeys; i++)
	{
		int			c = plan->layout.first_key + i;

		delta->nulls[c] = i != sets->key;
		delta->values[c] = i == sets->key ? Int64GetDatum(sets->empty[n]) : (Datum) 0;
	}
	delta->hash = ivm_key_hash(plan, ivm_delta_keys(plan, delta), ivm_delta_key_nulls(plan, delta));
	if (plan->layout.hashed)
		delta->values[0] = UInt64GetDatum(delta->hash);
	return delta;
}

void
ivm_delta_add(const IvmPlan *plan, IvmDelta *into, const IvmDelta *from)
{
	const IvmLayout *layout = &plan->layout;

	into->values[layout->delta_row_count] =
		Int64GetDatum(ivm_delta_row_count(plan, into) + ivm_delta_row_count(plan, from));
	if (ivm_delta_is_dirty(plan, from))
		into->values[layout->delta_dirty] = BoolGetDatum(true);
	for (int i = 0; i < plan->naccums; i++)
	{
		IvmAccum   *accum = &plan->accums[i];
		int			first = plan->delta_first[i];

		if (accum->class->ndelta > 0)
			accum->class->sum_delta(accum, into->values + first, into->nulls + first,
									from->values + first, from->nulls + first);
	}
}

/* The accumulators start from zero and add, which copies their values. */
IvmDelta *
ivm_delta_copy(const IvmPlan *plan, const IvmDelta *delta)
{
	IvmDelta   *copy = ivm_delta_make(plan);

	copy->hash = delta->hash;
	if (plan->layout.hashed)
		copy->values[0] = delta->values[0];
	for (int i = 0; i < plan->nkeys; i++)
	{
		int			c = plan->layout.first_key + i;

		copy->nulls[c] = delta->nulls[c];
		if (!delta->nulls[c])
			copy->values[c] = datumCopy(delta->values[c], plan->keys[i].typbyval,
										plan->keys[i].typlen);
	}
	ivm_delta_add(plan, copy, delta);
	return copy;
}
