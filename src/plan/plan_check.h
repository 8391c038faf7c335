/*-------------------------------------------------------------------------
 *
 * plan_check.h
 *	  Whether a view's state is still that of its definition, and who may
 *	  compute it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_PLAN_CHECK_H
#define IVM_PLAN_CHECK_H

#include "catalog/catalog_view.h"
#include "definition/core.h"
#include "plan/plan.h"

/* Why the state must not be trusted, or NULL. */
extern const char *ivm_plan_check(IvmViewRow *row);
extern const char *ivm_plan_check_definition(IvmPlan *plan);
extern const char *ivm_plan_check_row_security(IvmPlan *plan);
extern bool ivm_plan_columns_match(Oid relid, const IvmPlan *plan, bool delta, Oid *index);

extern ArrayType *ivm_plan_view_versions(const IvmCore *core);
extern Oid	ivm_plan_changed_view(const IvmCore *core, const IvmViewRow *row);
extern ArrayType *ivm_plan_row_types(const IvmCore *core);
extern Oid	ivm_plan_changed_row_type(const IvmCore *core, const IvmViewRow *row);

extern bool ivm_plan_owner_may_read(IvmPlan *plan);
extern void ivm_plan_check_owner_may_read(IvmPlan *plan);
extern void ivm_plan_check_permissions(Query *query);

#endif							/* IVM_PLAN_CHECK_H */
