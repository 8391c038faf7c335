/*-------------------------------------------------------------------------
 *
 * ambiguity.h
 *	  Values that stand for all that are equal to them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_AMBIGUITY_H
#define IVM_AMBIGUITY_H

#include "nodes/parsenodes.h"

extern bool ivm_is_ambiguous(Query *query, Node *expr);

#endif							/* IVM_AMBIGUITY_H */
