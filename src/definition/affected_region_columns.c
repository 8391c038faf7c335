/*-------------------------------------------------------------------------
 *
 * affected_region_columns.c
 *	  Where the values of an expression come from: columns of sources.
 *
 *		SELECT ... FROM (SELECT o.customer AS c, count(*) FROM orders o GROUP BY 1) s
 *		WHERE s.c = ...						s.c comes from o.customer
 *
 * A column is followed from where it is read, through joins and subqueries, down
 * to the tables.  Where a query merges rows of several tables into one column, by
 * a set operation or FULL JOIN ... USING, its values come from several columns.
 *
 * There are two ways to follow it.  resolve_anywhere() asks only that a value
 * that is seen above is found in the column below; that is enough for an
 * equation.  resolve_linear() asks as well that the column divides the level
 * (README.md): its item of FROM is in linear position.  Inside of subqueries it is
 * always the second that is asked.
 *
 * In the place of a column may stand an expression over columns of one source,
 * if it can be evaluated for any row without an error
 * (ivm_affected_region_total_var()).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "definition/affected_region.h"
#include "definition/affected_region_columns.h"
#include "definition/division.h"

typedef List *(*Resolver) (List *rtes, Query *query, Var *var);

static List *resolve(List *rtes, Query *query, Node *expr, int level, Resolver resolver);

IvmColumn *
ivm_affected_region_make_column(int source, Expr *expr)
{
	IvmColumn  *column = palloc(sizeof(IvmColumn));

	column->source = source;
	column->expr = expr;
	return column;
}

bool
ivm_affected_region_same_column(const IvmColumn *a, const IvmColumn *b)
{
	return a->source == b->source && equal(a->expr, b->expr);
}

int
ivm_affected_region_source_number(List *rtes, RangeTblEntry *rte)
{
	ListCell   *lc;

	foreach(lc, rtes)
	{
		if (lfirst(lc) == rte)
			return foreach_current_index(lc);
	}
	return -1;
}

bool
ivm_affected_region_is_linear(Node *item, int rti)
{
	if (IsA(item, RangeTblRef))
		return ((RangeTblRef *) item)->rtindex == rti;
	if (IsA(item, FromExpr))
	{
		ListCell   *lc;

		foreach(lc, ((FromExpr *) item)->fromlist)
		{
			if (ivm_affected_region_is_linear(lfirst(lc), rti))
				return true;
		}
	}
	else if (IsA(item, JoinExpr))
	{
		JoinExpr   *join = (JoinExpr *) item;

		return ((join->jointype == JOIN_INNER || join->jointype == JOIN_LEFT) &&
				ivm_affected_region_is_linear(join->larg, rti)) ||
			((join->jointype == JOIN_INNER || join->jointype == JOIN_RIGHT) &&
			 ivm_affected_region_is_linear(join->rarg, rti));
	}
	return false;
}

Var *
ivm_affected_region_plain_var(Node *node)
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
resolve_anywhere(List *rtes, Query *query, Var *var)
{
	RangeTblEntry *rte = rt_fetch(var->varno, query->rtable);
	int			source = ivm_affected_region_source_number(rtes, rte);

	if (source >= 0)
		return list_make1(ivm_affected_region_make_column(source, (Expr *)
														  makeVar(1, var->varattno, var->vartype, var->vartypmod,
																  var->varcollid, 0)));
	if (rte->rtekind == RTE_SUBQUERY)
		return ivm_affected_region_output_columns(rtes, rte->subquery, var->varattno);
	if (rte->rtekind == RTE_JOIN)
	{
		Node	   *alias = list_nth(rte->joinaliasvars, var->varattno - 1);
		List	   *result = NIL;
		ListCell   *lc;

		/* not the merged column of FULL JOIN ... USING */
		if (!IsA(alias, CoalesceExpr))
			return resolve(rtes, query, alias, 0, resolve_anywhere);
		foreach(lc, ((CoalesceExpr *) alias)->args)
		{
			Var		   *inner = ivm_affected_region_plain_var(lfirst(lc));
			List	   *columns = NIL;

			if (inner && inner->varlevelsup == 0)
				columns = resolve_anywhere(rtes, query, inner);
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
		{
			if (full_join_of(lfirst(lc), rti, join))
				return true;
		}
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

/* The columns of sources that hold the values of a column, if it divides the query's rows. */
static List *
resolve_linear(List *rtes, Query *query, Var *var)
{
	RangeTblEntry *rte = rt_fetch(var->varno, query->rtable);
	JoinExpr   *join;

	if (rte->rtekind == RTE_JOIN)
	{
		Node	   *alias = list_nth(rte->joinaliasvars, var->varattno - 1);
		Var		   *inner;

		if (!IsA(alias, CoalesceExpr))
			return resolve(rtes, query, alias, 0, resolve_linear);
		if (full_join_of((Node *) query->jointree, var->varno, &join))
		{
			List	   *result = NIL;
			ListCell   *lc;

			foreach(lc, castNode(CoalesceExpr, alias)->args)
			{
				Node	   *side = lc == list_head(((CoalesceExpr *) alias)->args) ? join->larg : join->rarg;
				List	   *columns;

				inner = ivm_affected_region_plain_var(lfirst(lc));
				if (inner == NULL || !ivm_affected_region_is_linear(side, inner->varno) ||
					(columns = resolve_anywhere(rtes, query, inner)) == NIL)
					return NIL;
				result = list_concat(result, columns);
			}
			return result;
		}
		return NIL;
	}
	if (!ivm_affected_region_is_linear((Node *) query->jointree, var->varno))
		return NIL;
	return resolve_anywhere(rtes, query, var);
}

/* The columns of sources that hold the values of a column of a set operation's arm. */
static List *
resolve_arm(List *rtes, RangeTblEntry *rte, int attno)
{
	int			source = ivm_affected_region_source_number(rtes, rte);
	TargetEntry *tle;

	if (source < 0)
		return ivm_affected_region_output_columns(rtes, rte->subquery, attno);
	tle = list_nth(rte->subquery->targetList, attno - 1);
	return list_make1(ivm_affected_region_make_column(source, (Expr *) makeVarFromTargetEntry(1, tle)));
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

/*
 * The columns of sources that hold the values of column attno of an arm, or of a set
 * operation as a whole: it has columns in each arm.
 */
static List *
resolve_set_operation(List *rtes, Query *query, Node *item, int attno)
{
	SetOperationStmt *setop = (SetOperationStmt *) item;
	List	   *left;
	List	   *right;

	if (!IsA(item, SetOperationStmt))
		return resolve_arm(rtes, rt_fetch(castNode(RangeTblRef, item)->rtindex, query->rtable), attno);
	if (!ivm_division_by_arm_column(setop, attno, arm_type(query, setop->larg, attno)) ||
		!ivm_division_by_arm_column(setop, attno, arm_type(query, setop->rarg, attno)))
		return NIL;
	left = resolve_set_operation(rtes, query, setop->larg, attno);
	right = left == NIL ? NIL : resolve_set_operation(rtes, query, setop->rarg, attno);
	return right == NIL ? NIL : list_concat(left, right);
}

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

Var *
ivm_affected_region_total_var(Node *node)
{
	List	   *args;
	Var		   *result = NULL;
	ListCell   *lc;

	if (IsA(node, Var))
		return ((Var *) node)->varattno > 0 ? (Var *) node : NULL;
	if (IsA(node, RelabelType))
		return ivm_affected_region_total_var((Node *) ((RelabelType *) node)->arg);
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
		if (result != NULL || (result = ivm_affected_region_total_var(lfirst(lc))) == NULL)
			return NULL;
	}
	return result;
}

/*
 * May a total expression give different values for equal ones?  Then its value over
 * a column of a subquery that merges equal values says nothing of the values merged.
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
resolve(List *rtes, Query *query, Node *expr, int level, Resolver resolver)
{
	Var		   *var = ivm_affected_region_plain_var(expr);
	Var		   *inner = var ? var : ivm_affected_region_total_var(expr);
	List	   *columns;
	ListCell   *lc;

	if (inner == NULL || inner->varlevelsup != level)
		return NIL;
	if (var == NULL && tells_apart_walker(expr, NULL) &&
		ivm_affected_region_source_number(rtes, rt_fetch(inner->varno, query->rtable)) < 0)
		return NIL;
	columns = resolver(rtes, query, inner);
	if (var)
		return columns;
	foreach(lc, columns)
	{
		IvmColumn  *column = lfirst(lc);

		column->expr = (Expr *) put_mutator(expr, column->expr);
	}
	return columns;
}

List *
ivm_affected_region_output_columns(List *rtes, Query *query, int attno)
{
	TargetEntry *tle;

	if (query->limitCount || query->limitOffset)
		return NIL;
	if (query->setOperations)
		return resolve_set_operation(rtes, query, query->setOperations, attno);
	if (attno > list_length(query->targetList))
		return NIL;
	tle = list_nth(query->targetList, attno - 1);
	if (!ivm_division_by_entry(query, tle))
		return NIL;
	return resolve(rtes, query, (Node *) tle->expr, 0, resolve_linear);
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

Query *
ivm_affected_region_prepare(const Query *definition)
{
	Query	   *query = copyObject(unconstify(Query *, definition));

	(void) flatten_walker((Node *) query, NULL);
	return query;
}

List *
ivm_affected_region_columns(List *rtes, Query *query, Node *expr, int level)
{
	return resolve(rtes, query, expr, level, resolve_anywhere);
}
