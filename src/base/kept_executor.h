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

typedef struct IvmKeptState IvmKeptState;

extern bool ivm_kept_is_possible(const PlannedStmt *stmt);
extern EphemeralNamedRelation ivm_kept_rows(const PlannedStmt *stmt, QueryEnvironment *env);
extern void ivm_kept_make(IvmKeptState **home, PlannedStmt *stmt,
							   EphemeralNamedRelation rows, MemoryContext parent);
extern void ivm_kept_start(IvmKeptState *state, EphemeralNamedRelation rows,
								Snapshot snapshot);
extern TupleTableSlot *ivm_kept_next(IvmKeptState *state);
extern void ivm_kept_again(IvmKeptState *state);
extern void ivm_kept_stop(IvmKeptState *state);
extern void ivm_kept_free(IvmKeptState *state);
extern void ivm_kept_reset(void);

#endif							/* IVM_KEPT_EXECUTOR_H */
