/*-------------------------------------------------------------------------
 *
 * exact_sums.c
 *	  Sums of floats in subqueries that do not depend on the order of rows.
 *
 *		SELECT c.name, s.total FROM customers c
 *		JOIN (SELECT customer, sum(weight) AS total FROM orders GROUP BY 1) s ...
 *
 * A subquery is computed as it is and as it was, and what it was has to be what is
 * stored (affected_region.h).  PostgreSQL adds floats up in the order in which
 * it comes upon them, and rounds each time: 0.1 + 0.2 + 0.3 is not 0.3 + 0.2 + 0.1.
 * That order changes when rows are moved, or read in another way.  So all
 * that computes the core has the sums that accumulators have (accum_float.h): exact ones, rounded once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_aggregate.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"

#include "aggregates/accum.h"
#include "aggregates/accum_float.h"
#include "aggregates/aggregate_rules.h"
#include "base/sql_text.h"
#include "definition/exact_sums.h"

typedef struct ExactSumsContext
{
	int			depth;			/* of the query that we are in; 0: the
								 * outermost */
} ExactSumsContext;

/* An aggregate or window function that is to be replaced, and its parts */
typedef struct FloatSum
{
	const IvmAggRule *rule;
	List	   *args;			/* expressions */
	Expr	   *filter;
	int			levelsup;		/* of an aggregate */
	WindowFunc *window;			/* NULL: it is an aggregate */
} FloatSum;

static const IvmAggRule *
find_float_rule(Oid aggfnoid, List *args)
{
	Oid			types[IVM_ACCUM_MAX_ARGS];
	const IvmAggRule *rule;
	ListCell   *lc;

	if (list_length(args) > IVM_ACCUM_MAX_ARGS)
		return NULL;
	foreach(lc, args)
		types[foreach_current_index(lc)] = exprType(lfirst(lc));
	rule = ivm_aggregate_rules_find(aggfnoid, list_length(args), types);
	return rule && (rule->class == &ivm_accum_float_sum || rule->class == &ivm_accum_float_moments ||
					rule->class == &ivm_accum_float_comoments) ? rule : NULL;
}

/* Is this node a sum of floats at some level below the outermost query, whose order is not fixed? */
static bool
is_float_sum(Node *node, const ExactSumsContext *cxt, FloatSum *sum)
{
	memset(sum, 0, sizeof(FloatSum));
	if (IsA(node, Aggref))
	{
		Aggref	   *agg = (Aggref *) node;
		ListCell   *lc;

		if (cxt->depth <= (int) agg->agglevelsup || agg->aggkind != AGGKIND_NORMAL ||
			agg->aggvariadic || agg->aggstar || agg->aggdistinct != NIL || agg->aggorder != NIL)
			return false;
		foreach(lc, agg->args)
			sum->args = lappend(sum->args, lfirst_node(TargetEntry, lc)->expr);
		sum->filter = agg->aggfilter;
		sum->levelsup = agg->agglevelsup;
		sum->rule = find_float_rule(agg->aggfnoid, sum->args);
	}
	else if (IsA(node, WindowFunc))
	{
		WindowFunc *window = (WindowFunc *) node;

		if (cxt->depth == 0 || !window->winagg || window->winstar)
			return false;
		sum->args = window->args;
		sum->filter = window->aggfilter;
		sum->window = window;
		sum->rule = find_float_rule(window->winfnoid, sum->args);
	}
	return sum->rule != NULL;
}

static bool
has_float_sums(Node *node, ExactSumsContext *cxt)
{
	FloatSum	sum;

	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		bool		found;

		cxt->depth++;
		found = query_tree_walker((Query *) node, has_float_sums, cxt, 0);
		cxt->depth--;
		return found;
	}
	return is_float_sum(node, cxt, &sum) || expression_tree_walker(node, has_float_sums, cxt);
}

/* What stands in an aggregate's place has its filter and its level, or its window. */
static Node *
place_mutator(Node *node, FloatSum *sum)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Aggref) && sum->window == NULL)
	{
		Aggref	   *agg = copyObject((Aggref *) node);

		agg->aggfilter = copyObject(sum->filter);
		agg->agglevelsup = sum->levelsup;
		return (Node *) agg;
	}
	if (IsA(node, Aggref))
	{
		Aggref	   *agg = (Aggref *) node;
		WindowFunc *window = copyObject(sum->window);
		ListCell   *lc;

		window->winfnoid = agg->aggfnoid;
		window->wintype = agg->aggtype;
		window->wincollid = agg->aggcollid;
		window->inputcollid = agg->inputcollid;
		window->args = NIL;
		foreach(lc, agg->args)
			window->args = lappend(window->args, copyObject(lfirst_node(TargetEntry, lc)->expr));
		window->aggfilter = copyObject(sum->filter);
		return (Node *) window;
	}
	return expression_tree_mutator(node, place_mutator, sum);
}

/* The result by the rule, from the columns that a state would have. */
static Node *
make_exact(FloatSum *sum)
{
	const IvmAccumClass *class = sum->rule->class;
	List	   *columns = NIL;

	for (int i = 0; i < class->nstate; i++)
	{
		Node	   *column = (Node *) ivm_sql_text_expression(class->state[i].fresh, sum->args);

		columns = lappend(columns, place_mutator(column, sum));
	}
	return (Node *) ivm_sql_text_expression(sum->rule->final, columns);
}

static Node *
exact_mutator(Node *node, ExactSumsContext *cxt)
{
	FloatSum	sum;

	if (node == NULL)
		return NULL;
	if (IsA(node, Query))
	{
		Query	   *query;

		cxt->depth++;
		query = query_tree_mutator((Query *) node, exact_mutator, cxt, 0);
		cxt->depth--;
		return (Node *) query;
	}
	if (is_float_sum(node, cxt, &sum))
	{
		sum.args = (List *) exact_mutator((Node *) sum.args, cxt);
		sum.filter = (Expr *) exact_mutator((Node *) sum.filter, cxt);
		return make_exact(&sum);
	}
	return expression_tree_mutator(node, exact_mutator, cxt);
}

bool
ivm_exact_sums_put(Query *query)
{
	ExactSumsContext cxt = {0};

	if (!query_tree_walker(query, has_float_sums, &cxt, 0))
		return false;
	(void) query_tree_mutator(query, exact_mutator, &cxt, QTW_DONT_COPY_QUERY);
	return true;
}
