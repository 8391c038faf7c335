/*-------------------------------------------------------------------------
 *
 * grouping_sets.c
 *	  GROUPING SETS, ROLLUP and CUBE as one GROUP BY.
 *
 * Each row counts once for each grouping set, so the query is one over the
 * rows joined with the numbers of the sets:
 *
 *		SELECT a, b, grouping(b), sum(x)  FROM t  GROUP BY ROLLUP (a, b)	=>
 *
 *		SELECT CASE WHEN n & 2 = 0 THEN a END, CASE WHEN n & 1 = 0 THEN b END, (n & 1)::int, sum(x)
 *		FROM t, (VALUES (0), (1), (3)) grouping_sets(n)
 *		GROUP BY 1, 2, n
 *
 * That is linear in t.  A set's number has a bit for each grouping expression,
 * the first one's highest, which says that the set does not contain it: what
 * GROUPING() of all of them gives.  If a set is listed twice, the second has
 * higher bits, too.  So what is stored stays right whatever order the sets are
 * listed in.
 *
 * The empty set has a row even where there are no rows.  The rewritten query
 * would not give it: readers of the state add it, as a permanent key (delta.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "parser/parse_agg.h"
#include "parser/parse_clause.h"
#include "parser/parse_oper.h"
#include "parser/parsetree.h"

#include "base/compat.h"
#include "base/sql_text.h"
#include "definition/grouping_sets.h"

/* The rest of a set's number tells it from equal sets; there are 4096 at most. */
#define MAX_EXPRESSIONS		50

typedef struct ExpandContext
{
	Query	   *query;
	IvmGroupingSets *sets;
	int			nexprs;
	Index	   *refs;			/* of the grouping expressions */
	Node	  **exprs;
	Node	  **replacements;	/* the same, but NULL for sets without it */
	bool		possible;
} ExpandContext;

/* The bit of a set's number that says that it lacks this expression. */
static int64
lacks_bit(const ExpandContext *cxt, int i)
{
	return INT64CONST(1) << (cxt->nexprs - 1 - i);
}

static int
find_ref(const ExpandContext *cxt, Index ref)
{
	for (int i = 0; i < cxt->nexprs; i++)
		if (cxt->refs[i] == ref)
			return i;
	elog(ERROR, "grouping expression %u not found", ref);
}

/* ---- the numbers of the sets ---- */

static int64
set_number(const ExpandContext *cxt, List *set, const int64 *others, int nothers)
{
	int64		number = (INT64CONST(1) << cxt->nexprs) - 1;
	ListCell   *lc;

	foreach(lc, set)
		number &= ~lacks_bit(cxt, find_ref(cxt, lfirst_int(lc)));
	for (int i = 0; i < nothers; i++)
		if (others[i] == number)
			number += INT64CONST(1) << cxt->nexprs;
	return number;
}

static void
number_sets(ExpandContext *cxt, List *list)
{
	IvmGroupingSets *sets = cxt->sets;
	ListCell   *lc;

	sets->numbers = palloc(sizeof(int64) * list_length(list));
	sets->empty = palloc(sizeof(int64) * list_length(list));
	foreach(lc, list)
	{
		int64		number = set_number(cxt, lfirst(lc), sets->numbers, sets->nsets);

		sets->numbers[sets->nsets++] = number;
		if (lfirst(lc) == NIL)
			sets->empty[sets->nempty++] = number;
	}
}

/* Does each set contain this expression? */
static bool
is_in_all(const ExpandContext *cxt, int i)
{
	for (int s = 0; s < cxt->sets->nsets; s++)
		if (cxt->sets->numbers[s] & lacks_bit(cxt, i))
			return false;
	return true;
}

static Const *
number_const(int64 number)
{
	return makeConst(INT8OID, -1, InvalidOid, sizeof(int64), Int64GetDatum(number),
					 false, FLOAT8PASSBYVAL);
}

/* Join the query with the numbers. */
static void
add_numbers(ExpandContext *cxt)
{
	Query	   *query = cxt->query;
	RangeTblEntry *rte = makeNode(RangeTblEntry);
	RangeTblRef *ref = makeNode(RangeTblRef);

	rte->rtekind = RTE_VALUES;
	for (int i = 0; i < cxt->sets->nsets; i++)
		rte->values_lists = lappend(rte->values_lists,
									list_make1(number_const(cxt->sets->numbers[i])));
	rte->coltypes = list_make1_oid(INT8OID);
	rte->coltypmods = list_make1_int(-1);
	rte->colcollations = list_make1_oid(InvalidOid);
	rte->alias = makeAlias("grouping_sets", list_make1(makeString(pstrdup("grouping_set"))));
	rte->eref = copyObject(rte->alias);
	rte->inFromCl = true;
	query->rtable = lappend(query->rtable, rte);
	ref->rtindex = list_length(query->rtable);
	query->jointree->fromlist = lappend(query->jointree->fromlist, ref);
	cxt->sets->number = makeVar(ref->rtindex, 1, INT8OID, -1, InvalidOid, 0);
}

/* Group by the number, too. */
static void
group_by_number(ExpandContext *cxt)
{
	Query	   *query = cxt->query;
	SortGroupClause *clause = makeNode(SortGroupClause);
	TargetEntry *tle = makeTargetEntry((Expr *) copyObject(cxt->sets->number),
									   list_length(query->targetList) + 1,
									   pstrdup("grouping_set"), true);

	query->targetList = lappend(query->targetList, tle);
	clause->tleSortGroupRef = assignSortGroupRef(tle, query->targetList);
	get_sort_group_operators(INT8OID, true, true, false, &clause->sortop, &clause->eqop,
							 NULL, &clause->hashable);
	query->groupClause = lappend(query->groupClause, clause);
}

/* ---- the select list and HAVING ---- */

/* CASE WHEN the set contains expression i THEN it END */
static Node *
make_replacement(ExpandContext *cxt, int i)
{
	Node	   *expr = cxt->exprs[i];
	CaseWhen   *when = makeNode(CaseWhen);
	CaseExpr   *result = makeNode(CaseExpr);

	when->expr = ivm_sql_text_expression(psprintf("($1 & '" INT64_FORMAT "'::int8) = '0'::int8",
												  lacks_bit(cxt, i)),
										 list_make1(cxt->sets->number));
	when->result = copyObject((Expr *) expr);
	when->location = -1;
	result->casetype = exprType(expr);
	result->casecollid = exprCollation(expr);
	result->args = list_make1(when);
	result->defresult = (Expr *) makeNullConst(exprType(expr), exprTypmod(expr), exprCollation(expr));
	result->location = exprLocation(expr);
	return (Node *) result;
}

static char *
shifted(const char *value, const char *op, int bits)
{
	return bits == 0 ? pstrdup(value) : psprintf("(%s %s %d)", value, op, bits);
}

/* GROUPING(), from the bits of the set's number; neighbours are taken together. */
static Node *
make_grouping(ExpandContext *cxt, GroupingFunc *func)
{
	char	   *sum = NULL;
	int			n = list_length(func->refs);
	int			width;

	for (int i = 0; i < n; i += width)
	{
		int			first = find_ref(cxt, list_nth_int(func->refs, i));
		char	   *part;

		for (width = 1; i + width < n; width++)
			if (find_ref(cxt, list_nth_int(func->refs, i + width)) != first + width)
				break;
		part = psprintf("(%s & '" INT64_FORMAT "'::int8)",
						shifted("$1", ">>", cxt->nexprs - first - width),
						(INT64CONST(1) << width) - 1);
		part = shifted(part, "<<", n - i - width);
		sum = sum ? psprintf("%s | %s", sum, part) : part;
	}
	return (Node *) ivm_sql_text_expression(psprintf("(%s)::int4", sum),
											list_make1(cxt->sets->number));
}

static Node *
note_original(ExpandContext *cxt, Node *replacement, Node *original)
{
	cxt->sets->originals = lappend(cxt->sets->originals,
								   list_make2(copyObject(replacement), copyObject(original)));
	return replacement;
}

static Node *
expand_mutator(Node *node, ExpandContext *cxt)
{
	if (node == NULL)
		return NULL;
	if (!IsA(node, List) && !IsA(node, TargetEntry))
	{
		for (int i = 0; i < cxt->nexprs; i++)
			if (equal(node, cxt->exprs[i]))
				return copyObject(cxt->replacements[i]);
	}
	if (IsA(node, Aggref))
	{
		/* its arguments are those of the rows, but for the direct ones */
		Aggref	   *agg = copyObject((Aggref *) node);

		agg->aggdirectargs = (List *) expand_mutator((Node *) agg->aggdirectargs, cxt);
		return (Node *) agg;
	}
	if (IsA(node, GroupingFunc))
		return note_original(cxt, make_grouping(cxt, (GroupingFunc *) node), node);
	if (IsA(node, SubLink))
		cxt->possible = false;	/* it can see the groups, and the row of no
								 * rows */
	return expression_tree_mutator(node, expand_mutator, cxt);
}

/* ---- the whole query ---- */

static void
find_expressions(ExpandContext *cxt)
{
	Query	   *query = cxt->query;
	ListCell   *lc;

	cxt->nexprs = list_length(query->groupClause);
	cxt->refs = palloc(sizeof(Index) * Max(cxt->nexprs, 1));
	cxt->exprs = palloc(sizeof(Node *) * Max(cxt->nexprs, 1));
	cxt->replacements = palloc(sizeof(Node *) * Max(cxt->nexprs, 1));
	cxt->possible = cxt->nexprs <= MAX_EXPRESSIONS;
	foreach(lc, query->groupClause)
	{
		int			i = foreach_current_index(lc);
		TargetEntry *tle = get_sortgroupclause_tle(lfirst(lc), query->targetList);

		cxt->refs[i] = tle->ressortgroupref;
		cxt->exprs[i] = (Node *) tle->expr;

		/*
		 * only the planner knows which of equal expressions, or constants, is
		 * meant
		 */
		cxt->possible &= contain_vars_of_level((Node *) tle->expr, 0);
		for (int j = 0; j < i; j++)
			cxt->possible &= !equal(cxt->exprs[j], cxt->exprs[i]);
	}
}

static void
make_replacements(ExpandContext *cxt)
{
	for (int i = 0; i < cxt->nexprs; i++)
	{
		cxt->replacements[i] = is_in_all(cxt, i) ? cxt->exprs[i] :
			note_original(cxt, make_replacement(cxt, i), cxt->exprs[i]);
	}
}

bool
ivm_grouping_sets_expand(Query *query, IvmGroupingSets **sets)
{
	List	   *list = expand_grouping_sets(query->groupingSets, query->groupDistinct, -1);
	ExpandContext cxt = {.query = copyObject(query)};

	*sets = NULL;

	/*
	 * one set: GROUPING() is 0, and with no expression in it this is no GROUP
	 * BY
	 */
	if (list_length(list) == 1 &&
		(linitial(list) != NIL || query->hasAggs || query->havingQual))
	{
		query->groupingSets = NIL;
		query->groupDistinct = false;
		return true;
	}
	cxt.sets = palloc0(sizeof(IvmGroupingSets));
	cxt.query->targetList = (List *)
		ivm_compat_flatten_joins(cxt.query, (Node *) cxt.query->targetList);
	cxt.query->havingQual = ivm_compat_flatten_joins(cxt.query, cxt.query->havingQual);
	find_expressions(&cxt);
	if (!cxt.possible)
		return false;
	number_sets(&cxt, list);
	add_numbers(&cxt);
	make_replacements(&cxt);
	cxt.query->targetList = (List *) expand_mutator((Node *) cxt.query->targetList, &cxt);
	cxt.query->havingQual = expand_mutator(cxt.query->havingQual, &cxt);
	if (!cxt.possible)
		return false;
	group_by_number(&cxt);
	cxt.query->groupingSets = NIL;
	cxt.query->groupDistinct = false;
	*query = *cxt.query;
	*sets = cxt.sets;
	return true;
}

/* ---- back ---- */

static Node *
restore_mutator(Node *node, IvmGroupingSets *sets)
{
	ListCell   *lc;

	if (node == NULL)
		return NULL;
	foreach(lc, sets->originals)
	{
		if (equal(node, linitial(lfirst(lc))))
			return copyObject(lsecond(lfirst(lc)));
	}
	return expression_tree_mutator(node, restore_mutator, sets);
}

Node *
ivm_grouping_sets_restore(const IvmGroupingSets *sets, Node *node)
{
	return sets == NULL ? node : restore_mutator(node, unconstify(IvmGroupingSets *, sets));
}

/* ---- one set ---- */

typedef struct ChooseContext
{
	const IvmGroupingSets *sets;
	int64		number;
} ChooseContext;

static Node *
choose_mutator(Node *node, ChooseContext *cxt)
{
	if (node == NULL)
		return NULL;
	if (equal(node, cxt->sets->number))
		return (Node *) number_const(cxt->number);
	return expression_tree_mutator(node, choose_mutator, cxt);
}

void
ivm_grouping_sets_choose(const IvmGroupingSets *sets, Query *query, int64 number)
{
	ChooseContext cxt = {sets, number};
	RangeTblEntry *rte = rt_fetch(sets->number->varno, query->rtable);

	Assert(rte->rtekind == RTE_VALUES);
	rte->values_lists = list_make1(list_make1(number_const(number)));
	query->targetList = (List *) choose_mutator((Node *) query->targetList, &cxt);
	query->jointree->quals = choose_mutator(query->jointree->quals, &cxt);
}
