/*-------------------------------------------------------------------------
 *
 * append_carry.h
 *	  The rows of an append view carried over to new storage.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_APPEND_CARRY_H
#define IVM_APPEND_CARRY_H

#include "catalog/append_view.h"
#include "plan/plan.h"

/*
 * Fill the empty state table of a new append view with the rows of view->carried_from, the state table of the one whose place it
 * takes, with the types that they have now; returns how many.  Sets *view, for the caller to store, and the watermark: what is
 * closed stays so, and the next refresh computes the rest, as after a restore.  Casts and settings are those of the caller.
 *
 * Where the new storage has other columns, or groups that were different are equal now, nothing is done, and
 * view->stored stays unset; but it is an error if something was closed.
 */
extern int64 ivm_append_carry(IvmPlan *plan, IvmAppendView *view);

/* For view->carried_types: those of a view as it is, in CurrentMemoryContext. */
extern List *ivm_append_carry_types(const IvmPlan *plan);

#endif							/* IVM_APPEND_CARRY_H */
