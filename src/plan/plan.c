/*-------------------------------------------------------------------------
 *
 * plan.c
 *	  The context that plans are kept in, and questions about a plan.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "utils/fmgroids.h"

#include "aggregates/accum.h"
#include "plan/plan.h"

MemoryContext ivm_plan_context = NULL;

bool
ivm_plan_recomputes(const IvmPlan *plan)
{
	if (plan->core->slices || plan->core->distinct)
		return true;
	for (int i = 0; i < plan->naccums; i++)
		if (plan->accums[i].class == &ivm_accum_extreme)
			return true;
	return false;
}

/*
 * Can an expression of columns raise no error, whatever their values are?  Of functions, only those
 * that are leakproof promise that.  To write a value of a built-in scalar type as text is no danger either.
 */
static bool
is_harmless_expression(Node *node)
{
	if (node != NULL && IsA(node, CoerceViaIO) && ((CoerceViaIO *) node)->resulttype == TEXTOID &&
		exprType((Node *) ((CoerceViaIO *) node)->arg) < FirstGenbkiObjectId)
		node = (Node *) ((CoerceViaIO *) node)->arg;
	return !contain_leaked_vars(node);
}

/* Is it the one fraction that a percentile is of, and in its range? */
static bool
is_fraction(List *directargs)
{
	const Const *fraction = list_length(directargs) == 1 ? linitial(directargs) : NULL;

	if (fraction == NULL || !IsA(fraction, Const) || fraction->consttype != FLOAT8OID)
		return false;
	return fraction->constisnull ||
		(DatumGetFloat8(fraction->constvalue) >= 0 && DatumGetFloat8(fraction->constvalue) <= 1);
}

/* Can an aggregate raise no error, whatever rows a key has? */
static bool
is_harmless_aggregate(const Aggref *agg)
{
	ListCell   *lc;

	switch (agg->aggfnoid)
	{
		case F_ARRAY_AGG_ANYNONARRAY:
		case F_COUNT_ANY:		/* of different values */
		case F_MODE:
		case F_STRING_AGG_BYTEA_BYTEA:
		case F_STRING_AGG_TEXT_TEXT:
			break;
		case F_PERCENTILE_CONT_FLOAT8_FLOAT8:
		case F_PERCENTILE_DISC_FLOAT8_ANYELEMENT:
			if (!is_fraction(agg->aggdirectargs))
				return false;
			break;
		default:
			return false;
	}
	foreach(lc, agg->args)
	{
		if (!is_harmless_expression((Node *) lfirst_node(TargetEntry, lc)->expr))
			return false;
	}
	return is_harmless_expression((Node *) agg->aggfilter);
}

bool
ivm_plan_may_raise(const IvmPlan *plan)
{
	for (int i = 0; i < plan->naccums; i++)
		if (plan->accums[i].class == &ivm_accum_slice &&
			!is_harmless_aggregate(plan->core->accums[i].aggref))
			return true;
	return false;
}
