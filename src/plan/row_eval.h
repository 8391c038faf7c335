/*-------------------------------------------------------------------------
 *
 * row_eval.h
 *	  Evaluation of what a view over one table makes of a row.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ROW_EVAL_H
#define IVM_ROW_EVAL_H

#include "executor/tuptable.h"
#include "nodes/execnodes.h"

#include "plan/plan.h"

/*
 * Compiled expressions over a row of the base table.  An error may leave them
 * in the middle of something (functions written in SQL keep their state), so
 * after one they are made anew.
 */
typedef struct IvmRowEval
{
	MemoryContext cxt;
	bool		busy;			/* being evaluated, or left so by an error */
	ExprContext *econtext;
	TupleTableSlot *slot;		/* base table's row type, for mapped partitions */
	ExprState  *qual;
	ProjectionInfo *proj;		/* keys, then accumulator arguments */
} IvmRowEval;

extern IvmRowEval *ivm_row_eval_make(const IvmPlan *plan);

/*
 * The evaluator of a plan, made at first use.  It lives as long as the plan,
 * unless an error leaves it busy; what it was then lives to the end of the
 * transaction.
 */
static inline IvmRowEval *
ivm_row_eval_get(const IvmPlan *plan)
{
	IvmRowEval *eval = plan->run->eval;

	return likely(eval != NULL && !eval->busy) ? eval : ivm_row_eval_make(plan);
}

#endif							/* IVM_ROW_EVAL_H */
