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
	IVM_SIDE_RECOMPUTED
} IvmViewSide;

extern TupleDesc ivm_verify_rows(IvmPlan *plan, IvmViewSide side, DestReceiver *dest);
extern void ivm_verify(IvmPlan *plan, const char *key_filter,
					   Tuplestorestate *result, TupleDesc desc);

#endif							/* IVM_VERIFY_H */
