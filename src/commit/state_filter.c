/*-------------------------------------------------------------------------
 *
 * state_filter.c
 *	  A condition on the rows of a state table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "commit/state_filter.h"
#include "definition/core.h"
#include "plan/bucket_range.h"
#include "plan/key.h"

typedef struct PushContext
{
	IvmPlan    *plan;
	bool		possible;
} PushContext;

/*
 * Are values that are the same key the same to every function?  Only then may
 * a filter be applied to rows before they are grouped.
 */
static bool
equal_means_identical(const IvmKey *key)
{
	if (key->image || key->by_datum)
		return true;
	switch (key->type)
	{
		case TEXTOID:
		case VARCHAROID:
			return get_collation_isdeterministic(key->collation);
		case UUIDOID:
		case BYTEAOID:
			return true;
		default:
			return false;
	}
}

/* Columns of the state become the key expressions that they hold. */
static Node *
push_mutator(Node *node, PushContext *cxt)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Var))
	{
		int			key = ((Var *) node)->varattno - 1 - cxt->plan->layout.first_key;

		if (key >= 0 && key < cxt->plan->nkeys &&
			equal_means_identical(&cxt->plan->keys[key]))
			return copyObject((Node *) cxt->plan->core->keys[key].expr);
		cxt->possible = false;
		return node;
	}
	return expression_tree_mutator(node, push_mutator, cxt);
}

void
ivm_state_filter_open(IvmStateFilter *f, IvmPlan *plan, Node *filter, Relation state)
{
	PushContext cxt = {plan, true};
	MemoryContext oldcxt;

	memset(f, 0, sizeof(IvmStateFilter));
	if (filter == NULL)
		return;
	f->base = push_mutator(filter, &cxt);
	f->base = cxt.possible ? ivm_bucket_range_add(f->base) : NULL;
	f->estate = CreateExecutorState();
	oldcxt = MemoryContextSwitchTo(f->estate->es_query_cxt);
	f->qual = ExecPrepareQual(make_ands_implicit((Expr *) copyObject(filter)), f->estate);
	f->slot = MakeSingleTupleTableSlot(RelationGetDescr(state), &TTSOpsVirtual);
	MemoryContextSwitchTo(oldcxt);
}

bool
ivm_state_filter_passes(IvmStateFilter *f, const Datum *values, const bool *nulls)
{
	ExprContext *econtext;
	int			natts;

	if (f->qual == NULL)
		return true;
	natts = f->slot->tts_tupleDescriptor->natts;
	econtext = GetPerTupleExprContext(f->estate);
	ResetExprContext(econtext);
	ExecClearTuple(f->slot);
	memcpy(f->slot->tts_values, values, sizeof(Datum) * natts);
	memcpy(f->slot->tts_isnull, nulls, sizeof(bool) * natts);
	ExecStoreVirtualTuple(f->slot);
	econtext->ecxt_scantuple = f->slot;
	return ExecQual(f->qual, econtext);
}

void
ivm_state_filter_close(IvmStateFilter *f)
{
	if (f->qual == NULL)
		return;
	ExecDropSingleTupleTableSlot(f->slot);
	FreeExecutorState(f->estate);
}
