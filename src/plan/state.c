/*-------------------------------------------------------------------------
 *
 * state.c
 *	  States: what is stored of one key, as rows of the state table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/datum.h"

#include "aggregates/accum.h"
#include "base/compat.h"
#include "definition/layout.h"
#include "plan/delta.h"
#include "plan/key.h"
#include "plan/plan.h"
#include "plan/state.h"

IvmState *
ivm_state_make(const IvmPlan *plan)
{
	IvmState   *state = palloc(sizeof(IvmState));

	state->values = palloc0(sizeof(Datum) * plan->layout.state_natts);
	state->nulls = palloc0(sizeof(bool) * plan->layout.state_natts);
	return state;
}

void
ivm_state_empty(const IvmPlan *plan, const IvmDelta *delta, IvmState *state)
{
	int			nkeycols = plan->layout.first_key + plan->nkeys;

	memcpy(state->values, delta->values, sizeof(Datum) * nkeycols);
	memcpy(state->nulls, delta->nulls, sizeof(bool) * nkeycols);
	state->values[plan->layout.state_row_count] = Int64GetDatum(0);
	state->nulls[plan->layout.state_row_count] = false;
	for (int i = 0; i < plan->naccums; i++)
	{
		IvmAccum   *accum = &plan->accums[i];
		int			first = plan->state_first[i];

		accum->class->empty(accum, state->values + first, state->nulls + first);
	}
}

void
ivm_state_from_slot(const IvmPlan *plan, TupleTableSlot *slot, IvmState *state)
{
	slot_getallattrs(slot);
	memcpy(state->values, slot->tts_values, sizeof(Datum) * plan->layout.state_natts);
	memcpy(state->nulls, slot->tts_isnull, sizeof(bool) * plan->layout.state_natts);
}

bool
ivm_state_is_empty(const IvmPlan *plan, const IvmState *state)
{
	if (ivm_state_row_count(plan, state) != 0)
		return false;
	for (int i = 0; i < plan->naccums; i++)
	{
		IvmAccum   *accum = &plan->accums[i];
		Datum		values[IVM_ACCUM_MAX_COLS] = {0};
		bool		nulls[IVM_ACCUM_MAX_COLS] = {0};

		accum->class->empty(accum, values, nulls);
		for (int c = 0; c < accum->class->nstate; c++)
		{
			int			col = plan->state_first[i] + c;

			if (state->nulls[col] != nulls[c])
				return false;
			if (!nulls[c] && !datum_image_eq(state->values[col], values[c],
											 plan->state_byval[col], plan->state_len[col]))
				return false;
		}
	}
	return true;
}

bool
ivm_state_is_shown(const IvmPlan *plan, const IvmState *state)
{
	return ivm_state_row_count(plan, state) != 0 ||
		ivm_key_is_permanent(plan, state->values + plan->layout.first_key,
							 state->nulls + plan->layout.first_key);
}

void
ivm_state_copy(const IvmPlan *plan, IvmState *into, const IvmState *from)
{
	for (int i = 0; i < plan->layout.state_natts; i++)
	{
		into->nulls[i] = from->nulls[i];
		into->values[i] = (Datum) 0;
		if (!from->nulls[i])
			into->values[i] = datumCopy(from->values[i], plan->state_byval[i],
										plan->state_len[i]);
	}
}

bool
ivm_state_apply(const IvmPlan *plan, IvmState *state, const IvmDelta *delta)
{
	const IvmLayout *layout = &plan->layout;

	if (ivm_delta_is_dirty(plan, delta))
		return false;
	state->values[layout->state_row_count] =
		Int64GetDatum(ivm_state_row_count(plan, state) + ivm_delta_row_count(plan, delta));
	for (int i = 0; i < plan->naccums; i++)
	{
		IvmAccum   *accum = &plan->accums[i];

		if (!accum->class->apply(accum, state->values + plan->state_first[i],
								 state->nulls + plan->state_first[i],
								 delta->values + plan->delta_first[i],
								 delta->nulls + plan->delta_first[i]))
			return false;
	}
	return true;
}
