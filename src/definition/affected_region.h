/*-------------------------------------------------------------------------
 *
 * affected_region.h
 *	  Which part of a core a changed row can touch.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_AFFECTED_REGION_H
#define IVM_AFFECTED_REGION_H

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

/* From a column of the source before to one of the next source. */
typedef struct IvmHop
{
	Expr	   *from;
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
	Expr	   *value;
	bool		at_root;		/* the value may be NULL and counts then */
} IvmPath;

/*
 * A way to divide the rows of a core: those of value v are what the definition
 * gives if only rows with v in the root columns are read.
 */
typedef struct IvmRegion
{
	List	   *roots;			/* IvmColumn * */
	Oid			type;
	Oid			collation;
	IvmPath   **paths;			/* per source; NULL: it may touch any value */
	int			number;
	int			ndirect;		/* sources whose rows have the value themselves */
	bool		computed;		/* a root is an expression or a constant's column */
	List	   *fenced;			/* IvmColumn *: other sources worth restricting */
} IvmRegion;

#endif							/* IVM_AFFECTED_REGION_H */
