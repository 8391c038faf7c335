/*-------------------------------------------------------------------------
 *
 * affected_region.h
 *	  Regions: which part of a core a changed row can touch.
 *
 * What a region is, and how one is found, is told in affected_region_find.c; why
 * that is right, in README.md.  The structures below are made there once per
 * derivation, live as long as the plan, and are not changed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_AFFECTED_REGION_H
#define IVM_AFFECTED_REGION_H

#include "access/tupdesc.h"
#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"

/*
 * A column of a source, or of a constant (ivm_sources_list_all()), or an expression
 * over its columns.
 */
typedef struct IvmColumn
{
	int			source;
	Expr	   *expr;			/* over range table entry 1; a Var, mostly */
} IvmColumn;

/* Columns that are equal where rows of their sources meet. */
typedef struct IvmEquation
{
	IvmColumn	a;
	IvmColumn	b;
} IvmEquation;

/* A step of a path: the join of a source with the next one, by from = to. */
typedef struct IvmHop
{
	Expr	   *from;			/* over the columns of the source before */
	IvmColumn	to;
} IvmHop;

/*
 * How the values of a region follow from a row of a source: by joining it with
 * other sources, and reading a column of the last one.
 */
typedef struct IvmPath
{
	int			nhops;
	IvmHop	   *hops;
	Expr	   *value;			/* over the columns of the last source */
	bool		at_root;		/* the value is a root's column: NULL is a
								 * value, too */
} IvmPath;

/*
 * A way to divide the rows of a core: those of value v are what the definition
 * gives if only rows with v in the root columns are read.
 */
typedef struct IvmRegion
{
	List	   *roots;			/* IvmColumn * */
	Oid			type;			/* of the values */
	Oid			collation;		/* of the values */
	Oid			base_type;		/* of the domain that type may be */
	int16		typlen;
	bool		typbyval;
	TupleDesc	desc;			/* of a row that has one value */
	IvmPath   **paths;			/* per source; NULL: its rows may touch any
								 * value */
	int			number;			/* in the order in which regions were found */
	int			ndirect;		/* sources whose rows have the value
								 * themselves */
	bool		computed;		/* a root is an expression or a constant's
								 * column */
	List	   *fenced;			/* IvmColumn *: other sources worth
								 * restricting */
} IvmRegion;

#endif							/* IVM_AFFECTED_REGION_H */
