/*-------------------------------------------------------------------------
 *
 * delta_query.h
 *	  Queries over changed rows: their plans, and running them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DELTA_QUERY_H
#define IVM_DELTA_QUERY_H

#include "nodes/plannodes.h"
#include "utils/queryenvironment.h"
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
	int			source;
	IvmRowStore *rows;
	TupleDesc	desc;
} IvmChangedSource;

/* What the transaction has changed of the tables of a view. */
typedef struct IvmViewChange
{
	IvmPlan    *plan;
	const IvmAddend *addend;	/* sources are numbered as in it */
	int			nchanged;
	IvmChangedSource *changed;
	List	   *temporary;		/* IvmRowStore * to be freed */
	bool		at_commit;		/* executor states may be kept */
} IvmViewChange;

/* Which query of a view it is; compared as a whole, so zero the padding. */
typedef struct IvmDeltaQueryKey
{
	const IvmAddend *addend;
	const void *region;			/* or NULL */
	uint64		sources;		/* whose changed rows are read */
	int			variant;
	int			magnitude;
} IvmDeltaQueryKey;

/* A planned query, kept with the view's plan. */
typedef struct IvmDeltaQuery
{
	IvmDeltaQueryKey key;
	PlannedStmt *stmt;			/* NULL: the query has no rows */
	BlockNumber blocks;			/* of the tables when it was planned */
	uint32		uses;
	bool		keeps_state;	/* can its executor state be kept? */
	IvmKeptExecutor *state;		/* or NULL */
} IvmDeltaQuery;

typedef Query *(*IvmDeltaQueryBuilder) (const IvmViewChange *change, const IvmDeltaQueryKey *key,
										double nrows);
typedef void (*IvmRowVisitor) (TupleTableSlot *slot, void *arg);

extern IvmDeltaQuery *ivm_delta_query_plan(const IvmViewChange *change, IvmDeltaQueryKey *key,
										  double nrows, IvmDeltaQueryBuilder build);
extern void ivm_delta_query_run(const IvmViewChange *change, IvmDeltaQuery *query,
							   Snapshot snapshot, QueryEnvironment *env,
							   IvmRowVisitor visit, void *arg);
extern void ivm_delta_query_compare(const IvmViewChange *change, IvmDeltaQuery *query,
								   Snapshot snapshot, QueryEnvironment *env, IvmSignedRows *rows);
extern void ivm_delta_query_push_old(Snapshot snapshot);
extern void ivm_delta_query_name(QueryEnvironment *env, const char *name, TupleDesc desc,
								Tuplestorestate *rows, double nrows);

#endif							/* IVM_DELTA_QUERY_H */
