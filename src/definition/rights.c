/*-------------------------------------------------------------------------
 *
 * rights.c
 *	  With whose rights a definition reads its tables.
 *
 * A table that the definition itself names is read with the rights of the
 * view's owner; one below another view with those of that view's owner, as
 * with plain views.  Below a view with security_invoker the owner of the
 * outermost view of this extension reads, since its computation runs as that role.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
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
