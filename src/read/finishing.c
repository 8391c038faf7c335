/*-------------------------------------------------------------------------
 *
 * finishing.c
 *	  The query of the view that users read.
 *
 *		SELECT finishing over cuts			-- the select-list of the definition
 *		FROM (SELECT * FROM state WHERE ivm._merged(tableoid)) s
 *		WHERE having						-- HAVING of the definition
 *
 * The core has cut the definition's expressions (IvmCut) at keys and aggregates;
 * each cut becomes a column of the state table, or what the accumulator's final
 * expression makes of its columns: avg(x) becomes sum / count.  The marker
 * ivm._merged() makes the planner merge deltas in (merge_path.c).  A part, which
 * is a subquery with a view of its own, is read by a subquery over that view.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "aggregates/accum.h"
#include "base/compat.h"
#include "base/sql_text.h"
#include "definition/clauses.h"
#include "definition/core.h"
#include "definition/grouping_sets.h"
#include "definition/layout.h"
#include "definition/row_pack.h"
#include "definition/view_part.h"
#include "read/finishing.h"

/* Give an expression the type, modifier and collation that a node had. */
static Expr *
coerce_like(Expr *expr, Node *like)
{
	Oid			type = exprType(like);
	int32		typmod = exprTypmod(like);

	if (exprType((Node *) expr) != type)
		expr = (Expr *) coerce_to_target_type(NULL, (Node *) expr, exprType((Node *) expr),
											  type, typmod, COERCION_EXPLICIT,
											  COERCE_EXPLICIT_CAST, -1);
	if (OidIsValid(exprCollation(like)) &&
		exprCollation((Node *) expr) != exprCollation(like))
	{
		CollateExpr *c = makeNode(CollateExpr);

		c->arg = expr;
		c->collOid = exprCollation(like);
		c->location = -1;
		expr = (Expr *) c;
	}
	return expr;
}

/* A column of the state, counted from 0 */
static Var *
state_var(const IvmCore *core, Query *state, int column)
{
	TargetEntry *tle = list_nth(state->targetList, column);

	return makeVar(1, column + 1, exprType((Node *) tle->expr),
				   exprTypmod((Node *) tle->expr), exprCollation((Node *) tle->expr), 0);
}

/* The expression over the state that stands for a cut. */
static Expr *
cut_expression(const IvmCore *core, const IvmCut *cut, const IvmLayout *layout,
			   const int *state_first, Query *state)
{
	const IvmAccumDef *def;
	Oid			types[IVM_ACCUM_MAX_COLS];
	List	   *vars = NIL;
	Query	   *query;

	if (cut->key >= 0)
	{
		const IvmKeyDef *key = &core->keys[cut->key];
		Expr	   *var = (Expr *) state_var(core, state, layout->first_key + cut->key);

		return key->expr == key->shown ? var :
			ivm_row_pack_unpack(var, exprType((Node *) key->shown));
	}
	if (cut->accum < 0)
		return (Expr *) state_var(core, state, layout->state_row_count);
	def = &core->accums[cut->accum];
	for (int c = 0; c < def->accum.class->nstate; c++)
	{
		Var		   *var = state_var(core, state, state_first[cut->accum] + c);

		types[c] = var->vartype;
		vars = lappend(vars, var);
	}
	query = ivm_sql_text_parse_template(psprintf("SELECT %s", cut->final), types, def->accum.class->nstate);
	return ivm_sql_text_fill_template(query, vars);
}

/*
 * A state row has rows, unless a rest of sums keeps it, or it is that of a grouping set without
 * expressions, which is there without any.
 */
static Node *
group_has_rows(const IvmCore *core, const IvmLayout *layout, Query *state)
{
	StringInfoData text;
	List	   *args = list_make1(state_var(core, state, layout->state_row_count));

	initStringInfo(&text);
	appendStringInfoString(&text, "$1 <> 0");
	if (core->sets != NULL && core->sets->nempty > 0)
	{
		args = lappend(args, state_var(core, state, layout->first_key + core->sets->key));
		for (int i = 0; i < core->sets->nempty; i++)
			appendStringInfo(&text, " OR $2 = " INT64_FORMAT, core->sets->empty[i]);
	}
	return (Node *) ivm_sql_text_expression(text.data, args);
}

Query *
ivm_finishing_query(const IvmCore *core, const char *state)
{
	const char *marker = core->kind == IVM_CORE_BAG ? "_merged_bag" : "_merged";
	Query	   *query = ivm_sql_text_parse_template(psprintf("SELECT FROM (SELECT * FROM %s WHERE ivm.%s(tableoid)) s",
															 state, marker), NULL, 0);
	Query	   *inner = ((RangeTblEntry *) linitial(query->rtable))->subquery;
	Query	   *finishing = copyObject(core->finishing);
	IvmLayout	layout;
	int		   *state_first = palloc(sizeof(int) * Max(core->naccums, 1));
	int		   *delta_first = palloc(sizeof(int) * Max(core->naccums, 1));
	List	   *exprs = NIL;
	ListCell   *lc;

	ivm_layout_find(core, &layout, state_first, delta_first);
	foreach(lc, core->cuts)
	{
		IvmCut	   *cut = lfirst(lc);
		Expr	   *expr = cut_expression(core, cut, &layout, state_first, inner);

		exprs = lappend(exprs, coerce_like(expr, cut->expr));
	}
	finishing->targetList = (List *) ivm_sql_text_put_args((Node *) finishing->targetList, exprs);
	finishing->havingQual = ivm_sql_text_put_args(finishing->havingQual, exprs);
	finishing->windowClause = (List *) ivm_sql_text_put_args((Node *) finishing->windowClause, exprs);
	ivm_clauses_move(query, finishing);
	query->jointree->quals = ivm_sql_text_put_args(core->finishing_quals, exprs);
	if (core->residues && core->kind == IVM_CORE_GROUP)
		query->jointree->quals = (Node *)
			make_and_qual(query->jointree->quals, group_has_rows(core, &layout, inner));
	if (!query->hasAggs && query->groupClause == NIL && query->groupingSets == NIL)
	{
		query->jointree->quals = (Node *)
			make_and_qual(query->jointree->quals, query->havingQual);
		query->havingQual = NULL;
	}
	return query;
}

/* The subquery that reads a part, in one place */
static Node *
fill_part(const IvmViewPartUse *use, List *views)
{
	Oid			view = list_nth_oid(views, use->part);
	SubLink    *sublink = copyObject(use->sublink);
	Query	   *query = ivm_sql_text_parse_template(psprintf("SELECT %s FROM %s",
															 quote_identifier(get_attname(view, use->column, false)),
															 ivm_sql_text_relation_name(view)), NULL, 0);

	sublink->subselect = (Node *) query;
	return (Node *) sublink;
}

typedef struct FillContext
{
	const IvmViewParts *parts;
	List	   *views;
} FillContext;

static Node *
fill_mutator(Node *node, FillContext *cxt)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
		return fill_part(list_nth(cxt->parts->uses, ((Param *) node)->paramid), cxt->views);
	return expression_tree_mutator(node, fill_mutator, cxt);
}

void
ivm_finishing_fill_parts(Query *query, const IvmViewParts *parts, List *views)
{
	FillContext cxt = {parts, views};
	ListCell   *lc;

	if (parts == NULL)
		return;
	query->targetList = (List *) fill_mutator((Node *) query->targetList, &cxt);
	query->jointree->quals = fill_mutator(query->jointree->quals, &cxt);
	query->havingQual = fill_mutator(query->havingQual, &cxt);
	query->limitOffset = fill_mutator(query->limitOffset, &cxt);
	query->limitCount = fill_mutator(query->limitCount, &cxt);
	foreach(lc, query->windowClause)
	{
		WindowClause *window = lfirst(lc);

		window->startOffset = fill_mutator(window->startOffset, &cxt);
		window->endOffset = fill_mutator(window->endOffset, &cxt);
	}
	query->hasSubLinks = true;
}
