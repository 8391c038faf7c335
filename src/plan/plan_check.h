/*-------------------------------------------------------------------------
 *
 * plan_check.h
 *	  Whether a view's state is still that of its definition, and who may
 *	  compute it.
 *
 * The exactness of the state rests on things that no hook or event trigger may be
 * trusted with: that the capture triggers are there and enabled, and were so all the
 * time (plan_triggers.h); that the set of partitions is the one known; that the state
 * table has the columns expected; that the views that the definition reads, and the
 * row types that it has rows of, are what they were when the state was computed.  Each
 * derivation of a plan checks all of them.
 *
 * Where a function returns a reason (const char *), it is a clause without a capital
 * letter and full stop, in CurrentMemoryContext, and NULL says that all is well.
 * Catalogues are read; tables looked at are opened under AccessShareLock, which may
 * wait.  The view's row in ivm.view is only compared with, never changed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_PLAN_CHECK_H
#define IVM_PLAN_CHECK_H

#include "catalog/catalog_view.h"
#include "definition/core.h"
#include "plan/plan.h"

/* Why a change of a base table may have been missed, or is about to be. */
extern const char *ivm_plan_check(IvmViewRow *row);

/* The same of a view whose changes are captured, whether it is ready or being built. */
extern const char *ivm_plan_check_captured(const IvmViewRow *row);

/* Why the definition is not the one that the state stands for. */
extern const char *ivm_plan_check_definition(IvmPlan *plan);

/* Why the owner of the view is not to see all rows that the state stands for. */
extern const char *ivm_plan_check_row_security(IvmPlan *plan);

/*
 * Has the state table, or the delta table, the columns that the layout expects, by their types?
 * Sets *index to its key index, or InvalidOid.  Neither is locked: what is dropped
 * meanwhile invalidates the plan.
 */
extern bool ivm_plan_columns_match(Oid relid, const IvmPlan *plan, bool delta, Oid *index);

/*
 * For ivm.view.view_versions: the versions of the views that a definition reads
 * through, after the identifier of the cluster.  In CurrentMemoryContext.
 */
extern ArrayType *ivm_plan_view_versions(const IvmCore *core);

/*
 * A view that was replaced since the state was computed, as far as the row tells;
 * or InvalidOid.  Of several, one that reads another comes first.
 */
extern Oid	ivm_plan_changed_view(const IvmCore *core, const IvmViewRow *row);

/*
 * For ivm.view.row_types: what the row types consist of that a definition has whole
 * rows of.  In CurrentMemoryContext.
 */
extern ArrayType *ivm_plan_row_types(const IvmCore *core);

/* A row type whose columns were changed since the state was computed, or InvalidOid. */
extern Oid	ivm_plan_changed_row_type(const IvmCore *core, const IvmViewRow *row);

/* May the view's owner read what the definition reads?  Raises no error for that. */
extern bool ivm_plan_owner_may_read(IvmPlan *plan);

/*
 * Why the owner would not be shown all rows that the definition reads, by row security or
 * for lack of a right, or NULL.  Remembered until something changes in the catalogues, so it
 * costs next to nothing at each commit.
 */
extern const char *ivm_plan_check_reader(IvmPlan *plan);

/* The same with an error: 42501, as the executor would raise it for the owner. */
extern void ivm_plan_check_owner_may_read(IvmPlan *plan);

/* Raise that error if the current user may not read what a query, at any level, reads. */
extern void ivm_plan_check_permissions(Query *query);

/*
 * A read may have to compute keys, or all rows, by the definition.  The worst of what the functions that this calls
 * are declared to be: PROPARALLEL_SAFE, and so on.  One that catches errors, say, fails wherever a statement has workers.
 */
extern char ivm_plan_check_parallel_hazard(const IvmPlan *plan);

#endif							/* IVM_PLAN_CHECK_H */
