/*-------------------------------------------------------------------------
 *
 * ddl_source.c
 *	  Views that the definitions of other views read.
 *
 * A definition may read views, plain ones and views of this extension; they
 * are written out (normalize.c), at any depth.  PostgreSQL itself knows that
 * the definition depends on them, so they cannot be dropped without CASCADE, and
 * renaming them changes nothing.  But CREATE OR REPLACE VIEW changes what the definitions above
 * mean, while their states stay:
 *
 *	 before		the base tables of the views above are locked, since core locks
 *				the replaced view next, and writers lock that at commit
 *	 after		each view above is reconciled with its new meaning; or is stale
 *				where that cannot be done now; or the command fails, where the
 *				definition could not be maintained any more
 *
 * Where no event trigger runs, the versions stored in ivm.view tell that the
 * state is not to be used (plan_check.c).
 *
 * pg_dump makes some views in two steps, and first a placeholder (SELECT
 * NULL::type AS name, ...).  Nothing is concluded from such a view, nor from
 * one whose version is not known, as while a dump is being restored.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "base/relation.h"
#include "base/sql_text.h"
#include "catalog/catalog_view.h"
#include "commit/reconcile.h"
#include "ddl/ddl_source.h"
#include "ddl/ddl_stale.h"
#include "ddl/readers.h"
#include "definition/core.h"
#include "definition/refusal.h"
#include "definition/rights.h"
#include "maintain/base_tables.h"
#include "maintain/maintain.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"
#include "plan/plan_check.h"

/* ---- placeholders ---- */

/* Is it NULL::type, as far as the analysis has left that? */
static bool
is_typed_null(Expr *expr)
{
	for (;;)
	{
		if (IsA(expr, CollateExpr))
			expr = ((CollateExpr *) expr)->arg;
		else if (IsA(expr, CoerceToDomain))
			expr = ((CoerceToDomain *) expr)->arg;
		else if (IsA(expr, RelabelType))
			expr = ((RelabelType *) expr)->arg;
		else
			return IsA(expr, Const) && ((Const *) expr)->constisnull;
	}
}

/* Is it SELECT NULL::type AS name, ...? */
static bool
is_placeholder(Oid view)
{
	Query	   *query = ivm_relation_view_query(view);
	ListCell   *lc;

	if (query->jointree->fromlist != NIL || query->setOperations != NULL)
		return false;
	foreach(lc, query->targetList)
	{
		if (!is_typed_null(lfirst_node(TargetEntry, lc)->expr))
			return false;
	}
	return true;
}

/* Does a definition read a view that is a placeholder so far? */
static bool
reads_placeholder(const IvmCore *core)
{
	ListCell   *lc;

	foreach(lc, core->views)
	{
		if (is_placeholder(lfirst_oid(lc)))
			return true;
	}
	return false;
}

/* ---- before the replacement ---- */

/* Remember the versions of the views read, if a restore has left them open. */
static void
complete_versions(IvmViewRow *row, const IvmCore *core)
{
	if (row->view_versions != NULL || row->status != IVM_STATUS_READY ||
		core->refusal != NULL || reads_placeholder(core))
		return;
	row->view_versions = ivm_plan_view_versions(core);
	ivm_catalog_set_sources(row->id, row->bases, row->view_versions, row->row_types);
}

void
ivm_ddl_source_before_replace(List *rows, Oid view)
{
	List	   *readers;
	List	   *bases = NIL;
	ListCell   *lc;

	if (!OidIsValid(view) || !ivm_compat_is_owner(view, GetUserId()))
		return;
	readers = ivm_readers_of(rows, view);
	foreach(lc, readers)
		bases = list_union_oid(bases, ((IvmViewRow *) lfirst(lc))->bases);
	ivm_base_tables_lock(bases);
	foreach(lc, readers)
	{
		IvmViewRow *row = lfirst(lc);

		complete_versions(row, ivm_plan_cache_get(row->id)->core);
		/* for ivm_ddl_source_after_replace() to compare with */
		(void) ivm_plan_cache_get(row->id);
	}
}

/* ---- after the replacement ---- */

static void
refuse_replacement(IvmViewRow *row, const IvmRefusal *refusal, Oid view)
{
	ereport(ERROR,
			(errcode(refusal->sqlerrcode),
			 errmsg("cannot replace view \"%s\" in this way", get_rel_name(view)),
			 errdetail("View \"%s\", which is maintained by ivm, reads it, and could not be maintained any more: %s.",
					   ivm_catalog_view_name(row), refusal->message),
			 errhint("Drop view \"%s\" first.", ivm_catalog_view_name(row))));
}

/*
 * Clear the lengths of query texts: equal() compares them, though it does not
 * compare positions.
 */
static bool
forget_lengths(Node *node, void *cxt)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		((Query *) node)->stmt_len = 0;
		return query_tree_walker((Query *) node, forget_lengths, cxt, 0);
	}
	return expression_tree_walker(node, forget_lengths, cxt);
}

/* Does the definition mean what it did when the state was computed? */
static bool
same_meaning(const IvmPlan *old, const IvmPlan *new)
{
	if (old == NULL || old == new || old->unusable != NULL ||
		old->row->view_versions == NULL || new->row->view_versions == NULL ||
		!datum_image_eq(PointerGetDatum(old->row->view_versions),
						PointerGetDatum(new->row->view_versions), false, -1))
		return false;
	(void) forget_lengths((Node *) old->core->definition, NULL);
	(void) forget_lengths((Node *) new->core->definition, NULL);
	return equal(old->core->definition, new->core->definition);
}

/* Why a view cannot be brought up to date now, or NULL. */
static const char *
obstacle(const IvmViewRow *row, IvmPlan *plan, Oid view)
{
	const char *replaced = psprintf("view %s, which it reads, was replaced",
									ivm_sql_text_relation_name(view));
	const IvmTableUse *use;
	const char *reason;

	if (reads_placeholder(plan->core))
		return psprintf("%s by a placeholder", replaced);
	if (row->mode != IVM_MODE_IMMEDIATE)
		return replaced;		/* the next refresh computes it afresh */
	if (ivm_maintain_has_changes(row))
		return psprintf("%s in a transaction that had changed its base table", replaced);
	if ((use = ivm_rights_no_trigger(plan->core->definition, plan->owner, row->bases)) != NULL)
		return psprintf("its owner does not have the privilege TRIGGER on table %s",
						ivm_sql_text_relation_name(use->relid));
	if ((reason = ivm_plan_check_reader(plan)) != NULL)
		return reason;
	return NULL;
}

/* Let a view follow the replacement of one that it reads. */
static void
follow_replacement(IvmViewRow *row, IvmPlan *old, IvmPlan *plan, Oid view)
{
	IvmCorrections corrections;
	const char *reason;

	if (row->view_versions == NULL && row->status == IVM_STATUS_READY)
	{
		complete_versions(row, plan->core);
		return;
	}
	if (plan->core->refusal != NULL && !reads_placeholder(plan->core))
		refuse_replacement(row, plan->core->refusal, view);
	if (!ivm_catalog_is_captured(row) ||
		!OidIsValid(ivm_plan_changed_view(plan->core, row)))
		return;
	if (same_meaning(old, plan))
		ivm_catalog_set_sources(row->id, row->bases, ivm_plan_view_versions(plan->core), row->row_types);
	else if ((reason = row->building ? "a view that it reads was replaced while it was being built" :
			  obstacle(row, plan, view)) != NULL)
		ivm_ddl_stale_mark(row, reason);
	else
		ivm_maintain_restore(row, "reconcile", NULL, NULL, &corrections);
}

void
ivm_ddl_source_after_replace(Oid view)
{
	ListCell   *lc;

	foreach(lc, ivm_readers_of(ivm_catalog_all(), view))
	{
		IvmViewRow *row = lfirst(lc);
		IvmPlan    *old = ivm_plan_cache_last(row->id);
		IvmPlan    *plan = ivm_plan_cache_get(row->id);

		if (plan != NULL)
			follow_replacement(row, old, plan, view);
	}
}

/* ---- dropping ---- */

void
ivm_ddl_source_check_unread(List *rows, Oid view)
{
	List	   *readers = ivm_readers_of(rows, view);
	StringInfoData names;
	ListCell   *lc;

	if (readers == NIL)
		return;
	initStringInfo(&names);
	foreach(lc, readers)
	{
		if (((IvmViewRow *) lfirst(lc))->part_of != 0)
			continue;			/* the view that it is a part of reads it, too */
		appendStringInfo(&names, "%sview %s, which is maintained by ivm, reads view %s",
						 names.len > 0 ? "\n" : "",
						 ivm_sql_text_relation_name(((IvmViewRow *) lfirst(lc))->view),
						 ivm_sql_text_relation_name(view));
	}
	ereport(ERROR,
			(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
			 errmsg("cannot drop view %s because other objects depend on it",
					ivm_sql_text_relation_name(view)),
			 errdetail_internal("%s", names.data),
			 errhint("Drop these views first, or all at once with CASCADE.")));
}
