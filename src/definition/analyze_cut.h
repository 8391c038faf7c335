/*-------------------------------------------------------------------------
 *
 * analyze_cut.h
 *	  The cut into keys, accumulators and finishing.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ANALYZE_CUT_H
#define IVM_ANALYZE_CUT_H

#include "definition/core.h"

/*
 * Does the finishing group rows of the core?  So it does if a condition on the rows,
 * or an argument of an aggregate, waits for a part: the core is a bag then.
 */
extern bool ivm_analyze_groups_rows(const IvmCore *core);

/*
 * Cut core->definition, whose sources and row_types are known: sets kind, keys,
 * accumulators, cuts, finishing and finishing_quals, and the key of the grouping sets'
 * number.  Never refuses; keys may turn out to be of types that cannot be stored
 * (ivm_analyze_check_keys()).
 */
extern void ivm_analyze_cut(IvmCore *core);

#endif							/* IVM_ANALYZE_CUT_H */
