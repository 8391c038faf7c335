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

/* All members may be NULL but part and construct. */
typedef struct IvmExplainRow
{
	const char *part;			/* core, finishing, part n: core, ..., storage, status, refused */
	const char *construct;		/* as in the query */
	const char *strategy;
	const char *write_cost;
	const char *read_cost;
	const char *note;
} IvmExplainRow;

extern List *ivm_explain_core(const IvmCore *core, List *cores);
extern List *ivm_explain_refusal(const IvmRefusal *refusal, const char *sql);
extern List *ivm_explain_plan(const IvmPlan *plan);

#endif							/* IVM_EXPLAIN_H */
