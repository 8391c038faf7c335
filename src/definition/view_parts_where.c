/*-------------------------------------------------------------------------
 *
 * view_parts_where.c
 *	  Conditions of WHERE that look at parts.
 *
 * A condition that looks at a part which changes with the rows has to wait for the
 * finishing (view_parts.c).  NOT IN is taken apart: what can be asked of each row
 * stays in WHERE, and what is the same for all rows waits.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "definition/view_parts_split.h"

bool
ivm_view_parts_is_grouped(const Query *query)
{
	return query->hasAggs || query->groupClause != NIL || query->groupingSets != NIL ||
		query->havingQual != NULL;
}

bool
ivm_view_parts_has_certain_group(const Query *query)
{
	return query->groupingSets != NIL || (ivm_view_parts_is_grouped(query) && query->groupClause == NIL);
}

/* ---- conditions ---- */

/* Is it a subquery that only filters, joins and computes? */
static bool
is_plain_rows(const Query *query)
{
	return query->commandType == CMD_SELECT && !query->hasAggs && query->groupClause == NIL &&
		query->groupingSets == NIL && query->havingQual == NULL &&
		query->setOperations == NULL && query->distinctClause == NIL &&
		query->limitCount == NULL && query->limitOffset == NULL &&
		!query->hasWindowFuncs && !query->hasTargetSRFs && query->cteList == NIL &&
		query->rowMarks == NIL;
}

typedef struct LiftContext
{
	int			rti;			/* of the subquery, in the outer query */
	RangeTblEntry *rte;
} LiftContext;

/* Give the outer query a column of the subquery for each Var of a condition. */
static Node *
lift_mutator(Node *node, LiftContext *cxt)
{
	Query	   *query = cxt->rte->subquery;
	TargetEntry *tle;

	if (node == NULL)
		return NULL;
	if (IsA(node, SubLink))
		return node;			/* it looks at nothing of this */
	if (!IsA(node, Var))
		return expression_tree_mutator(node, lift_mutator, cxt);
	tle = tlist_member((Expr *) node, query->targetList);
	if (tle == NULL || tle->resjunk)
	{
		char	   *name = psprintf("lifted_%d", list_length(query->targetList) + 1);

		tle = makeTargetEntry(copyObject((Expr *) node), list_length(query->targetList) + 1,
							  name, false);
		query->targetList = lappend(query->targetList, tle);
		cxt->rte->eref->colnames = lappend(cxt->rte->eref->colnames, makeString(name));
	}
	return (Node *) makeVarFromTargetEntry(cxt->rti, tle);
}

/* Does a condition have subqueries that cannot be parts? */
static bool
other_sublink_walker(Node *node, IvmSplit *cxt)
{
	if (node == NULL)
		return false;
	if (IsA(node, SubLink))
		return !ivm_view_parts_is_candidate(cxt, node);
	return expression_tree_walker(node, other_sublink_walker, cxt);
}

/*
 * Let the outer query check those conditions of a subquery in FROM that look
 * at parts which change with its rows.
 */
static void
lift_conditions(IvmSplit *cxt, int rti)
{
	LiftContext lift = {rti, rt_fetch(rti, cxt->query->rtable)};
	Query	   *query = lift.rte->subquery;
	List	   *lifted = make_ands_implicit((Expr *) cxt->query->jointree->quals);
	List	   *stay = NIL;
	ListCell   *lc;

	if (lift.rte->lateral || !is_plain_rows(query))
		return;
	foreach(lc, make_ands_implicit((Expr *) query->jointree->quals))
	{
		Node	   *qual = lfirst(lc);
		IvmSplit	inner = {query, cxt->top, cxt->parts, cxt->tables};

		if (contain_vars_of_level(qual, 1) || other_sublink_walker(qual, &inner) ||
			!ivm_view_parts_has_moving(&inner, qual, false))
			stay = lappend(stay, qual);
		else
		{
			qual = lift_mutator(qual, &lift);
			IncrementVarSublevelsUp(qual, -1, 1);	/* references to WITH */
			lifted = lappend(lifted, qual);
		}
	}
	query->jointree->quals = stay == NIL ? NULL : (Node *) make_ands_explicit(stay);
	query->hasSubLinks = checkExprHasSubLink((Node *) query);
	cxt->query->jointree->quals = lifted == NIL ? NULL : (Node *) make_ands_explicit(lifted);
}

void
ivm_view_parts_lift_conditions(IvmSplit *cxt)
{
	ListCell   *lc;

	foreach(lc, cxt->query->jointree->fromlist)
	{
		int			rti = IsA(lfirst(lc), RangeTblRef) ? ((RangeTblRef *) lfirst(lc))->rtindex : 0;

		if (rti != 0 && rt_fetch(rti, cxt->query->rtable)->rtekind == RTE_SUBQUERY)
			lift_conditions(cxt, rti);
	}
}

/* ---- NOT IN ---- */

/* EXISTS (SELECT FROM (query) s WHERE qual), qual over s as item 1. */
static SubLink *
make_exists(Query *query, Node *qual)
{
	Query	   *outer = makeNode(Query);
	RangeTblEntry *rte = makeNode(RangeTblEntry);
	RangeTblRef *ref = makeNode(RangeTblRef);
	SubLink    *sublink = makeNode(SubLink);
	List	   *names = NIL;
	ListCell   *lc;

	rte->rtekind = RTE_SUBQUERY;
	rte->subquery = copyObject(query);
	IncrementVarSublevelsUp((Node *) rte->subquery, 1, 1);	/* references to WITH */
	foreach(lc, query->targetList)
	{
		if (!lfirst_node(TargetEntry, lc)->resjunk)
			names = lappend(names, makeString(pstrdup(lfirst_node(TargetEntry, lc)->resname)));
	}
	rte->alias = makeAlias("s", NIL);
	rte->eref = makeAlias("s", names);
	rte->inFromCl = true;
	ref->rtindex = 1;
	outer->commandType = CMD_SELECT;
	outer->rtable = list_make1(rte);
	outer->jointree = makeFromExpr(list_make1(ref), qual);
	outer->targetList = list_make1(makeTargetEntry((Expr *) makeBoolConst(true, false), 1,
												   pstrdup("found"), false));
	sublink->subLinkType = EXISTS_SUBLINK;
	sublink->subselect = (Node *) outer;
	sublink->location = -1;
	return sublink;
}

static Var *
column_of(Query *query)
{
	return makeVarFromTargetEntry(1, ivm_view_parts_first_column(query));
}

static Node *
column_mutator(Node *node, Query *query)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_SUBLINK)
		return (Node *) column_of(query);
	return expression_tree_mutator(node, column_mutator, query);
}

static bool
is_equality(OpExpr *op, bool negated)
{
	Oid			opno = negated ? get_negator(op->opno) : op->opno;

	return OidIsValid(opno) && op_strict(opno) && op_strict(op->opno) &&
		op_mergejoinable(opno, exprType(linitial(op->args)));
}

/*
 * If a condition is x NOT IN (a subquery that can be a part), return the
 * subquery, and with it "x = column", with a Param for the column.
 */
static SubLink *
find_not_in(IvmSplit *cxt, Node *qual, OpExpr **equality)
{
	SubLink    *sublink = (SubLink *) qual;
	bool		not_any = is_notclause(qual);
	OpExpr	   *op;

	if (not_any)
		sublink = (SubLink *) get_notclausearg((Expr *) qual);
	if (!IsA(sublink, SubLink) ||
		sublink->subLinkType != (not_any ? ANY_SUBLINK : ALL_SUBLINK) ||
		!IsA(sublink->testexpr, OpExpr) ||
		!ivm_view_parts_is_independent(cxt->top, (Query *) sublink->subselect))
		return NULL;
	op = (OpExpr *) sublink->testexpr;
	if (list_length(op->args) != 2 || checkExprHasSubLink((Node *) op) ||
		type_is_rowtype(exprType(linitial(op->args))) || !is_equality(op, !not_any))
		return NULL;
	*equality = copyObject(op);
	if (!not_any)
	{
		(*equality)->opno = get_negator(op->opno);
		(*equality)->opfuncid = get_opcode((*equality)->opno);
	}
	return sublink;
}

/* Is the item of FROM there for each row: not on the nullable side of a join? */
static bool
is_never_extended(Node *jtnode, int rti)
{
	ListCell   *lc;

	if (IsA(jtnode, RangeTblRef))
		return ((RangeTblRef *) jtnode)->rtindex == rti;
	if (IsA(jtnode, JoinExpr))
		return ((JoinExpr *) jtnode)->jointype == JOIN_INNER &&
			(is_never_extended(((JoinExpr *) jtnode)->larg, rti) ||
			 is_never_extended(((JoinExpr *) jtnode)->rarg, rti));
	foreach(lc, ((FromExpr *) jtnode)->fromlist)
	{
		if (is_never_extended(lfirst(lc), rti))
			return true;
	}
	return false;
}

/* Can the expression be NULL?  A column declared NOT NULL cannot. */
static bool
can_be_null(Query *query, Node *expr)
{
	Var		   *var = (Var *) strip_implicit_coercions(expr);
	RangeTblEntry *rte;
	Relation	rel;
	bool		result;

	if (!IsA(var, Var) || var->varlevelsup > 0 || var->varattno <= 0)
		return true;
	rte = rt_fetch(var->varno, query->rtable);
	if (rte->rtekind != RTE_RELATION || !is_never_extended((Node *) query->jointree, var->varno))
		return true;
	rel = table_open(rte->relid, AccessShareLock);
	result = !ivm_compat_is_not_null(rel, var->varattno);
	table_close(rel, AccessShareLock);
	return result;
}

static Node *
make_null_test(Node *expr, NullTestType type)
{
	NullTest   *test = makeNode(NullTest);

	test->arg = (Expr *) expr;
	test->nulltesttype = type;
	test->location = -1;
	return (Node *) test;
}

/*
 * x NOT IN (query) is true if the query gives no x, no NULL, and nothing at all
 * for an x that is NULL: conditions of which each can be maintained.  The last one
 * is left out as long as x is a column declared NOT NULL, which each analysis looks at anew.
 */
static List *
expand_not_in(IvmSplit *cxt, Node *qual, List **waiting)
{
	OpExpr	   *equality;
	SubLink    *sublink = find_not_in(cxt, qual, &equality);
	Query	   *query;
	Node	   *x;
	Node	   *empty;

	if (sublink == NULL || ivm_view_parts_has_certain_group(cxt->query))
		return list_make1(qual);
	query = (Query *) sublink->subselect;
	x = linitial(equality->args);
	*waiting = lappend(*waiting,
					   make_notclause((Expr *) make_exists(query, make_null_test((Node *) column_of(query), IS_NULL))));
	empty = (Node *) make_orclause(list_make2(make_null_test(copyObject(x), IS_NOT_NULL),
											  make_notclause((Expr *) make_exists(query, NULL))));
	if (!ivm_view_parts_is_grouped(cxt->query))
		*waiting = lappend(*waiting, empty);
	equality = copyObject(equality);
	IncrementVarSublevelsUp((Node *) equality, 1, 0);
	qual = (Node *) make_notclause((Expr *) make_exists(query, column_mutator((Node *) equality, query)));
	return ivm_view_parts_is_grouped(cxt->query) && can_be_null(cxt->query, x) ?
		list_make2(qual, empty) : list_make1(qual);
}

/* ---- WHERE ---- */

/*
 * Does a condition wait for the finishing?  It must if it looks at a part that changes
 * with the rows.  A condition that says the same of all rows had better wait, too:
 * the view then shows its rows or none.  But in a query of one certain group it has to
 * be asked before the aggregates, so it stays.
 */
static bool
is_waiting(IvmSplit *cxt, Node *qual)
{
	if (other_sublink_walker(qual, cxt))
		return false;
	return ivm_view_parts_has_moving(cxt, qual, false) ||
		(ivm_view_parts_has_candidate(cxt, qual) && !contain_var_clause(qual) &&
		 !ivm_view_parts_has_certain_group(cxt->query));
}

List *
ivm_view_parts_waiting_conditions(IvmSplit *cxt)
{
	List	   *waiting = NIL;
	List	   *stay = NIL;
	ListCell   *lc;

	foreach(lc, make_ands_implicit((Expr *) cxt->query->jointree->quals))
	{
		if (is_waiting(cxt, lfirst(lc)))
			waiting = lappend(waiting, lfirst(lc));
		else
			stay = list_concat(stay, expand_not_in(cxt, lfirst(lc), &waiting));
	}
	cxt->query->jointree->quals = stay == NIL ? NULL : (Node *) make_ands_explicit(stay);
	return waiting;
}

bool
ivm_view_parts_ask_rows(const Query *query, List *quals)
{
	return quals != NIL && (ivm_view_parts_has_certain_group(query) || contain_var_clause((Node *) quals));
}

void
ivm_view_parts_add_columns(Query *query, Node *quals)
{
	ListCell   *lc;

	foreach(lc, pull_var_clause(quals, 0))
	{
		if (tlist_member(lfirst(lc), query->targetList) == NULL)
			query->targetList = lappend(query->targetList,
										makeTargetEntry(copyObject(lfirst(lc)),
														list_length(query->targetList) + 1,
														NULL, true));
	}
}
