/*-------------------------------------------------------------------------
 *
 * view_part.h
 *	  Subqueries of a view that are kept as views of their own.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_VIEW_PART_H
#define IVM_VIEW_PART_H

#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"

/* Where the finishing looks at a part; its place is taken by a Param. */
typedef struct IvmViewPartUse
{
	SubLink    *sublink;		/* as the definition has it, complete in
								 * itself */
	int			part;			/* in IvmViewParts.queries, from 0 */
	int			column;			/* of the part's view, from 1 */
} IvmViewPartUse;

/* The parts of a query, and what of it waits for them. */
typedef struct IvmViewParts
{
	List	   *queries;		/* Query *, each the definition of a part */
	List	   *uses;			/* IvmViewPartUse *, by Param number */
	Node	   *quals;			/* conditions of WHERE that the finishing
								 * checks, or NULL */
	bool		rows;			/* the finishing does the grouping, too */
} IvmViewParts;

#endif							/* IVM_VIEW_PART_H */
