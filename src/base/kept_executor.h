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
#include "utils/queryenvironment.h"
#include "utils/snapshot.h"

typedef struct IvmKeptExecutor IvmKeptExecutor;

extern bool ivm_kept_executor_is_possible(const PlannedStmt *stmt);
extern EphemeralNamedRelation ivm_kept_executor_rows(const PlannedStmt *stmt, QueryEnvironment *env);
extern void ivm_kept_executor_make(IvmKeptExecutor **home, PlannedStmt *stmt,
							   EphemeralNamedRelation rows, MemoryContext parent);
extern void ivm_kept_executor_start(IvmKeptExecutor *state, EphemeralNamedRelation rows,
								Snapshot snapshot);
extern TupleTableSlot *ivm_kept_executor_next(IvmKeptExecutor *state);
extern void ivm_kept_executor_again(IvmKeptExecutor *state);
extern void ivm_kept_executor_stop(IvmKeptExecutor *state);
extern void ivm_kept_executor_free(IvmKeptExecutor *state);
extern void ivm_kept_executor_reset(void);

#endif							/* IVM_KEPT_EXECUTOR_H */
