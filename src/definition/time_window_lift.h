/*-------------------------------------------------------------------------
 *
 * time_window_lift.h
 *	  Conditions on the current time of subqueries, moved up.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_TIME_WINDOW_LIFT_H
#define IVM_TIME_WINDOW_LIFT_H

#include "nodes/parsenodes.h"

/*
 * Move comparisons with the time from subqueries in FROM that only select, project and
 * join to the WHERE clause of the query, in place; has_clock tells whether an expression
 * looks at the clock.  What is compared becomes a column of the subquery.
 */
extern void ivm_time_window_lift(Query *query, bool (*has_clock) (Node *node));

#endif							/* IVM_TIME_WINDOW_LIFT_H */
