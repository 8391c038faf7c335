/*-------------------------------------------------------------------------
 *
 * kept_executor.h
 *	  Executor states kept from transaction to transaction.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_KEPT_EXECUTOR_H
#define IVM_KEPT_EXECUTOR_H

#include "executor/tuptable.h"
#include "nodes/plannodes.h"
#include "utils/snapshot.h"
#include "utils/tuplestore.h"

typedef struct IvmKeptExecutor IvmKeptExecutor;

/* The rows of a run: a tuplestore, or single tuples. */
typedef struct IvmKeptRows
{
	Tuplestorestate *store;		/* NULL: these tuples */
	const MinimalTuple *tuples;
	int			ntuples;
} IvmKeptRows;

/*
 * Can the state of a plan be kept?  Only a plan for which this is true may be
 * passed to the functions below.
 */
extern bool ivm_kept_executor_is_possible(const PlannedStmt *stmt);

/* Does such a plan give one row at most with each of the rows that it reads? */
extern bool ivm_kept_executor_is_single(const PlannedStmt *stmt);

/* The name of the rows that such a plan reads; not a copy. */
extern const char *ivm_kept_executor_rows(const PlannedStmt *stmt);

/*
 * Make the state of a plan, in a context of its own below parent.  It is freed
 * with that context, or by ivm_kept_executor_free(), or when a run of it is ended;
 * *home points to it for as long as it is there, and is NULL after
 * ivm_kept_executor_free().
 *
 * The plan must live as long as the state, and its tables must be locked.  All
 * rows to come must be of the row type desc.  An active snapshot is
 * needed.  Indexes are locked in AccessShareLock until the end of the transaction.
 */
extern void ivm_kept_executor_make(IvmKeptExecutor **home, PlannedStmt *stmt,
								   TupleDesc desc, MemoryContext parent);

/* Memory for whoever reads the rows of a run, to be reset after each. */
extern MemoryContext ivm_kept_executor_row_context(const IvmKeptExecutor *state);

/* May the rows of a run be single tuples?  A plan that reads them again wants a tuplestore. */
extern bool ivm_kept_executor_takes_tuples(const IvmKeptExecutor *state);

/*
 * Begin a run over rows, which nothing else may read meanwhile, under a snapshot; both stay
 * valid for the run.  The plan's tables must be locked; its indexes are locked when they
 * are needed.  One run at a time, and only at commit.
 */
extern void ivm_kept_executor_start(IvmKeptExecutor *state, const IvmKeptRows *rows,
									Snapshot snapshot);

/*
 * The next row of a run, or NULL.  The slot belongs to the state; its contents
 * hold until the next call.
 */
extern TupleTableSlot *ivm_kept_executor_next(IvmKeptExecutor *state);

/* Read the rows, and the tables, of this run again from the beginning. */
extern void ivm_kept_executor_again(IvmKeptExecutor *state);

/*
 * End a run: close relations and let go of buffers.  Frees the state if it has
 * grown much since it was made, so *home is to be looked at again.
 */
extern void ivm_kept_executor_stop(IvmKeptExecutor *state);

/* Free a state at once, in a run or between two. */
extern void ivm_kept_executor_free(IvmKeptExecutor *state);

/* To be called when a transaction has ended: frees a state that an error has left in a run. */
extern void ivm_kept_executor_reset(void);

#endif							/* IVM_KEPT_EXECUTOR_H */
