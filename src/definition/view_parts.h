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

/* Where the finishing looks at a part; its place is taken by a Param. */
typedef struct IvmPartUse
{
	SubLink    *sublink;		/* as the definition has it, complete in itself */
	int			part;			/* in IvmParts.queries, from 0 */
	int			column;			/* of the part's view, from 1 */
} IvmPartUse;

typedef struct IvmParts
{
	List	   *queries;		/* Query *, each the definition of a part */
	List	   *uses;			/* IvmPartUse *, by Param number */
	Node	   *quals;			/* of WHERE, for the finishing; or NULL */
	bool		rows;			/* the finishing does the grouping, too */
} IvmParts;

extern IvmParts *ivm_parts_split(Query *query);
extern Query *ivm_parts_complete(const Query *outer, Query *subquery);
extern Query *ivm_parts_subquery(Query *query, int rti);
extern bool ivm_parts_within(Node *node);
extern Node *ivm_parts_restore(const IvmParts *parts, Node *node);

#endif							/* IVM_VIEW_PARTS_H */
