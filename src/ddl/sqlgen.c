/*-------------------------------------------------------------------------
 *
 * sqlgen.c
 *	  Builds SQL text, and query trees by parsing such text.
 *
 * Text is used for what a user may want to read (the relations of a view) and
 * for small templates: an accumulator's "fresh" and "final" snippets.  They
 * are parsed with Params in the place of arguments, under a search_path of
 * pg_catalog, and the Params are then replaced by expressions.  Expressions
 * of the definition are never turned into text.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/analyze.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_oper.h"
#include "parser/parser.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "ddl/sqlgen.h"
#include "definition/clauses.h"
#include "definition/grouping_sets.h"
#include "definition/row_pack.h"

/* ---- names ---- */

/* Qualified and quoted. */
char *
ivm_sql_relation_name(Oid relid)
{
	const char *name = get_rel_name(relid);

	if (name == NULL)
		return psprintf("%u", relid);
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)), name);
}

static char *
column_name(const char *prefix, const char *suffix)
{
	return psprintf("%s%s", prefix, suffix);
}

char *
ivm_sql_state_column(const IvmCore *core, int accum, int col)
{
	return column_name(core->accums[accum].name,
					   core->accums[accum].accum.class->state[col].suffix);
}

static void
append_column(StringInfo buf, const char *name, Oid type, int32 typmod, Oid collation)
{
	appendStringInfo(buf, "%s%s %s", buf->data[buf->len - 1] == '(' ? "" : ", ",
					 quote_identifier(name),
					 format_type_extended(type, typmod,
										  FORMAT_TYPE_TYPEMOD_GIVEN |
										  FORMAT_TYPE_FORCE_QUALIFY));
	if (OidIsValid(collation) && collation != get_typcollation(type))
	{
		HeapTuple	tup = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));

		if (HeapTupleIsValid(tup))
		{
			Form_pg_collation c = (Form_pg_collation) GETSTRUCT(tup);

			appendStringInfo(buf, " COLLATE %s",
							 quote_qualified_identifier(get_namespace_name(c->collnamespace),
														NameStr(c->collname)));
			ReleaseSysCache(tup);
		}
	}
}

static void
append_accum_column(StringInfo buf, const IvmAccumDef *def, const IvmAccumColumn *col)
{
	bool		is_arg = !OidIsValid(col->type);

	append_column(buf, column_name(def->name, col->suffix),
				  is_arg ? def->accum.argtype[0] : col->type,
				  -1,				/* as the aggregate's result */
				  is_arg ? def->accum.argcoll[0] : InvalidOid);
}

/* ---- relations of a view ---- */

static bool
core_is_hashed(const IvmCore *core)
{
	IvmLayout	layout;
	int		   *positions = palloc(sizeof(int) * Max(core->naccums, 1));

	ivm_plan_layout(core, &layout, positions, positions);
	return layout.hashed;
}

static void
append_key_columns(StringInfo buf, const IvmCore *core)
{
	if (core_is_hashed(core))
		append_column(buf, "key_hash", INT8OID, -1, InvalidOid);
	for (int i = 0; i < core->nkeys; i++)
	{
		const IvmKeyDef *key = &core->keys[i];

		append_column(buf, key->name, key->type, key->typmod, key->collation);
	}
}

static const char *
persistence_word(const IvmCore *core)
{
	return core->nsources > 0 &&
		get_rel_persistence(core->sources[0].relid) == RELPERSISTENCE_UNLOGGED ? "UNLOGGED " : "";
}

char *
ivm_sql_create_state(const IvmCore *core, const char *state)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "CREATE %sTABLE %s (", persistence_word(core), state);
	append_key_columns(&buf, core);
	append_column(&buf, "row_count", INT8OID, -1, InvalidOid);
	for (int i = 0; i < core->naccums; i++)
		for (int c = 0; c < core->accums[i].accum.class->nstate; c++)
			append_accum_column(&buf, &core->accums[i], &core->accums[i].accum.class->state[c]);
	appendStringInfoString(&buf, ") WITH (fillfactor = 90)");
	return buf.data;
}

char *
ivm_sql_create_delta(const IvmCore *core, const char *delta)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "CREATE %sTABLE %s (", persistence_word(core), delta);
	append_key_columns(&buf, core);
	append_column(&buf, "slot", INT4OID, -1, InvalidOid);
	append_column(&buf, "dirty", BOOLOID, -1, InvalidOid);
	append_column(&buf, "row_count", INT8OID, -1, InvalidOid);
	for (int i = 0; i < core->naccums; i++)
		for (int c = 0; c < core->accums[i].accum.class->ndelta; c++)
			append_accum_column(&buf, &core->accums[i], &core->accums[i].accum.class->delta[c]);
	appendStringInfoString(&buf, ") WITH (fillfactor = 50, autovacuum_vacuum_threshold = 1000,"
						   " autovacuum_vacuum_scale_factor = 0, autovacuum_analyze_threshold = 2147483647)");
	return buf.data;
}

/* The key indexes of both tables, and what logical replication needs. */
List *
ivm_sql_create_indexes(const IvmCore *core, const char *name,
					   const char *state, const char *delta)
{
	StringInfoData cols;
	bool		hashed = core_is_hashed(core);

	initStringInfo(&cols);
	if (hashed)
		appendStringInfoString(&cols, "key_hash");
	for (int i = 0; !hashed && i < core->nkeys; i++)
		appendStringInfo(&cols, "%s%s", i > 0 ? ", " : "",
						 quote_identifier(core->keys[i].name));
	return list_make4(psprintf("CREATE %sINDEX %s ON %s (%s)%s",
							   hashed ? "" : "UNIQUE ",
							   quote_identifier(psprintf("%s_key", name)), state, cols.data,
							   hashed ? "" : " NULLS NOT DISTINCT"),
					  psprintf("CREATE INDEX %s ON %s (%s, slot)",
							   quote_identifier(psprintf("%s_delta_key", name)), delta, cols.data),
					  psprintf("ALTER TABLE %s REPLICA IDENTITY FULL", state),
					  psprintf("ALTER TABLE %s REPLICA IDENTITY FULL", delta));
}

/*
 * Capture triggers of a base table; they fire under every replication role.
 * A base table is emptied as a whole after TRUNCATE; of a leaf partition the
 * rows are taken away one by one before it.  The row trigger replaces those that
 * partitions have already, as the clones are called alike.
 */
List *
ivm_sql_create_triggers(Oid base)
{
	const char *name = ivm_sql_relation_name(base);

	return list_make4(psprintf("CREATE OR REPLACE TRIGGER %s AFTER INSERT OR UPDATE OR DELETE ON %s"
							   " FOR EACH ROW EXECUTE FUNCTION ivm._capture()",
							   IVM_TRIGGER_ROW, name),
					  psprintf("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", name, IVM_TRIGGER_ROW),
					  psprintf("CREATE OR REPLACE TRIGGER %s AFTER TRUNCATE ON %s"
							   " FOR EACH STATEMENT EXECUTE FUNCTION ivm._capture_truncate()",
							   IVM_TRIGGER_TRUNCATE, name),
					  psprintf("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", name, IVM_TRIGGER_TRUNCATE));
}

List *
ivm_sql_create_leaf_triggers(Oid leaf)
{
	const char *name = ivm_sql_relation_name(leaf);

	return list_make2(psprintf("CREATE OR REPLACE TRIGGER %s BEFORE TRUNCATE ON %s"
							   " FOR EACH STATEMENT EXECUTE FUNCTION ivm._capture_truncate()",
							   IVM_TRIGGER_TRUNCATE_LEAF, name),
					  psprintf("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", name, IVM_TRIGGER_TRUNCATE_LEAF));
}

/* A trigger fires under every replication role from here on. */
char *
ivm_sql_enable_trigger(Oid relid, const char *trigger)
{
	return psprintf("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s",
					ivm_sql_relation_name(relid), trigger);
}

char *
ivm_sql_set_logged(Oid relid, bool logged)
{
	return psprintf("ALTER TABLE %s SET %s", ivm_sql_relation_name(relid),
					logged ? "LOGGED" : "UNLOGGED");
}

char *
ivm_sql_analyze(const char *rel)
{
	return psprintf("ANALYZE %s", rel);
}

/* Name, in ivm_data, of a view's n-th function for its finishing. */
char *
ivm_sql_finish_name(int32 view_id, int n)
{
	return psprintf("finish_%d_%d", view_id, n);
}

/* SET clauses for stored settings, 'name=value' each. */
static void
append_set_clauses(StringInfo buf, ArrayType *settings)
{
	Datum	   *items;
	int			n;

	deconstruct_array(settings, TEXTOID, -1, false, TYPALIGN_INT, &items, NULL, &n);
	for (int i = 0; i < n; i++)
	{
		char	   *item = TextDatumGetCString(items[i]);
		char	   *value = strchr(item, '=');

		*value++ = '\0';
		/* search_path is stored as a list of quoted names */
		appendStringInfo(buf, " SET %s TO %s", quote_identifier(item),
						 pg_strcasecmp(item, "search_path") != 0 ? quote_literal_cstr(value) :
						 value[0] ? value : "''");
	}
}

/*
 * An SQL function that evaluates an expression over its parameters under the
 * settings given.
 */
char *
ivm_sql_create_finish(const char *name, const Oid *argtypes, int nargs, Expr *body,
					  ArrayType *settings, bool parallel_safe)
{
	StringInfoData buf;
	int			nest = NewGUCNestLevel();

	initStringInfo(&buf);
	appendStringInfo(&buf, "CREATE FUNCTION %s(",
					 quote_qualified_identifier(IVM_DATA_SCHEMA, name));
	for (int i = 0; i < nargs; i++)
		appendStringInfo(&buf, "%s%s", i > 0 ? ", " : "",
						 format_type_extended(argtypes[i], -1,
											  FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY));
	appendStringInfo(&buf, ") RETURNS %s LANGUAGE sql IMMUTABLE PARALLEL %s",
					 format_type_extended(exprType((Node *) body), -1,
										  FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY),
					 parallel_safe ? "SAFE" : "UNSAFE");
	append_set_clauses(&buf, settings);
	/* what is not in pg_catalog is then printed with its schema */
	(void) set_config_option("search_path", "pg_catalog", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	appendStringInfo(&buf, " RETURN %s", deparse_expression((Node *) body, NIL, false, false));
	AtEOXact_GUC(false, nest);
	return buf.data;
}

/* ---- templates ---- */

/*
 * Parse one SELECT with parameters $1 .. $n of the given types, under a
 * search_path of pg_catalog.
 */
static Query *
parse_template(const char *sql, Oid *types, int ntypes)
{
	List	   *raw;
	Query	   *query;
	int			nest = NewGUCNestLevel();

	(void) set_config_option("search_path", "pg_catalog", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	raw = pg_parse_query(sql);
	query = parse_analyze_fixedparams(linitial_node(RawStmt, raw), sql, types, ntypes, NULL);
	AtEOXact_GUC(false, nest);
	return query;
}

/* Parse trees of an SQL text; syntax errors are the caller's text's. */
List *
ivm_sql_parse(const char *sql)
{
	return raw_parser(sql, RAW_PARSE_DEFAULT);
}

typedef struct ReplaceContext
{
	List	   *exprs;			/* in place of $1, $2, ... */
} ReplaceContext;

static Node *
replace_params(Node *node, ReplaceContext *cxt)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXTERN)
		return copyObject(list_nth(cxt->exprs, ((Param *) node)->paramid - 1));
	return expression_tree_mutator(node, replace_params, cxt);
}

/*
 * Put expressions into a template.  Collations follow from them: min() of a
 * column compares by the column's collation, not by its type's.
 */
static Expr *
fill_template(Query *template, List *exprs)
{
	ReplaceContext cxt = {exprs};
	Expr	   *expr = ((TargetEntry *) linitial(template->targetList))->expr;

	expr = (Expr *) replace_params((Node *) expr, &cxt);
	assign_expr_collations(NULL, (Node *) expr);
	return expr;
}

/* An expression with other ones in the place of $1, $2, ... */
Expr *
ivm_sql_expression(const char *text, List *args)
{
	Oid		   *types = palloc(sizeof(Oid) * Max(list_length(args), 1));
	ListCell   *lc;

	foreach(lc, args)
		types[foreach_current_index(lc)] = exprType(lfirst(lc));
	return fill_template(parse_template(psprintf("SELECT %s", text), types, list_length(args)), args);
}

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

/* ---- finishing ---- */

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
			ivm_rowpack_unpack(var, exprType((Node *) key->shown));
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
	query = parse_template(psprintf("SELECT %s", cut->final), types, def->accum.class->nstate);
	return fill_template(query, vars);
}

/*
 * The query of the user's view:
 *
 *	SELECT finishing FROM (SELECT * FROM state WHERE ivm._merged(tableoid)) s
 *	WHERE having
 *
 * Looks at parts are still Params: see ivm_sql_fill_parts().
 */
Query *
ivm_sql_finishing_query(const IvmCore *core, const char *state)
{
	Query	   *query = parse_template(psprintf("SELECT FROM (SELECT * FROM %s WHERE ivm.%s(tableoid)) s",
												state,
												core->kind == IVM_CORE_BAG ? "_merged_bag" : "_merged"),
									   NULL, 0);
	Query	   *inner = ((RangeTblEntry *) linitial(query->rtable))->subquery;
	Query	   *finishing = copyObject(core->finishing);
	IvmLayout	layout;
	int		   *state_first = palloc(sizeof(int) * Max(core->naccums, 1));
	int		   *delta_first = palloc(sizeof(int) * Max(core->naccums, 1));
	ReplaceContext cxt = {NIL};
	ListCell   *lc;

	ivm_plan_layout(core, &layout, state_first, delta_first);
	foreach(lc, core->cuts)
	{
		IvmCut	   *cut = lfirst(lc);
		Expr	   *expr = cut_expression(core, cut, &layout, state_first, inner);

		cxt.exprs = lappend(cxt.exprs, coerce_like(expr, cut->expr));
	}
	finishing->targetList = (List *) replace_params((Node *) finishing->targetList, &cxt);
	finishing->havingQual = replace_params(finishing->havingQual, &cxt);
	finishing->windowClause = (List *) replace_params((Node *) finishing->windowClause, &cxt);
	ivm_clauses_move(query, finishing);
	query->jointree->quals = replace_params(core->finishing_quals, &cxt);
	if (!query->hasAggs && query->groupClause == NIL && query->groupingSets == NIL)
	{
		query->jointree->quals = (Node *)
			make_and_qual(query->jointree->quals, query->havingQual);
		query->havingQual = NULL;
	}
	return query;
}

static Node *
fill_part(const IvmPartUse *use, List *views)
{
	Oid			view = list_nth_oid(views, use->part);
	SubLink    *sublink = copyObject(use->sublink);
	Query	   *query = parse_template(psprintf("SELECT %s FROM %s",
												quote_identifier(get_attname(view, use->column, false)),
												ivm_sql_relation_name(view)), NULL, 0);

	sublink->subselect = (Node *) query;
	return (Node *) sublink;
}

typedef struct FillContext
{
	const IvmParts *parts;
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

/* Let a view's query look at the views (OIDs, in order) that are its parts. */
void
ivm_sql_fill_parts(Query *query, const IvmParts *parts, List *views)
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

/* ---- core ---- */

/* The aggregate calls that compute an accumulator's state columns afresh. */
static List *
fresh_expressions(const IvmAccumDef *def)
{
	List	   *result = NIL;

	if (def->accum.class == &ivm_accum_slice)
		return list_make1(copyObject(def->aggref));
	for (int c = 0; c < def->accum.class->nstate; c++)
	{
		const char *fresh = def->accum.class->state[c].fresh;
		const char *agg = strstr(fresh, "$agg");
		Oid			types[IVM_ACCUM_MAX_ARGS];
		Query	   *query;

		memcpy(types, def->accum.argtype, sizeof(types));
		if (agg)
			fresh = psprintf("%.*s%s%s", (int) (agg - fresh), fresh,
							 quote_qualified_identifier(get_namespace_name(get_func_namespace(def->accum.aggfnoid)),
														get_func_name(def->accum.aggfnoid)),
							 agg + strlen("$agg"));
		query = parse_template(psprintf("SELECT %s", fresh), types, def->accum.nargs);
		result = lappend(result, fill_template(query, def->args));
	}
	return result;
}

static Expr *
row_count_expression(const IvmCore *core)
{
	Query	   *query = parse_template(core->kind == IVM_CORE_BAG ?
									   "SELECT '1'::int8" : "SELECT count(*)", NULL, 0);

	return ((TargetEntry *) linitial(query->targetList))->expr;
}

static void
add_column(Query *query, Expr *expr, const char *name)
{
	query->targetList = lappend(query->targetList,
								makeTargetEntry(expr, list_length(query->targetList) + 1,
												pstrdup(name), false));
}

/* The definition's FROM and WHERE clauses, without a select list. */
Query *
ivm_sql_bare_query(const IvmCore *core)
{
	Query	   *query = copyObject(core->definition);

	ivm_clauses_clear(query);
	return query;
}

/*
 * The query that computes the state from the base table: columns keys,
 * row_count, accumulators.  A bag's rows come one by one, row_count 1.
 */
Query *
ivm_sql_core_query(const IvmPlan *plan)
{
	const IvmCore *core = plan->core;
	Query	   *query = ivm_sql_bare_query(core);
	List	   *old = core->definition->targetList;
	ListCell   *lc;

	query->hasAggs = core->kind != IVM_CORE_BAG;
	for (int i = 0; i < core->nkeys; i++)
		add_column(query, copyObject(core->keys[i].expr), core->keys[i].name);

	if (core->kind == IVM_CORE_GROUP)
	{
		List	   *clauses = core->definition->groupClause != NIL ?
			core->definition->groupClause : core->definition->distinctClause;
		List	   *groups = NIL;

		foreach(lc, clauses)
		{
			SortGroupClause *sgc = copyObject(lfirst(lc));
			TargetEntry *tle = get_sortgroupclause_tle(sgc, old);

			for (int i = 0; i < core->nkeys; i++)
			{
				TargetEntry *key = list_nth(query->targetList, i);

				if (equal(key->expr, tle->expr) && key->ressortgroupref == 0)
				{
					key->ressortgroupref = sgc->tleSortGroupRef = i + 1;
					groups = lappend(groups, sgc);
					break;
				}
			}
		}
		query->groupClause = groups;
	}
	add_column(query, row_count_expression(core), "row_count");
	for (int i = 0; i < core->naccums; i++)
	{
		int			c = 0;

		foreach(lc, fresh_expressions(&core->accums[i]))
			add_column(query, lfirst(lc), ivm_sql_state_column(core, i, c++));
	}
	return query;
}

/* All that a slice's aggregate sees of a row. */
static void
add_slice_inputs(Query *query, const IvmAccumDef *def)
{
	Aggref	   *agg = def->aggref;
	ListCell   *lc;

	foreach(lc, agg->aggdirectargs)
		add_column(query, copyObject(lfirst(lc)), def->name);
	foreach(lc, agg->args)
		add_column(query, copyObject(((TargetEntry *) lfirst(lc))->expr), def->name);
	if (agg->aggfilter)
		add_column(query, copyObject(agg->aggfilter), def->name);
}

/*
 * The query that gives the rows of the core before they are grouped: columns
 * keys, then the arguments of the accumulators, then what tells rows apart that
 * are different to a slice.
 */
Query *
ivm_sql_row_query(const IvmCore *core)
{
	Query	   *query = ivm_sql_bare_query(core);
	ListCell   *lc;

	for (int i = 0; i < core->nkeys; i++)
		add_column(query, copyObject(core->keys[i].expr), core->keys[i].name);
	for (int i = 0; i < core->naccums; i++)
		foreach(lc, core->accums[i].args)
			add_column(query, copyObject(lfirst(lc)), core->accums[i].name);
	for (int i = 0; i < core->naccums; i++)
		if (core->accums[i].accum.class == &ivm_accum_slice)
			add_slice_inputs(query, &core->accums[i]);
	return query;
}

/* The comparison of a key column with a parameter, or NULL: its type has no "=". */
static Expr *
key_qual(const IvmKeyDef *def, int paramid, bool isnull)
{
	Oid			eqop;
	Param	   *param;

	if (isnull)
	{
		NullTest   *test = makeNode(NullTest);

		test->arg = copyObject(def->expr);
		test->nulltesttype = IS_NULL;
		test->argisrow = false;
		test->location = -1;
		return (Expr *) test;
	}
	eqop = lookup_type_cache(getBaseType(def->type), TYPECACHE_EQ_OPR)->eq_opr;
	if (!OidIsValid(eqop))
		return NULL;
	param = makeNode(Param);
	param->paramkind = PARAM_EXTERN;
	param->paramid = paramid;
	param->paramtype = def->type;
	param->paramtypmod = def->typmod;
	param->paramcollid = def->collation;
	param->location = -1;
	return make_opclause(eqop, BOOLOID, false, (Expr *) copyObject(def->expr),
						 (Expr *) param, InvalidOid, def->collation);
}

/* Restrict a core query to the grouping set that a key belongs to. */
static void
choose_grouping_set(const IvmPlan *plan, Query *query, const Datum *keys, const bool *nulls)
{
	const IvmGroupingSets *sets = plan->core->sets;

	ivm_grouping_sets_choose(sets, query, DatumGetInt64(keys[sets->key]));
	if (!ivm_key_is_permanent(plan, keys, nulls))
		return;
	/* without GROUP BY there is a row, whether or not there are others */
	query->groupClause = NIL;
	for (int i = 0; i < plan->nkeys; i++)
	{
		TargetEntry *tle = list_nth(query->targetList, i);
		IvmKeyDef  *def = &plan->core->keys[i];

		tle->ressortgroupref = 0;
		if (i != sets->key)
			tle->expr = (Expr *) makeNullConst(def->type, def->typmod, def->collation);
	}
}

/*
 * The core query for one key, given as parameters $1 ..: a NULL key column is tested
 * with IS NULL.  A column without a default "=" is left out, so rows of other
 * keys can appear.
 */
Query *
ivm_sql_core_key_query(const IvmPlan *plan, const Datum *keys, const bool *nulls)
{
	Query	   *query = ivm_sql_core_query(plan);
	List	   *quals = make_ands_implicit((Expr *) query->jointree->quals);

	for (int i = 0; i < plan->nkeys; i++)
	{
		Expr	   *qual = key_qual(&plan->core->keys[i], i + 1, nulls[i]);

		if (qual)
			quals = lappend(quals, qual);
	}
	query->jointree->quals = (Node *) make_ands_explicit(quals);
	if (plan->core->sets)
		choose_grouping_set(plan, query, keys, nulls);
	return query;
}

/* The same as if no row were in the group, for a key that has a row even then. */
Query *
ivm_sql_core_empty_query(const IvmPlan *plan, const Datum *keys, const bool *nulls)
{
	Query	   *query = ivm_sql_core_key_query(plan, keys, nulls);

	query->jointree->quals = makeBoolConst(false, false);
	return query;
}

ParamListInfo
ivm_sql_key_params(const IvmPlan *plan, const Datum *keys, const bool *nulls)
{
	ParamListInfo params = makeParamList(plan->nkeys);

	for (int i = 0; i < plan->nkeys; i++)
	{
		params->params[i].value = keys[i];
		params->params[i].isnull = nulls[i];
		params->params[i].pflags = PARAM_FLAG_CONST;
		params->params[i].ptype = plan->core->keys[i].type;
	}
	return params;
}
