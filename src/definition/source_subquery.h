/*-------------------------------------------------------------------------
 *
 * source_subquery.h
 *	  Putting a subquery in the place where a definition reads a table.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_SOURCE_SUBQUERY_H
#define IVM_SOURCE_SUBQUERY_H

#include "nodes/parsenodes.h"

/*
 * All columns of a range table entry with number rti, in their places, as a new target list.
 * (A table may have got more columns since the query was parsed.)
 */
extern List *ivm_source_subquery_columns(RangeTblEntry *rte, int rti);

/*
 * Add a copy of a source's, or constant's, range table entry to a query of its own, and return
 * the copy.
 */
extern RangeTblEntry *ivm_source_subquery_add(Query *query, RangeTblEntry *rte);

/* Let a range table entry be a subquery instead of what it was. */
extern void ivm_source_subquery_become(RangeTblEntry *rte, Query *query);

#endif							/* IVM_SOURCE_SUBQUERY_H */
