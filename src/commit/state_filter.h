/*-------------------------------------------------------------------------
 *
 * state_filter.h
 *	  A condition on the rows of a state table.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_STATE_FILTER_H
#define IVM_STATE_FILTER_H

#include "nodes/execnodes.h"
#include "utils/relcache.h"

#include "plan/plan.h"

typedef struct IvmStateFilter
{
	ExprState  *qual;			/* NULL: all rows pass */
	EState	   *estate;
	TupleTableSlot *slot;
	Node	   *base;			/* the condition on the rows of the core
								 * query; NULL if it cannot be put there */
} IvmStateFilter;

/* Prepare an expression over the columns of the state table (varno 1), or NULL; closing it frees all. */
extern void ivm_state_filter_open(IvmStateFilter *f, IvmPlan *plan, Node *filter, Relation state);
extern void ivm_state_filter_close(IvmStateFilter *f);

/* Does it hold for a row, given by all columns of the state table? */
extern bool ivm_state_filter_passes(IvmStateFilter *f, const Datum *values, const bool *nulls);

#endif							/* IVM_STATE_FILTER_H */
