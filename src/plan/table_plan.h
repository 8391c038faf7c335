/*-------------------------------------------------------------------------
 *
 * table_plan.h
 *	  What to maintain when a row of a table changes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_TABLE_PLAN_H
#define IVM_TABLE_PLAN_H

#include "access/attmap.h"
#include "executor/tuptable.h"
#include "nodes/execnodes.h"

#include "base/derived.h"
#include "plan/plan.h"

/*
 * A virtual generated column of a base table.  The rows that a trigger sees have NULL in
 * its place, so its value is computed where they are kept, by the expression of the table
 * that the views name: a partition may have another one.
 */
typedef struct IvmVirtualColumn
{
	AttrNumber	attno;
	IvmPlan    *reader;			/* of a view that reads it, the first */
	ExprState  *value;
} IvmVirtualColumn;

/*
 * Changed rows of a base table that are kept until the end of the transaction,
 * for the views that read it beside others.  A partition is a target of the
 * tables that it is a part of.
 */
typedef struct IvmRowTarget
{
	Oid			relid;			/* the base table */
	AttrMap    *map;			/* from the changed table's columns, or NULL */
	TupleDesc	desc;			/* of the base table */
	Bitmapset  *attrs;			/* columns that some view reads, and what virtual ones of them are
								 * made of */
	TupleTableSlot *slot;		/* virtual, of desc; where rows are made */
	List	   *virtuals;		/* IvmVirtualColumn *: the virtual columns in attrs */
	ExprContext *econtext;		/* for these, or NULL; reset with the next row */
} IvmRowTarget;

/* A view to be maintained when a row of some table changes. */
typedef struct IvmTablePlanView
{
	IvmPlan    *plan;
	AttrMap    *map;			/* from the table's columns to the base's, or NULL */
} IvmTablePlanView;

/* All views to be maintained when a row of this table or partition changes. */
typedef struct IvmTablePlan
{
	Oid			relid;			/* hash key */
	IvmDerived	derived;
	MemoryContext cxt;			/* NULL: nothing is known of the table */
	int			nviews;
	IvmTablePlanView *views;			/* over this table alone, in view id order */
	int			ntargets;
	IvmRowTarget *targets;
	List	   *joins;			/* IvmPlan * of the views over several sources */
	Bitmapset  *used_attrs;		/* of this table, by any of these */
} IvmTablePlan;

extern IvmTablePlan *ivm_table_plan_get(Oid relid);
extern void ivm_table_plan_init(void);

#endif							/* IVM_TABLE_PLAN_H */
