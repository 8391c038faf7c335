/*-------------------------------------------------------------------------
 *
 * plan_query.c
 *	  Queries that compute the state, or one key of it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "aggregates/accum.h"
#include "base/compat.h"
#include "base/sql_text.h"
#include "definition/core.h"
#include "definition/core_query.h"
#include "definition/grouping_sets.h"
#include "definition/time_window.h"
#include "plan/key.h"
#include "plan/plan.h"
#include "plan/plan_query.h"

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
		/* each is one call, of $1 or of what tells its values apart as well */
		if (def->accum.distinct)
			fresh = psprintf("%.*s(DISTINCT %s", (int) strcspn(fresh, "("), fresh, strchr(fresh, '(') + 1);
		query = ivm_sql_text_parse_template(psprintf("SELECT %s", fresh), types, def->accum.nargs);
		result = lappend(result, ivm_sql_text_fill_template(query, def->args));
	}
	return result;
}

/* How many rows a row of the query stands for. */
static Expr *
row_count_expression(const IvmCore *core)
{
	Query	   *query = ivm_sql_text_parse_template(core->kind == IVM_CORE_BAG ?
													"SELECT '1'::int8" : "SELECT count(*)", NULL, 0);

	return ((TargetEntry *) linitial(query->targetList))->expr;
}

Query *
ivm_plan_query_core(const IvmCore *core)
{
	Query	   *query = ivm_core_query_bare(core);
	List	   *old = core->definition->targetList;
	ListCell   *lc;

	query->hasAggs = core->kind != IVM_CORE_BAG;
	for (int i = 0; i < core->nkeys; i++)
		ivm_core_query_add_column(query, copyObject(core->keys[i].expr), core->keys[i].name);

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
	ivm_core_query_add_column(query, row_count_expression(core), "row_count");
	for (int i = 0; i < core->naccums; i++)
	{
		int			c = 0;

		foreach(lc, fresh_expressions(&core->accums[i]))
			ivm_core_query_add_column(query, lfirst(lc), ivm_core_query_state_column(core, i, c++));
	}
	return query;
}

Query *
ivm_plan_query_all(const IvmPlan *plan)
{
	return ivm_plan_query_core(plan->core);
}

/* The parameter with a value of a key column */
static Expr *
key_param(const IvmKeyDef *def, int paramid)
{
	Param	   *param = makeNode(Param);

	param->paramkind = PARAM_EXTERN;
	param->paramid = paramid;
	param->paramtype = def->type;
	param->paramtypmod = def->typmod;
	param->paramcollid = def->collation;
	param->location = -1;
	return (Expr *) param;
}

/* The comparison of a key column with a parameter; NULL if the type has no "=". */
static Expr *
key_qual(const IvmKeyDef *def, int paramid, bool isnull)
{
	Oid			eqop;

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
	return make_opclause(eqop, BOOLOID, false, (Expr *) copyObject(def->expr),
						 key_param(def, paramid), InvalidOid, def->collation);
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
 * A bucket that a key asks for says in what range its rows are: for an index on what
 * it is a bucket of.  The time zone is the view's here.
 */
static List *
bucket_range(const IvmPlan *plan, const bool *nulls, List *quals)
{
	ListCell   *lc;

	if (plan->core->window == NULL)
		return quals;
	foreach(lc, plan->core->window->keys)
	{
		IvmTimeKey *tk = lfirst(lc);
		Expr	   *args[3];
		Expr	   *column;
		const char *text = "$1 >= $2 AND $1 <= $2 + $3";

		if (!tk->bucketed || nulls[tk->key])
			continue;
		args[0] = tk->compared;
		args[1] = key_param(&plan->core->keys[tk->key], tk->key + 1);
		args[2] = ivm_time_window_interval(plan->core->window->width);
		if (ivm_time_window_is_converted((Node *) tk->compared, &column))
		{
			/* a time zone is not further from UTC */
			args[0] = column;
			text = "$1 >= timezone('UTC', $2) - interval '169 h' AND $1 <= timezone('UTC', $2) + $3 + interval '169 h'";
		}
		quals = lappend(quals, ivm_sql_text_expression(text, list_make3(args[0], args[1], args[2])));
	}
	return quals;
}

Query *
ivm_plan_query_key(const IvmPlan *plan, const Datum *keys, const bool *nulls)
{
	Query	   *query = ivm_plan_query_all(plan);
	List	   *quals = make_ands_implicit((Expr *) query->jointree->quals);

	for (int i = 0; i < plan->nkeys; i++)
	{
		Expr	   *qual = key_qual(&plan->core->keys[i], i + 1, nulls[i]);

		if (qual)
			quals = lappend(quals, qual);
	}
	quals = bucket_range(plan, nulls, quals);
	query->jointree->quals = (Node *) make_ands_explicit(quals);
	if (plan->core->sets)
		choose_grouping_set(plan, query, keys, nulls);
	return query;
}

Query *
ivm_plan_query_empty(const IvmPlan *plan, const Datum *keys, const bool *nulls)
{
	Query	   *query = ivm_plan_query_key(plan, keys, nulls);

	query->jointree->quals = makeBoolConst(false, false);
	return query;
}

ParamListInfo
ivm_plan_query_params(const IvmPlan *plan, const Datum *keys, const bool *nulls)
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
