/*-------------------------------------------------------------------------
 *
 * verify.h
 *	  Comparing a view with its definition.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_VERIFY_H
#define IVM_VERIFY_H

#include "tcop/dest.h"
#include "utils/tuplestore.h"

#include "plan/plan.h"

typedef enum IvmViewSide
{
	IVM_SIDE_STORED,			/* as a reader gets it */
	IVM_SIDE_RECOMPUTED			/* from the base tables */
} IvmViewSide;

/*
 * Send the rows of one side to dest, under the active snapshot and the settings
 * stored with the view, and return their descriptor, which is in the current
 * memory context.  The stored side is read as the current user, the recomputed
 * one as the view's owner.  The caller has checked that the user may read the
 * view, and that it can be computed.
 */
extern TupleDesc ivm_verify_rows(IvmPlan *plan, IvmViewSide side, DestReceiver *dest);

/*
 * Compare the two sides and put the differing rows (side, copies, row) into
 * result.  key_filter, or NULL, is an expression over the view's columns that
 * ivm_key_filter_query() has accepted; it is evaluated as the current user,
 * under the settings of the session.  One read-only statement, in the active
 * snapshot.
 */
extern void ivm_verify(IvmPlan *plan, const char *key_filter,
					   Tuplestorestate *result, TupleDesc desc);

/*
 * The columns of a relation as a select list in which all can be compared by EXCEPT ALL: names, with a
 * cast to text where a type has no equality.  In CurrentMemoryContext.
 */
extern char *ivm_verify_columns(TupleDesc desc);

#endif							/* IVM_VERIFY_H */
