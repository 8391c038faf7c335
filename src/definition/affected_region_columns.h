/*-------------------------------------------------------------------------
 *
 * affected_region_columns.h
 *	  Where the values of an expression come from: columns of sources.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_AFFECTED_REGION_COLUMNS_H
#define IVM_AFFECTED_REGION_COLUMNS_H

#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"

#include "definition/affected_region.h"

/*
 * A copy of a definition in which columns can be followed: Vars of GROUP BY
 * (PostgreSQL 18) are replaced by what they stand for, at each level.  Lists of
 * sources given to the functions below must be of this copy, since they are compared
 * by address.
 */
extern Query *ivm_affected_region_prepare(const Query *definition);

/* A new IvmColumn, which has expr itself, not a copy of it. */
extern IvmColumn *ivm_affected_region_make_column(int source, Expr *expr);

/* Do two columns have the same source and equal expressions? */
extern bool ivm_affected_region_same_column(const IvmColumn *a, const IvmColumn *b);

/*
 * The number of a source or constant: the place of its range table entry in rtes
 * (ivm_sources_list_all()), or -1 if it is none of them.
 */
extern int	ivm_affected_region_source_number(List *rtes, RangeTblEntry *rte);

/*
 * Is the FROM item with this range table index reached from item through linear
 * positions only: inner joins and the preserved sides of outer joins?
 */
extern bool ivm_affected_region_is_linear(Node *item, int rti);

/*
 * The Var of a table's or subquery's column that node is, seen perhaps as of another
 * type with the same equality; NULL if it is anything else.  A whole row and a system
 * column are no such Var.
 */
extern Var *ivm_affected_region_plain_var(Node *node);

/*
 * The only Var of an expression that gives a value, or NULL, for any row; NULL if the
 * expression might fail, or has no Var or several.  (A row that the definition would
 * never evaluate it for must not make a write fail.)
 */
extern Var *ivm_affected_region_total_var(Node *node);

/*
 * The columns of sources (a new list of new IvmColumn *) from which an expression of
 * this query has its values, whatever the position of what it reads; NIL if that
 * cannot be told.  Its Vars must be of the given level.  If there are several, each
 * value is in one or another of them.
 */
extern List *ivm_affected_region_columns(List *rtes, Query *query, Node *expr, int level);

/*
 * The columns of sources (a new list of new IvmColumn *) that hold the values of a
 * query's column attno, if the column divides the query and all levels below
 * (division.c); else NIL.
 */
extern List *ivm_affected_region_output_columns(List *rtes, Query *query, int attno);

#endif							/* IVM_AFFECTED_REGION_COLUMNS_H */
