/*-------------------------------------------------------------------------
 *
 * sources.c
 *	  The places where a definition reads a base table.
 *
 * The rows of a core are a linear function of a source if the rows that they
 * have from a set of the source's rows are the sum of those that they have
 * from each row:
 *
 *		core(R + S) = core(R) + core(S)		as bags, all else being equal
 *
 * Selection, projection, inner joins, the preserved side of an outer join and
 * the arms of UNION ALL are linear; the other side of an outer join, what
 * is below an aggregate, DISTINCT, a window function, LIMIT or another set
 * operation, and sublinks are not.  (The core's own aggregates do not count:
 * they are accumulators of its rows.)  With UNION ALL, "all else" are the other
 * sources of the arm; the other arms' rows are left out.
 *
 * An item of FROM that reads no table and nothing beside it (VALUES, functions,
 * subqueries over such) is a constant: it has rows like a source, none of which
 * ever changes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "definition/sources.h"

/* ---- constants ---- */

/* Does node, this many queries deep in the item asked about, read anything outside of the item? */
static bool
reads_walker(Node *node, int *depth)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		return ((Var *) node)->varlevelsup >= *depth;
	if (IsA(node, RangeTblEntry))
	{
		RTEKind		kind = ((RangeTblEntry *) node)->rtekind;

		return kind == RTE_RELATION || kind == RTE_NAMEDTUPLESTORE || kind == RTE_CTE;
	}
	if (IsA(node, Query))
	{
		bool		result;

		(*depth)++;
		result = query_tree_walker((Query *) node, reads_walker, depth, QTW_EXAMINE_RTES_BEFORE);
		(*depth)--;
		return result;
	}
	return expression_tree_walker(node, reads_walker, depth);
}

static bool
is_constant(RangeTblEntry *rte)
{
	int			depth = 0;

	if (rte->lateral)
		return false;
	if (rte->rtekind == RTE_SUBQUERY)
		return !reads_walker((Node *) rte->subquery, &depth);
	if (rte->rtekind == RTE_VALUES)
		return !reads_walker((Node *) rte->values_lists, &depth);
	return rte->rtekind == RTE_FUNCTION && !reads_walker((Node *) rte->functions, &depth);
}

/* ---- the walk ---- */

typedef struct ListContext
{
	List	   *sources;
	List	   *constants;
} ListContext;

static bool list_walker(Node *node, ListContext *result);

static void
list_from_item(Query *query, Node *item, ListContext *result)
{
	if (IsA(item, FromExpr))
	{
		ListCell   *lc;

		foreach(lc, ((FromExpr *) item)->fromlist)
			list_from_item(query, lfirst(lc), result);
	}
	else if (IsA(item, JoinExpr))
	{
		list_from_item(query, ((JoinExpr *) item)->larg, result);
		list_from_item(query, ((JoinExpr *) item)->rarg, result);
	}
	else if (IsA(item, SetOperationStmt))
	{
		list_from_item(query, ((SetOperationStmt *) item)->larg, result);
		list_from_item(query, ((SetOperationStmt *) item)->rarg, result);
	}
	else
	{
		RangeTblEntry *rte = rt_fetch(castNode(RangeTblRef, item)->rtindex, query->rtable);

		if (rte->rtekind == RTE_RELATION || rte->rtekind == RTE_NAMEDTUPLESTORE)
			result->sources = lappend(result->sources, rte);
		else if (is_constant(rte))
			result->constants = lappend(result->constants, rte);
		else if (rte->rtekind == RTE_SUBQUERY)
			(void) list_walker((Node *) rte->subquery, result);
	}
}

static bool
list_walker(Node *node, ListContext *result)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		Query	   *query = (Query *) node;

		if (query->setOperations)
			list_from_item(query, query->setOperations, result);
		else
			list_from_item(query, (Node *) query->jointree, result);
		return query_tree_walker(query, list_walker, result, QTW_IGNORE_RT_SUBQUERIES);
	}
	return expression_tree_walker(node, list_walker, result);
}

List *
ivm_sources_list(Query *query)
{
	ListContext result = {NIL, NIL};

	(void) list_walker((Node *) query, &result);
	return result.sources;
}

List *
ivm_sources_list_all(Query *query)
{
	ListContext result = {NIL, NIL};

	(void) list_walker((Node *) query, &result);
	return list_truncate(list_concat(result.sources, result.constants),
						 Max(list_length(result.sources), IVM_MAX_SOURCES));
}

/* ---- linear sources ---- */

bool
ivm_sources_is_plain(Query *query)
{
	return query->groupClause == NIL && query->groupingSets == NIL && !query->hasAggs &&
		query->havingQual == NULL && query->distinctClause == NIL &&
		!query->hasWindowFuncs && !query->hasTargetSRFs &&
		query->limitCount == NULL && query->limitOffset == NULL;
}

static void
list_linear(Query *query, Node *item, List **result)
{
	if (IsA(item, FromExpr))
	{
		ListCell   *lc;

		foreach(lc, ((FromExpr *) item)->fromlist)
			list_linear(query, lfirst(lc), result);
	}
	else if (IsA(item, JoinExpr))
	{
		JoinExpr   *join = (JoinExpr *) item;

		if (join->jointype == JOIN_INNER || join->jointype == JOIN_LEFT)
			list_linear(query, join->larg, result);
		if (join->jointype == JOIN_INNER || join->jointype == JOIN_RIGHT)
			list_linear(query, join->rarg, result);
	}
	else if (IsA(item, SetOperationStmt))
	{
		SetOperationStmt *setop = (SetOperationStmt *) item;

		if (setop->op == SETOP_UNION && setop->all)
		{
			list_linear(query, setop->larg, result);
			list_linear(query, setop->rarg, result);
		}
	}
	else
	{
		RangeTblEntry *rte = rt_fetch(castNode(RangeTblRef, item)->rtindex, query->rtable);

		if (rte->rtekind == RTE_RELATION || is_constant(rte))
			*result = lappend(*result, rte);
		else if (rte->rtekind == RTE_SUBQUERY && ivm_sources_is_plain(rte->subquery))
			list_linear(rte->subquery,
						rte->subquery->setOperations ? rte->subquery->setOperations :
						(Node *) rte->subquery->jointree, result);
	}
}

Query *
ivm_sources_tested(Node *qual, bool *negated)
{
	Node	   *arg = is_notclause(qual) ? (Node *) get_notclausearg(qual) : qual;
	Query	   *sub;

	*negated = arg != qual;
	if (!IsA(arg, SubLink) || ((SubLink *) arg)->subLinkType != EXISTS_SUBLINK)
		return NULL;
	sub = castNode(Query, ((SubLink *) arg)->subselect);
	return ivm_sources_is_plain(sub) && sub->setOperations == NULL ? sub : NULL;
}

/*
 * The sources, as range table entries, that only conditions [NOT] EXISTS of the query's
 * own WHERE read.  *excluding are those of NOT EXISTS: the more rows they have, the
 * fewer has the query.  *tested are those of conditions that are correlated with the
 * query's rows.
 */
static void
list_tested(Query *query, List **tested, List **excluding)
{
	ListCell   *lc;

	if (!ivm_sources_is_plain(query) || query->setOperations)
		return;
	foreach(lc, make_ands_implicit((Expr *) query->jointree->quals))
	{
		bool		negated;
		Query	   *sub = ivm_sources_tested(lfirst(lc), &negated);

		if (sub && negated)
			list_linear(sub, (Node *) sub->jointree, excluding);
		if (sub && contain_vars_of_level((Node *) sub, 1))
			list_linear(sub, (Node *) sub->jointree, tested);
	}
}

List *
ivm_sources_linear(Query *query)
{
	List	   *result = NIL;

	list_linear(query, (Node *) query->jointree, &result);
	return result;
}

/* ---- columns read ---- */

typedef struct AttrContext
{
	List	   *queries;		/* innermost first */
	List	   *rtes;			/* of the sources */
	IvmSource  *sources;
} AttrContext;

static bool attr_walker(Node *node, AttrContext *cxt);

/* Note that a source's column is read; all of them where the whole row is. */
static void
note_column(IvmSource *source, AttrNumber attno)
{
	Relation	rel;

	if (attno != 0)
	{
		source->attrs = bms_add_member(source->attrs, attno - FirstLowInvalidHeapAttributeNumber);
		return;
	}
	rel = table_open(source->relid, AccessShareLock);
	for (int i = 0; i < RelationGetNumberOfAttributes(rel); i++)
		if (!TupleDescAttr(RelationGetDescr(rel), i)->attisdropped)
			source->attrs = bms_add_member(source->attrs, i + 1 - FirstLowInvalidHeapAttributeNumber);
	table_close(rel, AccessShareLock);
}

static void
note_var(Var *var, AttrContext *cxt)
{
	Query	   *query = list_nth(cxt->queries, var->varlevelsup);
	RangeTblEntry *rte = rt_fetch(var->varno, query->rtable);
	ListCell   *lc;

	if (rte->rtekind == RTE_JOIN)
	{
		/* the alias is of the same level */
		List	   *inner = cxt->queries;

		cxt->queries = list_copy_tail(inner, var->varlevelsup);
		(void) attr_walker(var->varattno == 0 ? (Node *) rte->joinaliasvars :
						   list_nth(rte->joinaliasvars, var->varattno - 1), cxt);
		cxt->queries = inner;
	}
	else if (rte->rtekind == RTE_RELATION)
	{
		foreach(lc, cxt->rtes)
		{
			if (lfirst(lc) == rte)
				note_column(&cxt->sources[foreach_current_index(lc)], var->varattno);
		}
	}
}

static bool
attr_walker(Node *node, AttrContext *cxt)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		note_var((Var *) node, cxt);
		return false;
	}
	if (IsA(node, Query))
	{
		cxt->queries = lcons(node, cxt->queries);
		(void) query_tree_walker((Query *) node, attr_walker, cxt, QTW_IGNORE_JOINALIASES);
		cxt->queries = list_delete_first(cxt->queries);
		return false;
	}
	return expression_tree_walker(node, attr_walker, cxt);
}

IvmSource *
ivm_sources_find(Query *query, int *nsources)
{
	List	   *rtes = ivm_sources_list(query);
	List	   *linear = ivm_sources_linear(query);
	List	   *tested = NIL;
	List	   *excluding = NIL;
	IvmSource  *sources = palloc0(sizeof(IvmSource) * Max(list_length(rtes), 1));
	AttrContext cxt = {NIL, rtes, sources};
	ListCell   *lc;

	list_tested(query, &tested, &excluding);
	foreach(lc, rtes)
	{
		IvmSource  *source = &sources[foreach_current_index(lc)];

		source->relid = ((RangeTblEntry *) lfirst(lc))->relid;
		source->linear = list_member_ptr(linear, lfirst(lc));
		source->excludes = list_member_ptr(excluding, lfirst(lc));
		source->tested = list_member_ptr(tested, lfirst(lc));
	}
	(void) attr_walker((Node *) query, &cxt);
	*nsources = list_length(rtes);
	return sources;
}

List *
ivm_sources_relids(const IvmSource *sources, int nsources)
{
	List	   *result = NIL;

	for (int i = 0; i < nsources; i++)
		result = list_append_unique_oid(result, sources[i].relid);
	list_sort(result, list_oid_cmp);
	return result;
}

/* ---- arms of UNION ALL ---- */

static bool
contains_source(Query *query, Node *item, List *rtes, uint64 sources)
{
	ListContext found = {NIL, NIL};
	ListCell   *lc;

	list_from_item(query, item, &found);
	foreach(lc, rtes)
	{
		if ((sources & (UINT64CONST(1) << foreach_current_index(lc))) &&
			(list_member_ptr(found.sources, lfirst(lc)) ||
			 list_member_ptr(found.constants, lfirst(lc))))
			return true;
	}
	return false;
}

static void
make_empty(Query *query, Node *item)
{
	if (IsA(item, SetOperationStmt))
	{
		make_empty(query, ((SetOperationStmt *) item)->larg);
		make_empty(query, ((SetOperationStmt *) item)->rarg);
	}
	else
	{
		Query	   *arm = rt_fetch(castNode(RangeTblRef, item)->rtindex, query->rtable)->subquery;

		if (ivm_sources_is_plain(arm) && arm->setOperations == NULL)
			arm->jointree->quals = makeBoolConst(false, false);
		else
			arm->limitCount = (Node *) makeConst(INT8OID, -1, InvalidOid, sizeof(int64),
												 Int64GetDatum(0), false, FLOAT8PASSBYVAL);
	}
}

static bool
keep_arms(Query *query, Node *item, List *rtes, uint64 sources, bool each)
{
	ListCell   *lc;

	if (IsA(item, FromExpr))
	{
		foreach(lc, ((FromExpr *) item)->fromlist)
		{
			if (!keep_arms(query, lfirst(lc), rtes, sources, each))
				return false;
		}
		return true;
	}
	if (IsA(item, JoinExpr))
		return keep_arms(query, ((JoinExpr *) item)->larg, rtes, sources, each) &&
			keep_arms(query, ((JoinExpr *) item)->rarg, rtes, sources, each);
	if (IsA(item, SetOperationStmt))
	{
		SetOperationStmt *setop = (SetOperationStmt *) item;
		bool		left = contains_source(query, setop->larg, rtes, sources);
		bool		right = contains_source(query, setop->rarg, rtes, sources);

		if (left && right && each)
			return false;
		if (left && !right)
			make_empty(query, setop->rarg);
		if (right && !left)
			make_empty(query, setop->larg);
		return keep_arms(query, setop->larg, rtes, sources, each) &&
			keep_arms(query, setop->rarg, rtes, sources, each);
	}
	else
	{
		RangeTblEntry *rte = rt_fetch(castNode(RangeTblRef, item)->rtindex, query->rtable);

		if (rte->rtekind != RTE_SUBQUERY || !contains_source(query, item, rtes, sources))
			return true;
		return keep_arms(rte->subquery,
						 rte->subquery->setOperations ? rte->subquery->setOperations :
						 (Node *) rte->subquery->jointree, rtes, sources, each);
	}
}

bool
ivm_sources_keep_arms(Query *query, uint64 sources, bool each)
{
	return keep_arms(query, (Node *) query->jointree, ivm_sources_list_all(query), sources, each);
}

bool
ivm_sources_meet(Query *query, const IvmSource *sources, int nsources, Oid a, Oid b)
{
	for (int i = 0; i < nsources; i++)
		for (int j = 0; j < nsources; j++)
			if (i != j && sources[i].relid == a && sources[j].relid == b &&
				ivm_sources_keep_arms(copyObject(query),
									  (UINT64CONST(1) << i) | (UINT64CONST(1) << j), true))
				return true;
	return false;
}

/* ---- substitution ---- */

const char *
ivm_sources_rows_name(int source)
{
	static char names[IVM_MAX_SOURCES][sizeof("ivm_rows_-2147483648")];

	Assert(source >= 0 && source < IVM_MAX_SOURCES);
	if (names[source][0] == '\0')
		snprintf(names[source], sizeof(names[source]), "ivm_rows_%d", source);
	return names[source];
}

void
ivm_sources_put_rows(RangeTblEntry *rte, int source, TupleDesc desc, double nrows)
{
	rte->rtekind = RTE_NAMEDTUPLESTORE;
	rte->relid = InvalidOid;
	rte->relkind = 0;
	rte->rellockmode = NoLock;
	rte->inh = false;
	rte->tablesample = NULL;
	rte->securityQuals = NIL;
	ivm_compat_no_permissions(rte);
	rte->enrname = pstrdup(ivm_sources_rows_name(source));
	rte->enrtuples = nrows;
	rte->coltypes = rte->coltypmods = rte->colcollations = NIL;
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		rte->coltypes = lappend_oid(rte->coltypes, att->attisdropped ? InvalidOid : att->atttypid);
		rte->coltypmods = lappend_int(rte->coltypmods, att->attisdropped ? 0 : att->atttypmod);
		rte->colcollations = lappend_oid(rte->colcollations,
										 att->attisdropped ? InvalidOid : att->attcollation);
	}
}
