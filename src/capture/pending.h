/*-------------------------------------------------------------------------
 *
 * pending.h
 *	  The pending change of the current transaction, in memory.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_PENDING_H
#define IVM_PENDING_H

#include "capture/changes.h"
#include "capture/row_store.h"
#include "plan/delta_map.h"
#include "plan/plan.h"
#include "plan/table_plan.h"

/* Capture */
extern void ivm_pending_captured(Oid relid);
extern void ivm_pending_truncated(Oid relid);
extern void ivm_pending_discard(IvmPlan *plan);
extern IvmChangeMap *ivm_pending_map(IvmPlan *plan);
extern bool ivm_pending_add_row(IvmRowTarget *target, TupleTableSlot *slot, int sign);
extern void ivm_pending_rebuild(IvmPlan *plan);
extern void ivm_pending_scanned(void);
extern void ivm_pending_wrote(void);
extern bool ivm_pending_wrote_out(void);

/* Reading */
extern bool ivm_pending_exists(void);
extern bool ivm_pending_has(int32 view_id);
extern bool ivm_pending_discards(int32 view_id);
extern List *ivm_pending_rebuilt_views(void);
extern CommandId ivm_pending_last_command(void);
extern int64 ivm_pending_captured_rows(Oid relid);
extern bool ivm_pending_rebuilds(int32 view_id);
extern bool ivm_pending_has_keys(void);
extern bool ivm_pending_needs_queries(void);
extern List *ivm_pending_row_tables(void);
extern IvmRowStore *ivm_pending_rows(Oid relid, bool *temporary);
extern void ivm_pending_overlay(int32 view_id, IvmDeltaMap *into);

/* Writing out */
extern bool ivm_pending_full(bool subcommit);
extern List *ivm_pending_level_plans(void);
extern int	ivm_pending_keys(IvmPlan *plan);
extern void ivm_pending_visit(IvmPlan *plan, IvmPendingVisitor visit, void *arg);
extern void ivm_pending_empty(void);

/* Ends of transactions; called by xact.c alone */
extern void ivm_pending_before_subcommit(void);
extern void ivm_pending_subcommit(void);
extern void ivm_pending_subabort(void);
extern void ivm_pending_reset(void);

#endif							/* IVM_PENDING_H */
