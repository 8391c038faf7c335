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
 * Fill the empty state table of a view, whose indexes are made anew afterwards, and return the
 * number of rows.  Computes them under the snapshot given, or (NULL) under the latest one, which
 * it takes (plan/ahead.h); the caller has locked writers of the base tables out before.  Errors of the
 * definition name the view.
 */
extern int64 ivm_populate_state(IvmPlan *plan, Snapshot snapshot);

#endif							/* IVM_POPULATE_H */
