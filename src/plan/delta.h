/*-------------------------------------------------------------------------
 *
 * delta.h
 *	  Deltas: signed changes of one key, as rows of a delta table.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DELTA_H
#define IVM_DELTA_H

#include "executor/tuptable.h"
#include "storage/itemptr.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

#include "plan/plan.h"

/* One delta, laid out as a row of the delta table (plan->layout). */
typedef struct IvmDelta
{
	uint64		hash;			/* of the key */
	Datum	   *values;			/* layout.delta_natts */
	bool	   *nulls;
	bool		done;			/* for those who go through a set */
} IvmDelta;

static inline Datum *
ivm_delta_keys(const IvmPlan *plan, const IvmDelta *delta)
{
	return delta->values + plan->layout.first_key;
}

static inline bool *
ivm_delta_key_nulls(const IvmPlan *plan, const IvmDelta *delta)
{
	return delta->nulls + plan->layout.first_key;
}

static inline bool
ivm_delta_is_dirty(const IvmPlan *plan, const IvmDelta *delta)
{
	return DatumGetBool(delta->values[plan->layout.delta_dirty]);
}

static inline int64
ivm_delta_row_count(const IvmPlan *plan, const IvmDelta *delta)
{
	return DatumGetInt64(delta->values[plan->layout.delta_row_count]);
}

extern IvmDelta *ivm_delta_make(const IvmPlan *plan);
extern IvmDelta *ivm_delta_make_permanent(const IvmPlan *plan, int n);
extern void ivm_delta_add(const IvmPlan *plan, IvmDelta *into, const IvmDelta *from);
extern IvmDelta *ivm_delta_copy(const IvmPlan *plan, const IvmDelta *delta);

#endif							/* IVM_DELTA_H */
