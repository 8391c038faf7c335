/*-------------------------------------------------------------------------
 *
 * ordered_input.h
 *	  Lists and limits in subqueries that do not depend on the order of rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ORDERED_INPUT_H
#define IVM_ORDERED_INPUT_H

#include "nodes/parsenodes.h"

/*
 * Give array_agg, string_agg and kin, and ARRAY (SELECT ...), an order in all subqueries of a query
 * where they have none, in place; and decide ties of LIMIT and DISTINCT ON there, but for WITH TIES.  Its own aggregates are left alone.  False: there are none.
 */
extern bool ivm_ordered_input_put(Query *query);

#endif							/* IVM_ORDERED_INPUT_H */
