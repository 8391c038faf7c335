/*-------------------------------------------------------------------------
 *
 * aggregate_rules.h
 *	  What an aggregate becomes when it has to be maintained.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_AGGREGATE_RULES_H
#define IVM_AGGREGATE_RULES_H

#include "aggregates/accum.h"

/*
 * The rule for an aggregate, or NULL where it has none and its value must be
 * recomputed as a slice.  argtype: actual argument types.  min and max, those
 * of user types included, are known by name and sort operator; a rule for
 * them is allocated in the current context.  The caller sees to FILTER and
 * DISTINCT: of DISTINCT aggregates only min and max may be looked up here.
 */
extern const IvmAggRule *ivm_aggregate_rules_find(Oid aggfnoid, int nargs, const Oid *argtype);

#endif							/* IVM_AGGREGATE_RULES_H */
