/*-------------------------------------------------------------------------
 *
 * explain_index.c
 *	  Indexes that the maintenance of a view asks for.
 *
 * When a source changes, the rows of the others that its rows meet are looked
 * up, one source after the other:
 *
 *		changed source --a.x = b.y--> b --b.z = c.w--> c
 *
 * Each step needs an index of the table arrived at that starts with a column
 * of the equations.  A source to which no indexed step leads gets advice for
 * one.  Where the change is not computed from changed rows alone, the values
 * of the region are found by such steps, and the rows that have them by an
 * index on the region's columns (affected_region_find.c).
 *
 * Where no equation leads to a source, all of it is read, and no index helps.
 * The rows that changed rows meet (exists_delta.c) are found by such steps, too.
 *
 * Keys that are recomputed ask for an index on one of the key columns.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_am.h"
#include "miscadmin.h"
#include "nodes/bitmapset.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/ruleutils.h"

#include "aggregates/accum.h"
#include "commit/exists_delta.h"
#include "commit/region_delta.h"
#include "definition/addends.h"
#include "definition/affected_region.h"
#include "definition/affected_region_equations.h"
#include "definition/affected_region_query.h"
#include "definition/core.h"
#include "definition/grouping_sets.h"
#include "definition/sources.h"
#include "definition/time_window.h"
#include "plan/distinct_index.h"
#include "sql/explain_index.h"

/* ---- existing indexes ---- */

/* Can rows be looked up by this index, whatever they are? */
static bool
can_look_up(Relation index, bool range)
{
	return index->rd_index->indisvalid && RelationGetIndexPredicate(index) == NIL &&
		(index->rd_rel->relam == BTREE_AM_OID ||
		 index->rd_rel->relam == (range ? BRIN_AM_OID : HASH_AM_OID));
}

/* An expression as an index has it, with its collation apart. */
static Node *
without_collate(Node *expr)
{
	while (IsA(expr, CollateExpr))
		expr = (Node *) ((CollateExpr *) expr)->arg;
	return expr;
}

/* Number of a column, 0 of an expression */
static AttrNumber
attno_of(Node *expr)
{
	return IsA(expr, Var) ? ((Var *) expr)->varattno : 0;
}

/* Is one of these what an index has first, in the same order of its type? */
static bool
starts_with(Relation index, List *exprs)
{
	AttrNumber	first = index->rd_index->indkey.values[0];
	Node	   *first_expr = first != 0 ? NULL : linitial(RelationGetIndexExpressions(index));
	ListCell   *lc;

	foreach(lc, exprs)
	{
		Node	   *expr = without_collate(lfirst(lc));

		if (exprCollation(lfirst(lc)) == index->rd_indcollation[0] &&
			(first_expr ? equal(first_expr, expr) : attno_of(expr) == first))
			return true;
	}
	return false;
}

/*
 * Has a table an index that starts with one of these columns or expressions
 * (of varno 1)?  It is to find values, or a range of them.
 */
static bool
has_index_for(Oid relid, List *exprs, bool range)
{
	Relation	rel = table_open(relid, AccessShareLock);
	bool		found = false;
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(rel))
	{
		Relation	index = index_open(lfirst_oid(lc), AccessShareLock);

		if (can_look_up(index, range))
			found = starts_with(index, exprs);
		index_close(index, AccessShareLock);
		if (found)
			break;
	}
	table_close(rel, AccessShareLock);
	return found;
}

static bool
has_index(Oid relid, List *exprs)
{
	return has_index_for(relid, exprs, false);
}

/* A column or expression as CREATE INDEX wants it. */
static const char *
column_text(Oid relid, Node *expr)
{
	const char *result;

	if (attno_of(expr) != 0)
		return quote_identifier(get_attname(relid, attno_of(expr), false));
	result = deparse_expression(expr, deparse_context_for(get_rel_name(relid), relid), false, false);
	/* operators come with parentheses, calls need none */
	if (IsA(expr, OpExpr) || IsA(expr, CollateExpr) ||
		(IsA(expr, FuncExpr) && ((FuncExpr *) expr)->funcformat == COERCE_EXPLICIT_CALL))
		return result;
	return psprintf("(%s)", result);
}

static const char *
column_texts(Oid relid, List *exprs)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, exprs)
		appendStringInfo(&buf, "%s%s", buf.len > 0 ? ", " : "", column_text(relid, lfirst(lc)));
	return buf.data;
}

/* ---- advice ---- */

/* Add the index of a table that a change of another would use, unless it is there. */
static List *
add_advice(List *advices, Oid changed, Oid table, const char *columns)
{
	ListCell   *lc;
	IvmIndexAdvice *advice;

	foreach(lc, advices)
	{
		advice = lfirst(lc);
		if (advice->table == table && (columns && advice->columns ?
									   strcmp(advice->columns, columns) == 0 :
									   columns == advice->columns))
		{
			if (OidIsValid(changed))
				advice->changed = list_append_unique_oid(advice->changed, changed);
			return advices;
		}
	}
	advice = palloc0(sizeof(IvmIndexAdvice));
	advice->table = table;
	advice->columns = columns;
	if (OidIsValid(changed))
		advice->changed = list_make1_oid(changed);
	return lappend(advices, advice);
}

static bool
has_set_operation(Node *node, void *cxt)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return ((Query *) node)->setOperations != NULL ||
			query_tree_walker((Query *) node, has_set_operation, cxt, 0);
	return expression_tree_walker(node, has_set_operation, cxt);
}

/* The search for what a change of one source of an addend meets */
typedef struct Search
{
	const IvmAddend *addend;
	int			nall;			/* number of sources, with constants, which
								 * come after tables */
	List	   *equations;		/* IvmEquation *: columns that are equal */
	int			start;			/* the changed source; steps from it start at
								 * its changed rows */
	Bitmapset  *reached;		/* sources whose rows are found */
	List	   *advices;		/* found so far */
} Search;

/* The columns of a source that are equal to columns of another. */
static List *
columns_equal(Search *s, int from, int to)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, s->equations)
	{
		IvmEquation *e = lfirst(lc);

		if (e->a.source == from && e->b.source == to)
			result = list_append_unique(result, e->b.expr);
		else if (e->b.source == from && e->a.source == to)
			result = list_append_unique(result, e->a.expr);
	}
	return result;
}

/* Of these columns, those by which an index can find rows. */
static List *
indexable(List *exprs)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, exprs)
	{
		Expr	   *expr = ivm_affected_region_looked_up(lfirst(lc));

		if (!contain_mutable_functions((Node *) expr))
			result = list_append_unique(result, expr);
	}
	return result;
}

/* Rows of a source are looked up by columns: advise an index if none has one. */
static void
look_up(Search *s, int source, List *columns)
{
	List	   *exprs = indexable(columns);
	Oid			table;

	if (source >= s->addend->nsources || exprs == NIL)
		return;
	table = s->addend->sources[source].relid;
	if (!has_index(table, exprs))
		s->advices = add_advice(s->advices, s->addend->sources[s->start].relid, table,
								column_texts(table, exprs));
}

/* Take a step to a source not found yet; false if there is none. */
static bool
take_step(Search *s, bool from_start, bool indexed)
{
	for (int to = 0; to < s->nall; to++)
	{
		if (bms_is_member(to, s->reached))
			continue;
		for (int from = 0; from < s->nall; from++)
		{
			List	   *columns;

			if (!bms_is_member(from, s->reached) && !(from_start && from == s->start))
				continue;
			columns = columns_equal(s, from, to);
			if (columns == NIL ||
				(indexed && to < s->addend->nsources &&
				 !has_index(s->addend->sources[to].relid, indexable(columns))))
				continue;
			if (!indexed)
				look_up(s, to, columns);
			s->reached = bms_add_member(s->reached, to);
			return true;
		}
	}
	return false;
}

/* Find the sources that the changed one meets. */
static void
follow_equations(Search *s, bool from_start)
{
	while (take_step(s, from_start, true) || take_step(s, from_start, false))
		CHECK_FOR_INTERRUPTS();

	/* the branches of a set operation do not meet */
	if (has_set_operation((Node *) s->addend->rows, NULL))
		return;
	for (int i = 0; i < s->addend->nsources; i++)
		if (!bms_is_member(i, s->reached))
			s->advices = add_advice(s->advices, s->addend->sources[s->start].relid,
									s->addend->sources[i].relid, NULL);
}

/* Find the sources from the region that a change of the start touches. */
static void
follow_region(Search *s, const IvmRegion *region)
{
	const IvmPath *path = region->paths[s->start];
	ListCell   *lc;

	for (int i = 0; i < path->nhops; i++)
		look_up(s, path->hops[i].to.source, list_make1(path->hops[i].to.expr));
	foreach(lc, region->roots)
	{
		IvmColumn  *root = lfirst(lc);

		look_up(s, root->source, list_make1(root->expr));
		s->reached = bms_add_member(s->reached, root->source);
	}
	follow_equations(s, false);
}

/* Add what changes of the sources of an addend ask for. */
static List *
advise_addend(const IvmAddend *addend, List *advices)
{
	Search		s = {.addend = addend,.advices = advices};

	s.equations = ivm_affected_region_equations(addend->rows);
	s.nall = list_length(ivm_sources_list_all(addend->rows));
	for (s.start = 0; s.start < addend->nsources; s.start++)
	{
		uint64		changed = UINT64CONST(1) << s.start;
		const IvmRegion *region = addend->sources[s.start].linear ? NULL :
			ivm_region_delta_choose(addend, changed);

		s.reached = NULL;
		if (region)
			follow_region(&s, region);
		else if (addend->sources[s.start].linear || ivm_exists_delta_is_possible(addend, changed))
		{
			s.reached = bms_make_singleton(s.start);
			follow_equations(&s, true);
		}
	}
	return s.advices;
}

/* ---- keys that are recomputed ---- */

/* The table that an expression reads a column of, and the column. */
static bool
column_of_table(Query *query, Node *expr, Oid *relid, Node **column)
{
	Var		   *var;
	RangeTblEntry *rte;

	while (expr && IsA(expr, RelabelType))
		expr = (Node *) ((RelabelType *) expr)->arg;
	var = (Var *) expr;
	if (var == NULL || !IsA(var, Var) || var->varlevelsup > 0 || var->varattno <= 0)
		return false;
	rte = rt_fetch(var->varno, query->rtable);
	if (rte->rtekind == RTE_RELATION)
	{
		*relid = rte->relid;
		*column = (Node *) makeVar(1, var->varattno, var->vartype, var->vartypmod, var->varcollid, 0);
		return true;
	}
	if (rte->rtekind == RTE_JOIN)
		return column_of_table(query, list_nth(rte->joinaliasvars, var->varattno - 1), relid, column);
	if (rte->rtekind != RTE_SUBQUERY || rte->subquery->setOperations ||
		var->varattno > list_length(rte->subquery->targetList))
		return false;
	return column_of_table(rte->subquery,
						   (Node *) list_nth_node(TargetEntry, rte->subquery->targetList,
												  var->varattno - 1)->expr, relid, column);
}

/* Are there aggregates for which a key may have to be recomputed? */
static bool
recomputes_keys(const IvmCore *core)
{
	if (core->kind != IVM_CORE_GROUP)
		return false;
	for (int i = 0; i < core->naccums; i++)
	{
		bool		found;

		/* with an index for its values, that is the one for its keys, too */
		if (core->accums[i].accum.distinct && ivm_explain_values(core, i, &found) == NULL)
			return true;
		if (core->accums[i].accum.class == &ivm_accum_slice ||
			core->accums[i].accum.class == &ivm_accum_extreme)
			return true;
	}
	return false;
}

/* What of a table finds the rows with a value of an expression; false: nothing does. */
static bool
indexed_by(const IvmCore *core, Node *expr, Oid *relid, Node **column)
{
	if (column_of_table(core->definition, expr, relid, column))
		return true;
	if (!core->single || contain_mutable_functions(expr))
		return false;
	*relid = core->base;
	*column = copyObject(expr);
	ChangeVarNodes(*column, core->rti, 1, 0);
	return true;
}

/* What the key is looked up by in the tables: its expression, or what it is a bucket of. */
static Node *
key_expression(const IvmCore *core, int key)
{
	ListCell   *lc;

	if (core->window != NULL)
	{
		foreach(lc, core->window->keys)
		{
			IvmTimeKey *tk = lfirst(lc);
			Expr	   *column;

			if (tk->key == key && tk->bucketed)
				return ivm_time_window_is_converted((Node *) tk->compared, &column) ?
					(Node *) column : (Node *) tk->compared;
		}
	}
	return ivm_grouping_sets_restore(core->sets, (Node *) core->keys[key].expr);
}

List *
ivm_explain_edges(const IvmCore *core)
{
	List	   *result = NIL;
	ListCell   *lc;

	if (core->window == NULL)
		return NIL;
	foreach(lc, core->window->keys)
	{
		IvmTimeKey *tk = lfirst(lc);
		IvmIndexAdvice *advice = palloc0(sizeof(IvmIndexAdvice));
		Node	   *column;

		if (!tk->bucketed)
			continue;
		advice->edge = true;
		if (indexed_by(core, key_expression(core, tk->key), &advice->table, &column))
		{
			advice->columns = column_text(advice->table, column);
			advice->found = has_index_for(advice->table, list_make1(column), true);
		}
		result = lappend(result, advice);
	}
	return result;
}

Oid
ivm_explain_recompute(const IvmCore *core, const char **columns)
{
	Oid			table = InvalidOid;

	*columns = NULL;
	for (int i = 0; i < core->nkeys; i++)
	{
		Oid			relid;
		Node	   *column;

		if (!indexed_by(core, key_expression(core, i), &relid, &column))
			continue;
		if (has_index(relid, list_make1(column)))
		{
			*columns = NULL;
			return relid;
		}
		if (!OidIsValid(table))
		{
			table = relid;
			*columns = column_text(relid, column);
		}
	}
	return table;
}

const char *
ivm_explain_values(const IvmCore *core, int accum, bool *found)
{
	List	   *columns = core->slices ? NIL : ivm_distinct_index_columns(core, accum);

	*found = columns != NIL && ivm_distinct_index_exists(core, accum);
	return columns == NIL ? NULL : column_texts(core->base, columns);
}

/* Add what the aggregates of distinct values ask for. */
static List *
advise_values(const IvmCore *core, List *advices)
{
	for (int i = 0; i < core->naccums; i++)
	{
		bool		found;
		const char *columns;
		IvmIndexAdvice *advice;

		if (!core->accums[i].accum.distinct || (columns = ivm_explain_values(core, i, &found)) == NULL || found)
			continue;
		advice = palloc0(sizeof(IvmIndexAdvice));
		advice->table = core->base;
		advice->columns = columns;
		advice->values = true;
		advices = lappend(advices, advice);
	}
	return advices;
}

List *
ivm_explain_indexes(const IvmCore *core)
{
	List	   *result = NIL;
	ListCell   *lc;
	const char *columns;
	Oid			table;

	foreach(lc, core->addends)
		result = advise_addend(lfirst(lc), result);
	foreach(lc, ivm_explain_edges(core))
	{
		IvmIndexAdvice *advice = lfirst(lc);

		if (!advice->found && advice->columns != NULL)
			result = lappend(result, advice);
	}
	result = advise_values(core, result);
	if (recomputes_keys(core))
	{
		table = ivm_explain_recompute(core, &columns);
		if (OidIsValid(table) && columns != NULL)
			result = add_advice(result, InvalidOid, table, columns);
	}
	return result;
}
