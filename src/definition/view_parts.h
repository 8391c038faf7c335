/*-------------------------------------------------------------------------
 *
 * view_parts.h
 *	  Uncorrelated subqueries that are kept apart, as views of their own.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_VIEW_PARTS_H
#define IVM_VIEW_PARTS_H

#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"

#include "definition/view_part.h"

extern IvmViewParts *ivm_view_parts_split(Query *query);
extern Query *ivm_view_parts_complete(const Query *outer, Query *subquery);
extern bool ivm_view_parts_within(Node *node);
extern Node *ivm_view_parts_restore(const IvmViewParts *parts, Node *node);

#endif							/* IVM_VIEW_PARTS_H */
