/*-------------------------------------------------------------------------
 *
 * analyze_check.c
 *	  What a definition may be, as far as its clauses, tables and types tell.
 *
 * Each function returns NULL, or an IvmRefusal that says what is refused, why, and
 * what to write instead.  They are called by analyze.c, some before and some
 * after the query is rewritten, as the comments in the header say.  Other
 * refusals come from where they are found: analyze.c, normalize.c, row_width.c.
 *
 * Tables are looked at without locks of their own: the caller has locked them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "rewrite/rewriteManip.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "aggregates/accum.h"
#include "catalog/catalog_view.h"
#include "base/sql_text.h"
#include "definition/analyze_check.h"
#include "definition/core.h"
#include "definition/refusal.h"
#include "definition/row_pack.h"
#include "definition/time_window.h"
#include "definition/volatility.h"
#include "definition/volatility_verdict.h"

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

/* Columns of the view of which two would have one name. */
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

IvmRefusal *
ivm_analyze_check_query(Query *query)
{
	IvmRefusal *refusal = check_clauses(query);

	return refusal != NULL ? refusal : check_duplicate_columns(query);
}

IvmRefusal *
ivm_analyze_check_limits(Query *query)
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

IvmRefusal *
ivm_analyze_check_table(RangeTblEntry *rte)
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

IvmRefusal *
ivm_analyze_check_tables(IvmCore *core)
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

typedef struct SpecialVarContext
{
	List	   *row_types;		/* of whole rows */
	int			location;		/* of a system column */
} SpecialVarContext;

/* Find a system column, at any level; note whole rows of tables and views. */
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

IvmRefusal *
ivm_analyze_check_vars(IvmCore *core)
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

/* A refusal by the verdict on an expression. */
static IvmRefusal *
refuse_volatile(const IvmVolatility *v)
{
	return ivm_refusal_make(ERRCODE_FEATURE_NOT_SUPPORTED,
							psprintf("%s cannot be used in the definition of a view", v->object),
							v->reason, v->hint, v->location);
}

IvmRefusal *
ivm_analyze_check_volatility(IvmCore *core)
{
	IvmVolatility v;

	ivm_volatility_check(core->parts == NULL ? (Node *) core->definition :
						 (Node *) list_make2(core->definition, core->parts->quals), &v);
	core->settings = v.settings || !v.ok;	/* not known: as for a view that
											 * does */
	core->strings = v.strings || !v.ok;
	core->text_types = v.text_types;
	core->functions = v.functions;
	if (!v.ok)
		return refuse_volatile(&v);
	return NULL;
}

/*
 * The edges of a window are computed by whoever reads the view; what depends on settings
 * is put into functions there, but not what has subqueries in it, or is in one.
 */
static IvmRefusal *
check_edge_settings(Query *query)
{
	List	   *items = list_copy(make_ands_implicit((Expr *) query->jointree->quals));
	ListCell   *lc;

	foreach(lc, query->targetList)
		items = lappend(items, ((TargetEntry *) lfirst(lc))->expr);
	foreach(lc, query->rtable)
	{
		if (((RangeTblEntry *) lfirst(lc))->rtekind == RTE_SUBQUERY)
			items = lappend(items, ((RangeTblEntry *) lfirst(lc))->subquery);
		else if (((RangeTblEntry *) lfirst(lc))->rtekind == RTE_FUNCTION)
			items = lappend(items, ((RangeTblEntry *) lfirst(lc))->functions);
	}
	foreach(lc, items)
	{
		Node	   *item = lfirst(lc);
		IvmVolatility v;

		if (!IsA(item, Query) && !IsA(item, List) && !checkExprHasSubLink(item))
			continue;
		ivm_volatility_check(item, &v);
		if (v.settings)
			return ivm_refusal_unsupported("a condition on the current time beside this subquery cannot be maintained incrementally",
										   "The subquery depends on settings such as TimeZone, and rows at the edge of the window are computed under those of the reader.",
										   "Write the join without a subquery, or give the time zone, as in date_trunc('day', x, 'UTC').",
										   exprLocation(item));
	}
	return NULL;
}

IvmRefusal *
ivm_analyze_check_window(IvmCore *core)
{
	IvmVolatility v;
	IvmRefusal *refusal;

	if (core->window == NULL)
		return NULL;
	ivm_volatility_check((Node *) ivm_time_window_values_at_rest(core->window), &v);
	if (!v.ok)
		return refuse_volatile(&v);
	core->settings |= v.settings;
	core->strings |= v.strings;
	core->functions = list_concat_unique_oid(core->functions, v.functions);
	if (core->window->width > 0 && (refusal = check_edge_settings(core->definition)) != NULL)
		return refusal;
	if (core->window->width > 0 && core->views != NIL)
		return ivm_refusal_unsupported("a condition on the current time over views cannot be maintained incrementally",
									   "Rows at the edge of the window are read from tables.",
									   "Name the tables that the views read, or compare a date or a date_trunc() that the query groups by.", -1);
	for (int i = 0; i < core->naccums && core->window->merged; i++)
	{
		Aggref	   *agg = core->accums[i].aggref;

		if (core->accums[i].accum.class == &ivm_accum_slice)
			return ivm_refusal_unsupported("this aggregate cannot be maintained incrementally over a window of time",
										   "Its values over parts of a group do not add up.",
										   "Group by what is compared with the time, such as a date, or keep the rows in a view and aggregate when reading it.",
										   agg->location);
	}
	return NULL;
}

IvmRefusal *
ivm_analyze_check_keys(IvmCore *core)
{
	for (int i = 0; i < core->nkeys; i++)
	{
		IvmKeyDef  *key = &core->keys[i];
		char	   *column;

		if (key->type == RECORDOID || key->type == UNKNOWNOID ||
			get_typtype(key->type) == TYPTYPE_PSEUDO)
			return ivm_refusal_unsupported(psprintf("a key of type %s cannot be maintained incrementally",
													format_type_be(key->type)),
										   "No table column can have this type.",
										   "Cast it to a named type.",
										   exprLocation((Node *) key->expr));
		if (key->expr != key->shown &&
			(column = ivm_row_pack_unlasting_column(exprType((Node *) key->shown))) != NULL)
			return ivm_refusal_unsupported(psprintf("rows of type %s as a whole cannot be maintained incrementally",
													format_type_be(exprType((Node *) key->shown))),
										   psprintf("Attributes of the type of column \"%s\" could be altered while rows are stored.",
													column),
										   "Name the columns that are needed.",
										   exprLocation((Node *) key->shown));
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

/* From 16 on, foreign tables can have all triggers, but those do not fire for what is written elsewhere. */
IvmRefusal *
ivm_analyze_check_partitions(const List *partitions)
{
	ListCell   *lc;

	foreach(lc, partitions)
	{
		if (get_rel_relkind(lfirst_oid(lc)) == RELKIND_FOREIGN_TABLE)
			return ivm_refusal_make(ERRCODE_WRONG_OBJECT_TYPE,
									psprintf("partition %s is a foreign table", ivm_sql_text_relation_name(lfirst_oid(lc))),
									"Changes made on the remote side cannot be captured.",
									"Create the view on the remote server, or detach the partition.", -1);
	}
	return NULL;
}
