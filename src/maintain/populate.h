/*-------------------------------------------------------------------------
 *
 * populate.h
 *	  Filling an empty state table.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_POPULATE_H
#define IVM_POPULATE_H

#include "utils/snapshot.h"

#include "plan/plan.h"

/*
 * Fill the empty state table of a view, and return the number of rows.  Computes them under the snapshot
 * given, and fills its indexes, too; or (NULL) under the latest one, which it takes (plan/ahead.h): then
 * the indexes are made afterwards, and the caller has locked writers of the base tables out before.  Errors
 * of the definition name the view.
 */
extern int64 ivm_populate_state(IvmPlan *plan, Snapshot snapshot);

/* Has the state table of a view never had rows? */
extern bool ivm_populate_is_new(const IvmPlan *plan);

/*
 * Fill a new state table under a snapshot while the base tables are written, and analyze it.  Takes
 * ShareRowExclusiveLock on the state table.
 */
extern int64 ivm_populate_new(IvmPlan *plan, Snapshot snapshot);

#endif							/* IVM_POPULATE_H */
