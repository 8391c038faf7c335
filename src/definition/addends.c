/*-------------------------------------------------------------------------
 *
 * addends.c
 *	  A core as the sum of several queries.
 *
 * An outer join is the sum of an inner join and of the rows that find no
 * partner:
 *
 *		c LEFT JOIN o ON q	=	c JOIN o ON q
 *								+ c WHERE NOT EXISTS (SELECT FROM o WHERE q), o's columns NULL
 *
 * The first addend is linear in o.  The second is not, but whether a row
 * of c is in it shows at the first partner that is found.  So a new order of a
 * customer who has 1,000 costs as much as one of a customer who has 2.  A FULL JOIN
 * has a third addend: o's rows without a partner.
 *
 * With several outer joins the addends multiply: three LEFT JOINs give eight.  A
 * core with more than MAX_ADDENDS is not taken apart.  Each addend is analyzed for
 * itself: its sources, which of them it is linear in, its regions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"

#include "base/compat.h"
#include "definition/addends.h"
#include "definition/affected_region_find.h"
#include "definition/core.h"
#include "definition/core_query.h"
#include "definition/row_filter.h"
#include "definition/row_tests.h"
#include "definition/sources.h"

/* Addends that a core may fall into. */
#define MAX_ADDENDS	8

/* What becomes of an outer join. */
typedef enum Choice
{
	CHOICE_INNER,
	CHOICE_LEFT_ALONE,			/* rows of the left side without a partner */
	CHOICE_RIGHT_ALONE
} Choice;

typedef struct SplitContext
{
	Query	   *query;
	const Choice *choices;		/* per join, in the order of the walk */
	int			njoins;
	List	   *quals;			/* to be added to WHERE */
	List	   *nulled;			/* range table indexes whose columns are NULL */
	List	   *gone;			/* of outer joins that are none any more */
} SplitContext;

static int
choices_of(JoinType type)
{
	return type == JOIN_FULL ? 3 : 2;
}

static void
collect_rtis(Node *item, List **rtis)
{
	if (IsA(item, RangeTblRef))
		*rtis = lappend_int(*rtis, ((RangeTblRef *) item)->rtindex);
	else
	{
		JoinExpr   *join = castNode(JoinExpr, item);

		*rtis = lappend_int(*rtis, join->rtindex);
		collect_rtis(join->larg, rtis);
		collect_rtis(join->rarg, rtis);
	}
}

/* Can this FROM item be moved into a subquery of its own? */
static bool
is_movable(Query *query, Node *item)
{
	List	   *rtis = NIL;
	ListCell   *lc;

	collect_rtis(item, &rtis);
	foreach(lc, rtis)
	{
		if (rt_fetch(lfirst_int(lc), query->rtable)->lateral)
			return false;
	}
	return true;
}

static bool
is_splittable(Query *query, JoinExpr *join)
{
	return (join->jointype == JOIN_LEFT && is_movable(query, join->rarg)) ||
		(join->jointype == JOIN_RIGHT && is_movable(query, join->larg)) ||
		(join->jointype == JOIN_FULL && is_movable(query, join->larg) &&
		 is_movable(query, join->rarg));
}

/* ---- rows without a partner ---- */

typedef struct LevelContext
{
	List	   *rtis;
	int			level;
} LevelContext;

/*
 * Vars of a join's condition that is now in a subquery: those of the other side belong
 * to the query around it.
 */
static Node *
move_mutator(Node *node, LevelContext *cxt)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Var))
	{
		Var		   *var = copyObject((Var *) node);

		if (var->varlevelsup > cxt->level ||
			(var->varlevelsup == cxt->level && !list_member_int(cxt->rtis, var->varno)))
			var->varlevelsup++;
		return (Node *) var;
	}
	if (IsA(node, Query))
	{
		Query	   *result;

		cxt->level++;
		result = query_tree_mutator((Query *) node, move_mutator, cxt, 0);
		cxt->level--;
		return (Node *) result;
	}
	return expression_tree_mutator(node, move_mutator, cxt);
}

/* The planner expects that each outer join in a range table is in the join tree as well. */
static void
forget_joins(Query *query)
{
	List	   *rtis = NIL;
	ListCell   *lc;

	foreach(lc, query->jointree->fromlist)
		collect_rtis(lfirst(lc), &rtis);
	foreach(lc, query->rtable)
	{
		RangeTblEntry *rte = lfirst(lc);

		if (rte->rtekind == RTE_JOIN && !list_member_int(rtis, foreach_current_index(lc) + 1))
			rte->jointype = JOIN_INNER;
	}
}

/* NOT EXISTS (SELECT FROM other WHERE quals) */
static Node *
no_partner(Query *query, Node *other, Node *quals)
{
	Query	   *sub = makeNode(Query);
	SubLink    *sublink = makeNode(SubLink);
	LevelContext cxt = {NIL, 0};

	collect_rtis(other, &cxt.rtis);
	sub->commandType = CMD_SELECT;
	sub->canSetTag = true;
	sub->hasSubLinks = query->hasSubLinks;

	/*
	 * range table indexes stay as they are; entries that are not read do no
	 * harm
	 */
	sub->rtable = copyObject(query->rtable);
	ivm_compat_copy_permissions(sub, query);
	sub->jointree = makeFromExpr(list_make1(copyObject(other)), move_mutator(quals, &cxt));
	forget_joins(sub);
	sub->targetList = list_make1(makeTargetEntry((Expr *) makeBoolConst(true, false), 1,
												 pstrdup("found"), false));
	sublink->subLinkType = EXISTS_SUBLINK;
	sublink->subselect = (Node *) sub;
	sublink->location = -1;
	return (Node *) make_notclause((Expr *) sublink);
}

static Node *
null_mutator(Node *node, LevelContext *cxt)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Var))
	{
		Var		   *var = (Var *) node;

		if (var->varlevelsup == cxt->level && list_member_int(cxt->rtis, var->varno))
			return (Node *) makeNullConst(var->vartype, var->vartypmod, var->varcollid);
		return copyObject(node);
	}
	if (IsA(node, Query))
	{
		Query	   *result;

		cxt->level++;
		result = query_tree_mutator((Query *) node, null_mutator, cxt, 0);
		cxt->level--;
		return (Node *) result;
	}
	return expression_tree_mutator(node, null_mutator, cxt);
}

/* ---- the walk ---- */

static Node *
split_item(SplitContext *cxt, Node *item)
{
	JoinExpr   *join;
	ListCell   *lc;
	Choice		choice;

	if (IsA(item, FromExpr))
	{
		foreach(lc, ((FromExpr *) item)->fromlist)
			lfirst(lc) = split_item(cxt, lfirst(lc));
		return item;
	}
	if (!IsA(item, JoinExpr))
		return item;
	join = (JoinExpr *) item;
	if (join->jointype == JOIN_INNER)
	{
		join->larg = split_item(cxt, join->larg);
		join->rarg = split_item(cxt, join->rarg);
		return item;
	}
	if (is_splittable(cxt->query, join))
	{
		choice = cxt->choices[cxt->njoins++];
		if (choice == CHOICE_LEFT_ALONE && join->jointype == JOIN_RIGHT)
			choice = CHOICE_RIGHT_ALONE;
		cxt->gone = lappend_int(cxt->gone, join->rtindex);
		if (join->jointype == JOIN_LEFT)
			join->larg = split_item(cxt, join->larg);
		else if (join->jointype == JOIN_RIGHT)
			join->rarg = split_item(cxt, join->rarg);
		if (choice == CHOICE_INNER)
		{
			join->jointype = JOIN_INNER;
			rt_fetch(join->rtindex, cxt->query->rtable)->jointype = JOIN_INNER;
			return item;
		}
		cxt->quals = lappend(cxt->quals,
							 no_partner(cxt->query, choice == CHOICE_LEFT_ALONE ? join->rarg : join->larg,
										join->quals));
		collect_rtis(choice == CHOICE_LEFT_ALONE ? join->rarg : join->larg, &cxt->nulled);
		return choice == CHOICE_LEFT_ALONE ? join->larg : join->rarg;
	}
	if (join->jointype == JOIN_LEFT)
		join->larg = split_item(cxt, join->larg);
	else if (join->jointype == JOIN_RIGHT)
		join->rarg = split_item(cxt, join->rarg);
	return item;
}

/* Is a condition never true, now that some columns are NULL? */
static bool
is_never_true(Node *quals)
{
	ListCell   *lc;

	foreach(lc, make_ands_implicit((Expr *) eval_const_expressions(NULL, quals)))
	{
		Const	   *c = lfirst(lc);

		if (IsA(c, Const) && (c->constisnull || !DatumGetBool(c->constvalue)))
			return true;
	}
	return false;
}

static bool
joins_nothing(Node *item)
{
	ListCell   *lc;

	if (IsA(item, FromExpr))
	{
		foreach(lc, ((FromExpr *) item)->fromlist)
		{
			if (joins_nothing(lfirst(lc)))
				return true;
		}
		return is_never_true(((FromExpr *) item)->quals);
	}
	if (IsA(item, JoinExpr) && ((JoinExpr *) item)->jointype == JOIN_INNER)
		return joins_nothing(((JoinExpr *) item)->larg) ||
			joins_nothing(((JoinExpr *) item)->rarg) ||
			is_never_true(((JoinExpr *) item)->quals);
	return false;
}

/* Drop conditions NOT EXISTS whose subquery gives no row: they are always true. */
static List *
drop_idle_quals(List *quals)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, quals)
	{
		SubLink    *sublink = linitial(castNode(BoolExpr, lfirst(lc))->args);

		if (!is_never_true(((Query *) sublink->subselect)->jointree->quals))
			result = lappend(result, lfirst(lc));
	}
	return result;
}

/*
 * Replace references to columns of joins, as USING makes them, by references to the
 * columns of the joined items, since a join may be taken out.
 */
static void
flatten_lateral(Query *query)
{
	ListCell   *lc;

	foreach(lc, query->rtable)
	{
		RangeTblEntry *rte = lfirst(lc);

		if (!rte->lateral)
			continue;
		rte->subquery = (Query *) ivm_compat_flatten_joins(query, (Node *) rte->subquery);
		rte->functions = (List *) ivm_compat_flatten_joins(query, (Node *) rte->functions);
		rte->values_lists = (List *) ivm_compat_flatten_joins(query, (Node *) rte->values_lists);
	}
}

/* The rows of a query with these choices, or NULL if there can be none. */
static Query *
split(const Query *rows, const Choice *choices)
{
	Query	   *query = copyObject(unconstify(Query *, rows));
	SplitContext cxt = {.query = query,.choices = choices};

	flatten_lateral(query);
	(void) split_item(&cxt, (Node *) query->jointree);
	if (cxt.quals != NIL)
	{
		LevelContext nulled = {cxt.nulled, 0};
		List	   *quals;

		query = query_tree_mutator(query, null_mutator, &nulled, QTW_IGNORE_JOINALIASES);
		quals = drop_idle_quals((List *) null_mutator((Node *) cxt.quals, &nulled));
		query->hasSubLinks |= quals != NIL;
		query->jointree->quals = (Node *)
			make_ands_explicit(list_concat(make_ands_implicit((Expr *) query->jointree->quals), quals));
	}
	if (joins_nothing((Node *) query->jointree))
		return NULL;
	forget_joins(query);
	return ivm_compat_remove_nulling(query, cxt.gone);
}

/* The numbers of choices that the joins in linear position have. */
static List *
list_choices(Query *query, Node *item)
{
	ListCell   *lc;
	List	   *result = NIL;
	JoinExpr   *join = (JoinExpr *) item;

	if (IsA(item, FromExpr))
	{
		foreach(lc, ((FromExpr *) item)->fromlist)
			result = list_concat(result, list_choices(query, lfirst(lc)));
		return result;
	}
	if (!IsA(item, JoinExpr))
		return NIL;
	if (join->jointype != JOIN_INNER && is_splittable(query, join))
		result = list_make1_int(choices_of(join->jointype));
	if (join->jointype == JOIN_INNER || join->jointype == JOIN_LEFT)
		result = list_concat(result, list_choices(query, join->larg));
	if (join->jointype == JOIN_INNER || join->jointype == JOIN_RIGHT)
		result = list_concat(result, list_choices(query, join->rarg));
	return result;
}

static IvmAddend *
make_addend(Query *rows)
{
	IvmAddend  *addend = palloc0(sizeof(IvmAddend));

	addend->rows = rows;
	addend->sources = ivm_sources_find(rows, &addend->nsources);
	addend->linear = true;
	for (int i = 0; i < addend->nsources; i++)
	{
		addend->linear &= addend->sources[i].linear;
		if (addend->sources[i].tested)
			addend->tested |= UINT64CONST(1) << i;
		if (addend->sources[i].excludes)
			addend->shrinks |= UINT64CONST(1) << i;
	}
	if (!addend->linear)
	{
		ivm_row_filter_find(rows, addend->sources, addend->nsources);
		addend->regions = ivm_affected_region_find_all(rows, addend->nsources);
	}
	return addend;
}

List *
ivm_addends_make(const IvmCore *core)
{
	Query	   *rows = ivm_row_tests_expand(ivm_core_query_rows(core));
	List	   *numbers = core->linear ? NIL : list_choices(rows, (Node *) rows->jointree);
	Choice	   *choices = palloc0(sizeof(Choice) * Max(list_length(numbers), 1));
	List	   *result = NIL;
	int			total = 1;
	ListCell   *lc;

	foreach(lc, numbers)
		total = Min(total * lfirst_int(lc), MAX_ADDENDS + 1);
	if (total > MAX_ADDENDS)
		total = 1;
	if (total == 1)
		return list_make1(make_addend(rows));
	for (int i = 0; i < total; i++)
	{
		int			n = i;
		Query	   *part;

		foreach(lc, numbers)
		{
			choices[foreach_current_index(lc)] = n % lfirst_int(lc);
			n /= lfirst_int(lc);
		}
		part = split(rows, choices);
		if (part)
			result = lappend(result, make_addend(part));
	}
	return result;
}
