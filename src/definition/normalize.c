/*-------------------------------------------------------------------------
 *
 * normalize.c
 *	  Writes a definition out: subqueries in place of views and WITH queries.
 *
 *		WITH c AS (SELECT a, b FROM v)			SELECT .. FROM
 *		SELECT .. FROM c c1, c c2		-->		  (SELECT a, b FROM (SELECT ..) v) c1,
 *												  (SELECT a, b FROM (SELECT ..) v) c2
 *
 * A view becomes a subquery as the rewriter would make it one, with all that
 * checks of privileges need, so that the result can be given to the rewriter
 * and the planner like the original.  A view of this extension counts as its
 * definition, read with the rights of the view's owner.
 *
 * Each reference to a WITH query gets a copy of its own.  That changes no
 * result, since volatile functions are refused (volatility.h).
 *
 * The walk goes from the top down: a copy is put in its place first and then
 * written out there, with the WITH lists around it in view.  These lists stay
 * as they are until the walk leaves their query.
 *
 * Relations are locked as far as views are opened: a view with AccessShareLock
 * until the end of the transaction, as by any reader of it; the tables below
 * are left to AcquireRewriteLocks().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "rewrite/rewriteDefine.h"
#include "rewrite/rewriteHandler.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "catalog/catalog_view.h"
#include "definition/normalize.h"
#include "definition/refusal.h"

/*
 * WITH queries, or views, that use each other several times grow without bounds
 * when written out.
 */
#define MAX_EXPANSIONS	1000

/* A query that the walk is in, and those around it. */
typedef struct Level
{
	struct Level *up;
	List	   *ctes;			/* its WITH list, not written out */
	Oid			view;			/* the view whose query it is, or InvalidOid */
} Level;

typedef struct NormalizeContext
{
	List	  **views;
	Level	   *level;
	int			expansions;
	IvmRefusal *refusal;		/* ends the walk */
} NormalizeContext;

static bool normalize_level(Query *query, Oid view, NormalizeContext *cxt);

/* ---- refusals; all return true, so that walkers stop ---- */

static bool
refuse(NormalizeContext *cxt, int code, const char *message, const char *detail,
	   const char *hint, int location)
{
	cxt->refusal = ivm_refusal_make(code, message, detail, hint, location);
	return true;
}

/*
 * in_view is the message where the query at fault is not the definition itself,
 * but that of a view, which it names.
 */
static bool
unsupported(NormalizeContext *cxt, const char *message, const char *in_view,
			const char *detail, const char *hint, int location)
{
	for (Level *l = cxt->level; l != NULL; l = l->up)
	{
		if (OidIsValid(l->view))
		{
			message = psprintf(in_view, get_rel_name(l->view));
			break;
		}
	}
	return refuse(cxt, ERRCODE_FEATURE_NOT_SUPPORTED, message, detail, hint, location);
}

/* ---- WITH ---- */

static CommonTableExpr *
find_cte(NormalizeContext *cxt, RangeTblEntry *rte)
{
	Level	   *level = cxt->level;
	ListCell   *lc;

	for (Index up = 0; up < rte->ctelevelsup && level != NULL; up++)
		level = level->up;
	if (level != NULL)
	{
		foreach(lc, level->ctes)
		{
			CommonTableExpr *cte = lfirst_node(CommonTableExpr, lc);

			if (strcmp(cte->ctename, rte->ctename) == 0)
				return cte;
		}
	}
	elog(ERROR, "could not find CTE \"%s\"", rte->ctename);
}

/*
 * Name the columns of a subquery as its range table entry has them.  The
 * subquery itself may call them otherwise: a column list of WITH, a view's
 * column renamed.  A view may have got more columns since the query was made.
 */
static void
name_columns(RangeTblEntry *rte)
{
	ListCell   *lc;
	int			n = 0;

	foreach(lc, rte->subquery->targetList)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);

		if (!tle->resjunk && n++ >= list_length(rte->eref->colnames))
			rte->eref->colnames = lappend(rte->eref->colnames,
										  makeString(pstrdup(tle->resname ? tle->resname : "?column?")));
	}
	rte->alias = copyObject(rte->eref);
}

/* Put a copy of a WITH query in place of a reference to it. */
static bool
expand_cte(RangeTblEntry *rte, NormalizeContext *cxt)
{
	CommonTableExpr *cte = find_cte(cxt, rte);
	Query	   *subquery;

	if (cte->cterecursive)
		return unsupported(cxt, "WITH RECURSIVE cannot be maintained incrementally",
						   "WITH RECURSIVE in view \"%s\" cannot be maintained incrementally",
						   "A changed row can change rows at any depth of the recursion.",
						   "Write out a fixed number of steps as joins, or recurse in an ordinary view on top.",
						   cte->location);
	subquery = castNode(Query, copyObject(cte->ctequery));
	/* what it refers to outside of itself is further away now */
	if (rte->ctelevelsup > 0)
		IncrementVarSublevelsUp((Node *) subquery, rte->ctelevelsup, 1);

	rte->rtekind = RTE_SUBQUERY;
	rte->subquery = subquery;
	rte->security_barrier = false;
	rte->ctename = NULL;
	rte->ctelevelsup = 0;
	rte->self_reference = false;
	rte->coltypes = NIL;
	rte->coltypmods = NIL;
	rte->colcollations = NIL;
	name_columns(rte);
	return normalize_level(subquery, InvalidOid, cxt);
}

/* ---- views ---- */

/* Has the query the columns of the relation? */
static bool
same_columns(Query *query, TupleDesc desc)
{
	ListCell   *lc;
	int			n = 0;

	foreach(lc, query->targetList)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);

		if (tle->resjunk)
			continue;
		if (n == desc->natts ||
			exprType((Node *) tle->expr) != TupleDescAttr(desc, n)->atttypid)
			return false;
		n++;
	}
	return n == desc->natts;
}

/* The definition of a view of this extension, or NULL if it has lost it. */
static Query *
own_definition(IvmViewRow *row, Relation view, NormalizeContext *cxt)
{
	Relation	rel = try_table_open(row->definition, AccessShareLock);
	Query	   *query;

	if (rel == NULL)
		return NULL;
	query = copyObject(get_view_query(rel));
	setRuleCheckAsUser((Node *) query, view->rd_rel->relowner);
	table_close(rel, NoLock);
	if (!same_columns(query, RelationGetDescr(view)))
		return NULL;
	*cxt->views = list_append_unique_oid(*cxt->views, row->definition);
	return query;
}

/* Put a view's query in place of a reference to it. */
static bool
expand_view(RangeTblEntry *rte, NormalizeContext *cxt)
{
	Oid			relid = rte->relid;
	Relation	rel;
	IvmViewRow *row;
	Query	   *subquery;

	for (Level *l = cxt->level; l != NULL; l = l->up)
		if (l->view == relid)
			return refuse(cxt, ERRCODE_INVALID_OBJECT_DEFINITION,
						  psprintf("infinite recursion detected in rules for relation \"%s\"",
								   get_rel_name(relid)),
						  "The view reads itself.", NULL, -1);

	rel = table_open(relid, AccessShareLock);
	if (rel->rd_rel->relpersistence == RELPERSISTENCE_TEMP)
	{
		table_close(rel, NoLock);
		return refuse(cxt, ERRCODE_WRONG_OBJECT_TYPE,
					  psprintf("\"%s\" is a temporary view", get_rel_name(relid)),
					  "It is dropped at the end of the session.",
					  "Use a permanent view.", -1);
	}
	row = ivm_catalog_find_view(relid);
	subquery = row ? own_definition(row, rel, cxt) : copyObject(get_view_query(rel));
	if (subquery != NULL)
		ivm_compat_expand_view(rte, subquery, RelationIsSecurityView(rel));
	table_close(rel, NoLock);
	if (subquery == NULL)
		return refuse(cxt, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
					  psprintf("view \"%s\" does not match its definition", get_rel_name(relid)),
					  "Its storage was dropped, or its query replaced.",
					  "Drop the view and create it again.", -1);
	*cxt->views = list_append_unique_oid(*cxt->views, relid);
	name_columns(rte);
	return normalize_level(subquery, relid, cxt);
}

/* ---- the walk ---- */

/* What a query must not be, at any depth. */
static bool
check_level(Query *query, NormalizeContext *cxt)
{
	ListCell   *lc;

	if (query->commandType != CMD_SELECT || query->utilityStmt != NULL)
	{
		if (query->utilityStmt && IsA(query->utilityStmt, CreateTableAsStmt))
			return refuse(cxt, ERRCODE_SYNTAX_ERROR,
						  "the definition must not contain INTO", NULL,
						  "Leave INTO out; the view has the name given.", -1);
		return refuse(cxt, ERRCODE_SYNTAX_ERROR, "the definition is not a SELECT",
					  NULL, "Give one SELECT statement.", -1);
	}
	if (query->rowMarks != NIL)
		return unsupported(cxt, "FOR UPDATE or FOR SHARE cannot be maintained incrementally",
						   "FOR UPDATE or FOR SHARE in view \"%s\" cannot be maintained incrementally",
						   "A view does not lock the rows it was made from.",
						   "Leave the locking clause out.", -1);
	foreach(lc, query->cteList)
	{
		CommonTableExpr *cte = lfirst_node(CommonTableExpr, lc);

		if (castNode(Query, cte->ctequery)->commandType != CMD_SELECT)
			return unsupported(cxt, "a data-modifying statement in WITH cannot be maintained incrementally",
							   "a data-modifying statement in WITH in view \"%s\" cannot be maintained incrementally",
							   "Reading a view does not change tables.",
							   "Run the statement by itself.", cte->location);
	}
	return false;
}

static bool
normalize_entry(Query *query, int rti, RangeTblEntry *rte, NormalizeContext *cxt)
{
	switch (rte->rtekind)
	{
		case RTE_SUBQUERY:
			return normalize_level(rte->subquery, InvalidOid, cxt);
		case RTE_CTE:
			break;
		case RTE_RELATION:
			/* not what rules have for OLD and NEW (before 16) */
			if (rte->relkind != RELKIND_VIEW ||
				!rangeTableEntry_used((Node *) query, rti, 0))
				return false;
			break;
		case RTE_NAMEDTUPLESTORE:
			return unsupported(cxt, "a transition table cannot be maintained incrementally",
							   "a transition table in view \"%s\" cannot be maintained incrementally",
							   "It exists only while a trigger runs.",
							   "Query the table itself.", -1);
		default:
			return false;
	}
	if (++cxt->expansions > MAX_EXPANSIONS)
		return refuse(cxt, ERRCODE_STATEMENT_TOO_COMPLEX, "the definition is too complex",
					  psprintf("With a subquery for each reference to a view or WITH query, it has more than %d of them.",
							   MAX_EXPANSIONS),
					  "Refer to them less often.", -1);
	return rte->rtekind == RTE_CTE ? expand_cte(rte, cxt) : expand_view(rte, cxt);
}

/* Write out the subqueries of expressions. */
static bool
normalize_walker(Node *node, NormalizeContext *cxt)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return normalize_level((Query *) node, InvalidOid, cxt);
	return expression_tree_walker(node, normalize_walker, cxt);
}

static bool
normalize_level(Query *query, Oid view, NormalizeContext *cxt)
{
	Level		level = {
		.up = cxt->level,
		.ctes = query->cteList,
		.view = view
	};
	ListCell   *lc;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	cxt->level = &level;
	if (check_level(query, cxt))
		return true;
	foreach(lc, query->rtable)
	{
		if (normalize_entry(query, foreach_current_index(lc) + 1, lfirst(lc), cxt))
			return true;
	}
	if (query_tree_walker(query, normalize_walker, cxt, QTW_IGNORE_RC_SUBQUERIES))
		return true;
	query->cteList = NIL;
	query->hasRecursive = false;
	query->hasModifyingCTE = false;
	cxt->level = level.up;
	return false;
}

IvmRefusal *
ivm_normalize_query(Query *query, List **views)
{
	NormalizeContext cxt = {.views = views};

	(void) normalize_level(query, InvalidOid, &cxt);
	return cxt.refusal;
}
