/*-------------------------------------------------------------------------
 *
 * equal_values.h
 *	  Values that stand for all that are equal to them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_EQUAL_VALUES_H
#define IVM_EQUAL_VALUES_H

#include "nodes/parsenodes.h"

/* Can equal values of an expression look different, by its type and collation: 1.0 and 1.00? */
extern bool ivm_equal_values_can_differ(Node *expr);

/*
 * Does a value come from below a GROUP BY, DISTINCT, set operation or min()?  It may
 * be any one of several equal ones (1.0, 1.00) then, and the next evaluation may show
 * another, so it should be told apart by "=", not by its look.
 */
extern bool ivm_equal_values_differ(Query *query, Node *expr);

#endif							/* IVM_EQUAL_VALUES_H */
