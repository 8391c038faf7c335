/*-------------------------------------------------------------------------
 *
 * explain.h
 *	  How a query is, or would be, maintained: in words.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_EXPLAIN_H
#define IVM_EXPLAIN_H

#include "definition/core.h"
#include "definition/refusal.h"
#include "plan/plan.h"

/* One row; all members may be NULL but code, part and construct. */
typedef struct IvmExplainRow
{
	const char *code;			/* for programs: stays when words change */
	const char *part;			/* core, finishing, part n: core, ...,
								 * storage, status, refused */
	const char *construct;		/* as in the query */
	const char *strategy;
	const char *write_cost;
	const char *read_cost;
	const char *note;
} IvmExplainRow;

/*
 * Each returns a list of IvmExplainRow *, in the current memory context.  Tables
 * are opened with AccessShareLock at most.
 */

/* How a query is maintained, and its parts, of which cores are the analyses */
extern List *ivm_explain_core(const IvmCore *core, List *cores);

/* Why a query is not maintained; sql is its text, or NULL. */
extern List *ivm_explain_refusal(const IvmRefusal *refusal, const char *sql);

/* How a view is maintained, where its rows are, and what keeps them from use */
extern List *ivm_explain_plan(const IvmPlan *plan);

#endif							/* IVM_EXPLAIN_H */
