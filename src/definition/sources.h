/*-------------------------------------------------------------------------
 *
 * sources.h
 *	  The places where a definition reads a base table.
 *
 * A definition may read several tables, and one table in several places, at
 * any depth: each such place is a source.  Sources are numbered in the order
 * in which a fixed walk over the query meets them, so that a source found in
 * one copy of the query is found again in another.  What is linear, and what a
 * constant is, is said in sources.c.
 *
 * The functions need no locks but those on the tables that the query reads, and
 * raise no errors.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_SOURCES_H
#define IVM_SOURCES_H

#include "access/tupdesc.h"
#include "nodes/bitmapset.h"
#include "nodes/parsenodes.h"

/* Sets of sources are kept as bits. */
#define IVM_MAX_SOURCES 60

/* A place where a query reads a table. */
typedef struct IvmSource
{
	Oid			relid;
	bool		linear;			/* the core's rows are a linear function of it */
	bool		tested;			/* only a correlated condition [NOT] EXISTS
								 * reads it */
	bool		excludes;		/* its added rows can only make rows of the
								 * query go */
	Bitmapset  *attrs;			/* columns read */
	List	   *filter;			/* of nonlinear views: conditions that each
								 * row that can count satisfies */
} IvmSource;

/*
 * The range table entries of a query that are sources, in the order of their numbers.
 * The list is new, the entries are the query's.
 */
extern List *ivm_sources_list(Query *query);

/*
 * The sources, and after them the constants, which are numbered on; no more than
 * IVM_MAX_SOURCES together, unless there are more sources than that.
 */
extern List *ivm_sources_list_all(Query *query);

/*
 * The sources of a definition, as an array in CurrentMemoryContext, without filters
 * (row_filter.h).  Their attrs are offset by FirstLowInvalidHeapAttributeNumber.
 */
extern IvmSource *ivm_sources_find(Query *query, int *nsources);

/* The OIDs of the tables that sources read, each once, in ascending order. */
extern List *ivm_sources_relids(const IvmSource *sources, int nsources);

/* The sources and constants in linear position, as range table entries of the query. */
extern List *ivm_sources_linear(Query *query);

/*
 * Does a query only select, project, join, and add up arms of UNION ALL?  (Its set
 * operations, if it has some, are looked at by the caller.)
 */
extern bool ivm_sources_is_plain(Query *query);

/*
 * The subquery of a condition EXISTS or (then *negated is set) NOT EXISTS that only
 * selects and joins, or NULL.  Not a copy.
 */
extern Query *ivm_sources_tested(Node *qual, bool *negated);

/*
 * Leave of a query, in place, only the arms of UNION ALL that read one of these
 * (linear) sources or constants, given as bits; UNION ALLs that read none of them stay
 * whole.  With each, rows must come from all of them together: false if there are no
 * such rows, since some are in different arms.
 */
extern bool ivm_sources_keep_arms(Query *query, uint64 sources, bool each);

/*
 * Can a row of the query come from two different sources, one of table a and one of
 * table b?  Not if they are in different arms of UNION ALL.
 */
extern bool ivm_sources_meet(Query *query, const IvmSource *sources, int nsources, Oid a, Oid b);

/* The name under which the executor finds rows put in the place of a source; a constant. */
extern const char *ivm_sources_rows_name(int source);

/*
 * Let a source's range table entry read given rows of its table's row type (desc),
 * about nrows of them, instead of the table.  The executor finds them by
 * ivm_sources_rows_name() in the query environment.
 */
extern void ivm_sources_put_rows(RangeTblEntry *rte, int source, TupleDesc desc, double nrows);

#endif							/* IVM_SOURCES_H */
