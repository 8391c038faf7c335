/*-------------------------------------------------------------------------
 *
 * view_parts_split.h
 *	  Shared by the files that split a query into parts (view_parts.c): what can be
 *	  a part is found by view_parts_find.c, items of FROM and conditions of WHERE
 *	  are rewritten by view_parts_from.c and view_parts_where.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_VIEW_PARTS_SPLIT_H
#define IVM_VIEW_PARTS_SPLIT_H

#include "definition/view_part.h"

/* A query that is being split. */
typedef struct IvmSplit
{
	Query	   *query;			/* being split, in place */
	Query	   *top;			/* the whole one, whose WITH clause it may
								 * refer to */
	IvmViewParts *parts;
	List	   *tables;			/* OIDs of tables and views in FROM */
} IvmSplit;

/*
 * Can this subquery of outer be a view by itself: does it depend on no row around it,
 * and read a table?
 */
extern bool ivm_view_parts_is_independent(Query *outer, Query *query);

/* The first column that a query shows, or NULL. */
extern TargetEntry *ivm_view_parts_first_column(Query *query);

/* Is node a subquery that can be a part? */
extern bool ivm_view_parts_is_candidate(IvmSplit *cxt, Node *node);

/*
 * Does an expression look at a part that changes with the rows of FROM, since it reads
 * one of their tables?  With in_aggregates, in arguments of aggregates only.
 */
extern bool ivm_view_parts_has_moving(IvmSplit *cxt, Node *node, bool in_aggregates);

/* Does an expression contain a subquery that can be a part? */
extern bool ivm_view_parts_has_candidate(IvmSplit *cxt, Node *node);

/* The OIDs of tables and views that the query's FROM clause reads, at any depth. */
extern List *ivm_view_parts_tables_in_from(Query *query);

/* The entry of this name in the query's own WITH clause, or NULL. */
extern CommonTableExpr *ivm_view_parts_find_cte(Query *query, const char *name);

/*
 * Does the query give one row, whatever its tables hold, made of nothing but
 * aggregates over them?
 */
extern bool ivm_view_parts_is_plain_aggregate(const Query *query);

/*
 * Replace items of FROM that give one row by scalar subqueries where their columns are
 * used, in place.
 */
extern void ivm_view_parts_replace_one_row_items(Query *query);

/* Has the query aggregates, GROUP BY or HAVING? */
extern bool ivm_view_parts_is_grouped(const Query *query);

/* Does the query give a row even where FROM and WHERE give none? */
extern bool ivm_view_parts_has_certain_group(const Query *query);

/*
 * Move conditions of subqueries in FROM that look at parts which change with the
 * query's rows up into the query's own WHERE, in place.
 */
extern void ivm_view_parts_lift_conditions(IvmSplit *cxt);

/* Take the conditions that wait for the finishing out of WHERE, in place, and return them. */
extern List *ivm_view_parts_waiting_conditions(IvmSplit *cxt);

/* Must waiting conditions be asked of each row, rather than of each group? */
extern bool ivm_view_parts_ask_rows(const Query *query, List *quals);

/* Add to the select list, as columns not shown, what waiting conditions look at. */
extern void ivm_view_parts_add_columns(Query *query, Node *quals);

/*
 * The query that an item of FROM is, itself or by WITH, if it can be a query of its
 * own, or NULL.  Not a copy.
 */
extern Query *ivm_view_parts_subquery(Query *query, int rti);

#endif							/* IVM_VIEW_PARTS_SPLIT_H */
