/*-------------------------------------------------------------------------
 *
 * row_eval.h
 *	  Evaluation of what a view over one table makes of a row: does it count,
 *	  its key, and the arguments of the accumulators.
 *
 *		row of the base table --qual--> passes? --proj--> keys, arguments
 *
 * The expressions are compiled once per plan.  The evaluator lives in a context of
 * its own below the plan's; econtext's per-tuple context is reset with each row, so
 * a projected row lives until the next one is evaluated.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ROW_EVAL_H
#define IVM_ROW_EVAL_H

#include "executor/executor.h"
#include "executor/tuptable.h"
#include "nodes/execnodes.h"

#include "plan/plan.h"

/*
 * Compiled expressions over a row of the base table.  An error may leave them in the
 * middle of something, since functions written in SQL keep their state there.  So the
 * caller sets busy while it evaluates, and an evaluator found busy is replaced.
 */
typedef struct IvmRowEval
{
	MemoryContext cxt;
	bool		busy;			/* being evaluated, or left so by an error */
	bool		calls_users;	/* may run functions that users have made */
	ExprContext *econtext;
	TupleTableSlot *slot;		/* for rows of partitions, converted to the
								 * base table's type */
	ExprState  *qual;			/* NULL: all rows count */
	ProjectionInfo *proj;		/* keys, then accumulator arguments */
} IvmRowEval;

/*
 * Make the evaluator of a plan, in place of one that an error has left busy, which
 * lives to the end of the transaction.  This is done as the view's owner, whose right
 * to execute the functions is checked here: an error if it is gone.  Takes
 * AccessShareLock on the base table; the caller has pushed a snapshot, or runs in a
 * statement's, because planning the expressions may evaluate functions.
 */
extern IvmRowEval *ivm_row_eval_make(const IvmPlan *plan);

/* The evaluator of a plan, made at first use.  It belongs to the plan. */
static inline IvmRowEval *
ivm_row_eval_get(const IvmPlan *plan)
{
	IvmRowEval *eval = plan->run->eval;

	return likely(eval != NULL && !eval->busy) ? eval : ivm_row_eval_make(plan);
}

/*
 * The core's row (keys, arguments) that a row of the base table gives, or NULL if it does not
 * pass the filter.  It lives until the next one.  The view's settings are in force.
 */
static inline TupleTableSlot *
ivm_row_eval_project(IvmRowEval *eval, TupleTableSlot *slot)
{
	ExprContext *econtext = eval->econtext;

	ResetExprContext(econtext);
	econtext->ecxt_scantuple = slot;
	if (eval->qual && !ExecQual(eval->qual, econtext))
		return NULL;
	return ExecProject(eval->proj);
}

#endif							/* IVM_ROW_EVAL_H */
