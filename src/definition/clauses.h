/*-------------------------------------------------------------------------
 *
 * clauses.h
 *	  Clauses of a query that are moved or left out as a whole.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_CLAUSES_H
#define IVM_CLAUSES_H

#include "nodes/parsenodes.h"

/*
 * Move ORDER BY, DISTINCT and LIMIT from one query to another; the select list, which
 * they refer to, stays.  In place, without copies.
 */
extern void ivm_clauses_move_order(Query *to, Query *from);

/*
 * Move all that is done to the rows which FROM and WHERE give: select list, grouping,
 * windows, and what ivm_clauses_move_order() moves.
 */
extern void ivm_clauses_move(Query *to, Query *from);

/* Leave a query nothing but FROM and WHERE, in place. */
extern void ivm_clauses_clear(Query *query);

#endif							/* IVM_CLAUSES_H */
