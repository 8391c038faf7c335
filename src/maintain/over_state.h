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

/* Expressions over the state table of a view */
typedef struct IvmBadColumn
{
	const char *name;			/* NULL: none */
	const char *reason;
} IvmBadColumn;
extern Node *ivm_over_state_expression(Oid view, Node *node, IvmBadColumn *bad);

#endif							/* IVM_OVER_STATE_H */
