/*-------------------------------------------------------------------------
 *
 * log_old.h
 *	  What tables were before changes that were found in change logs.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_LOG_OLD_H
#define IVM_LOG_OLD_H

#include "commit/delta_query.h"
#include "plan/plan.h"

/*
 * Prepare the stores (IvmRowStore *) of tables that have changed, in which no equal rows have
 * come and gone, for queries over these tables as they were.  What is found is in
 * CurrentMemoryContext and files, until it is freed.  The snapshot is that under which these
 * queries run, too; the view's owner and settings are in force.
 */
extern void ivm_log_old_prepare(IvmPlan *plan, List *stores, Snapshot snapshot);
extern void ivm_log_old_free(List *stores);

/*
 * Let the changed sources of a change, which were logged, be read as they were in a query
 * whose range table entries these are (the n-th is that of source n, or NULL).
 */
extern void ivm_log_old_put(List *rtes, const IvmViewChange *change);

/* Name the rows that this asks for (ivm_delta_query_name()). */
extern List *ivm_log_old_name(const IvmViewChange *change, List *named);

#endif							/* IVM_LOG_OLD_H */
