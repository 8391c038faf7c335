/*-------------------------------------------------------------------------
 *
 * shown_state.c
 *	  What readers get for a key, of its state row and its deltas.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/typcache.h"

#include "aggregates/accum.h"
#include "base/value_image.h"
#include "commit/shown_state.h"
#include "definition/core.h"
#include "plan/key.h"

/* Two values of an extreme may look different and be the same (1.0, 1.00). */
static bool
extremes_equal(const IvmAccum *accum, Datum a, Datum b)
{
	TypeCacheEntry *type = lookup_type_cache(accum->argtype[0], TYPECACHE_EQ_OPR_FINFO);

	return OidIsValid(type->eq_opr_finfo.fn_oid) &&
		DatumGetBool(FunctionCall2Coll(&type->eq_opr_finfo, accum->argcoll[0], a, b));
}

bool
ivm_shown_state_equal(IvmPlan *plan, const IvmState *a, const IvmState *b)
{
	if (ivm_state_row_count(plan, a) != ivm_state_row_count(plan, b))
		return false;
	for (int i = 0; i < plan->naccums; i++)
	{
		for (int c = 0; c < plan->accums[i].class->nstate; c++)
		{
			int			n = plan->state_first[i] + c;

			if (a->nulls[n] != b->nulls[n])
				return false;
			if (a->nulls[n] ||
				ivm_value_image_equal_bytes(plan->state_len[n], plan->state_byval[n], a->values[n], b->values[n]))
				continue;
			if (plan->accums[i].class != &ivm_accum_extreme ||
				!extremes_equal(&plan->accums[i], a->values[n], b->values[n]))
				return false;
		}
	}
	return true;
}

/* Do readers get a row for this state?  merged: it is a state row with deltas. */
static bool
is_visible(IvmPlan *plan, const IvmState *state, bool merged)
{
	if (plan->core->kind == IVM_CORE_BAG)
		return ivm_state_row_count(plan, state) > 0;
	return !merged || ivm_state_is_shown(plan, state);
}

/* An empty delta of a key, or NULL if it is not permanent. */
static IvmDelta *
permanent_delta(IvmPlan *plan, const IvmState *key)
{
	int			first = plan->layout.first_key;
	IvmDelta   *delta;

	if (!ivm_key_is_permanent(plan, key->values + first, key->nulls + first))
		return NULL;
	delta = ivm_delta_make(plan);
	memcpy(delta->values, key->values, sizeof(Datum) * (first + plan->nkeys));
	memcpy(delta->nulls, key->nulls, sizeof(bool) * (first + plan->nkeys));
	return delta;
}

IvmState *
ivm_shown_state_get(IvmPlan *plan, const IvmState *stored, const IvmDelta *delta, IvmState *truth)
{
	IvmState   *state;

	if (delta == NULL && stored)
		return is_visible(plan, stored, false) ? unconstify(IvmState *, stored) : NULL;
	if (delta == NULL && truth)
		delta = permanent_delta(plan, truth);	/* the row shows even if it is
												 * missing */
	if (delta == NULL)
		return NULL;
	state = ivm_state_make(plan);
	if (stored)
		ivm_state_copy(plan, state, stored);
	else
		ivm_state_empty(plan, delta, state);
	if (!ivm_state_apply(plan, state, delta))
		return truth;
	return is_visible(plan, state, true) ? state : NULL;
}
