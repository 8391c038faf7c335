/*-------------------------------------------------------------------------
 *
 * explain.c
 *	  How a query is, or would be, maintained: in words.
 *
 * One row per construct of the query, in the order in which data flows: the
 * table, WHERE, keys and aggregates, which are the core; then what is done
 * when the view is read, the finishing.
 *
 * A cost is what a construct adds.  Of writes: per changed row of the base
 * table, and per key changed by a transaction.  Of reads: per row of the view
 * that is read, beyond reading it from a plain table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/ruleutils.h"

#include "aggregates/accum.h"
#include "base/sql_text.h"
#include "catalog/catalog_view.h"
#include "catalog/append_view.h"
#include "catalog/change_log.h"
#include "commit/join_delta.h"
#include "definition/core.h"
#include "definition/core_query.h"
#include "definition/grouping_sets.h"
#include "definition/layout.h"
#include "definition/outer_query.h"
#include "definition/refusal.h"
#include "definition/time_window.h"
#include "definition/view_part.h"
#include "definition/view_parts.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"
#include "sql/explain.h"
#include "sql/explain_index.h"

#define PER_ROW		"constant per changed row"
#define PER_KEY		"one row written per changed key and transaction"
#define PER_READ	"constant per row read"
#define ALL_ROWS	"all rows of the view, for each read"

/* Append a row. */
static List *
add(List *rows, const char *code, const char *part, const char *construct, const char *strategy,
	const char *write_cost, const char *read_cost, const char *note)
{
	IvmExplainRow *row = palloc(sizeof(IvmExplainRow));

	row->code = code;
	row->part = part;
	row->construct = construct;
	row->strategy = strategy;
	row->write_cost = write_cost;
	row->read_cost = read_cost;
	row->note = note;
	return lappend(rows, row);
}

/* The name that an expression gets while it is turned into text */
#define EXPRESSION_NAME "ivm_expression"

/*
 * An expression of the definition as SQL text.  Over several sources it is
 * printed as the only column of the whole query, and cut out.
 */
static char *
expression_text(const IvmCore *core, const void *expr)
{
	Node	   *copy = ivm_view_parts_restore(core->parts,
											  ivm_grouping_sets_restore(core->sets, copyObject(unconstify(void *, expr))));
	Query	   *query;
	char	   *printed;
	char	   *end;

	if (core->single)
	{
		if (copy && core->rti != 1)
			ChangeVarNodes(copy, core->rti, 1, 0);
		return deparse_expression(copy, deparse_context_for(get_rel_name(core->base), core->base),
								  false, false);
	}
	query = ivm_core_query_bare(core);
	query->targetList = list_make1(makeTargetEntry((Expr *) copy, 1, EXPRESSION_NAME, false));
	printed = pg_get_querydef(query, false);
	end = strstr(printed, " AS " EXPRESSION_NAME);
	if (end == NULL)
		return printed;
	printed = pnstrdup(printed, end - printed);
	while (*printed == ' ')
		printed++;
	return printed + strlen("SELECT ");
}

/* ---- core ---- */

/* What is to be said of a table: which look-ups its changes lack an index for */
static const char *
source_note(const IvmCore *core, Oid relid, List *advices)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	if (get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE)
		appendStringInfoString(&buf, "on all partitions");
	foreach(lc, advices)
	{
		IvmIndexAdvice *advice = lfirst(lc);

		if (!list_member_oid(advice->changed, relid))
			continue;
		if (advice->columns == NULL)
			appendStringInfo(&buf, "%sreads all of %s", buf.len > 0 ? "; " : "",
							 ivm_sql_text_relation_name(advice->table));
		else
			appendStringInfo(&buf, "%sreads all of %s; an index on (%s) makes that a look-up",
							 buf.len > 0 ? "; " : "", ivm_sql_text_relation_name(advice->table),
							 advice->columns);
	}
	return buf.len > 0 ? buf.data : NULL;
}

/* The tables, and how a change of each is computed */
static List *
explain_sources(const IvmCore *core)
{
	static const char *const ways[] = {
		[IVM_WAY_TERMS] = "linear: changed rows joined with the other sources",
		[IVM_WAY_REGION] = "region: what changed rows can touch, compared with what it was",
		[IVM_WAY_EXISTS] = "region: the rows that changed rows meet, compared with what they were",
		[IVM_WAY_RECOMPUTE] = "recompute: all of the view, compared with its definition",
	};
	static const char *const way_codes[] = {
		[IVM_WAY_TERMS] = "table_linear",
		[IVM_WAY_REGION] = "table_region",
		[IVM_WAY_EXISTS] = "table_region",
		[IVM_WAY_RECOMPUTE] = "table_recompute",
	};
	static const char *const costs[] = {
		[IVM_WAY_TERMS] = "the rows that each changed row joins",
		[IVM_WAY_REGION] = "the rows that share a value with each changed row",
		[IVM_WAY_EXISTS] = "the rows of the other tables, for each changed row",
		[IVM_WAY_RECOMPUTE] = "that of the definition, once per transaction",
	};
	List	   *rows = NIL;
	List	   *advices = ivm_explain_indexes(core);
	List	   *tables = NIL;
	IvmDeltaWay worst = IVM_WAY_TERMS;

	for (int i = 0; i < core->nsources; i++)
	{
		Oid			relid = core->sources[i].relid;
		char	   *construct = psprintf("FROM %s", ivm_sql_text_relation_name(relid));
		const char *note = source_note(core, relid, advices);
		IvmDeltaWay way = ivm_join_delta_way(core, list_make1_oid(relid));

		tables = lappend_oid(tables, relid);
		worst = Max(worst, way);
		if (way == IVM_WAY_TERMS && core->nsources == 1)
			rows = add(rows, "table_linear", "core", construct, "linear: each changed row by itself", PER_ROW,
					   "none", note);
		else
			rows = add(rows, way_codes[way], "core", construct, ways[way], costs[way], "none", note);
	}
	if (worst != IVM_WAY_RECOMPUTE && ivm_join_delta_way(core, tables) == IVM_WAY_RECOMPUTE)
		rows = add(rows, "tables_recompute", "core", "changes of several tables", ways[IVM_WAY_RECOMPUTE],
				   costs[IVM_WAY_RECOMPUTE], "none",
				   "where one transaction changes all of them");
	return rows;
}

/* What it takes to recompute one key from the base tables. */
static const char *
recompute_note(const IvmCore *core)
{
	const char *columns;
	Oid			relid = ivm_explain_recompute(core, &columns);
	const char *table;

	if (OidIsValid(relid))
	{
		table = ivm_sql_text_relation_name(relid);
		return columns == NULL ? psprintf("a key is recomputed by an index of %s", table) :
			psprintf("recomputing reads all of %s; an index on (%s) makes that a look-up", table, columns);
	}
	if (!core->single)
		return "a key is recomputed by the definition with the key in its WHERE clause";
	table = ivm_sql_text_relation_name(core->base);
	if (core->nkeys == 0)
		return psprintf("recomputing reads all of %s", table);
	return psprintf("recomputing reads all of %s: no index can hold %s", table,
					expression_text(core, core->keys[0].shown));
}

/* Add what the rows of the core are, and its keys. */
static List *
explain_keys(const IvmCore *core, List *rows)
{
	IvmLayout	layout;
	int		   *positions = palloc(sizeof(int) * Max(core->naccums, 1));
	const char *index;

	ivm_layout_find(core, &layout, positions, positions);
	index = layout.hashed ? "found by an index on a hash of the key" :
		"found by an index on the key columns";
	if (core->kind == IVM_CORE_GLOBAL)
		rows = add(rows, "global", "core", "aggregates without GROUP BY", "one row", PER_KEY, "none",
				   "writers at the same time append deltas instead of waiting for the row");
	else if (core->kind == IVM_CORE_BAG)
		rows = add(rows, "bag", "core", "rows, without GROUP BY", "linear: counted copies",
				   PER_ROW "; one row written per changed distinct row and transaction", "none",
				   "distinct rows are stored once, with their number");
	if (core->sets)
		rows = add(rows, "grouping_sets", "core", "grouping sets", "linear: rows counted for each set", PER_ROW, "none",
				   psprintf("column %s; a changed row changes one key in each of the %d sets",
							quote_identifier(core->keys[core->sets->key].name), core->sets->nsets));
	for (int i = 0; i < core->nkeys; i++)
	{
		if (core->sets && i == core->sets->key)
			continue;
		rows = add(rows, "key", "core", expression_text(core, core->keys[i].shown), "key",
				   i == 0 && core->kind == IVM_CORE_GROUP ? PER_ROW "; " PER_KEY : PER_ROW, "none",
				   psprintf("column %s; %s", quote_identifier(core->keys[i].name), index));
	}
	return rows;
}

/* Names of the columns of the state table that an accumulator has */
static char *
column_list(const IvmCore *core, int accum)
{
	StringInfoData buf;
	int			n = core->accums[accum].accum.class->nstate;

	initStringInfo(&buf);
	appendStringInfoString(&buf, n > 1 ? "columns " : "column ");
	for (int c = 0; c < n; c++)
		appendStringInfo(&buf, "%s%s", c > 0 ? ", " : "",
						 quote_identifier(ivm_core_query_state_column(core, accum, c)));
	return buf.data;
}

/* Strategy and costs of a key that is computed as a whole whenever it has changed */
#define SLICE		"slice: recomputed per changed key"
#define SLICE_WRITE	PER_ROW " to mark the key"
#define SLICE_READ	"all base rows of each key changed and not folded yet"

/* Add an aggregate of distinct values. */
static List *
explain_distinct(const IvmCore *core, int i, const char *construct, const char *columns, List *rows)
{
	bool		found;
	const char *index = ivm_explain_values(core, i, &found);
	const char *table = ivm_sql_text_relation_name(core->base);

	if (found)
		return add(rows, "aggregate_distinct", "core", construct,
				   psprintf("linear in the set of values: %s", core->accums[i].accum.class->name),
				   PER_ROW "; one look-up per value and key changed", PER_READ,
				   psprintf("%s; values are looked up in %s by (%s)", columns, table, index));
	return add(rows, "aggregate_distinct_slice", "core", construct, SLICE, SLICE_WRITE, SLICE_READ,
			   index == NULL ? psprintf("%s; %s", columns, recompute_note(core)) :
			   psprintf("%s; an index on %s (%s) makes that linear; %s", columns, table, index, recompute_note(core)));
}

/* Add an aggregate. */
static List *
explain_accum(const IvmCore *core, int i, List *rows)
{
	const IvmAccumClass *class = core->accums[i].accum.class;
	const char *construct = expression_text(core, core->accums[i].aggref);
	const char *columns = column_list(core, i);

	if (class == &ivm_accum_slice)
		return add(rows, "aggregate_slice", "core", construct, SLICE, SLICE_WRITE, SLICE_READ,
				   psprintf("%s; %s", columns, recompute_note(core)));
	if (core->accums[i].accum.distinct)
		return explain_distinct(core, i, construct, columns, rows);
	if (class == &ivm_accum_extreme)
		return add(rows, "aggregate_extreme", "core", construct, "extreme",
				   PER_ROW,
				   "all base rows of each key whose extreme was deleted and not folded yet",
				   psprintf("%s; %s", columns, recompute_note(core)));
	return add(rows, "aggregate_linear", "core", construct, psprintf("linear: %s", class->name), PER_ROW,
			   PER_READ, columns);
}

/* Are there aggregates that rest on the row count alone, as count(*) does? */
static bool
uses_row_count(const IvmCore *core)
{
	ListCell   *lc;

	foreach(lc, core->cuts)
	{
		IvmCut	   *cut = lfirst(lc);

		if (cut->key < 0 && cut->accum < 0)
			return true;
	}
	return false;
}

/* ---- finishing ---- */

static bool
contain_param_walker(Node *node, void *cxt)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param))
		return true;
	return expression_tree_walker(node, contain_param_walker, cxt);
}

/* The text of a target entry as the definition has it. */
static char *
definition_text(const IvmCore *core, const TargetEntry *finishing)
{
	ListCell   *lc;

	foreach(lc, core->whole->targetList)
	{
		TargetEntry *tle = lfirst(lc);

		if (!tle->resjunk && strcmp(tle->resname, finishing->resname) == 0)
			return psprintf("%s AS %s", expression_text(core, tle->expr),
							quote_identifier(tle->resname));
	}
	return pstrdup(finishing->resname);
}

/* Expressions of an ORDER BY or a DISTINCT, as SQL text */
static char *
sort_text(const IvmCore *core, List *clauses, List *targetlist)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, clauses)
		appendStringInfo(&buf, "%s%s", buf.len > 0 ? ", " : "",
						 expression_text(core, get_sortgroupclause_expr(lfirst(lc), targetlist)));
	return buf.data;
}

/* Add the expressions of the select-list that are computed from cuts. */
static List *
explain_select_list(const IvmCore *core, List *rows)
{
	ListCell   *lc;

	foreach(lc, core->finishing->targetList)
	{
		TargetEntry *tle = lfirst(lc);

		if (tle->resjunk || IsA(tle->expr, Param) || contain_windowfuncs((Node *) tle->expr) ||
			!contain_param_walker((Node *) tle->expr, NULL))
			continue;
		rows = add(rows, "read_expression", "finishing", definition_text(core, tle), "at read", "none", PER_READ, NULL);
	}
	return rows;
}

/* Add the window functions. */
static List *
explain_windows(const IvmCore *core, List *rows)
{
	ListCell   *lc;

	foreach(lc, core->finishing->targetList)
	{
		TargetEntry *tle = lfirst(lc);

		if (!tle->resjunk && contain_windowfuncs((Node *) tle->expr))
			rows = add(rows, "read_window", "finishing",
					   psprintf("%s, a window function", quote_identifier(tle->resname)),
					   "at read", "none", ALL_ROWS,
					   "a condition on columns of PARTITION BY narrows that to some partitions");
	}
	return rows;
}

/* Does a condition tell rows apart, other than by NULLs? */
static bool
is_selective(Node *node, void *arg)
{
	if (node == NULL || IsA(node, NullTest))
		return false;
	if (IsA(node, Var))
		return true;
	return expression_tree_walker(node, is_selective, arg);
}

/* A width of buckets in words */
static const char *
width_text(int64 width)
{
	return DatumGetCString(DirectFunctionCall1(interval_out,
											   ((Const *) ivm_time_window_interval(width))->constvalue));
}

/* What reading the rows at the edges of a window costs. */
static const char *
edge_note(const IvmCore *core)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, ivm_explain_edges(core))
	{
		IvmIndexAdvice *advice = lfirst(lc);
		const char *table;

		if (buf.len > 0)
			appendStringInfoString(&buf, "; ");
		if (!OidIsValid(advice->table))
		{
			appendStringInfoString(&buf, "the edge is read without an index, since none can hold what is compared");
			continue;
		}
		table = ivm_sql_text_relation_name(advice->table);
		if (advice->found)
			appendStringInfo(&buf, "the edge is read by an index on %s (%s)", table, advice->columns);
		else
			appendStringInfo(&buf, "the edge reads all of %s; an index on (%s) makes that a look-up",
							 table, advice->columns);
	}
	return buf.len > 0 ? buf.data : NULL;
}

/* Add the conditions on the current time. */
static List *
explain_window(const IvmCore *core, List *rows)
{
	const IvmTimeWindow *window = core->window;
	ListCell   *lc;

	if (window == NULL)
		return rows;
	foreach(lc, window->bounds)
	{
		IvmTimeBound *bound = lfirst(lc);
		IvmTimeKey *tk = list_nth(window->keys, bound->timekey);
		Expr	   *condition = make_opclause(bound->opno, BOOLOID, false, copyObject(tk->compared),
											  copyObject(bound->value), InvalidOid, InvalidOid);
		const char *text = psprintf("WHERE %s", expression_text(core, condition));

		if (tk->bucketed)
			rows = add(rows, "read_time_buckets", "finishing", text,
					   psprintf("at read: buckets of %s, and the base rows of the one at the edge", width_text(window->width)),
					   "none", "the stored rows within the window, and the base rows of one bucket",
					   edge_note(core));
		else
			rows = add(rows, "read_time", "finishing", text, "at read", "none",
					   window->merged ? "the stored rows within the window" : PER_READ,
					   bound == ivm_time_window_leaving(window) ?
					   "rows outside of the window are stored, too; those that have left it, for a while" :
					   "rows that do not satisfy it are stored, too");
	}
	return rows;
}

/* Add what is done when the view is read. */
static List *
explain_finishing(const IvmCore *core, List *rows)
{
	Query	   *query = core->finishing;
	Query	   *def = core->whole;
	ListCell   *lc;

	if (core->parts)
	{
		foreach(lc, make_ands_implicit((Expr *) core->parts->quals))
			rows = add(rows, "read_where", "finishing", psprintf("WHERE %s", expression_text(core, lfirst(lc))),
					   "at read", "none", is_selective(lfirst(lc), NULL) ? ALL_ROWS : PER_READ,
					   "rows that do not satisfy it are stored, too");
	}
	if (core->parts && core->parts->rows)
		rows = add(rows, "read_grouping", "finishing", "grouping and aggregates", "at read", "none", ALL_ROWS, NULL);
	rows = explain_window(core, rows);
	rows = explain_select_list(core, rows);
	if (def->havingQual)
		rows = add(rows, "read_having", "finishing", psprintf("HAVING %s", expression_text(core, def->havingQual)),
				   "at read", "none", PER_READ, "groups that do not satisfy it are stored, too");
	rows = explain_windows(core, rows);
	if (query->distinctClause)
		rows = add(rows, "read_distinct", "finishing",
				   query->hasDistinctOn ?
				   psprintf("DISTINCT ON (%s)", sort_text(core, def->distinctClause, def->targetList)) :
				   "DISTINCT", "at read", "none", ALL_ROWS, NULL);
	if (query->sortClause)
		rows = add(rows, "read_order_by", "finishing",
				   psprintf("ORDER BY %s", sort_text(core, def->sortClause, def->targetList)),
				   "at read", "none",
				   query->limitCount ? "a sort, or the first rows of an index" :
				   "a sort, or an index in that order",
				   "ivm.create_index() makes an index of keys and aggregates; one of aggregates makes writes of the state cost more");
	if (query->limitCount || query->limitOffset)
		rows = add(rows, "read_limit", "finishing",
				   psprintf("%s%s%s",
							query->limitCount ? psprintf("LIMIT %s", expression_text(core, def->limitCount)) : "",
							query->limitCount && query->limitOffset ? " " : "",
							query->limitOffset ? psprintf("OFFSET %s", expression_text(core, def->limitOffset)) : ""),
				   "at read", "none", PER_READ, "all rows are stored");
	foreach(lc, core->outer_queries)
	{
		IvmOuterQuery *outer = lfirst(lc);

		rows = add(rows, "read_outer_query", "finishing",
				   psprintf("the query around %s",
							rt_fetch(outer->rti, outer->query->rtable)->eref->aliasname),
				   "at read", "none", ALL_ROWS, NULL);
	}
	return rows;
}

/* ---- queries ---- */

/* A query, or a part of one */
static List *
explain_one(const IvmCore *core)
{
	List	   *rows;

	rows = explain_sources(core);
	if (core->nsources == 0 && core->parts == NULL)
		return add(rows, "constant", "core", "a query that reads no table", "constant", "none", PER_READ,
				   "stored once; computed again when a view that it reads is replaced");
	if (core->qual)
		rows = add(rows, "where", "core", psprintf("WHERE %s", expression_text(core, core->qual)),
				   "filter", PER_ROW, "none", "rows that do not satisfy it cost nothing more");
	rows = explain_keys(core, rows);
	if (uses_row_count(core))
		rows = add(rows, "aggregate_linear", "core", "count(*)", "linear: count", PER_ROW, PER_READ,
				   "column row_count");
	for (int i = 0; i < core->naccums; i++)
		rows = explain_accum(core, i, rows);
	return explain_finishing(core, rows);
}

/* The text of a part, with that of the expression that reads it before it. */
static const char *
part_text(const IvmCore *core, int n)
{
	ListCell   *lc;

	foreach(lc, core->parts->uses)
	{
		IvmViewPartUse *use = lfirst(lc);

		if (use->part == n)
			return expression_text(core, use->sublink);
	}
	return "";
}

List *
ivm_explain_core(const IvmCore *core, List *cores)
{
	List	   *rows = explain_one(core);
	ListCell   *lc;

	foreach(lc, cores)
	{
		int			n = foreach_current_index(lc);
		ListCell   *lc2;

		rows = add(rows, "part", psprintf("part %d", n + 1), part_text(core, n),
				   "kept by itself: a subquery that depends on no row around it",
				   "none", PER_READ, NULL);
		foreach(lc2, explain_one(lfirst(lc)))
		{
			IvmExplainRow *row = lfirst(lc2);

			row->part = psprintf("part %d: %s", n + 1, row->part);
			rows = lappend(rows, row);
		}
	}
	return rows;
}

List *
ivm_explain_refusal(const IvmRefusal *refusal, const char *sql)
{
	StringInfoData note;

	initStringInfo(&note);
	if (refusal->detail)
		appendStringInfo(&note, "%s ", refusal->detail);
	if (refusal->hint)
		appendStringInfo(&note, "%s ", refusal->hint);
	if (sql && refusal->location >= 0)
		appendStringInfo(&note, "Position %d: %.*s ",
						 pg_mbstrlen_with_len(sql, refusal->location) + 1,
						 pg_mbcliplen(sql + refusal->location, strlen(sql + refusal->location), 40),
						 sql + refusal->location);
	if (note.len > 0)
		note.data[--note.len] = '\0';
	return add(NIL, psprintf("refused_%s", unpack_sql_state(refusal->sqlerrcode)), "refused", refusal->message, NULL, NULL, NULL,
			   note.len > 0 ? note.data : NULL);
}

/* ---- views ---- */

/* Names of the indexes of a table, or NULL */
static char *
index_list(Oid relid)
{
	Relation	rel = table_open(relid, AccessShareLock);
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, RelationGetIndexList(rel))
		appendStringInfo(&buf, "%s%s", buf.len > 0 ? ", " : "indexes ",
						 quote_identifier(get_rel_name(lfirst_oid(lc))));
	table_close(rel, AccessShareLock);
	return buf.len > 0 ? buf.data : NULL;
}

/*
 * Add the indexes of the state table that have columns of aggregates.  What most
 * changes of a row alter is then indexed, so they cannot be heap-only updates, which
 * write no index at all and whose old versions need no vacuum.
 */
static List *
explain_aggregate_indexes(const IvmPlan *plan, List *rows)
{
	Relation	rel = table_open(plan->row->state, AccessShareLock);
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(rel))
	{
		Relation	index = index_open(lfirst_oid(lc), AccessShareLock);
		Bitmapset  *columns = NULL;
		int			first = plan->layout.state_row_count + 1 - FirstLowInvalidHeapAttributeNumber;

		for (int i = 0; i < index->rd_index->indnatts; i++)
			columns = bms_add_member(columns, index->rd_index->indkey.values[i] -
									 FirstLowInvalidHeapAttributeNumber);
		pull_varattnos((Node *) RelationGetIndexExpressions(index), 1, &columns);
		pull_varattnos((Node *) RelationGetIndexPredicate(index), 1, &columns);
		if (bms_next_member(columns, first - 1) >= 0)
			rows = add(rows, "index_of_aggregates", "storage", quote_identifier(RelationGetRelationName(index)),
					   "index with columns of aggregates",
					   "each changed row of the state gets an entry in every index of the state table, instead of a heap-only update",
					   NULL, "worth it where it is read by; VACUUM removes what becomes of the old entries");
		index_close(index, AccessShareLock);
	}
	table_close(rel, AccessShareLock);
	return rows;
}

/* Add whether the state is used, and what to do if it is not. */
static List *
explain_status(const IvmPlan *plan, List *rows)
{
	IvmStatus	status = plan->row->status;
	const char *name = quote_literal_cstr(ivm_sql_text_relation_name(plan->row->view));

	if (plan->unusable == NULL && ivm_view_row_is_paused(plan->row))
		return add(rows, "status_paused", "status", "paused", status == IVM_STATUS_ROLLED_BACK ?
				   "reads show the rows that ivm.rollback() has put back" : "reads show the rows of the last refresh", NULL, NULL,
				   psprintf("not refreshed until ivm.resume(%s)", name));
	if (plan->unusable == NULL)
		return add(rows, "status_ready", "status", "ready",
				   plan->deferred ? "reads show the rows of the last refresh" :
				   "reads merge state and deltas", NULL,
				   plan->max_staleness ? "past max_staleness: changed rows that are logged and not taken in yet" : NULL,
				   NULL);
	if (status == IVM_STATUS_READY)
		status = IVM_STATUS_STALE;
	return add(rows, psprintf("status_%s", ivm_view_row_status_shown(status)), "status", ivm_view_row_status_shown(status),
			   plan->core->refusal ? "cannot be read" : "reads run the definition",
			   plan->capturing ? NULL : "none",
			   plan->core->refusal ? NULL : "that of the definition, for each read",
			   plan->core->refusal ? psprintf("%s.", plan->unusable) :
			   psprintf("%s; ivm.%s(%s) repairs that", plan->unusable,
						ivm_view_row_is_paused(plan->row) ? "resume" :
						status == IVM_STATUS_UNPOPULATED ? "refresh" : "reconcile", name));
}

/* The analyses of a view's parts. */
static List *
part_cores(const IvmViewRow *row)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, ivm_catalog_parts(row->id))
		result = lappend(result, ivm_plan_cache_whole(lfirst(lc))->core);
	return result;
}

/* Add how an append view gets its rows. */
static List *
explain_append(const IvmPlan *plan, List *rows)
{
	IvmAppendView *view = ivm_append_view_get(plan->row->id, NULL);
	StringInfoData note;
	ListCell   *lc;

	if (view == NULL)
		return rows;
	initStringInfo(&note);
	appendStringInfo(&note, "new rows of %s are found by its column \"%s\"",
					 ivm_sql_text_relation_name(view->base), get_attname(view->base, view->watermark, false));
	if (view->bucket >= 0)
		appendStringInfo(&note, "; buckets are those of \"%s\"", plan->core->keys[view->bucket].name);
	if (view->closed_before)
		appendStringInfo(&note, ", closed before %s", view->closed_before);
	foreach(lc, plan->relids)
	{
		if (lfirst_oid(lc) != view->base)
			appendStringInfo(&note, "; changes of %s are not followed", ivm_sql_text_relation_name(lfirst_oid(lc)));
	}
	return add(rows, "mode_append", "mode", "append", "refreshed by rows that were inserted, from the table itself",
			   "none: no trigger; costs above are those of the refresh. UPDATE and DELETE are not followed", NULL, note.data);
}

/* Add how a deferred view gets its changes. */
static List *
explain_mode(const IvmPlan *plan, List *rows)
{
	StringInfoData logs;
	ListCell   *lc;

	if (plan->append)
		return explain_append(plan, rows);
	initStringInfo(&logs);
	foreach(lc, plan->row->bases)
	{
		IvmLogSegment *segment = ivm_change_log_current(lfirst_oid(lc));

		if (segment)
			appendStringInfo(&logs, "%s%s", logs.len > 0 ? ", " : "logged in ",
							 ivm_sql_text_relation_name(segment->relid));
	}
	return add(rows, "mode_deferred", "mode", "deferred", "refreshed by what has changed, from change logs",
			   "each changed row is logged once, however many such views read the table; costs above are those of the refresh",
			   NULL, logs.len > 0 ? logs.data : NULL);
}

List *
ivm_explain_plan(const IvmPlan *plan)
{
	List	   *rows;
	ListCell   *lc;

	rows = plan->core->refusal ? ivm_explain_refusal(plan->core->refusal, NULL) :
		ivm_explain_core(plan->core, part_cores(plan->row));
	foreach(lc, rows)
	{
		IvmExplainRow *row = lfirst(lc);

		/* a refresh looks no values up */
		if (plan->deferred && strcmp(row->code, "aggregate_distinct") == 0)
		{
			row->code = "aggregate_distinct_slice";
			row->strategy = SLICE;
			row->write_cost = SLICE_WRITE;
			row->read_cost = "none";
			row->note = "the refresh computes each key that has changed";
		}
	}
	rows = add(rows, "state_table", "storage", ivm_sql_text_relation_name(plan->row->state), "state table",
			   NULL, NULL, index_list(plan->row->state));
	rows = explain_aggregate_indexes(plan, rows);
	rows = add(rows, "delta_table", "storage", ivm_sql_text_relation_name(plan->row->delta), "delta table",
			   NULL, NULL, index_list(plan->row->delta));
	if (plan->deferred)
		rows = explain_mode(plan, rows);
	return explain_status(plan, rows);
}
