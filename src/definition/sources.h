/*-------------------------------------------------------------------------
 *
 * sources.h
 *	  The places where a definition reads a base table.
 *
 * A definition may read several tables, and one table in several places, at
 * any depth: each such place is a source.  Sources are numbered in the order
 * in which a fixed walk over the query meets them, so that a source found in
 * one copy of the query is found again in another.
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

typedef struct IvmSource
{
	Oid			relid;
	bool		linear;			/* the core's rows are a linear function of it */
	bool		tested;			/* only a condition [NOT] EXISTS reads it, per row of the query */
	bool		excludes;		/* its rows can only make rows of the query go */
	Bitmapset  *attrs;			/* columns read */
	List	   *filter;			/* of nonlinear views: what rows that count satisfy */
} IvmSource;

extern List *ivm_sources_list(Query *query);
extern List *ivm_sources_list_all(Query *query);
extern IvmSource *ivm_sources_find(Query *query, int *nsources);
extern List *ivm_sources_relids(const IvmSource *sources, int nsources);
extern List *ivm_sources_linear(Query *query);
extern bool ivm_sources_is_plain(Query *query);
extern Query *ivm_sources_tested(Node *qual, bool *negated);
extern bool ivm_sources_keep_branches(Query *query, uint64 sources, bool each);
extern bool ivm_sources_meet(Query *query, const IvmSource *sources, int nsources, Oid a, Oid b);
extern char *ivm_sources_rows_name(int source);
extern void ivm_sources_put_rows(RangeTblEntry *rte, int source, TupleDesc desc, double nrows);

#endif							/* IVM_SOURCES_H */
