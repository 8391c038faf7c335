/*-------------------------------------------------------------------------
 *
 * analyze.c
 *	  Cuts a definition into the core, which is stored and maintained, and the
 *	  finishing, which is evaluated on top of it when the view is read.
 *
 *		SELECT day, sum(x) / count(*)  FROM t  WHERE ok  GROUP BY day  HAVING ..
 *		|----- finishing -----------|  |------- core ----------------| |- fin. -
 *
 * The cut goes through the select list and HAVING at the group keys and the
 * aggregates: each becomes a Param in the finishing, to be replaced by a
 * column of the state table or an expression over some (sqlgen.c).  What the
 * query does above that - expressions, HAVING, window functions, DISTINCT,
 * ORDER BY, LIMIT - stays as it is.
 *
 * Where only the finishing can compute a subquery, the query around it belongs
 * to the finishing as a whole (outer_query.c).  Subqueries that depend on no row
 * around them are made views of their own before all that (view_parts.c).  Grouping sets are first made one GROUP BY
 * (grouping_sets.c).
 *
 * A query without grouping is a bag: its rows are the keys, each with the
 * number of times that it occurs.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/transam.h"
#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "aggregates/accum.h"
#include "aggregates/aggregate_rules.h"
#include "base/compat.h"
#include "catalog/catalog_view.h"
#include "definition/addends.h"
#include "definition/affected_region.h"
#include "definition/analyze.h"
#include "definition/clauses.h"
#include "definition/core.h"
#include "definition/equal_values.h"
#include "definition/grouping_sets.h"
#include "definition/normalize.h"
#include "definition/outer_query.h"
#include "definition/refusal.h"
#include "definition/row_filter.h"
#include "definition/row_pack.h"
#include "definition/row_width.h"
#include "definition/sources.h"
#include "definition/view_parts.h"
#include "definition/volatility.h"
#include "definition/volatility_verdict.h"

typedef struct CutContext
{
	IvmCore    *core;
	const char *resname;		/* of the target entry being cut, or NULL */
	Node	   *top;			/* its whole expression */
	int			maxkeys;
	int			maxaccums;
} CutContext;

/* ---- what a definition may be ---- */

/* Clauses that have no place in the definition of a view. */
static IvmRefusal *
check_clauses(Query *query)
{
	if (query->commandType != CMD_SELECT || query->utilityStmt != NULL)
		return ivm_refusal_make(ERRCODE_SYNTAX_ERROR, "the definition is not a SELECT",
					  NULL, "Give one SELECT statement.", -1);
	if (query->rowMarks != NIL)
		return ivm_refusal_unsupported("FOR UPDATE or FOR SHARE cannot be maintained incrementally",
						   "A view does not lock the rows it was made from.",
						   "Leave the locking clause out.", -1);
	if (query->targetList == NIL)
		return ivm_refusal_make(ERRCODE_SYNTAX_ERROR, "the select list is empty",
					  "A view needs at least one column.",
					  "Name the columns that the view is to have.", -1);
	return NULL;
}

/*
 * Subqueries that the finishing would ask of tables: it has no state of their
 * result, nor the definition's WITH clause.
 */
static IvmRefusal *
check_limits(Query *query)
{
	Node	   *limits = (Node *) list_make2(query->limitCount, query->limitOffset);
	ListCell   *lc;

	if (checkExprHasSubLink(limits))
		return ivm_refusal_unsupported("this subquery in LIMIT or OFFSET cannot be maintained incrementally",
						   "It is not one that can be kept as a view of its own.",
						   "Give a number.", exprLocation(limits));
	foreach(lc, query->windowClause)
	{
		WindowClause *window = lfirst(lc);
		Node	   *offsets = (Node *) list_make2(window->startOffset, window->endOffset);

		if (checkExprHasSubLink(offsets))
			return ivm_refusal_unsupported("this subquery in the frame of a window cannot be maintained incrementally",
							   "It is not one that can be kept as a view of its own.",
							   "Give a number.", exprLocation(offsets));
	}
	return NULL;
}

static IvmRefusal *
check_duplicate_columns(Query *query)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, query->targetList)
	{
		TargetEntry *tle = lfirst(lc);

		foreach(lc2, query->targetList)
		{
			TargetEntry *other = lfirst(lc2);

			if (other == tle)
				break;
			if (!tle->resjunk && !other->resjunk &&
				strcmp(tle->resname, other->resname) == 0)
				return ivm_refusal_make(ERRCODE_DUPLICATE_COLUMN,
							  psprintf("column \"%s\" specified more than once", tle->resname),
							  "The columns of a view have different names.",
							  "Give the column another name with AS.",
							  exprLocation((Node *) tle->expr));
		}
	}
	return NULL;
}

/* Is this a table that row triggers see every change of? */
static IvmRefusal *
check_base(RangeTblEntry *rte)
{
	const char *name = get_rel_name(rte->relid);
	char		persistence = get_rel_persistence(rte->relid);

	if (rte->tablesample != NULL)
		return ivm_refusal_unsupported("TABLESAMPLE cannot be maintained incrementally",
						   "It reads rows at random.",
						   "Filter the rows with WHERE.", -1);
	if (rte->relid < FirstNormalObjectId || IsCatalogRelationOid(rte->relid))
		return ivm_refusal_make(ERRCODE_WRONG_OBJECT_TYPE,
					  psprintf("\"%s\" is a system catalog", name),
					  "Changes of system catalogs cannot be captured.",
					  "Query it in an ordinary view.", -1);
	if (get_rel_namespace(rte->relid) == get_namespace_oid(IVM_DATA_SCHEMA, true) ||
		get_rel_namespace(rte->relid) == get_namespace_oid(IVM_SCHEMA, true))
		return ivm_refusal_make(ERRCODE_WRONG_OBJECT_TYPE,
					  psprintf("\"%s\" is a table of extension ivm", name),
					  "It is written without triggers.",
					  "Query the view that it belongs to.", -1);
	if (rte->relkind == RELKIND_FOREIGN_TABLE)
		return ivm_refusal_make(ERRCODE_WRONG_OBJECT_TYPE,
					  psprintf("\"%s\" is a foreign table", name),
					  "Changes made on the remote side cannot be captured.",
					  "Create the view on the remote server.", -1);
	if (rte->relkind == RELKIND_MATVIEW)
		return ivm_refusal_make(ERRCODE_WRONG_OBJECT_TYPE,
					  psprintf("\"%s\" is a materialized view", name),
					  "REFRESH MATERIALIZED VIEW changes it without a trigger.",
					  "Query what it was made from.", -1);
	if (rte->relkind != RELKIND_RELATION && rte->relkind != RELKIND_PARTITIONED_TABLE)
		return ivm_refusal_make(ERRCODE_WRONG_OBJECT_TYPE,
					  psprintf("\"%s\" is not a table", name), NULL,
					  "Name a table or a partitioned table.", -1);
	if (persistence == RELPERSISTENCE_TEMP)
		return ivm_refusal_make(ERRCODE_WRONG_OBJECT_TYPE,
					  psprintf("\"%s\" is a temporary table", name),
					  "Its rows can vanish at commit without a trigger, and no other session sees them.",
					  "Use a permanent table.", -1);
	if (rte->relkind == RELKIND_PARTITIONED_TABLE && !rte->inh)
		return ivm_refusal_unsupported("ONLY over a partitioned table cannot be maintained incrementally",
						   "It has no rows.",
						   "Leave ONLY out.", -1);
	return NULL;
}

/* What a table must not be, and can become later. */
static IvmRefusal *
check_tables(IvmCore *core)
{
	for (int i = 1; i < core->nsources; i++)
		if (get_rel_persistence(core->sources[i].relid) !=
			get_rel_persistence(core->sources[0].relid))
			return ivm_refusal_unsupported("a query of logged and unlogged tables cannot be maintained incrementally",
							   "A crash would empty some of them, and the view could not follow.",
							   "Make all of them logged with ALTER TABLE ... SET LOGGED.", -1);
	for (int i = 0; i < core->nsources; i++)
	{
		Oid			relid = core->sources[i].relid;

		if (get_rel_relkind(relid) == RELKIND_RELATION && has_subclass(relid) &&
			find_inheritance_children(relid, NoLock) != NIL)
			return ivm_refusal_unsupported(psprintf("table \"%s\" with inheritance children cannot be maintained incrementally",
										get_rel_name(relid)),
							   "Row triggers of a parent do not see changes made through its children.",
							   "Use declarative partitioning.", -1);
	}
	return NULL;
}

/* Does the definition read one table in its FROM clause, and nothing else? */
static bool
reads_single_table(Query *query)
{
	Node	   *item;

	if (query->hasSubLinks || list_length(query->jointree->fromlist) != 1)
		return false;
	item = linitial(query->jointree->fromlist);
	return IsA(item, RangeTblRef) &&
		rt_fetch(((RangeTblRef *) item)->rtindex, query->rtable)->rtekind == RTE_RELATION;
}

/* The tables that the definition reads.  Sets core->sources and what follows. */
static IvmRefusal *
check_sources(IvmCore *core)
{
	Query	   *query = core->definition;
	List	   *rtes = ivm_sources_list(query);
	IvmRefusal *refusal;
	ListCell   *lc;

	foreach(lc, rtes)
		if ((refusal = check_base(lfirst(lc))) != NULL)
			return refusal;
	core->sources = ivm_sources_find(query, &core->nsources);
	core->linear = true;
	for (int i = 0; i < core->nsources; i++)
		core->linear &= core->sources[i].linear;
	core->single = reads_single_table(query);
	if (core->single)
	{
		core->rti = linitial_node(RangeTblRef, query->jointree->fromlist)->rtindex;
		core->base = core->sources[0].relid;
		core->qual = query->jointree->quals;
	}
	if (!core->linear)
	{
		ivm_row_filter_find(query, core->sources, core->nsources);
		core->regions = ivm_affected_region_find_all(query, core->nsources);
	}
	if (core->nsources > IVM_MAX_SOURCES)
		return ivm_refusal_unsupported(psprintf("a query that reads tables in more than %d places cannot be maintained incrementally",
									IVM_MAX_SOURCES),
						   NULL, "Create a view of a part, and query that.", -1);
	return NULL;
}

typedef struct SpecialVarContext
{
	List	   *row_types;		/* of whole rows */
	int			location;		/* of a system column */
} SpecialVarContext;

/* Look for a system column, at any level; note whole rows of tables and views. */
static bool
special_var_walker(Node *node, SpecialVarContext *cxt)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		Var		   *var = (Var *) node;

		if (var->varattno == 0 && get_typtype(getBaseType(var->vartype)) == TYPTYPE_COMPOSITE)
			cxt->row_types = list_append_unique_oid(cxt->row_types, getBaseType(var->vartype));
		cxt->location = var->location;
		return var->varattno < 0;
	}
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, special_var_walker, cxt, QTW_IGNORE_JOINALIASES);
	return expression_tree_walker(node, special_var_walker, cxt);
}

static IvmRefusal *
check_vars(IvmCore *core)
{
	SpecialVarContext cxt = {NIL, -1};

	if (!special_var_walker((Node *) core->definition, &cxt) &&
		(core->parts == NULL || !special_var_walker(core->parts->quals, &cxt)))
	{
		core->row_types = cxt.row_types;
		return NULL;
	}
	return ivm_refusal_unsupported("a system column cannot be maintained incrementally",
					   "System columns change without a trigger, for example in VACUUM FULL.",
					   "Name ordinary columns only.", cxt.location);
}

static IvmRefusal *
check_volatility(IvmCore *core)
{
	IvmVolatility v;

	ivm_volatility_check(core->parts == NULL ? (Node *) core->definition :
						 (Node *) list_make2(core->definition, core->parts->quals), &v);
	core->settings = v.settings || !v.ok;	/* not known: as for a view that does */
	core->strings = v.strings || !v.ok;
	core->text_types = v.text_types;
	core->functions = v.functions;
	if (!v.ok)
		return ivm_refusal_make(ERRCODE_FEATURE_NOT_SUPPORTED,
					  psprintf("%s cannot be used in the definition of a view", v.object),
					  v.reason, v.hint, v.location);
	return NULL;
}

/* ---- what the cut cannot go through ---- */

static bool
outer_aggregate_walker(Node *node, int *level)
{
	if (node == NULL)
		return false;
	if (IsA(node, Aggref) && ((Aggref *) node)->agglevelsup == *level)
		return *level > 0;
	if (IsA(node, GroupingFunc) && ((GroupingFunc *) node)->agglevelsup == *level)
		return *level > 0;
	if (IsA(node, SubLink) && contain_aggs_of_level(((SubLink *) node)->testexpr, *level))
		return true;
	if (IsA(node, Query))
	{
		bool		found;

		(*level)++;
		found = query_tree_walker((Query *) node, outer_aggregate_walker, level, 0);
		(*level)--;
		return found;
	}
	return expression_tree_walker(node, outer_aggregate_walker, level);
}

static bool
beside_aggregates_walker(Node *node, void *arg)
{
	if (node == NULL || IsA(node, Aggref))
		return false;
	return IsA(node, SubLink) || expression_tree_walker(node, beside_aggregates_walker, arg);
}

/* Has a query of one group a subquery beside the aggregates?  It would be its key. */
static bool
has_subquery_as_key(const Query *query)
{
	return (query->hasAggs || query->havingQual != NULL) &&
		query->groupClause == NIL && query->groupingSets == NIL &&
		(beside_aggregates_walker((Node *) query->targetList, NULL) ||
		 beside_aggregates_walker(query->havingQual, NULL));
}

/*
 * Set operations and set-returning functions are not cut: the core is the bag
 * of their rows.  So is that of a query with a subquery inside that looks at its
 * aggregates, or stands beside them in the one row that there is.
 */
static bool
needs_wrapping(Query *query)
{
	int			level = 0;

	if (query->setOperations != NULL || query->hasTargetSRFs)
		return true;
	return query->hasSubLinks &&
		(has_subquery_as_key(query) ||
		 (query->hasAggs &&
		  (outer_aggregate_walker((Node *) query->targetList, &level) ||
		   outer_aggregate_walker(query->havingQual, &level))));
}

static void
make_union_all(Node *item)
{
	SetOperationStmt *setop = (SetOperationStmt *) item;

	if (!IsA(item, SetOperationStmt) || setop->op != SETOP_UNION)
		return;
	setop->all = true;
	make_union_all(setop->larg);
	make_union_all(setop->rarg);
}

/* Let the outer query do what makes UNION more than UNION ALL. */
static void
lift_union(Query *outer, SetOperationStmt *setop)
{
	ListCell   *lc;
	ListCell   *lc2;
	Index		next = 0;
	List	   *others = NIL;

	if (setop->op != SETOP_UNION || setop->all)
		return;
	foreach(lc, outer->targetList)
		next = Max(next, ((TargetEntry *) lfirst(lc))->ressortgroupref);
	forboth(lc, outer->targetList, lc2, setop->groupClauses)
	{
		TargetEntry *tle = lfirst(lc);
		SortGroupClause *sorted;

		if (tle->ressortgroupref == 0)
			tle->ressortgroupref = ++next;
		sorted = get_sortgroupref_clause_noerr(tle->ressortgroupref, outer->sortClause);
		if (sorted)
			outer->distinctClause = lappend(outer->distinctClause, copyObject(sorted));
		else
		{
			SortGroupClause *clause = copyObject((SortGroupClause *) lfirst(lc2));

			clause->tleSortGroupRef = tle->ressortgroupref;
			others = lappend(others, clause);
		}
	}
	outer->distinctClause = list_concat(outer->distinctClause, others);
	make_union_all((Node *) setop);
}

/*
 * SELECT s.* FROM (query) s, with the query's ORDER BY and LIMIT.  UNION is
 * DISTINCT over UNION ALL.
 */
static Query *
wrap(Query *inner)
{
	Query	   *outer = makeNode(Query);
	RangeTblEntry *rte = makeNode(RangeTblEntry);
	RangeTblRef *ref = makeNode(RangeTblRef);
	List	   *names = NIL;
	ListCell   *lc;

	outer->commandType = CMD_SELECT;
	outer->canSetTag = true;
	outer->querySource = inner->querySource;
	foreach(lc, inner->targetList)
	{
		TargetEntry *tle = lfirst(lc);
		TargetEntry *copy;

		names = lappend(names, makeString(pstrdup(tle->resname ? tle->resname : "?column?")));
		if (tle->resjunk && get_sortgroupref_clause_noerr(tle->ressortgroupref, inner->sortClause) == NULL &&
			get_sortgroupref_clause_noerr(tle->ressortgroupref, inner->distinctClause) == NULL)
			continue;
		copy = flatCopyTargetEntry(tle);
		copy->expr = (Expr *) makeVarFromTargetEntry(1, tle);
		copy->resno = list_length(outer->targetList) + 1;
		copy->resorigtbl = InvalidOid;
		copy->resorigcol = 0;
		outer->targetList = lappend(outer->targetList, copy);
	}
	/* what sorts and limits the rows is done when the view is read */
	ivm_clauses_move_order(outer, inner);
	if (inner->setOperations)
		lift_union(outer, (SetOperationStmt *) inner->setOperations);
	foreach(lc, inner->targetList)
		((TargetEntry *) lfirst(lc))->resjunk = false;

	rte->rtekind = RTE_SUBQUERY;
	rte->subquery = inner;
	rte->alias = makeAlias("s", NIL);
	rte->eref = makeAlias("s", names);
	rte->inFromCl = true;
	outer->rtable = list_make1(rte);
	ref->rtindex = 1;
	outer->jointree = makeFromExpr(list_make1(ref), NULL);
	return outer;
}

/* ---- keys ---- */

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

static int
find_key(IvmCore *core, Node *expr)
{
	for (int i = 0; i < core->nkeys; i++)
		if (equal(core->keys[i].shown, expr))
			return i;
	return -1;
}

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
 * A document of a whole row, which can be stored as it is.  That saves a column of
 * the table's row type in the state, which ALTER TABLE would not get past.
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
	return arg != NULL && IsA(arg, Var) && ((Var *) arg)->varattno == 0;
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

/* Does the finishing group rows of the core? */
static bool
groups_rows(const IvmCore *core)
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
						tle->resjunk ? var_name(core, (Node *) tle->expr) : tle->resname,
						false);
		}
	}
	else if (core->kind == IVM_CORE_BAG && !query->hasWindowFuncs && !groups_rows(core))
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

/* ---- aggregates ---- */

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

/* The accumulator that an aggregate needs, or NULL for a slice. */
static const IvmAggRule *
find_rule(Aggref *agg, List **args)
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
	if (rule && agg->aggdistinct != NIL && rule->class != &ivm_accum_extreme)
		return NULL;
	return rule;
}

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
	const IvmAggRule *rule = find_rule(agg, &args);
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

	for (int i = 0; i < core->naccums; i++)
	{
		def = &core->accums[i];
		if (def->accum.class != class)
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
	def->name = choose_accum_name(core, equal(cxt->top, agg) ? cxt->resname : NULL);
	return core->naccums++;
}

/* ---- the cut ---- */

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
	if (IsA(node, Aggref) && !groups_rows(core))
	{
		const char *final = NULL;
		int			accum = add_accum(cxt, (Aggref *) node, &final);

		return cut_at(cxt, node, -1, accum, final);
	}
	if (IsA(node, GroupingFunc) && !groups_rows(core))
		/* there is one set, which contains all */
		return (Node *) makeConst(INT4OID, -1, InvalidOid, sizeof(int32),
								  Int32GetDatum(0), false, true);
	if (IsA(node, Var) || IsA(node, SubLink) || is_document(node))
	{
		/* determined by the keys, or input of a window function over a bag */
		key = add_key(cxt, node, var_name(core, node), true);
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

static void
make_finishing(IvmCore *core)
{
	CutContext	cxt = {.core = core};
	Query	   *query = copyObject(core->definition);
	List	   *targetlist = NIL;
	ListCell   *lc;
	bool		by_distinct = core->kind == IVM_CORE_GROUP && query->groupClause == NIL;

	add_query_keys(&cxt);
	if (!groups_rows(core))
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
	query->hasAggs &= groups_rows(core);
	core->finishing = query;
	if (core->parts != NULL)
		core->finishing_quals = cut_mutator(core->parts->quals, &cxt);
}

/* What the finishing groups is a bag of rows to the core. */
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

/* Every aggregate must be able to recompute; keys must be comparable. */
static IvmRefusal *
check_keys(IvmCore *core)
{
	for (int i = 0; i < core->nkeys; i++)
	{
		IvmKeyDef  *key = &core->keys[i];

		if (key->type == RECORDOID || key->type == UNKNOWNOID ||
			get_typtype(key->type) == TYPTYPE_PSEUDO)
			return ivm_refusal_unsupported(psprintf("a key of type %s cannot be maintained incrementally",
										format_type_be(key->type)),
							   "No table column can have this type.",
							   "Cast it to a named type.",
							   exprLocation((Node *) key->expr));
	}
	for (int i = 0; i < core->naccums; i++)
	{
		Aggref	   *agg = core->accums[i].aggref;

		if (core->accums[i].accum.class == &ivm_accum_slice &&
			get_typtype(agg->aggtype) == TYPTYPE_PSEUDO)
			return ivm_refusal_unsupported(psprintf("an aggregate of type %s cannot be maintained incrementally",
										format_type_be(agg->aggtype)),
							   "No table column can have this type.",
							   "Cast its argument to a named type.", agg->location);
	}
	return NULL;
}

static IvmCoreKind
core_kind(const IvmCore *core)
{
	const Query *query = core->definition;

	if (groups_rows(core))
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

static IvmCore *analyze_query(Query *original, bool split);

/* The analysis of a query around the inner one. */
static IvmCore *
analyze_around(IvmOuterQuery *around, Query *inner, bool split)
{
	IvmCore    *core = analyze_query(inner, split);
	IvmCore		outside = {.definition = NULL};

	if (core->refusal != NULL)
		return core;
	/* with the inner one, which tells of what types its columns are */
	outside.definition = ivm_outer_query_put(around, copyObject(inner));
	core->outer_queries = lappend(core->outer_queries, around);
	core->refusal = check_volatility(&outside);
	core->settings |= outside.settings;
	core->strings |= outside.strings;
	core->functions = list_concat_unique_oid(core->functions, outside.functions);
	return core;
}

/* The analysis of a query, split into parts or left in one. */
static IvmCore *
analyze_query(Query *original, bool split)
{
	IvmCore    *core = palloc0(sizeof(IvmCore));
	Query	   *query = copyObject(original);
	Query	   *inner;
	IvmOuterQuery  *around;
	bool		wrapped;

	core->definition = core->whole = query;
	if ((core->refusal = check_clauses(query)) != NULL)
		return core;
	if ((core->refusal = check_duplicate_columns(query)) != NULL)
		return core;
	if ((around = ivm_outer_query_cut(query, &inner)) != NULL)
		return analyze_around(around, inner, split);
	ivm_compat_flatten_groups(query);
	if (split && (core->parts = ivm_view_parts_split(query)) == NULL)
		return analyze_query(original, false);
	if ((core->refusal = check_limits(query)) != NULL ||
		(core->refusal = ivm_normalize_query(query, &core->views)) != NULL)
		return core;
	wrapped = needs_wrapping(query);
	if (query->groupingSets != NIL && !wrapped && !groups_rows(core))
		wrapped = !ivm_grouping_sets_expand(query, &core->sets) || needs_wrapping(query);
	if (wrapped && core->parts != NULL)
		return analyze_query(original, false);	/* the finishing would not reach the parts */
	if (wrapped)
		query = wrap(query);
	core->definition = core->whole = query;
	query->targetList = (List *) ivm_compat_flatten_joins(query, (Node *) query->targetList);
	query->havingQual = ivm_compat_flatten_joins(query, query->havingQual);
	query->jointree = (FromExpr *) ivm_compat_flatten_joins(query, (Node *) query->jointree);
	if ((core->refusal = check_sources(core)) != NULL ||
		(core->refusal = check_vars(core)) != NULL)
		return core;
	if ((core->refusal = check_tables(core)) == NULL)
		core->refusal = check_volatility(core);

	core->kind = core_kind(core);
	make_finishing(core);
	if (groups_rows(core))
		forget_grouping(core);
	if (core->sets)
		core->sets->key = find_key(core, (Node *) core->sets->number);
	if (core->refusal == NULL)
		core->refusal = check_keys(core);
	if (!core->single)
		core->addends = ivm_addends_make(core);
	return core;
}

/* Can the parts be views? */
static bool
parts_are_views(IvmCore *core)
{
	ListCell   *lc;

	foreach(lc, core->parts->queries)
	{
		IvmCore    *part = analyze_query(lfirst(lc), false);

		/* what never changes needs no state of its own */
		if (part->refusal != NULL || part->nsources == 0)
			return false;
		core->part_cores = lappend(core->part_cores, part);
	}
	return true;
}

/*
 * Analyze a query as parse analysis left it, for a new view.  The result is in
 * CurrentMemoryContext; the query itself is not changed.
 */
IvmCore *
ivm_analyze_query(Query *original)
{
	IvmCore    *core = analyze_query(original, true);
	ListCell   *lc;

	if (core->parts != NULL && (core->refusal != NULL || !parts_are_views(core)))
		core = analyze_query(original, false);
	if (core->refusal == NULL)
		core->refusal = ivm_row_width_check(core);
	foreach(lc, core->part_cores)
		if (core->refusal == NULL)
			core->refusal = ivm_row_width_check(lfirst(lc));
	return core;
}

/*
 * Analyze the query of a view that has this many parts, as its stored rule
 * has it.  The result is complete, with a refusal, where a query once accepted
 * is so no longer because of what was done to its table and functions.
 */
IvmCore *
ivm_analyze_stored(Query *original, int nparts)
{
	IvmCore    *core = analyze_query(original, nparts > 0);

	if (core->finishing != NULL &&
		(core->parts == NULL ? 0 : list_length(core->parts->queries)) != nparts)
	{
		/* what is stored is something else */
		core->finishing = NULL;
		core->refusal = ivm_refusal_make(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
							   "it falls into other parts than when the view was created",
							   NULL, "Drop the view and create it again.", -1);
	}
	return core;
}

/* What stands for the analysis of a view that has lost its definition. */
IvmCore *
ivm_analyze_missing(void)
{
	IvmCore    *core = palloc0(sizeof(IvmCore));

	core->definition = makeNode(Query);
	core->definition->commandType = CMD_SELECT;
	core->definition->jointree = makeFromExpr(NIL, NULL);
	core->refusal = palloc0(sizeof(IvmRefusal));
	core->refusal->sqlerrcode = ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE;
	core->refusal->message = "the definition of the view was dropped";
	core->refusal->location = -1;
	return core;
}

static IvmGroupingSets *
keep_sets(const IvmGroupingSets *sets)
{
	IvmGroupingSets *result;

	if (sets == NULL)
		return NULL;
	result = palloc(sizeof(IvmGroupingSets));
	*result = *sets;
	result->number = copyObject(sets->number);
	result->numbers = palloc(sizeof(int64) * Max(sets->nsets, 1));
	memcpy(result->numbers, sets->numbers, sizeof(int64) * sets->nsets);
	result->empty = palloc(sizeof(int64) * Max(sets->nempty, 1));
	memcpy(result->empty, sets->empty, sizeof(int64) * sets->nempty);
	result->originals = NIL;
	return result;
}

/*
 * What maintaining and reading a view over a single table needs of an accepted
 * analysis, as a copy in CurrentMemoryContext.  What only the finishing is made
 * of, which the view itself has, and what the analysis left lying about, is most
 * of its memory.
 */
IvmCore *
ivm_analyze_keep(const IvmCore *core)
{
	IvmCore    *result = palloc(sizeof(IvmCore));

	Assert(core->single && core->refusal == NULL);
	*result = *core;
	result->definition = result->whole = result->finishing = copyObject(core->definition);
	result->finishing_quals = NULL;
	result->parts = NULL;
	result->part_cores = result->cuts = result->outer_queries = NIL;
	result->regions = result->addends = NIL;
	result->sources = palloc(sizeof(IvmSource) * core->nsources);
	memcpy(result->sources, core->sources, sizeof(IvmSource) * core->nsources);
	for (int i = 0; i < core->nsources; i++)
	{
		result->sources[i].attrs = bms_copy(core->sources[i].attrs);
		result->sources[i].filter = copyObject(core->sources[i].filter);
	}
	result->views = list_copy(core->views);
	result->qual = copyObject(core->qual);
	result->keys = palloc(sizeof(IvmKeyDef) * Max(core->nkeys, 1));
	memcpy(result->keys, core->keys, sizeof(IvmKeyDef) * core->nkeys);
	for (int i = 0; i < core->nkeys; i++)
	{
		result->keys[i].expr = copyObject(core->keys[i].expr);
		result->keys[i].name = pstrdup(core->keys[i].name);
	}
	result->sets = keep_sets(core->sets);
	result->accums = palloc(sizeof(IvmAccumDef) * Max(core->naccums, 1));
	if (core->naccums > 0)
		memcpy(result->accums, core->accums, sizeof(IvmAccumDef) * core->naccums);
	for (int i = 0; i < core->naccums; i++)
	{
		result->accums[i].name = pstrdup(core->accums[i].name);
		result->accums[i].args = copyObject(core->accums[i].args);
		result->accums[i].aggref = copyObject(core->accums[i].aggref);
	}
	result->text_types = list_copy(core->text_types);
	result->row_types = list_copy(core->row_types);
	result->functions = list_copy(core->functions);
	return result;
}
