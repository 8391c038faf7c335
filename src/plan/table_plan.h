/*-------------------------------------------------------------------------
 *
 * table_plan.h
 *	  What to maintain when a row of a table changes: the plans of all views
 *	  over it, or over a table that it is a partition of.
 *
 *						  +--> views: evaluate the row at once (one table)
 *		row of a table ---+
 *						  +--> targets: keep the row until commit (several sources,
 *								or deferred views, for the change log)
 *
 * Table plans are kept per backend and table, each in a context below
 * ivm_plan_context.  One is replaced after an invalidation of the table, of a table
 * that it is a partition of, or of any of the plans in it (derived.h).
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_TABLE_PLAN_H
#define IVM_TABLE_PLAN_H

#include "access/attmap.h"
#include "executor/tuptable.h"
#include "nodes/execnodes.h"

#include "base/derived.h"
#include "base/worker_call.h"
#include "catalog/change_log.h"
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

/* A column of kept rows: where it comes from. */
typedef struct IvmKeptColumn
{
	AttrNumber	attno;			/* of the base table */
	AttrNumber	from;			/* of the changed table */
	bool		varlena;		/* may be stored out of line */
} IvmKeptColumn;

/*
 * Changed rows of a base table that are kept until the end of the transaction,
 * for the views that read it beside others.  A partition is a target of the
 * tables that it is a part of.
 */
typedef struct IvmRowTarget
{
	Oid			relid;			/* the base table */
	AttrMap    *map;			/* base table's column -> changed table's;
								 * NULL: the same */
	TupleDesc	desc;			/* of the base table */
	Bitmapset  *attrs;			/* columns that some view reads, and what
								 * virtual ones of them are made of */
	int			ncolumns;
	IvmKeptColumn *columns;		/* the same as attrs */
	AttrNumber	last_from;		/* the greatest from of these, or 0 */
	TupleTableSlot *slot;		/* virtual, of desc; where rows are made.  All
								 * columns but these stay NULL */
	List	   *virtuals;		/* IvmVirtualColumn *: the virtual columns in
								 * attrs */
	ExprContext *econtext;		/* for these, or NULL; reset with the next row */
} IvmRowTarget;

/* A view over one table, to be maintained when a row of some table changes. */
typedef struct IvmTablePlanView
{
	IvmPlan    *plan;
	AttrMap    *map;			/* base table's column -> changed table's;
								 * NULL: the same */
} IvmTablePlanView;

/* All views to be maintained when a row of this table or partition changes. */
typedef struct IvmTablePlan
{
	Oid			relid;			/* hash key */
	IvmDerived	derived;
	MemoryContext cxt;			/* of all that follows; NULL: not derived yet */
	int			nviews;
	IvmTablePlanView *views;	/* over this table alone, in view id order */
	int			ntargets;
	IvmRowTarget *targets;		/* for views over several sources */
	List	   *joins;			/* IvmPlan * of these views */
	Bitmapset  *used_attrs;		/* columns of this table that any view reads */
	List	   *logged;			/* OIDs of base tables, among this table and
								 * those that it is a partition of, that
								 * deferred views read */
	IvmWorkerCall call;			/* whether what is logged is work for the
								 * worker */
	IvmLogSegment *log;			/* where changed rows of this base table are
								 * logged; NULL: nowhere */
	struct IvmLogForm *log_form;	/* log_writer.c: how rows of the log are
									 * made, or NULL */
} IvmTablePlan;

/*
 * The table plan of a table or partition, derived if need be; it belongs to the cache.
 * The struct may be filled anew by the next access to catalogues, but the arrays and
 * lists that it points to stay until the end of the transaction, so a caller that
 * goes on for longer copies the struct's members first.
 *
 * Deriving it derives the plans of its views (plan_cache.h), takes AccessShareLock on
 * the tables concerned, and marks a view stale whose row types were changed unseen.
 */
extern IvmTablePlan *ivm_table_plan_get(Oid relid);

/* The table plan of a table or partition if it is known and valid, else NULL; nothing is looked up. */
extern IvmTablePlan *ivm_table_plan_peek(Oid relid);

/*
 * The columns of a base table that a view is refreshed from, if it is deferred, or reads
 * beside other tables; in CurrentMemoryContext.  Among them is the primary key of a table
 * that is read beside others, by which rows can be told from those that a change has added.
 */
extern Bitmapset *ivm_table_plan_read_columns(const IvmPlan *plan, Oid relid);

/* Called once, when the library is loaded, after ivm_plan_cache_init(). */
extern void ivm_table_plan_init(void);

#endif							/* IVM_TABLE_PLAN_H */
