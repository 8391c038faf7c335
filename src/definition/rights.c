/*-------------------------------------------------------------------------
 *
 * rights.c
 *	  With whose rights a definition reads its tables and calls functions.
 *
 * A table that the definition itself names is read with the rights of the
 * view's owner; one below another view with those of that view's owner, as
 * with plain views.  Below a view with security_invoker the owner of the
 * outermost view of this extension reads, since its computation runs as that role.
 * Functions are called as that role everywhere, also those that a view below has.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/acl.h"
#include "utils/rls.h"

#include "base/compat.h"
#include "definition/rights.h"

typedef struct TablesContext
{
	Oid			view;			/* the view whose query the walk is in */
	List	   *tables;
} TablesContext;

static bool
tables_walker(Node *node, TablesContext *cxt)
{
	Query	   *query = (Query *) node;
	ListCell   *lc;

	if (node == NULL)
		return false;
	if (!IsA(node, Query))
		return expression_tree_walker(node, tables_walker, cxt);
	foreach(lc, query->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

		if (rte->rtekind == RTE_RELATION && rte->relkind != RELKIND_VIEW)
		{
			IvmTableUse *use = palloc(sizeof(IvmTableUse));

			use->relid = rte->relid;
			use->view = cxt->view;
			use->reader = ivm_compat_check_as_user(query, rte);
			cxt->tables = lappend(cxt->tables, use);
		}
		else if (rte->rtekind == RTE_SUBQUERY)
		{
			Oid			outer = cxt->view;

			/* of a view written out, its OID is left (normalize.c) */
			if (OidIsValid(rte->relid))
				cxt->view = rte->relid;
			(void) tables_walker((Node *) rte->subquery, cxt);
			cxt->view = outer;
		}
	}
	return query_tree_walker(query, tables_walker, cxt, QTW_IGNORE_RT_SUBQUERIES);
}

List *
ivm_rights_tables(Query *query)
{
	TablesContext cxt = {InvalidOid, NIL};

	(void) tables_walker((Node *) query, &cxt);
	return cxt.tables;
}

const IvmTableUse *
ivm_rights_no_trigger(Query *query, Oid owner, List *except)
{
	ListCell   *lc;

	foreach(lc, ivm_rights_tables(query))
	{
		IvmTableUse *use = lfirst(lc);

		if (!list_member_oid(except, use->relid) &&
			pg_class_aclcheck(use->relid, owner, ACL_TRIGGER) != ACLCHECK_OK &&
			!ivm_compat_is_owner(use->relid, owner))
			return use;
	}
	return NULL;
}

const IvmTableUse *
ivm_rights_row_security(List *uses, Oid owner)
{
	ListCell   *lc;

	foreach(lc, uses)
	{
		IvmTableUse *use = lfirst(lc);

		if (check_enable_rls(use->relid, OidIsValid(use->reader) ? use->reader : owner,
							 true) == RLS_ENABLED)
			return use;
	}
	return NULL;
}

typedef struct ExecuteContext
{
	Oid			role;
	Oid			found;
} ExecuteContext;

static bool
may_not_execute(Oid funcid, void *arg)
{
	ExecuteContext *cxt = arg;

	if (ivm_compat_may_execute(funcid, cxt->role))
		return false;
	cxt->found = funcid;
	return true;
}

/* Nobody asks for rights on what casts by text and row comparisons call. */
static bool
execute_walker(Node *node, ExecuteContext *cxt)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, execute_walker, cxt, 0);
	if (!IsA(node, CoerceViaIO) && !IsA(node, RowCompareExpr) &&
		check_functions_in_node(node, may_not_execute, cxt))
		return true;
	return expression_tree_walker(node, execute_walker, cxt);
}

Oid
ivm_rights_no_execute(Query *query, Oid role)
{
	ExecuteContext cxt = {role, InvalidOid};

	if (!superuser_arg(role))
		(void) execute_walker((Node *) query, &cxt);
	return cxt.found;
}
