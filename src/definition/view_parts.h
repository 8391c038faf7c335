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

/*
 * Split a query, as parse analysis or a stored rule left it with Vars of GROUP BY
 * replaced, in place: subqueries that become parts give their places to Params.  NULL:
 * there is nothing to split; the query may have got another form all the same.
 * Depends on the query alone.
 */
extern IvmViewParts *ivm_view_parts_split(Query *query);

/*
 * A copy of a subquery, one level below outer, as a query of its own, with what it
 * refers to of the WITH clause of outer.
 */
extern Query *ivm_view_parts_complete(const Query *outer, Query *subquery);

/* Does an expression of a split query look at a part? */
extern bool ivm_view_parts_within(Node *node);

/* A copy of an expression with the subqueries in their places again, for readers. */
extern Node *ivm_view_parts_restore(const IvmViewParts *parts, Node *node);

#endif							/* IVM_VIEW_PARTS_H */
