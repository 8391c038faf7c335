/*-------------------------------------------------------------------------
 *
 * analyze_cut.c
 *	  Cuts a query into keys, accumulators and the finishing.
 *
 *		SELECT upper(city), sum(x) / count(*)  FROM t  GROUP BY city  HAVING max(x) > 0
 *
 *		keys			city
 *		accumulators	sum of x, max of x; count(*) is the row count
 *		finishing		SELECT upper($1), $2 / $3 ... HAVING $4 > 0
 *
 * The cut goes through the select list and HAVING at the keys and the aggregates.
 * Each becomes a Param, and an IvmCut says what it stands for: a column of
 * the state table, or an expression over some of them (finishing.c puts it there).
 * What the query does above that - expressions, HAVING, window functions,
 * DISTINCT, ORDER BY, LIMIT - stays as it is.  Aggregates that rest on the same sums
 * share an accumulator: sum(x) and avg(x) have one.
 *
 * A query without grouping is a bag: its rows are the keys, each with the number
 * of times that it occurs.  So is one whose grouping waits for a part, with the
 * columns that the finishing needs as keys.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_aggregate.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "aggregates/accum.h"
#include "aggregates/accum_numeric.h"
#include "aggregates/aggregate_rules.h"
#include "definition/analyze_cut.h"
#include "definition/clauses.h"
#include "definition/core.h"
#include "definition/equal_values.h"
#include "definition/grouping_sets.h"
#include "definition/row_pack.h"
#include "definition/time_window.h"
#include "definition/view_parts.h"

typedef struct CutContext
{
	IvmCore    *core;
	const char *resname;		/* of the target entry being cut, or NULL */
	Node	   *top;			/* its whole expression */
	int			maxkeys;
	int			maxaccums;
} CutContext;

/* Would a column of this name clash with another one of the state or delta table? */
static bool
name_taken(IvmCore *core, const char *name)
{
	if (strcmp(name, "row_count") == 0 || strcmp(name, "key_hash") == 0 ||
		strcmp(name, "slot") == 0 || strcmp(name, "dirty") == 0)
		return true;
	for (int i = 0; i < core->nkeys; i++)
		if (core->keys[i].name && strcmp(core->keys[i].name, name) == 0)
			return true;
	for (int i = 0; i < core->naccums; i++)
	{
		const IvmAccumClass *class = core->accums[i].accum.class;

		if (core->accums[i].name == NULL)
			continue;
		for (int c = 0; c < class->nstate; c++)
			if (strcmp(psprintf("%s%s", core->accums[i].name, class->state[c].suffix), name) == 0)
				return true;
		for (int c = 0; c < class->ndelta; c++)
			if (strcmp(psprintf("%s%s", core->accums[i].name, class->delta[c].suffix), name) == 0)
				return true;
	}
	return false;
}

/* A column name that starts like the one given, unique and short enough. */
static char *
choose_key_name(IvmCore *core, const char *wanted)
{
	char	   *name = wanted ? pstrdup(wanted) : psprintf("key_%d", core->nkeys + 1);

	for (int i = 2; name_taken(core, name); i++)
	{
		char	   *base = pstrdup(wanted ? wanted : "key");
		int			len = pg_mbcliplen(base, strlen(base), NAMEDATALEN - 8);

		base[len] = '\0';
		name = psprintf("%s_%d", base, i);
	}
	return name;
}

/* The index of the key that an expression of the definition is, or -1. */
static int
find_key(IvmCore *core, Node *expr)
{
	for (int i = 0; i < core->nkeys; i++)
		if (equal(core->keys[i].shown, expr))
			return i;
	return -1;
}

/* Add a key and return its index.  image: its values are told apart by their look. */
static int
add_key(CutContext *cxt, Node *expr, const char *name, bool image)
{
	IvmCore    *core = cxt->core;
	IvmKeyDef  *key;

	if (core->nkeys == cxt->maxkeys)
	{
		cxt->maxkeys = Max(8, cxt->maxkeys * 2);
		core->keys = core->keys == NULL ?
			palloc0(sizeof(IvmKeyDef) * cxt->maxkeys) :
			repalloc(core->keys, sizeof(IvmKeyDef) * cxt->maxkeys);
	}
	key = &core->keys[core->nkeys];
	memset(key, 0, sizeof(IvmKeyDef));
	key->name = choose_key_name(core, name);
	key->expr = key->shown = copyObject((Expr *) expr);
	if (image && list_member_oid(core->row_types, exprType(expr)))
		key->expr = ivm_row_pack_pack(copyObject(key->shown));
	key->type = exprType((Node *) key->expr);
	key->typmod = exprTypmod((Node *) key->expr);
	key->collation = exprCollation((Node *) key->expr);
	key->image = image;
	return core->nkeys++;
}

/*
 * Is this the row of a join with an alias, with what its columns stand for?  Their
 * names are those of the alias, which documents show, and which no text of an
 * expression has: it would say ROW(a.id, b.x).
 */
static bool
is_join_row(Node *node)
{
	ListCell   *lc;
	int			n = 0;

	if (!IsA(node, RowExpr) || ((RowExpr *) node)->row_typeid != RECORDOID)
		return false;
	foreach(lc, ((RowExpr *) node)->colnames)
	{
		if (strcmp(strVal(lfirst(lc)), psprintf("f%d", ++n)) != 0)
			return true;
	}
	return false;
}

static bool
join_row_walker(Node *node, void *context)
{
	return node != NULL && (is_join_row(node) || expression_tree_walker(node, join_row_walker, context));
}

/*
 * A document of a whole row, which can be stored as it is.  That saves a column of
 * the table's row type in the state, which ALTER TABLE would not get past.
 * All functions of the row of a join are documents, as a key cannot be such a row.
 */
static bool
is_document(Node *node)
{
	Node	   *arg = NULL;

	if (IsA(node, NullTest))
		arg = (Node *) ((NullTest *) node)->arg;
	else if (IsA(node, CoerceViaIO))
		arg = (Node *) ((CoerceViaIO *) node)->arg;
	else if (IsA(node, FuncExpr))
		switch (((FuncExpr *) node)->funcid)
		{
			case F_TO_JSON:
			case F_TO_JSONB:
			case F_ROW_TO_JSON_RECORD:
				arg = linitial(((FuncExpr *) node)->args);
				break;
			default:
				break;
		}
	if (arg != NULL && ((IsA(arg, Var) && ((Var *) arg)->varattno == 0) || is_join_row(arg)))
		return true;
	return IsA(node, FuncExpr) && join_row_walker(node, NULL) && !contain_windowfuncs(node) &&
		!contain_aggs_of_level(node, 0) && !ivm_view_parts_within(node);
}

/* A name for a key made from a column. */
static const char *
var_name(IvmCore *core, Node *expr)
{
	Var		   *var = (Var *) expr;

	if (!IsA(expr, Var))
		return is_document(expr) ? "document" : NULL;
	if (var->varattno == 0)
		return rt_fetch(var->varno, core->definition->rtable)->eref->aliasname;
	if (core->single)
		return get_attname(core->base, var->varattno, false);
	return get_rte_attribute_name(rt_fetch(var->varno, core->definition->rtable), var->varattno);
}

bool
ivm_analyze_groups_rows(const IvmCore *core)
{
	return core->parts != NULL && core->parts->rows;
}

/* The keys that the query itself names: GROUP BY, DISTINCT, or a bag's rows. */
static void
add_query_keys(CutContext *cxt)
{
	IvmCore    *core = cxt->core;
	Query	   *query = core->definition;
	ListCell   *lc;

	if (core->kind == IVM_CORE_GROUP)
	{
		List	   *clauses = query->groupClause != NIL ? query->groupClause :
			query->distinctClause;

		foreach(lc, clauses)
		{
			TargetEntry *tle = get_sortgroupclause_tle(lfirst(lc), query->targetList);

			if (find_key(core, (Node *) tle->expr) < 0)
				add_key(cxt, (Node *) tle->expr,
						tle->resname == NULL ? var_name(core, (Node *) tle->expr) : tle->resname,
						false);
		}
	}
	else if (core->kind == IVM_CORE_BAG && !query->hasWindowFuncs && !ivm_analyze_groups_rows(core))
	{
		foreach(lc, query->targetList)
		{
			TargetEntry *tle = lfirst(lc);

			/* the finishing makes what changes with a part */
			if (!IsA(tle->expr, Const) && find_key(core, (Node *) tle->expr) < 0 &&
				!ivm_view_parts_within((Node *) tle->expr))
				add_key(cxt, (Node *) tle->expr,
						tle->resjunk ? var_name(core, (Node *) tle->expr) : tle->resname,
						!ivm_equal_values_differ(query, (Node *) tle->expr));
		}
	}
}

/* The keys that conditions on the time look at, which the query has got for them. */
static void
find_time_keys(CutContext *cxt)
{
	IvmCore    *core = cxt->core;
	Query	   *query = core->definition;
	ListCell   *lc;

	if (core->window == NULL)
		return;
	foreach(lc, core->window->keys)
	{
		IvmTimeKey *key = lfirst(lc);
		TargetEntry *tle = core->window->grouped ? get_sortgroupref_tle(key->ref, query->targetList) :
			list_nth(query->targetList, key->ref - 1);

		/* as the query has it now, with views and joins written out */
		key->compared = key->bucketed ? copyObject(lsecond(((FuncExpr *) tle->expr)->args)) :
			copyObject(tle->expr);
		key->key = find_key(core, (Node *) tle->expr);
		if (key->key < 0)
			key->key = add_key(cxt, (Node *) tle->expr, var_name(core, (Node *) tle->expr), true);
	}
}

/* CASE WHEN filter THEN arg END, so that arg is not evaluated elsewhere. */
static Expr *
filtered(Expr *arg, Expr *filter)
{
	CaseExpr   *c;
	CaseWhen   *w;

	if (filter == NULL)
		return arg;
	w = makeNode(CaseWhen);
	w->expr = filter;
	w->result = arg;
	w->location = -1;
	c = makeNode(CaseExpr);
	c->casetype = exprType((Node *) arg);
	c->casecollid = exprCollation((Node *) arg);
	c->args = list_make1(w);
	c->defresult = (Expr *) makeNullConst(c->casetype, exprTypmod((Node *) arg),
										  c->casecollid);
	c->location = -1;
	return (Expr *) c;
}

/*
 * Can the distinct values of an aggregate's argument be followed, each counting once?  They are found by
 * look-ups in the table (commit/distinct_delta.c).  Of values that are equal and do not look the same, which one
 * is added up is a matter of chance; a count does not care.
 */
static bool
follows_distinct(const IvmCore *core, const Aggref *agg, const IvmAggRule *rule)
{
	Node	   *arg = (Node *) linitial_node(TargetEntry, agg->args)->expr;

	if (!core->single || core->sets != NULL || core->window != NULL ||
		list_length(agg->args) != 1 || exprType(arg) == RECORDOID)
		return false;
	if (rule->class == &ivm_accum_count || !ivm_equal_values_can_differ(arg))
		return true;
	/* those of one scale look the same */
	return getBaseType(exprType(arg)) == NUMERICOID && exprTypmod(arg) >= (int32) VARHDRSZ;
}

/* Is one of several equal values taken for an argument, by chance, and added up with its look? */
static bool
takes_one_of_equals(const IvmCore *core, List *args)
{
	ListCell   *lc;

	foreach(lc, args)
	{
		if (ivm_equal_values_can_differ(lfirst(lc)) &&
			ivm_equal_values_differ(core->definition, lfirst(lc)))
			return true;
	}
	return false;
}

/* The accumulator that an aggregate needs, or NULL for a slice. */
static const IvmAggRule *
find_rule(const IvmCore *core, Aggref *agg, List **args)
{
	Oid			argtypes[IVM_ACCUM_MAX_ARGS];
	const IvmAggRule *rule;
	ListCell   *lc;
	int			n = 0;

	*args = NIL;
	if (agg->aggkind != AGGKIND_NORMAL || agg->aggvariadic ||
		list_length(agg->args) > IVM_ACCUM_MAX_ARGS)
		return NULL;
	if (agg->aggstar)
	{
		if (agg->aggfilter)
			*args = list_make1(filtered((Expr *) makeBoolConst(true, false),
										agg->aggfilter));
		return NULL;
	}
	foreach(lc, agg->args)
	{
		TargetEntry *tle = lfirst(lc);

		if (tle->resjunk)
			return NULL;		/* ORDER BY something else: leave it alone */
		argtypes[n++] = exprType((Node *) tle->expr);
		*args = lappend(*args, filtered(copyObject(tle->expr), agg->aggfilter));
	}
	rule = ivm_aggregate_rules_find(agg->aggfnoid, n, argtypes);
	if (rule && agg->aggdistinct != NIL && rule->class != &ivm_accum_extreme &&
		!follows_distinct(core, agg, rule))
		return NULL;
	if (rule && rule->class == &ivm_accum_numeric_moments && takes_one_of_equals(core, *args))
		return NULL;			/* it does not stand scales that were never
								 * there */
	return rule;
}

/* Set the argument types of an accumulator. */
static void
set_accum_args(IvmAccum *accum, List *args)
{
	ListCell   *lc;
	int			n = 0;

	foreach(lc, args)
	{
		Node	   *arg = lfirst(lc);

		accum->argtype[n] = exprType(arg);
		accum->argtypmod[n] = exprTypmod(arg);
		accum->argcoll[n] = exprCollation(arg);
		n++;
	}
	accum->nargs = n;
}

/* A prefix for an accumulator's columns, like the view's column if it is one. */
static char *
choose_accum_name(IvmCore *core, const char *resname)
{
	char	   *base = resname ? pstrdup(resname) : pstrdup("agg");
	char	   *name;

	base[pg_mbcliplen(base, strlen(base), NAMEDATALEN - 20)] = '\0';
	name = base;
	for (int i = 2;; i++)
	{
		bool		taken = false;

		for (int a = 0; a < core->naccums; a++)
			if (core->accums[a].name && strcmp(core->accums[a].name, name) == 0)
				taken = true;
		/* a key called like one of the columns would clash */
		for (int k = 0; k < core->nkeys; k++)
			if (strncmp(core->keys[k].name, name, strlen(name)) == 0 &&
				(core->keys[k].name[strlen(name)] == '_' ||
				 core->keys[k].name[strlen(name)] == '\0'))
				taken = true;
		if (!taken)
			return name;
		name = psprintf("%s%d", base, i);
	}
}

/* Find or add the accumulator of an aggregate; -1: the row count itself. */
static int
add_accum(CutContext *cxt, Aggref *agg, const char **final)
{
	IvmCore    *core = cxt->core;
	List	   *args;
	const IvmAggRule *rule = find_rule(core, agg, &args);
	bool		distinct = rule != NULL && agg->aggdistinct != NIL && rule->class != &ivm_accum_extreme;
	const IvmAccumClass *class;
	IvmAccumDef *def;

	if (agg->aggstar && agg->aggfilter == NULL)
		return -1;
	if (agg->aggstar)
		class = &ivm_accum_count;
	else if (rule != NULL)
		class = rule->class;
	else
	{
		class = &ivm_accum_slice;
		args = NIL;
	}
	*final = rule ? rule->final : "$1";
	/* a rest of sums is no sum */
	if (class == &ivm_accum_numeric_sum && strcmp(*final, "$1") == 0 && takes_one_of_equals(core, args))
		*final = "CASE WHEN $2 <> 0 THEN $1 END";

	for (int i = 0; i < core->naccums; i++)
	{
		def = &core->accums[i];
		if (def->accum.class != class || def->accum.distinct != distinct)
			continue;
		if (class == &ivm_accum_slice ? equal(def->aggref, agg) :
			equal(def->args, args) &&
			(class != &ivm_accum_extreme || def->accum.aggfnoid == agg->aggfnoid))
			return i;
	}

	if (core->naccums == cxt->maxaccums)
	{
		cxt->maxaccums = Max(8, cxt->maxaccums * 2);
		core->accums = core->accums == NULL ?
			palloc0(sizeof(IvmAccumDef) * cxt->maxaccums) :
			repalloc(core->accums, sizeof(IvmAccumDef) * cxt->maxaccums);
	}
	def = &core->accums[core->naccums];
	memset(def, 0, sizeof(IvmAccumDef));
	def->accum.class = class;
	def->accum.aggfnoid = agg->aggfnoid;
	def->accum.distinct = distinct;
	core->distinct |= distinct;
	def->args = args;
	def->aggref = copyObject(agg);
	if (class == &ivm_accum_slice)
	{
		core->slices = true;
		def->accum.argtype[0] = agg->aggtype;
		def->accum.argtypmod[0] = -1;
		def->accum.argcoll[0] = agg->aggcollid;
	}
	else
		set_accum_args(&def->accum, args);
	/* a 1.0 may be added and a 1.00 taken away, and sums count their scales */
	core->residues |= class != &ivm_accum_slice && class != &ivm_accum_count &&
		class != &ivm_accum_extreme && takes_one_of_equals(core, args);
	def->name = choose_accum_name(core, equal(cxt->top, agg) ? cxt->resname : NULL);
	return core->naccums++;
}

/* The Param for a node that the state gives; equal nodes have the same. */
static Node *
cut_at(CutContext *cxt, Node *node, int key, int accum, const char *final)
{
	IvmCore    *core = cxt->core;
	Param	   *param = makeNode(Param);
	IvmCut	   *cut;
	int			n = 0;
	ListCell   *lc;

	foreach(lc, core->cuts)
	{
		cut = lfirst(lc);
		n++;
		if (equal(cut->expr, node))
			break;
	}
	if (lc == NULL)
	{
		cut = palloc(sizeof(IvmCut));
		cut->expr = copyObject(node);
		cut->key = key;
		cut->accum = accum;
		cut->final = final;
		core->cuts = lappend(core->cuts, cut);
		n = list_length(core->cuts);
	}
	param->paramkind = PARAM_EXTERN;
	param->paramid = n;
	param->paramtype = exprType(node);
	param->paramtypmod = exprTypmod(node);
	param->paramcollid = exprCollation(node);
	param->location = -1;
	return (Node *) param;
}

/* Replace keys and aggregates in an expression; what is left over becomes a key. */
static Node *
cut_mutator(Node *node, CutContext *cxt)
{
	IvmCore    *core = cxt->core;
	int			key;

	if (node == NULL)
		return NULL;
	if (!IsA(node, List) && !IsA(node, TargetEntry) &&
		(key = find_key(core, node)) >= 0)
		return cut_at(cxt, node, key, -1, NULL);
	if (IsA(node, Aggref) && !ivm_analyze_groups_rows(core))
	{
		const char *final = NULL;
		int			accum = add_accum(cxt, (Aggref *) node, &final);

		return cut_at(cxt, node, -1, accum, final);
	}
	if (IsA(node, GroupingFunc) && !ivm_analyze_groups_rows(core))
		/* there is one set, which contains all */
		return (Node *) makeConst(INT4OID, -1, InvalidOid, sizeof(int32),
								  Int32GetDatum(0), false, true);
	if (IsA(node, Var) || IsA(node, SubLink) || is_document(node) || is_join_row(node))
	{
		/* determined by the keys, or input of a window function over a bag */
		key = add_key(cxt, node, var_name(core, node),
					  !ivm_equal_values_differ(core->definition, node));
		return cut_at(cxt, node, key, -1, NULL);
	}
	return expression_tree_mutator(node, cut_mutator, cxt);
}

/* Is this target entry still referenced by a clause of the finishing? */
static bool
entry_is_used(Query *query, TargetEntry *tle)
{
	ListCell   *lc;

	if (!tle->resjunk)
		return true;
	if (tle->ressortgroupref == 0)
		return false;
	if (get_sortgroupref_clause_noerr(tle->ressortgroupref, query->sortClause) ||
		get_sortgroupref_clause_noerr(tle->ressortgroupref, query->distinctClause) ||
		get_sortgroupref_clause_noerr(tle->ressortgroupref, query->groupClause))
		return true;
	foreach(lc, query->windowClause)
	{
		WindowClause *wc = lfirst(lc);

		if (get_sortgroupref_clause_noerr(tle->ressortgroupref, wc->partitionClause) ||
			get_sortgroupref_clause_noerr(tle->ressortgroupref, wc->orderClause))
			return true;
	}
	return false;
}

/* Find the keys, and make the finishing of the definition, which adds accumulators and keys. */
static void
make_finishing(IvmCore *core)
{
	CutContext	cxt = {.core = core};
	Query	   *query = copyObject(core->definition);
	List	   *targetlist = NIL;
	ListCell   *lc;
	bool		by_distinct = core->kind == IVM_CORE_GROUP && query->groupClause == NIL;

	add_query_keys(&cxt);
	find_time_keys(&cxt);
	if (!ivm_analyze_groups_rows(core))
		query->groupClause = NIL;
	if (by_distinct)
		query->distinctClause = NIL;
	foreach(lc, query->targetList)
	{
		TargetEntry *tle = lfirst(lc);

		if (!entry_is_used(query, tle))
			continue;
		cxt.resname = tle->resjunk ? NULL : tle->resname;
		cxt.top = (Node *) tle->expr;
		tle->expr = (Expr *) cut_mutator((Node *) tle->expr, &cxt);
		tle->resno = list_length(targetlist) + 1;
		targetlist = lappend(targetlist, tle);
	}
	query->targetList = targetlist;
	cxt.resname = NULL;
	cxt.top = NULL;
	query->havingQual = cut_mutator(query->havingQual, &cxt);
	query->hasAggs &= ivm_analyze_groups_rows(core);
	core->finishing = query;
	if (core->parts != NULL)
		core->finishing_quals = cut_mutator(core->parts->quals, &cxt);
}

/* Make the definition of a core whose rows the finishing groups the bag of these rows. */
static void
forget_grouping(IvmCore *core)
{
	Query	   *query = core->definition = copyObject(core->definition);

	ivm_clauses_clear(query);
	for (int i = 0; i < core->nkeys; i++)
		query->targetList = lappend(query->targetList,
									makeTargetEntry(copyObject(core->keys[i].expr), i + 1,
													pstrdup(core->keys[i].name), false));
}

/* Of which kind is the core?  DISTINCT is a group if nothing is computed above it. */
static IvmCoreKind
core_kind(const IvmCore *core)
{
	const Query *query = core->definition;

	if (ivm_analyze_groups_rows(core))
		return IVM_CORE_BAG;
	if (query->groupClause != NIL)
		return IVM_CORE_GROUP;
	if (query->hasAggs || query->havingQual != NULL)
		return IVM_CORE_GLOBAL;
	if (query->distinctClause != NIL && !query->hasDistinctOn && !query->hasWindowFuncs &&
		(core->parts == NULL ||
		 (core->parts->quals == NULL && !ivm_view_parts_within((Node *) query->targetList))))
		return IVM_CORE_GROUP;
	return IVM_CORE_BAG;
}

void
ivm_analyze_cut(IvmCore *core)
{
	core->kind = core_kind(core);
	make_finishing(core);
	if (ivm_analyze_groups_rows(core))
		forget_grouping(core);
	if (core->sets)
		core->sets->key = find_key(core, (Node *) core->sets->number);
}
