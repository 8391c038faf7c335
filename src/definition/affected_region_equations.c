/*-------------------------------------------------------------------------
 *
 * affected_region_equations.c
 *	  Equations between columns of sources.
 *
 *		SELECT ... FROM customer c LEFT JOIN orders o ON o.customer_id = c.id
 *
 * has the equation o.customer_id = c.id.  It leads from o to c: an order for
 * which there is no such customer makes no difference.  It does not lead from c to
 * o, since a customer without orders is shown as well.  So each equation says
 * in which directions it leads (leads()).
 *
 * Equations are taken from conjuncts of WHERE and of join conditions, at each
 * level, those that correlate a subquery with what is around it included, and from
 * x IN (SELECT y ...).  Each is a necessary condition, so following one is
 * safe also if it stands for more rows than are really touched, and leaving some
 * out is safe, too.
 *
 * An equation between types, such as int4 and int8, or date and timestamp, becomes
 * one between values of one type: a conversion that cannot fail is applied
 * to one side (conversions).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "definition/affected_region.h"
#include "definition/affected_region_columns.h"
#include "definition/affected_region_equations.h"
#include "definition/division.h"
#include "definition/sources.h"

/* The walk over the levels of a query. */
typedef struct EdgeContext
{
	List	   *rtes;			/* of the sources and constants, in their
								 * order */
	List	   *queries;		/* being walked, innermost first */
	List	   *edges;			/* IvmEdge * */
} EdgeContext;

/* Note that columns on the left are equal to columns on the right. */
static void
add_edges(EdgeContext *cxt, List *left, List *right, bool left_leads, bool right_leads)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, left)
	{
		foreach(lc2, right)
		{
			IvmEdge    *edge = palloc(sizeof(IvmEdge));

			edge->a = *(IvmColumn *) lfirst(lc);
			edge->b = *(IvmColumn *) lfirst(lc2);
			edge->a_all = left;
			edge->b_all = right;
			edge->a_leads = left_leads;
			edge->b_leads = right_leads;
			Assert(ivm_division_compared_type(exprType((Node *) edge->a.expr)) ==
				   ivm_division_compared_type(exprType((Node *) edge->b.expr)));
			if (edge->a.source != edge->b.source)
				cxt->edges = lappend(cxt->edges, edge);
		}
	}
}

/*
 * How an equation between different types becomes one of values of one type: function
 * is applied to the side of type from.
 */
typedef struct Conversion
{
	Oid			from;
	Oid			to;
	Oid			function;
} Conversion;

/* (A date is equal to the timestamp of its midnight, which is of that date.) */
static const Conversion conversions[] = {
	{INT2OID, INT4OID, F_INT4_INT2},
	{INT2OID, INT8OID, F_INT8_INT2},
	{INT4OID, INT8OID, F_INT8_INT4},
	{TIMESTAMPOID, DATEOID, F_DATE_TIMESTAMP},
	{TIMESTAMPTZOID, DATEOID, F_DATE_TIMESTAMPTZ},
};

/* An equation of two expressions that implies one of values of one type. */
typedef struct Equality
{
	Node	   *a;
	Node	   *b;
	Var		   *a_var;
	Var		   *b_var;
	const Conversion *a_conversion; /* or NULL */
	const Conversion *b_conversion;
} Equality;

/* The conversion that makes this operator "=" of values of type to, or NULL. */
static const Conversion *
find_conversion(Oid opno, Oid from, Oid to)
{
	Oid			opfamily = lookup_type_cache(to, TYPECACHE_BTREE_OPFAMILY)->btree_opf;

	for (int i = 0; i < lengthof(conversions); i++)
		if (conversions[i].from == from && conversions[i].to == to &&
			get_op_opfamily_strategy(opno, opfamily) == BTEqualStrategyNumber)
			return &conversions[i];
	return NULL;
}

/* Is this an equation that regions are made of? */
static bool
is_equality(Oid opno, Node *left, Node *right, Oid collation, Equality *e)
{
	Oid			a_type;
	Oid			b_type;

	memset(e, 0, sizeof(Equality));
	e->a_var = ivm_affected_region_plain_var(left);
	e->a = e->a_var ? (Node *) e->a_var : left;
	e->b_var = ivm_affected_region_plain_var(right);
	e->b = e->b_var ? (Node *) e->b_var : right;
	if ((e->a_var == NULL && (e->a_var = ivm_affected_region_total_var(left)) == NULL) ||
		(e->b_var == NULL && (e->b_var = ivm_affected_region_total_var(right)) == NULL))
		return false;
	a_type = ivm_division_compared_type(exprType(e->a));
	b_type = ivm_division_compared_type(exprType(e->b));
	if (!ivm_division_is_collation_known(a_type, exprCollation(e->a)) ||
		!ivm_division_is_collation_known(b_type, exprCollation(e->b)) ||
		(OidIsValid(collation) && !get_collation_isdeterministic(collation)))
		return false;
	if (a_type == b_type)
		return opno == ivm_division_equality(a_type);
	e->a_conversion = find_conversion(opno, a_type, b_type);
	e->b_conversion = find_conversion(opno, b_type, a_type);
	return e->a_conversion != NULL || e->b_conversion != NULL;
}

static bool
is_equation(Node *qual, Equality *e)
{
	OpExpr	   *op = (OpExpr *) qual;

	return IsA(qual, OpExpr) && list_length(op->args) == 2 &&
		is_equality(op->opno, linitial(op->args), lsecond(op->args), op->inputcollid, e);
}

/* Apply a conversion, if there is one, to columns, in place. */
static List *
convert(List *columns, const Conversion *conversion)
{
	ListCell   *lc;

	if (conversion != NULL)
	{
		foreach(lc, columns)
		{
			IvmColumn  *column = lfirst(lc);

			column->expr = (Expr *) makeFuncExpr(conversion->function, conversion->to,
												 list_make1(column->expr), InvalidOid, InvalidOid,
												 COERCE_IMPLICIT_CAST);
		}
	}
	return columns;
}

/* Range table indexes below a FROM item, joins included. */
static void
collect_rtis(Node *item, List **rtis)
{
	if (IsA(item, RangeTblRef))
		*rtis = lappend_int(*rtis, ((RangeTblRef *) item)->rtindex);
	else if (IsA(item, JoinExpr))
	{
		*rtis = lappend_int(*rtis, ((JoinExpr *) item)->rtindex);
		collect_rtis(((JoinExpr *) item)->larg, rtis);
		collect_rtis(((JoinExpr *) item)->rarg, rtis);
	}
}

/* Is this a column of the current level, of a table or join below a FROM item? */
static bool
is_below(Var *var, Node *item)
{
	List	   *rtis = NIL;

	collect_rtis(item, &rtis);
	return var->varlevelsup == 0 && list_member_int(rtis, var->varno);
}

/*
 * Does an equation of this join's condition (NULL: of WHERE) lead on from one of its
 * columns?  A row that fails WHERE, or the condition of an inner join, is gone, and so
 * is one of an outer join's nullable side.  A preserved row is there nevertheless, and
 * so is a row of the query around a subquery.
 */
static bool
leads(JoinExpr *join, Var *from)
{
	if (from->varlevelsup > 0)
		return false;
	if (join == NULL || join->jointype == JOIN_INNER)
		return true;
	return (join->jointype == JOIN_LEFT && is_below(from, join->rarg)) ||
		(join->jointype == JOIN_RIGHT && is_below(from, join->larg));
}

/* The columns of an expression whose Var is of any level around the current one. */
static List *
columns_of(EdgeContext *cxt, Node *expr, Var *var)
{
	return ivm_affected_region_columns(cxt->rtes, list_nth(cxt->queries, var->varlevelsup), expr,
									   var->varlevelsup);
}

/* x IN (SELECT y ...): x = y */
static void
add_in_edges(EdgeContext *cxt, SubLink *sublink)
{
	List	   *tests = make_ands_implicit((Expr *) sublink->testexpr);
	ListCell   *lc;

	if (sublink->subLinkType != ANY_SUBLINK)
		return;
	foreach(lc, tests)
	{
		OpExpr	   *op = lfirst(lc);
		Node	   *param;
		int			attno;
		TargetEntry *tle;
		Equality	e;

		if (!IsA(op, OpExpr) || list_length(op->args) != 2)
			continue;
		param = lsecond(op->args);
		while (IsA(param, RelabelType))
			param = (Node *) ((RelabelType *) param)->arg;
		if (!IsA(param, Param) || ((Param *) param)->paramkind != PARAM_SUBLINK)
			continue;
		attno = ((Param *) param)->paramid;
		tle = list_nth(((Query *) sublink->subselect)->targetList, attno - 1);
		if (!is_equality(op->opno, linitial(op->args), (Node *) tle->expr, op->inputcollid, &e))
			continue;
		add_edges(cxt, convert(columns_of(cxt, e.a, e.a_var), e.a_conversion),
				  convert(ivm_affected_region_output_columns(cxt->rtes, (Query *) sublink->subselect, attno),
						  e.b_conversion),
				  false, true);
	}
}

/*
 * IN conditions where false and NULL come to the same: below AND and OR, in WHERE
 * or the condition of an inner join.
 */
static void
add_positive_in_edges(EdgeContext *cxt, Node *node)
{
	ListCell   *lc;

	if (IsA(node, SubLink))
		add_in_edges(cxt, (SubLink *) node);
	else if (IsA(node, BoolExpr) && ((BoolExpr *) node)->boolop != NOT_EXPR)
	{
		foreach(lc, ((BoolExpr *) node)->args)
			add_positive_in_edges(cxt, lfirst(lc));
	}
}

/* An equation of a join's condition, or of WHERE (NULL). */
static void
add_equation(EdgeContext *cxt, const Equality *e, JoinExpr *join)
{
	bool		a_leads = leads(join, e->a_var);
	bool		b_leads = leads(join, e->b_var);

	/* the one of FULL JOIN leads nowhere, but rows are looked up by it */
	if (a_leads || b_leads || (join != NULL && join->jointype == JOIN_FULL))
		add_edges(cxt, convert(columns_of(cxt, e->a, e->a_var), e->a_conversion),
				  convert(columns_of(cxt, e->b, e->b_var), e->b_conversion),
				  a_leads, b_leads);
}

static void
add_conjuncts(EdgeContext *cxt, Node *quals, JoinExpr *join)
{
	ListCell   *lc;

	foreach(lc, make_ands_implicit((Expr *) quals))
	{
		Node	   *qual = lfirst(lc);
		Equality	e;

		if (IsA(qual, BoolExpr) && ((BoolExpr *) qual)->boolop == AND_EXPR)
			add_conjuncts(cxt, (Node *) make_andclause(((BoolExpr *) qual)->args), join);
		else if (!IsA(qual, OpExpr) && (join == NULL || join->jointype == JOIN_INNER))
			add_positive_in_edges(cxt, qual);
		else if (is_equation(qual, &e))
			add_equation(cxt, &e, join);
	}
}

static void
add_join_tree(EdgeContext *cxt, Node *item)
{
	ListCell   *lc;

	if (IsA(item, FromExpr))
	{
		foreach(lc, ((FromExpr *) item)->fromlist)
			add_join_tree(cxt, lfirst(lc));
		add_conjuncts(cxt, ((FromExpr *) item)->quals, NULL);
	}
	else if (IsA(item, JoinExpr))
	{
		add_join_tree(cxt, ((JoinExpr *) item)->larg);
		add_join_tree(cxt, ((JoinExpr *) item)->rarg);
		add_conjuncts(cxt, ((JoinExpr *) item)->quals, (JoinExpr *) item);
	}
}

static bool
edge_walker(Node *node, EdgeContext *cxt)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		Query	   *query = (Query *) node;

		cxt->queries = lcons(query, cxt->queries);
		add_join_tree(cxt, (Node *) query->jointree);
		(void) query_tree_walker(query, edge_walker, cxt, QTW_IGNORE_JOINALIASES);
		cxt->queries = list_delete_first(cxt->queries);
		return false;
	}
	return expression_tree_walker(node, edge_walker, cxt);
}

List *
ivm_affected_region_edges(Query *query, List *rtes)
{
	EdgeContext cxt = {.rtes = rtes};

	(void) edge_walker((Node *) query, &cxt);
	return cxt.edges;
}

List *
ivm_affected_region_full_join_columns(Query *query, List *rtes,
									  JoinExpr *join, Node *qual)
{
	Equality	e;
	bool		swapped;
	List	   *left;
	List	   *right;

	if (!is_equation(qual, &e))
		return NIL;
	swapped = is_below(e.b_var, join->larg);
	if (!ivm_affected_region_is_linear(join->larg, swapped ? e.b_var->varno : e.a_var->varno) ||
		!ivm_affected_region_is_linear(join->rarg, swapped ? e.a_var->varno : e.b_var->varno))
		return NIL;
	left = convert(ivm_affected_region_columns(rtes, query, e.a, 0), e.a_conversion);
	right = convert(ivm_affected_region_columns(rtes, query, e.b, 0), e.b_conversion);
	if (left == NIL || right == NIL)
		return NIL;
	return swapped ? list_concat(right, left) : list_concat(left, right);
}

List *
ivm_affected_region_equations(const Query *definition)
{
	Query	   *query = ivm_affected_region_prepare(definition);
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, ivm_affected_region_edges(query, ivm_sources_list_all(query)))
	{
		IvmEdge    *edge = lfirst(lc);
		IvmEquation *equation = palloc(sizeof(IvmEquation));

		equation->a = edge->a;
		equation->b = edge->b;
		result = lappend(result, equation);
	}
	return result;
}
