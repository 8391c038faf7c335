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

extern bool ivm_equal_values_differ(Query *query, Node *expr);

#endif							/* IVM_EQUAL_VALUES_H */
