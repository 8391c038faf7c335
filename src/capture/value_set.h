/*-------------------------------------------------------------------------
 *
 * value_set.h
 *	  The values of which a key has gained or lost rows.
 *
 *		+ row with 7, + row with 7, - row with 3	 =>		{7: +2, 3: -1}
 *
 * For accumulators of distinct values (count(DISTINCT x)): whether a value has come to
 * the key or gone from it follows only when these numbers meet the table
 * (commit/distinct_delta.c).  A value keeps its place when its number comes to zero.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_VALUE_SET_H
#define IVM_VALUE_SET_H

#include "plan/plan.h"

/* Values of a key beyond which it is not worth looking for them: then all of it is computed. */
#define IVM_MAX_SET_VALUES	10000

typedef struct IvmSetValue
{
	Datum		value;
	uint32		hash;
	char		status;			/* of the hash table's entry */
	int64		net;			/* rows gained, less those lost */
} IvmSetValue;

typedef struct valuehash_hash IvmValueSet;

/*
 * Add to a value's number.  *set is made at first use, in cxt, where copies of the
 * values live too.  False if the set has become too large; it takes no more then.
 */
extern bool ivm_value_set_add(IvmValueSet **set, const IvmKey *how, Datum value, int64 net,
							  MemoryContext cxt);

/* The values of a set, with those whose number is zero.  NULL is an empty set. */
extern int	ivm_value_set_count(const IvmValueSet *set);

/* Has a value a number that is not zero? */
extern bool ivm_value_set_changed(IvmValueSet *set);

/* A loop over all values. */
typedef struct IvmValueSetScan
{
	IvmValueSet *set;
	uint32		next;
} IvmValueSetScan;

extern void ivm_value_set_scan(IvmValueSetScan *scan, IvmValueSet *set);
extern const IvmSetValue *ivm_value_set_next(IvmValueSetScan *scan);

#endif							/* IVM_VALUE_SET_H */
