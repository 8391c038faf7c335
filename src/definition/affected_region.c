/*-------------------------------------------------------------------------
 *
 * affected_region.c
 *	  Which part of a core a changed row can touch.
 *
 * Where the core's rows are not a linear function of a source, its changed rows
 * do not tell what they change: the row that an outer join adds may take the
 * place of one with NULLs.  But they tell where.  In
 *
 *		customer c LEFT JOIN orders o ON o.customer_id = c.id
 *
 * a row of o can only touch what comes of customers with c.id = o.customer_id.
 * So the core is computed for these customers twice, as it is and as it was
 * before the transaction, and the difference is the delta.
 *
 * A region is a column by which the core's rows can be divided, the root: the
 * core is the union of what it would be if only rows with value v were there,
 * over all v.  This holds for
 *
 *	 - any column of a source that the core is linear in;
 *	 - a column of a subquery in linear position that divides all of it
 *	   (division.c), if that is in turn such a column of what the subquery reads;
 *	 - the columns of a set operation and the join columns of a FULL JOIN, with
 *	   a root in each branch.
 *
 * A source reaches the root through equations between columns without which its
 * row counts nowhere: conjuncts of WHERE and of inner joins, from the nullable
 * side of an outer join to the other, and from within a subquery to what it is
 * correlated with.  Following them is safe also where they stand for more rows
 * than are really touched.
 *
 * A constant, such as VALUES or a calendar made by generate_series(), is like a
 * source that never changes: a root, or a step on the way to one.  And in the
 * place of a column may stand an expression over columns of one source, if it
 * can be evaluated for any row without an error (is_total()).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "definition/affected_region.h"
#include "definition/division.h"
#include "definition/sources.h"

/*
 * An equation between columns, each of which may be one of several that a value is
 * from.  It leads from a to b if a row of a's source makes no difference where it
 * satisfies the equation with no row of b's source; and the other way round.
 */
typedef struct Edge
{
	IvmColumn	a;
	IvmColumn	b;
	List	   *a_all;			/* IvmColumn *: where else it may be from, a itself included */
	List	   *b_all;
	bool		a_leads;
	bool		b_leads;
} Edge;

typedef struct FindContext
{
	int			nsources;
	List	   *rtes;			/* of the sources and constants, in their order */
	List	   *queries;		/* being walked, innermost first */
	bool	   *meet;			/* a matrix: can rows come from both? */
	List	   *edges;			/* Edge * */
	List	   *roots;			/* of List * of IvmColumn * */
	List	   *fenced;			/* numbers of sources that quals are not pushed to */
	int			hidden;			/* ORs and NOTs around what is walked */
} FindContext;

typedef List *(*Resolver) (FindContext *cxt, Query *query, Var *var);

static List *resolve(FindContext *cxt, Query *query, Node *expr, int level, Resolver resolver);
static List *resolve_output(FindContext *cxt, Query *query, int attno);

static IvmColumn *
make_column(int source, Expr *expr)
{
	IvmColumn  *column = palloc(sizeof(IvmColumn));

	column->source = source;
	column->expr = expr;
	return column;
}

static bool
same_column(const IvmColumn *a, const IvmColumn *b)
{
	return a->source == b->source && equal(a->expr, b->expr);
}

static int
source_number(FindContext *cxt, RangeTblEntry *rte)
{
	ListCell   *lc;

	foreach(lc, cxt->rtes)
		if (lfirst(lc) == rte)
			return foreach_current_index(lc);
	return -1;
}

/* ---- columns of subqueries ---- */

/* Is a FROM item reached through linear positions of a join tree only? */
static bool
is_linear_item(Node *item, int rti)
{
	if (IsA(item, RangeTblRef))
		return ((RangeTblRef *) item)->rtindex == rti;
	if (IsA(item, FromExpr))
	{
		ListCell   *lc;

		foreach(lc, ((FromExpr *) item)->fromlist)
			if (is_linear_item(lfirst(lc), rti))
				return true;
	}
	else if (IsA(item, JoinExpr))
	{
		JoinExpr   *join = (JoinExpr *) item;

		return ((join->jointype == JOIN_INNER || join->jointype == JOIN_LEFT) &&
				is_linear_item(join->larg, rti)) ||
			((join->jointype == JOIN_INNER || join->jointype == JOIN_RIGHT) &&
			 is_linear_item(join->rarg, rti));
	}
	return false;
}

/* A Var, perhaps seen as of a type that has the same equality. */
static Var *
plain_var(Node *node)
{
	Node	   *bare = node;

	while (bare && IsA(bare, RelabelType))
		bare = (Node *) ((RelabelType *) bare)->arg;
	if (bare == NULL || !IsA(bare, Var) || ((Var *) bare)->varattno <= 0 ||
		(bare != node && ivm_division_equality(exprType(bare)) != ivm_division_equality(exprType(node))))
		return NULL;
	return (Var *) bare;
}

/*
 * The columns of sources that hold a column's values, whatever its position:
 * NIL if they cannot be told.
 */
static List *
resolve_anywhere(FindContext *cxt, Query *query, Var *var)
{
	RangeTblEntry *rte = rt_fetch(var->varno, query->rtable);
	int			source = source_number(cxt, rte);

	if (source >= 0)
		return list_make1(make_column(source, (Expr *) makeVar(1, var->varattno, var->vartype, var->vartypmod,
															   var->varcollid, 0)));
	if (rte->rtekind == RTE_SUBQUERY)
		return resolve_output(cxt, rte->subquery, var->varattno);
	if (rte->rtekind == RTE_JOIN)
	{
		Node	   *alias = list_nth(rte->joinaliasvars, var->varattno - 1);
		List	   *result = NIL;
		ListCell   *lc;

		/* not the merged column of FULL JOIN ... USING */
		if (!IsA(alias, CoalesceExpr))
			return resolve(cxt, query, alias, 0, resolve_anywhere);
		foreach(lc, ((CoalesceExpr *) alias)->args)
		{
			Var		   *inner = plain_var(lfirst(lc));
			List	   *columns = NIL;

			if (inner && inner->varlevelsup == 0)
				columns = resolve_anywhere(cxt, query, inner);
			if (columns == NIL)
				return NIL;
			result = list_concat(result, columns);
		}
		return result;
	}
	return NIL;
}

/* Find the FULL JOIN with this range table index, in linear position. */
static bool
full_join_of(Node *item, int rti, JoinExpr **join)
{
	if (IsA(item, FromExpr))
	{
		ListCell   *lc;

		foreach(lc, ((FromExpr *) item)->fromlist)
			if (full_join_of(lfirst(lc), rti, join))
				return true;
	}
	else if (IsA(item, JoinExpr))
	{
		JoinExpr   *j = (JoinExpr *) item;

		if (j->rtindex == rti && j->jointype == JOIN_FULL)
		{
			*join = j;
			return true;
		}
		return ((j->jointype == JOIN_INNER || j->jointype == JOIN_LEFT) &&
				full_join_of(j->larg, rti, join)) ||
			((j->jointype == JOIN_INNER || j->jointype == JOIN_RIGHT) &&
			 full_join_of(j->rarg, rti, join));
	}
	return false;
}

/* The same for a column by which the query's rows can be divided. */
static List *
resolve_linear(FindContext *cxt, Query *query, Var *var)
{
	RangeTblEntry *rte = rt_fetch(var->varno, query->rtable);
	JoinExpr   *join;

	if (rte->rtekind == RTE_JOIN)
	{
		Node	   *alias = list_nth(rte->joinaliasvars, var->varattno - 1);
		Var		   *inner;

		if (!IsA(alias, CoalesceExpr))
			return resolve(cxt, query, alias, 0, resolve_linear);
		if (full_join_of((Node *) query->jointree, var->varno, &join))
		{
			List	   *result = NIL;
			ListCell   *lc;

			foreach(lc, castNode(CoalesceExpr, alias)->args)
			{
				Node	   *side = lc == list_head(((CoalesceExpr *) alias)->args) ? join->larg : join->rarg;
				List	   *columns;

				inner = plain_var(lfirst(lc));
				if (inner == NULL || !is_linear_item(side, inner->varno) ||
					(columns = resolve_anywhere(cxt, query, inner)) == NIL)
					return NIL;
				result = list_concat(result, columns);
			}
			return result;
		}
		return NIL;
	}
	if (!is_linear_item((Node *) query->jointree, var->varno))
		return NIL;
	return resolve_anywhere(cxt, query, var);
}

/* The columns of sources that hold the values of a column of a set operation's arm. */
static List *
resolve_arm(FindContext *cxt, RangeTblEntry *rte, int attno)
{
	int			source = source_number(cxt, rte);
	TargetEntry *tle;

	if (source < 0)
		return resolve_output(cxt, rte->subquery, attno);
	tle = list_nth(rte->subquery->targetList, attno - 1);
	return list_make1(make_column(source, (Expr *) makeVarFromTargetEntry(1, tle)));
}

/* The type of a column of a set operation's arm. */
static Oid
arm_type(Query *query, Node *arm, int attno)
{
	RangeTblEntry *rte;

	if (IsA(arm, SetOperationStmt))
		return list_nth_oid(((SetOperationStmt *) arm)->colTypes, attno - 1);
	rte = rt_fetch(castNode(RangeTblRef, arm)->rtindex, query->rtable);
	return exprType((Node *) ((TargetEntry *) list_nth(rte->subquery->targetList, attno - 1))->expr);
}

/* The same for an arm, or for a set operation as a whole, with columns in each arm. */
static List *
resolve_set_operation(FindContext *cxt, Query *query, Node *item, int attno)
{
	SetOperationStmt *setop = (SetOperationStmt *) item;
	List	   *left;
	List	   *right;

	if (!IsA(item, SetOperationStmt))
		return resolve_arm(cxt, rt_fetch(castNode(RangeTblRef, item)->rtindex, query->rtable), attno);
	if (!ivm_division_by_arm_column(setop, attno, arm_type(query, setop->larg, attno)) ||
		!ivm_division_by_arm_column(setop, attno, arm_type(query, setop->rarg, attno)))
		return NIL;
	left = resolve_set_operation(cxt, query, setop->larg, attno);
	right = left == NIL ? NIL : resolve_set_operation(cxt, query, setop->rarg, attno);
	return right == NIL ? NIL : list_concat(left, right);
}

/* ---- expressions ---- */

/*
 * Functions that give a value for any argument beside constants (and dates that
 * no timestamp can tell): a row for which the definition itself would never
 * evaluate them must not fail.  They are strict.
 */
static bool
is_total_function(Oid funcid)
{
	switch (funcid)
	{
		case F_INT8_INT4:
		case F_INT8_INT2:
		case F_INT4_INT2:
		case F_NUMERIC_INT8:
		case F_NUMERIC_INT4:
		case F_NUMERIC_INT2:
		case F_DATE_TIMESTAMP:
		case F_DATE_TIMESTAMPTZ:
		case F_TIMESTAMP_DATE:
		case F_TIMESTAMP_TIMESTAMPTZ:
		case F_TIMESTAMPTZ_DATE:
		case F_TIMESTAMPTZ_TIMESTAMP:
		case F_TIMEZONE_TEXT_TIMESTAMP:
		case F_TIMEZONE_TEXT_TIMESTAMPTZ:
		case F_DATE_TRUNC_TEXT_TIMESTAMP:
		case F_DATE_TRUNC_TEXT_TIMESTAMPTZ:
		case F_DATE_TRUNC_TEXT_TIMESTAMPTZ_TEXT:
		case F_EXTRACT_TEXT_DATE:
		case F_EXTRACT_TEXT_TIMESTAMP:
		case F_EXTRACT_TEXT_TIMESTAMPTZ:
		case F_LOWER_TEXT:
		case F_UPPER_TEXT:
		case F_TEXT_BPCHAR:
		case F_JSONB_OBJECT_FIELD_TEXT:
			return true;
		default:
			return false;
	}
}

/*
 * The only Var of an expression that can be evaluated for any row, or NULL if it
 * may fail, or is none of one Var.
 */
static Var *
total_var(Node *node)
{
	List	   *args;
	Var		   *result = NULL;
	ListCell   *lc;

	if (IsA(node, Var))
		return ((Var *) node)->varattno > 0 ? (Var *) node : NULL;
	if (IsA(node, RelabelType))
		return total_var((Node *) ((RelabelType *) node)->arg);
	if (IsA(node, FuncExpr) && is_total_function(((FuncExpr *) node)->funcid))
		args = ((FuncExpr *) node)->args;
	else if (IsA(node, OpExpr) && is_total_function(get_opcode(((OpExpr *) node)->opno)))
		args = ((OpExpr *) node)->args;
	else
		return NULL;
	foreach(lc, args)
	{
		if (IsA(lfirst(lc), Const))
			continue;
		if (result != NULL || (result = total_var(lfirst(lc))) == NULL)
			return NULL;
	}
	return result;
}

/*
 * May a total expression give different values for equal ones?  Then it tells
 * nothing of a group of these, of which a subquery shows one.
 */
static bool
tells_apart_walker(Node *node, void *cxt)
{
	if (node == NULL)
		return false;
	if (IsA(node, OpExpr))
		return true;			/* of jsonb */
	if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcid == F_JSONB_OBJECT_FIELD_TEXT)
		return true;
	if (IsA(node, RelabelType))
	{
		Oid			type = exprType((Node *) ((RelabelType *) node)->arg);

		if (ivm_division_equality(type) != ivm_division_equality(TEXTOID) &&
			ivm_division_equality(type) != ivm_division_equality(exprType(node)))
			return true;
	}
	return expression_tree_walker(node, tells_apart_walker, cxt);
}

static Node *
put_mutator(Node *node, Expr *value)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Var))
		return copyObject((Node *) value);
	return expression_tree_mutator(node, put_mutator, value);
}

/* The columns that an expression's values come from, its Var being of a given level. */
static List *
resolve(FindContext *cxt, Query *query, Node *expr, int level, Resolver resolver)
{
	Var		   *var = plain_var(expr);
	Var		   *inner = var ? var : total_var(expr);
	List	   *columns;
	ListCell   *lc;

	if (inner == NULL || inner->varlevelsup != level)
		return NIL;
	if (var == NULL && tells_apart_walker(expr, NULL) &&
		source_number(cxt, rt_fetch(inner->varno, query->rtable)) < 0)
		return NIL;
	columns = resolver(cxt, query, inner);
	if (var)
		return columns;
	foreach(lc, columns)
	{
		IvmColumn  *column = lfirst(lc);

		column->expr = (Expr *) put_mutator(expr, column->expr);
	}
	return columns;
}

/*
 * The columns of sources that hold the values of a subquery's output column,
 * if its rows with one value come from these sources' rows with that value.
 */
static List *
resolve_output(FindContext *cxt, Query *query, int attno)
{
	TargetEntry *tle;

	if (query->limitCount || query->limitOffset)
		return NIL;
	if (query->setOperations)
		return resolve_set_operation(cxt, query, query->setOperations, attno);
	if (attno > list_length(query->targetList))
		return NIL;
	tle = list_nth(query->targetList, attno - 1);
	if (!ivm_division_by_entry(query, tle))
		return NIL;
	return resolve(cxt, query, (Node *) tle->expr, 0, resolve_linear);
}

/* ---- equations ---- */

static void
add_edges(FindContext *cxt, List *left, List *right, bool left_leads, bool right_leads)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, left)
		foreach(lc2, right)
		{
			Edge	   *edge = palloc(sizeof(Edge));

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

/* What an equation between different types comes to between columns of one. */
typedef struct Conversion
{
	Oid			from;
	Oid			to;
	Oid			function;
} Conversion;

/* (The midnight that a date is equal to is of that date.) */
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

/* Are equal values of this type and collation those that any collation calls equal? */
static bool
is_collation_known(Oid type, Oid collation)
{
	return !type_is_collatable(type) ||
		(OidIsValid(collation) && get_collation_isdeterministic(collation));
}

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
	e->a_var = plain_var(left);
	e->a = e->a_var ? (Node *) e->a_var : left;
	e->b_var = plain_var(right);
	e->b = e->b_var ? (Node *) e->b_var : right;
	if ((e->a_var == NULL && (e->a_var = total_var(left)) == NULL) ||
		(e->b_var == NULL && (e->b_var = total_var(right)) == NULL))
		return false;
	a_type = ivm_division_compared_type(exprType(e->a));
	b_type = ivm_division_compared_type(exprType(e->b));
	if (!is_collation_known(a_type, exprCollation(e->a)) ||
		!is_collation_known(b_type, exprCollation(e->b)) ||
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

static List *
convert(List *columns, const Conversion *conversion)
{
	ListCell   *lc;

	if (conversion != NULL)
		foreach(lc, columns)
		{
			IvmColumn  *column = lfirst(lc);

			column->expr = (Expr *) makeFuncExpr(conversion->function, conversion->to,
												 list_make1(column->expr), InvalidOid, InvalidOid,
												 COERCE_IMPLICIT_CAST);
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

static List *
columns_of(FindContext *cxt, Node *expr, Var *var)
{
	return resolve(cxt, list_nth(cxt->queries, var->varlevelsup), expr, var->varlevelsup,
				   resolve_anywhere);
}

/* x IN (SELECT y ...): x = y */
static void
add_in_edges(FindContext *cxt, SubLink *sublink)
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
				  convert(resolve_output(cxt, (Query *) sublink->subselect, attno), e.b_conversion),
				  false, true);
	}
}

/*
 * IN conditions where false and NULL come to the same: below AND and OR, in WHERE
 * or the condition of an inner join.
 */
static void
add_positive_in_edges(FindContext *cxt, Node *node)
{
	ListCell   *lc;

	if (IsA(node, SubLink))
		add_in_edges(cxt, (SubLink *) node);
	else if (IsA(node, BoolExpr) && ((BoolExpr *) node)->boolop != NOT_EXPR)
		foreach(lc, ((BoolExpr *) node)->args)
			add_positive_in_edges(cxt, lfirst(lc));
}

/* An equation of a join's condition, or of WHERE (NULL). */
static void
add_equation(FindContext *cxt, const Equality *e, JoinExpr *join)
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
add_conjuncts(FindContext *cxt, Node *quals, JoinExpr *join)
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
add_join_tree(FindContext *cxt, Node *item)
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
edge_walker(Node *node, FindContext *cxt)
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

/* ---- roots ---- */

static void
add_root(FindContext *cxt, List *columns)
{
	ListCell   *lc;
	ListCell   *lc2;
	ListCell   *lc3;

	if (columns == NIL)
		return;
	foreach(lc, cxt->roots)
	{
		List	   *other = lfirst(lc);
		bool		same = list_length(other) == list_length(columns);

		forboth(lc2, other, lc3, columns)
			same &= same_column(lfirst(lc2), lfirst(lc3));
		if (same)
			return;
	}
	cxt->roots = lappend(cxt->roots, columns);
}

static void
find_full_join_roots(FindContext *cxt, Query *query, JoinExpr *join)
{
	ListCell   *lc;

	foreach(lc, make_ands_implicit((Expr *) join->quals))
	{
		Equality	e;
		bool		swapped;
		List	   *left;
		List	   *right;

		if (!is_equation(lfirst(lc), &e))
			continue;
		swapped = is_below(e.b_var, join->larg);
		if (!is_linear_item(join->larg, swapped ? e.b_var->varno : e.a_var->varno) ||
			!is_linear_item(join->rarg, swapped ? e.a_var->varno : e.b_var->varno))
			continue;
		left = convert(resolve(cxt, query, e.a, 0, resolve_anywhere), e.a_conversion);
		right = convert(resolve(cxt, query, e.b, 0, resolve_anywhere), e.b_conversion);
		if (left != NIL && right != NIL)
			add_root(cxt, swapped ? list_concat(right, left) : list_concat(left, right));
	}
}

/* Roots among what is in linear position. */
static void
find_roots(FindContext *cxt, Query *query, Node *item)
{
	ListCell   *lc;

	if (IsA(item, FromExpr))
	{
		foreach(lc, ((FromExpr *) item)->fromlist)
			find_roots(cxt, query, lfirst(lc));
	}
	else if (IsA(item, JoinExpr))
	{
		JoinExpr   *join = (JoinExpr *) item;

		if (join->jointype == JOIN_FULL)
			find_full_join_roots(cxt, query, join);
		if (join->jointype == JOIN_INNER || join->jointype == JOIN_LEFT)
			find_roots(cxt, query, join->larg);
		if (join->jointype == JOIN_INNER || join->jointype == JOIN_RIGHT)
			find_roots(cxt, query, join->rarg);
	}
	else if (IsA(item, SetOperationStmt))
	{
		SetOperationStmt *setop = (SetOperationStmt *) item;

		if (setop->op == SETOP_UNION && setop->all)
		{
			find_roots(cxt, query, setop->larg);
			find_roots(cxt, query, setop->rarg);
		}
	}
	else
	{
		RangeTblEntry *rte = rt_fetch(castNode(RangeTblRef, item)->rtindex, query->rtable);

		if (rte->rtekind != RTE_SUBQUERY || source_number(cxt, rte) >= 0)
			return;
		for (int i = 1; i <= list_length(rte->subquery->targetList); i++)
			add_root(cxt, resolve_output(cxt, rte->subquery, i));
		if (ivm_sources_is_plain(rte->subquery))
			find_roots(cxt, rte->subquery,
					   rte->subquery->setOperations ? rte->subquery->setOperations :
					   (Node *) rte->subquery->jointree);
	}
}

/* Columns of linear sources and constants that an equation leads to. */
static void
find_linear_roots(FindContext *cxt, Query *query)
{
	List	   *linear = ivm_sources_linear(query);
	ListCell   *lc;

	foreach(lc, cxt->edges)
	{
		Edge	   *edge = lfirst(lc);

		if (list_member_ptr(linear, list_nth(cxt->rtes, edge->a.source)))
			add_root(cxt, list_make1(make_column(edge->a.source, edge->a.expr)));
		if (list_member_ptr(linear, list_nth(cxt->rtes, edge->b.source)))
			add_root(cxt, list_make1(make_column(edge->b.source, edge->b.expr)));
	}
}

/* ---- paths ---- */

static bool
is_root(const IvmRegion *region, const IvmColumn *column)
{
	ListCell   *lc;

	foreach(lc, region->roots)
		if (same_column(lfirst(lc), column))
			return true;
	return false;
}

static bool
are_roots(const IvmRegion *region, List *columns)
{
	ListCell   *lc;

	foreach(lc, columns)
		if (!is_root(region, lfirst(lc)))
			return false;
	return true;
}

/*
 * Turn an edge so that it starts at a source; false if it does not lead on from it.
 * *all are the columns that it leads to, if not to this one.
 */
static bool
edge_from(const Edge *edge, int source, IvmColumn *from, IvmColumn *to, List **all)
{
	if (edge->a.source == source && edge->a_leads)
	{
		*from = edge->a;
		*to = edge->b;
		*all = edge->b_all;
		return true;
	}
	if (edge->b.source == source && edge->b_leads)
	{
		*from = edge->b;
		*to = edge->a;
		*all = edge->a_all;
		return true;
	}
	return false;
}

/* The column of a source that gives the region's value, or NULL. */
static Expr *
value_at(FindContext *cxt, const IvmRegion *region, int source)
{
	ListCell   *lc;

	foreach(lc, region->roots)
		if (((IvmColumn *) lfirst(lc))->source == source)
			return ((IvmColumn *) lfirst(lc))->expr;
	foreach(lc, cxt->edges)
	{
		IvmColumn	from;
		IvmColumn	to;
		List	   *all;

		if (edge_from(lfirst(lc), source, &from, &to, &all) && are_roots(region, all))
			return from.expr;
	}
	return NULL;
}

/* A hop that leaves a source by the column by which the one before came is none. */
static void
shorten(IvmPath *path)
{
	while (path->nhops > 0 && equal(path->hops[path->nhops - 1].to.expr, path->value))
		path->value = path->hops[--path->nhops].from;
}

/* The shortest path from a source to a region's root, or NULL. */
static IvmPath *
find_path(FindContext *cxt, const IvmRegion *region, int start)
{
	int			n = list_length(cxt->rtes);
	IvmHop	   *came = palloc0(sizeof(IvmHop) * n);
	int		   *before = palloc(sizeof(int) * n);
	int		   *queue = palloc(sizeof(int) * n);
	bool	   *seen = palloc0(sizeof(bool) * n);
	int			head = 0;
	int			tail = 0;

	queue[tail++] = start;
	seen[start] = true;
	before[start] = -1;
	while (head < tail)
	{
		int			source = queue[head++];
		Expr	   *value = value_at(cxt, region, source);
		ListCell   *lc;

		if (value != NULL)
		{
			IvmPath    *path = palloc0(sizeof(IvmPath));
			IvmColumn	last;

			path->value = value;
			for (int s = source; before[s] >= 0; s = before[s])
				path->nhops++;
			path->hops = palloc(sizeof(IvmHop) * Max(path->nhops, 1));
			for (int s = source, i = path->nhops; before[s] >= 0; s = before[s])
				path->hops[--i] = came[s];
			shorten(path);
			last.source = path->nhops > 0 ? path->hops[path->nhops - 1].to.source : start;
			last.expr = path->value;
			path->at_root = is_root(region, &last);
			return path;
		}
		foreach(lc, cxt->edges)
		{
			IvmColumn	from;
			IvmColumn	to;
			List	   *all;

			if (!edge_from(lfirst(lc), source, &from, &to, &all) ||
				list_length(all) > 1 || seen[to.source])
				continue;
			seen[to.source] = true;
			before[to.source] = source;
			came[to.source].from = from.expr;
			came[to.source].to = to;
			queue[tail++] = to.source;
		}
	}
	return NULL;
}

/* Note which sources and constants rows can come from together. */
static void
find_meetings(FindContext *cxt, const Query *query)
{
	int			n = list_length(cxt->rtes);

	cxt->meet = palloc(sizeof(bool) * n * n);
	for (int a = 0; a < n; a++)
		for (int b = 0; b <= a; b++)
			cxt->meet[a * n + b] = cxt->meet[b * n + a] = a == b ||
				ivm_sources_keep_branches(copyObject(unconstify(Query *, query)),
										  (UINT64CONST(1) << a) | (UINT64CONST(1) << b), true);
}

/*
 * Does the region leave out rows that a source takes part in: of branches of
 * UNION ALL without a root?
 */
static bool
misses_rows(FindContext *cxt, const IvmRegion *region, int source)
{
	int			n = list_length(cxt->rtes);

	for (int i = 0; i < n; i++)
	{
		bool		has_root = !cxt->meet[source * n + i];
		ListCell   *lc;

		foreach(lc, region->roots)
			has_root |= cxt->meet[((IvmColumn *) lfirst(lc))->source * n + i];
		if (!has_root)
			return true;
	}
	return false;
}

static IvmRegion *
make_region(FindContext *cxt, List *roots)
{
	IvmRegion  *region = palloc0(sizeof(IvmRegion));
	TypeCacheEntry *entry;
	ListCell   *lc;

	region->roots = roots;
	region->paths = palloc0(sizeof(IvmPath *) * cxt->nsources);
	foreach(lc, roots)
	{
		Node	   *root = (Node *) ((IvmColumn *) lfirst(lc))->expr;
		Oid			type = ivm_division_compared_type(exprType(root));

		if (!is_collation_known(type, exprCollation(root)))
			return NULL;
		if (region->type == InvalidOid)
		{
			region->type = type;
			region->collation = exprCollation(root);
		}
		else if (region->type != type)
			return NULL;
		region->computed |= ((IvmColumn *) lfirst(lc))->source >= cxt->nsources || !IsA(root, Var);
	}
	/* values are made distinct by sorting (xid, for one, has no order) */
	entry = lookup_type_cache(getBaseType(region->type), TYPECACHE_EQ_OPR | TYPECACHE_LT_OPR);
	if (!OidIsValid(entry->eq_opr) || !OidIsValid(entry->lt_opr))
		return NULL;
	for (int i = 0; i < cxt->nsources; i++)
	{
		IvmPath    *path = misses_rows(cxt, region, i) ? NULL : find_path(cxt, region, i);

		region->paths[i] = path;
		if (path && path->nhops == 0)
			region->ndirect++;
		if (path && path->nhops == 0 && list_member_int(cxt->fenced, i) &&
			!path->at_root)
			region->fenced = lappend(region->fenced, make_column(i, path->value));
	}
	return region;
}

/*
 * The sources below subqueries that the planner computes as a whole.  Only rows
 * with the region's values matter of them, if they have these themselves.
 */
static bool
fence_walker(Node *node, FindContext *cxt)
{
	ListCell   *lc;

	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry) || IsA(node, SubLink))
	{
		Query	   *query = IsA(node, SubLink) ? (Query *) ((SubLink *) node)->subselect :
			((RangeTblEntry *) node)->subquery;

		if (query == NULL ||
			(IsA(node, SubLink) && ((SubLink *) node)->subLinkType != ANY_SUBLINK) ||
			(ivm_sources_is_plain(query) && query->setOperations == NULL &&
			 !(IsA(node, SubLink) && cxt->hidden > 0)))
			return IsA(node, SubLink) && expression_tree_walker(node, fence_walker, cxt);
		foreach(lc, ivm_sources_list(query))
			cxt->fenced = list_append_unique_int(cxt->fenced, source_number(cxt, lfirst(lc)));
		return false;
	}
	if (IsA(node, BoolExpr) && ((BoolExpr *) node)->boolop != AND_EXPR)
	{
		/* no join can be made of an IN below */
		cxt->hidden++;
		(void) expression_tree_walker(node, fence_walker, cxt);
		cxt->hidden--;
		return false;
	}
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, fence_walker, cxt, QTW_EXAMINE_RTES_BEFORE);
	return expression_tree_walker(node, fence_walker, cxt);
}

static bool
flatten_walker(Node *node, void *cxt)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		ivm_compat_flatten_groups((Query *) node);
		return query_tree_walker((Query *) node, flatten_walker, cxt, 0);
	}
	return expression_tree_walker(node, flatten_walker, cxt);
}

static int
compare_regions(const ListCell *a, const ListCell *b)
{
	const IvmRegion *ra = lfirst(a);
	const IvmRegion *rb = lfirst(b);

	if (ra->ndirect != rb->ndirect)
		return rb->ndirect - ra->ndirect;
	if (ra->computed != rb->computed)
		return ra->computed - rb->computed;
	return ra->number - rb->number;
}

/* The equations between columns of a query's sources and constants (IvmEquation *). */
List *
ivm_affected_region_equations(const Query *definition, int nsources)
{
	Query	   *query = copyObject(unconstify(Query *, definition));
	FindContext cxt = {.nsources = nsources};

	List	   *result = NIL;
	ListCell   *lc;

	(void) flatten_walker((Node *) query, NULL);
	cxt.rtes = ivm_sources_list_all(query);
	(void) edge_walker((Node *) query, &cxt);
	foreach(lc, cxt.edges)
	{
		Edge	   *edge = lfirst(lc);
		IvmEquation *equation = palloc(sizeof(IvmEquation));

		equation->a = edge->a;
		equation->b = edge->b;
		result = lappend(result, equation);
	}
	return result;
}

/*
 * The regions of a definition, those first whose values the rows of most sources
 * have themselves; of such, columns of tables before what else can be a root.
 */
List *
ivm_affected_region_find_all(const Query *definition, int nsources)
{
	Query	   *query = copyObject(unconstify(Query *, definition));
	FindContext cxt = {.nsources = nsources};
	List	   *result = NIL;
	ListCell   *lc;

	(void) flatten_walker((Node *) query, NULL);
	cxt.rtes = ivm_sources_list_all(query);
	(void) edge_walker((Node *) query, &cxt);
	(void) fence_walker((Node *) query, &cxt);
	find_roots(&cxt, query, (Node *) query->jointree);
	find_linear_roots(&cxt, query);
	find_meetings(&cxt, query);
	foreach(lc, cxt.roots)
	{
		IvmRegion  *region = make_region(&cxt, lfirst(lc));

		if (region == NULL)
			continue;
		region->number = list_length(result);
		result = lappend(result, region);
	}
	list_sort(result, compare_regions);
	return result;
}

/* ---- restricted queries ---- */

static RangeTblEntry *
values_rte(const IvmRegion *region, double nvalues)
{
	RangeTblEntry *rte = makeNode(RangeTblEntry);

	rte->rtekind = RTE_NAMEDTUPLESTORE;
	rte->enrname = IVM_REGION_VALUES;
	rte->enrtuples = nvalues;
	rte->coltypes = list_make1_oid(region->type);
	rte->coltypmods = list_make1_int(-1);
	rte->colcollations = list_make1_oid(region->collation);
	rte->eref = makeAlias(IVM_REGION_VALUES, list_make1(makeString("v")));
	rte->inFromCl = true;
	return rte;
}

static RangeTblRef *
make_ref(int rti)
{
	RangeTblRef *ref = makeNode(RangeTblRef);

	ref->rtindex = rti;
	return ref;
}

/*
 * What is compared when rows are looked up by an expression: an argument of a
 * conversion between integers, whose operators take different types.
 */
Expr *
ivm_affected_region_looked_up(Expr *expr)
{
	Oid			function = IsA(expr, FuncExpr) ? ((FuncExpr *) expr)->funcid : InvalidOid;

	if (function == F_INT4_INT2 || function == F_INT8_INT2 || function == F_INT8_INT4)
		return linitial(((FuncExpr *) expr)->args);
	return expr;
}

static Expr *
make_equal(Expr *a, Expr *b)
{
	Oid			type = ivm_division_compared_type(exprType((Node *) a));
	Oid			opno = ivm_division_equality(type);

	if (type == INT4OID || type == INT8OID)
	{
		/* so that an index can be used */
		a = ivm_affected_region_looked_up(a);
		b = ivm_affected_region_looked_up(b);
		opno = get_opfamily_member(INTEGER_BTREE_FAM_OID, getBaseType(exprType((Node *) a)),
								   getBaseType(exprType((Node *) b)), BTEqualStrategyNumber);
	}
	return make_opclause(opno, BOOLOID, false, a, b, InvalidOid, exprCollation((Node *) a));
}

static Expr *
column_at(Expr *expr, int rti)
{
	Node	   *result = copyObject((Node *) expr);

	ChangeVarNodes(result, 1, rti, 0);
	return (Expr *) result;
}

/*
 * All columns of a range table entry, in their places.  (A table may have got more
 * since the query was parsed.)
 */
static List *
all_columns(RangeTblEntry *rte, int rti)
{
	List	   *result = NIL;
	ListCell   *name;
	ListCell   *column;

	forboth(name, rte->eref->colnames, column, ivm_compat_expand_rte(rte, rti))
		result = lappend(result, makeTargetEntry(lfirst(column), list_length(result) + 1,
												 pstrdup(strVal(lfirst(name))), false));
	return result;
}

/* Put a source's or constant's range table entry into a query of its own. */
static RangeTblEntry *
add_copy(Query *query, RangeTblEntry *rte)
{
	RangeTblEntry *copy = copyObject(rte);

	query->rtable = lappend(query->rtable, copy);
	if (rte->rtekind == RTE_RELATION)
		ivm_compat_free_relation(query, copy);
	else
		ivm_compat_no_permissions(copy);	/* a view that reads no table */
	return copy;
}

/* Let a range table entry be a subquery instead of what it was. */
static void
become_subquery(RangeTblEntry *rte, Query *query)
{
	rte->rtekind = RTE_SUBQUERY;
	rte->subquery = query;
	rte->relid = InvalidOid;
	rte->relkind = 0;
	rte->rellockmode = NoLock;
	rte->inh = false;
	rte->securityQuals = NIL;
	rte->functions = NIL;
	rte->funcordinality = false;
	rte->values_lists = NIL;
	rte->coltypes = rte->coltypmods = rte->colcollations = NIL;
	ivm_compat_no_permissions(rte);
}

/*
 * Let a query read, of the root sources, only rows with one of the values that
 * the executor finds as IVM_REGION_VALUES (about nvalues distinct ones), or only
 * those where the root column is NULL.  Branches of UNION ALL without a root are
 * left out.  The view's owner was allowed to read the tables as a whole.
 */
void
ivm_affected_region_restrict(Query *query, const IvmRegion *region, bool null_value, double nvalues)
{
	List	   *rtes = ivm_sources_list_all(query);
	uint64		sources = 0;
	ListCell   *lc;

	foreach(lc, region->roots)
		sources |= UINT64CONST(1) << ((IvmColumn *) lfirst(lc))->source;
	(void) ivm_sources_keep_branches(query, sources, false);
	foreach(lc, list_concat_copy(region->roots, region->fenced))
	{
		IvmColumn  *root = lfirst(lc);
		RangeTblEntry *outer = list_nth(rtes, root->source);
		Query	   *sub = makeNode(Query);
		RangeTblEntry *rte = add_copy(sub, outer);

		sub->commandType = CMD_SELECT;
		sub->canSetTag = true;
		sub->targetList = all_columns(rte, 1);
		if (null_value)
		{
			NullTest   *test = makeNode(NullTest);

			test->arg = column_at(root->expr, 1);
			test->nulltesttype = IS_NULL;
			test->location = -1;
			sub->jointree = makeFromExpr(list_make1(make_ref(1)), (Node *) test);
		}
		else
		{
			sub->rtable = lappend(sub->rtable, values_rte(region, nvalues));
			sub->jointree = makeFromExpr(list_make2(make_ref(1), make_ref(2)), (Node *)
										 make_equal(column_at(root->expr, 1), (Expr *)
													makeVar(2, 1, region->type, -1, region->collation, 0)));
		}
		become_subquery(outer, sub);
	}
}

/*
 * The region's values that rows of a source lead to, the source's rows being
 * put in its place later:	SELECT last.value FROM source, ... WHERE from = to ...
 * Rows that do not satisfy the source's filter are left out.
 */
Query *
ivm_affected_region_values_query(Query *definition, const IvmRegion *region, int source, List *filter)
{
	List	   *rtes = ivm_sources_list_all(definition);
	IvmPath    *path = region->paths[source];
	Query	   *query = makeNode(Query);
	List	   *quals = copyObject(filter);
	List	   *from = NIL;

	query->commandType = CMD_SELECT;
	query->canSetTag = true;
	for (int i = 0; i <= path->nhops; i++)
	{
		(void) add_copy(query, list_nth(rtes, i == 0 ? source : path->hops[i - 1].to.source));
		from = lappend(from, make_ref(i + 1));
		if (i > 0)
			quals = lappend(quals, make_equal(column_at(path->hops[i - 1].from, i),
											  column_at(path->hops[i - 1].to.expr, i + 1)));
	}
	query->jointree = makeFromExpr(from, (Node *) make_ands_explicit(quals));
	query->targetList = list_make1(makeTargetEntry(column_at(path->value, path->nhops + 1),
												   1, pstrdup("v"), false));
	return query;
}
