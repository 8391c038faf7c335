/*-------------------------------------------------------------------------
 *
 * row_store.c
 *	  Changed rows of a base table, kept until views over several tables need
 *	  them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "capture/row_store.h"

IvmRowStore *
ivm_row_store_create(Oid relid, MemoryContext parent)
{
	MemoryContext cxt = AllocSetContextCreate(parent, "ivm changed rows", ALLOCSET_START_SMALL_SIZES);
	IvmRowStore *store = MemoryContextAllocZero(cxt, sizeof(IvmRowStore));

	store->relid = relid;
	store->cxt = cxt;
	return store;
}

static void
make_tuplestore(IvmRowStore *store, int n)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(store->cxt);

	store->rows[n] = tuplestore_begin_heap(false, false, work_mem);
	MemoryContextSwitchTo(oldcxt);
}

void
ivm_row_store_put(IvmRowStore *store, TupleDesc desc, const Datum *values,
				  const bool *nulls, int sign)
{
	int			n = sign > 0 ? 0 : 1;
	ResourceOwner oldowner = CurrentResourceOwner;

	CurrentResourceOwner = TopTransactionResourceOwner;
	if (store->rows[n] == NULL)
		make_tuplestore(store, n);
	tuplestore_putvalues(store->rows[n], desc, unconstify(Datum *, values),
						 unconstify(bool *, nulls));
	CurrentResourceOwner = oldowner;
	store->nrows[n]++;
}

void
ivm_row_store_append(IvmRowStore *into, IvmRowStore *from)
{
	ResourceOwner oldowner = CurrentResourceOwner;

	/* rows are copied as they are, whatever their columns */
	TupleTableSlot *slot = MakeSingleTupleTableSlot(CreateTemplateTupleDesc(0), &TTSOpsMinimalTuple);

	CurrentResourceOwner = TopTransactionResourceOwner;
	for (int n = 0; n < 2; n++)
	{
		if (from->rows[n] == NULL)
			continue;
		if (into->rows[n] == NULL)
			make_tuplestore(into, n);
		tuplestore_select_read_pointer(from->rows[n], 0);
		tuplestore_rescan(from->rows[n]);
		while (tuplestore_gettupleslot(from->rows[n], true, false, slot))
			tuplestore_puttupleslot(into->rows[n], slot);
		into->nrows[n] += from->nrows[n];
	}
	CurrentResourceOwner = oldowner;
	ExecDropSingleTupleTableSlot(slot);
}

/* Rows have no order, so the smaller store can be added to the larger one. */
IvmRowStore *
ivm_row_store_merge(IvmRowStore *a, IvmRowStore *b)
{
	bool		swap = a->nrows[0] + a->nrows[1] < b->nrows[0] + b->nrows[1];
	IvmRowStore *into = swap ? b : a;
	IvmRowStore *from = swap ? a : b;

	ivm_row_store_append(into, from);
	ivm_row_store_free(from);
	return into;
}

void
ivm_row_store_free(IvmRowStore *store)
{
	for (int n = 0; n < 2; n++)
		if (store->rows[n])
			tuplestore_end(store->rows[n]);
	MemoryContextDelete(store->cxt);
}
