/*-------------------------------------------------------------------------
 *
 * ordered_input.h
 *	  Lists, LIMIT and windows in subqueries that do not depend on the order of rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ORDERED_INPUT_H
#define IVM_ORDERED_INPUT_H

#include "nodes/parsenodes.h"

/*
 * Give array_agg, string_agg and kin, ARRAY (SELECT ...), window functions that count rows, and queries with
 * LIMIT, OFFSET or DISTINCT ON, an order that leaves no choice, in all subqueries of a query, in place.  What it does
 * itself is left alone.  False: nothing was changed.
 */
extern bool ivm_ordered_input_put(Query *query);

#endif							/* IVM_ORDERED_INPUT_H */
