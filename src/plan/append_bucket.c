/*-------------------------------------------------------------------------
 *
 * append_bucket.c
 *	  The buckets that a key divides a view into, and which of them are closed in an append
 *	  view.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "utils/lsyscache.h"

#include "definition/core.h"
#include "plan/append_bucket.h"

void
ivm_append_bucket_init_key(IvmAppendBuckets *buckets, const IvmPlan *plan, int key)
{
	memset(buckets, 0, sizeof(IvmAppendBuckets));
	buckets->key = key < plan->nkeys ? key : -1;
	if (buckets->key >= 0 && !ivm_append_type_init(&buckets->type, plan->core->keys[buckets->key].type))
		elog(ERROR, "type %u of a bucket has no order", plan->core->keys[buckets->key].type);
}

void
ivm_append_bucket_init(IvmAppendBuckets *buckets, const IvmPlan *plan, const IvmAppendView *view)
{
	ivm_append_bucket_init_key(buckets, plan, view->bucket);
	if (buckets->key < 0)
		return;
	buckets->closes = view->closed_before != NULL;
	if (buckets->closes)
		buckets->closed_before = ivm_append_value_in(&buckets->type, view->closed_before);
}

bool
ivm_append_bucket_of(const IvmAppendBuckets *buckets, const IvmPlan *plan, const IvmDelta *delta,
					 Datum *value)
{
	if (buckets->key < 0 || ivm_delta_key_nulls(plan, delta)[buckets->key])
		return false;
	*value = ivm_delta_keys(plan, delta)[buckets->key];
	return true;
}

bool
ivm_append_bucket_is_open(IvmAppendBuckets *buckets, const IvmPlan *plan, const IvmDelta *delta)
{
	Datum		value;

	return !buckets->closes || !ivm_append_bucket_of(buckets, plan, delta, &value) ||
		ivm_append_value_compare(&buckets->type, value, buckets->closed_before) >= 0;
}

static Var *
bucket_var(const IvmAppendBuckets *buckets, const IvmPlan *plan)
{
	const IvmKeyDef *key = &plan->core->keys[buckets->key];

	return makeVar(1, plan->layout.first_key + buckets->key + 1, key->type, key->typmod,
				   key->collation, 0);
}

Node *
ivm_append_bucket_compare(const IvmAppendBuckets *buckets, const IvmPlan *plan,
						  StrategyNumber strategy, Datum value)
{
	const IvmAppendType *type = &buckets->type;
	Oid			operator = get_opfamily_member(type->opfamily, type->opcintype, type->opcintype,
											   strategy);

	return (Node *) make_opclause(operator, BOOLOID, false, (Expr *) bucket_var(buckets, plan),
								  (Expr *) makeConst(type->type, -1, InvalidOid, type->typlen, value,
													 false, type->typbyval),
								  InvalidOid, InvalidOid);
}

Node *
ivm_append_bucket_null(const IvmAppendBuckets *buckets, const IvmPlan *plan)
{
	NullTest   *test = makeNode(NullTest);

	test->arg = (Expr *) bucket_var(buckets, plan);
	test->nulltesttype = IS_NULL;
	test->argisrow = false;
	test->location = -1;
	return (Node *) test;
}

Node *
ivm_append_bucket_since(const IvmAppendBuckets *buckets, const IvmPlan *plan, Datum value)
{
	return (Node *) make_orclause(list_make2(ivm_append_bucket_compare(buckets, plan,
																	   BTGreaterEqualStrategyNumber,
																	   value),
											 ivm_append_bucket_null(buckets, plan)));
}

Node *
ivm_append_bucket_open(const IvmAppendBuckets *buckets, const IvmPlan *plan)
{
	return buckets->closes ? ivm_append_bucket_since(buckets, plan, buckets->closed_before) : NULL;
}
