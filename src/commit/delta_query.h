/*-------------------------------------------------------------------------
 *
 * delta_query.h
 *	  Queries over changed rows: their plans, and running them.
 *
 * Such a query is made from the definition by putting rows in the place of some
 * of its tables.  Planning costs far more than running it for a row or two, so
 * plans are kept with the view's plan, one for each magnitude of the number of
 * rows, and the executor's state of simple ones with them; they go when one of the
 * tables changes in the catalogues.  A table that has grown much since is also a
 * reason to plan again.
 *
 * Callers have entered the view's owner scope (IVM_SCOPE_COMMIT) and pushed a
 * snapshot.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DELTA_QUERY_H
#define IVM_DELTA_QUERY_H

#include "nodes/plannodes.h"
#include "utils/snapshot.h"
#include "utils/tuplestore.h"

#include "base/kept_executor.h"
#include "base/signed_rows.h"
#include "capture/row_store.h"
#include "definition/addends.h"
#include "plan/plan.h"

/* The changed rows of a source. */
typedef struct IvmChangedSource
{
	int			source;			/* number of the source in its addend */
	IvmRowStore *rows;			/* shared by all sources that read the table */
	TupleDesc	desc;			/* of the table */
} IvmChangedSource;

/* Up to this number, the sources of an addend need no allocation. */
#define IVM_FEW_SOURCES		4

/*
 * What the transaction has changed of the tables of a view (view_change.h), or others
 * have, by their change logs.
 */
typedef struct IvmViewChange
{
	IvmPlan    *plan;
	const IvmAddend *addend;	/* the part of the core's rows that is looked
								 * at */
	int			nchanged;
	IvmChangedSource *changed;	/* the sources of the addend that have changed */
	IvmChangedSource few[IVM_FEW_SOURCES];	/* may hold these */
	List	   *logged;			/* IvmRowStore *, of changes found in change
								 * logs, in the place of the transaction's own */
	List	   *temporary;		/* IvmRowStore *: copies to be freed */
	bool		at_commit;		/* executor states may be kept, and the view's
								 * tables (IvmPlan.locked) are locked */
} IvmViewChange;

/* Which query of a view it is; compared byte by byte, so the padding must be zero. */
typedef struct IvmDeltaQueryKey
{
	const IvmAddend *addend;
	const void *region;			/* IvmRegion that the query is restricted to,
								 * or NULL */
	uint64		sources;		/* a bit for each source whose changed rows
								 * are read */
	int			variant;		/* the builder's own: its kinds of queries */
	int			old;			/* 1: changed tables are read as they were
								 * before logged changes */
	int			magnitude;		/* of the number of rows; set by
								 * ivm_delta_query_plan() */
} IvmDeltaQueryKey;

/* A planned query, kept with the view's plan. */
typedef struct IvmDeltaQuery
{
	IvmDeltaQueryKey key;
	PlannedStmt *stmt;			/* NULL: the query has no rows */
	List	   *relids;			/* of its tables, each once */
	List	   *others;			/* of these, those not in IvmPlan.locked */
	BlockNumber blocks;			/* size of the tables when it was planned */
	uint32		uses;			/* how often it was asked for since */
	bool		keeps_state;	/* can its executor state be kept? */
	bool		single;			/* with each row read it gives one row at most */
	IvmKeptExecutor *state;		/* the state kept, or NULL */
} IvmDeltaQuery;

/* Makes the query that a key names, as a new tree; NULL if it can have no rows. */
typedef Query *(*IvmDeltaQueryBuilder) (const IvmViewChange *change, const IvmDeltaQueryKey *key,
										double nrows);

/* Receives a row, in a context that is reset after it. */
typedef void (*IvmRowVisitor) (TupleTableSlot *slot, void *arg);

/*
 * The planned query of a key, with its tables, but not views, locked until the end of the transaction;
 * NULL if it has no rows.  It belongs to the view's plan and lives as long.  nrows: how
 * many changed rows it is going to read.  Sets key->magnitude.
 */
extern IvmDeltaQuery *ivm_delta_query_plan(const IvmViewChange *change, IvmDeltaQueryKey *key,
										   double nrows, IvmDeltaQueryBuilder build);

/*
 * Add rows to a list of named ones (IvmNamedRows *), which queries that are run with it
 * find by their names.  The rows belong to the caller: a tuplestore, or those of one sign
 * of a row store, of which a tuplestore is made if a query wants one.
 */
extern List *ivm_delta_query_name(List *named, const char *name, TupleDesc desc,
								  Tuplestorestate *rows, double nrows);
extern List *ivm_delta_query_name_rows(List *named, const char *name, TupleDesc desc,
									   IvmRowStore *rows, int sign);

/* Run a query under a snapshot, calling a function for each row. */
extern void ivm_delta_query_run(const IvmViewChange *change, IvmDeltaQuery *query,
								Snapshot snapshot, List *named,
								IvmRowVisitor visit, void *arg);

/*
 * Add to a bag the rows that a query gives under a snapshot, and take away those that it
 * would have given before this transaction changed anything.
 */
extern void ivm_delta_query_compare(const IvmViewChange *change, IvmDeltaQuery *query,
									Snapshot snapshot, List *named, IvmSignedRows *rows);

/*
 * The same where the changes were logged by others, so that no snapshot shows what was
 * before: query reads the tables as they are, old as they were (key.old).
 */
extern void ivm_delta_query_compare_logged(const IvmViewChange *change, IvmDeltaQuery *query,
										   IvmDeltaQuery *old, Snapshot snapshot,
										   List *named, IvmSignedRows *rows);

/*
 * Push a copy of a snapshot that shows the tables as they were before this transaction
 * changed anything (command id 0); the caller pops it.
 */
extern void ivm_delta_query_push_old(Snapshot snapshot);

#endif							/* IVM_DELTA_QUERY_H */
