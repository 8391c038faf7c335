/*-------------------------------------------------------------------------
 *
 * analyze_check.h
 *	  What a definition may be.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ANALYZE_CHECK_H
#define IVM_ANALYZE_CHECK_H

#include "nodes/parsenodes.h"

#include "definition/core.h"
#include "definition/refusal.h"

extern IvmRefusal *ivm_analyze_check_query(Query *query);
extern IvmRefusal *ivm_analyze_check_limits(Query *query);
extern IvmRefusal *ivm_analyze_check_table(RangeTblEntry *rte);
extern IvmRefusal *ivm_analyze_check_tables(IvmCore *core);
extern IvmRefusal *ivm_analyze_check_vars(IvmCore *core);
extern IvmRefusal *ivm_analyze_check_volatility(IvmCore *core);
extern IvmRefusal *ivm_analyze_check_keys(IvmCore *core);

#endif							/* IVM_ANALYZE_CHECK_H */
