/*-------------------------------------------------------------------------
 *
 * over_state.h
 *	  Expressions over a view as expressions over its state.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_OVER_STATE_H
#define IVM_OVER_STATE_H

#include "nodes/parsenodes.h"

/* Why an expression cannot be put over the state */
typedef struct IvmBadColumn
{
	const char *name;			/* of the column of the view that prevents it;
								 * NULL: none */
	const char *reason;			/* a sentence */
} IvmBadColumn;

/*
 * An expression over the columns of a view, with varno 1, as one over the
 * columns of its state table, also with varno 1.  Where there is none, sets *bad
 * and returns something that is not to be used; else bad->name is NULL.  The
 * result is in the current memory context; the caller has the view locked.
 */
extern Node *ivm_over_state_expression(Oid view, Node *node, IvmBadColumn *bad);

#endif							/* IVM_OVER_STATE_H */
