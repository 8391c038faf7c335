/*-------------------------------------------------------------------------
 *
 * row_store.c
 *	  Changed rows of a base table, kept until the end of the transaction needs
 *	  them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "base/compat.h"
#include "capture/row_store.h"

/* Rows larger than this, together, go to tuplestores, which know work_mem. */
#define FEW_BYTES		16384

IvmRowStore *
ivm_row_store_create(Oid relid, MemoryContext parent)
{
	IvmRowStore *store = MemoryContextAllocZero(parent, sizeof(IvmRowStore));

	store->relid = relid;
	store->parent = parent;
	return store;
}

/* ---- tuplestores ---- */

/*
 * Its file lasts as long as the transaction, or until the store is freed.  The owner is the store's
 * own, so that the files can be closed without the tuplestores (ivm_row_store_free).
 */
static Tuplestorestate *
make_tuplestore(IvmRowStore *store, MemoryContext cxt)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	ResourceOwner oldowner = CurrentResourceOwner;
	Tuplestorestate *result;

	if (store->owner == NULL)
		store->owner = ResourceOwnerCreate(TopTransactionResourceOwner, "ivm changed rows");
	CurrentResourceOwner = store->owner;
	result = tuplestore_begin_heap(false, false, work_mem);
	CurrentResourceOwner = oldowner;
	MemoryContextSwitchTo(oldcxt);
	return result;
}

/* A slot for rows that are copied as they are, whatever their columns. */
static TupleTableSlot *
make_copying_slot(void)
{
	return MakeSingleTupleTableSlot(CreateTemplateTupleDesc(0), &TTSOpsMinimalTuple);
}

/* The same, kept; for tuples alone that the slot does not own, so an error does no harm. */
static TupleTableSlot *
kept_copying_slot(void)
{
	static TupleTableSlot *result = NULL;

	if (result == NULL)
	{
		MemoryContext oldcxt = MemoryContextSwitchTo(TopMemoryContext);

		result = make_copying_slot();
		MemoryContextSwitchTo(oldcxt);
	}
	return result;
}

/*
 * Copy the few rows to tuplestores, which have all rows from then on; scans that have
 * begun go on with the few.  The tuplestores become the store's only when they are complete:
 * an error may be caught, and the store be used again.
 */
static void
settle(IvmRowStore *store)
{
	Tuplestorestate *tuples[2] = {NULL, NULL};
	TupleTableSlot *slot = kept_copying_slot();
	MemoryContext cxt;

	if (store->cxt != NULL)
		return;
	cxt = AllocSetContextCreate(store->parent, "ivm changed rows", ALLOCSET_START_SMALL_SIZES);
	for (int i = 0; i < store->nfew; i++)
	{
		int			n = store->few_removed[i] ? 1 : 0;

		if (tuples[n] == NULL)
			tuples[n] = make_tuplestore(store, cxt);
		ExecStoreMinimalTuple(store->few[i], slot, false);
		tuplestore_puttupleslot(tuples[n], slot);
	}
	ExecClearTuple(slot);
	store->cxt = cxt;
	store->tuples[0] = tuples[0];
	store->tuples[1] = tuples[1];
}

Tuplestorestate *
ivm_row_store_tuples(IvmRowStore *store, int n)
{
	if (store->nrows[n] == 0)
		return NULL;
	settle(store);
	return store->tuples[n];
}

/* ---- rows ---- */

/* Add a tuple of the store's context. */
static void
add_few(IvmRowStore *store, MinimalTuple tuple, int n)
{
	store->few_bytes += tuple->t_len;
	store->few_removed[store->nfew] = n == 1;
	store->few[store->nfew++] = tuple;
}

static bool
has_room(const IvmRowStore *store)
{
	return store->cxt == NULL && store->nfew < IVM_FEW_ROWS && store->few_bytes < FEW_BYTES;
}

/* The tuplestore for rows of a sign, where the few have gone, too. */
static Tuplestorestate *
get_tuplestore(IvmRowStore *store, int n)
{
	settle(store);
	if (store->tuples[n] == NULL)
		store->tuples[n] = make_tuplestore(store, store->cxt);
	return store->tuples[n];
}

void
ivm_row_store_put(IvmRowStore *store, TupleDesc desc, const Datum *values,
				  const bool *nulls, int sign)
{
	int			n = sign > 0 ? 0 : 1;

	if (has_room(store))
	{
		MemoryContext oldcxt = MemoryContextSwitchTo(store->parent);

		add_few(store, ivm_compat_form_minimal_tuple(desc, values, nulls), n);
		MemoryContextSwitchTo(oldcxt);
	}
	else
		tuplestore_putvalues(get_tuplestore(store, n), desc, unconstify(Datum *, values),
							 unconstify(bool *, nulls));
	store->nrows[n]++;
}

void
ivm_row_store_put_slot(IvmRowStore *store, TupleTableSlot *slot, int sign)
{
	int			n = sign > 0 ? 0 : 1;

	if (has_room(store))
	{
		MemoryContext oldcxt = MemoryContextSwitchTo(store->parent);

		add_few(store, ExecCopySlotMinimalTuple(slot), n);
		MemoryContextSwitchTo(oldcxt);
	}
	else
		tuplestore_puttupleslot(get_tuplestore(store, n), slot);
	store->nrows[n]++;
}

static void
append_few(IvmRowStore *into, const IvmRowStore *from)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(into->parent);

	for (int i = 0; i < from->nfew; i++)
		add_few(into, ivm_compat_copy_minimal_tuple(from->few[i]), from->few_removed[i] ? 1 : 0);
	MemoryContextSwitchTo(oldcxt);
}

static void
append_tuplestores(IvmRowStore *into, IvmRowStore *from)
{
	TupleTableSlot *slot = make_copying_slot();
	IvmRowScan	scan;

	settle(into);
	for (int n = 0; n < 2; n++)
	{
		if (from->nrows[n] == 0)
			continue;
		ivm_row_store_scan(&scan, from, n);
		while (ivm_row_store_next(&scan, slot))
			tuplestore_puttupleslot(get_tuplestore(into, n), slot);
	}
	ExecDropSingleTupleTableSlot(slot);
}

void
ivm_row_store_append(IvmRowStore *into, IvmRowStore *from)
{
	if (into->cxt == NULL && from->cxt == NULL && into->nfew + from->nfew <= IVM_FEW_ROWS &&
		into->few_bytes + from->few_bytes <= FEW_BYTES)
		append_few(into, from);
	else
		append_tuplestores(into, from);
	into->nrows[0] += from->nrows[0];
	into->nrows[1] += from->nrows[1];
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

/* ---- reading ---- */

void
ivm_row_store_scan(IvmRowScan *scan, IvmRowStore *store, int n)
{
	scan->store = store;
	scan->n = n;
	scan->next = 0;
	scan->few = store->cxt == NULL;
	if (store->tuples[n] != NULL)
	{
		tuplestore_select_read_pointer(store->tuples[n], 0);
		tuplestore_rescan(store->tuples[n]);
	}
}

bool
ivm_row_store_next(IvmRowScan *scan, TupleTableSlot *slot)
{
	IvmRowStore *store = scan->store;

	if (!scan->few && store->tuples[scan->n] != NULL)
		return tuplestore_gettupleslot(store->tuples[scan->n], true, false, slot);
	while (scan->few && scan->next < store->nfew)
	{
		int			i = scan->next++;

		if (store->few_removed[i] == (scan->n == 1))
		{
			ExecStoreMinimalTuple(store->few[i], slot, false);
			return true;
		}
	}
	ExecClearTuple(slot);
	return false;
}

int
ivm_row_store_few(const IvmRowStore *store, int n, MinimalTuple *tuples)
{
	int			result = 0;

	if (store->cxt != NULL)
		return -1;
	for (int i = 0; i < store->nfew; i++)
		if (store->few_removed[i] == (n == 1))
			tuples[result++] = store->few[i];
	return result;
}

/* Compared by their bytes, as in signed_rows.c. */
static int
find_opposite(MinimalTuple tuple, int sign, MinimalTuple *tuples, const int *signs, int ntuples)
{
	for (int i = 0; i < ntuples; i++)
		if (signs[i] == -sign && tuples[i]->t_len == tuple->t_len &&
			memcmp(tuples[i], tuple, tuple->t_len) == 0)
			return i;
	return -1;
}

int
ivm_row_store_few_net(const IvmRowStore *store, MinimalTuple *tuples, int *signs)
{
	int			result = 0;

	if (store->cxt != NULL)
		return -1;
	for (int i = 0; i < store->nfew; i++)
	{
		int			sign = store->few_removed[i] ? -1 : 1;
		int			opposite = find_opposite(store->few[i], sign, tuples, signs, result);

		if (opposite >= 0)
		{
			result--;
			tuples[opposite] = tuples[result];
			signs[opposite] = signs[result];
			continue;
		}
		tuples[result] = store->few[i];
		signs[result++] = sign;
	}
	return result;
}

void
ivm_row_store_free(IvmRowStore *store)
{
	if (store->owner)
	{
		/*
		 * not tuplestore_end(): it writes what a file has held back, and can
		 * fail
		 */
		ResourceOwnerRelease(store->owner, RESOURCE_RELEASE_BEFORE_LOCKS, false, false);
		ResourceOwnerRelease(store->owner, RESOURCE_RELEASE_LOCKS, false, false);
		ResourceOwnerRelease(store->owner, RESOURCE_RELEASE_AFTER_LOCKS, false, false);
		ResourceOwnerDelete(store->owner);
	}
	if (store->cxt)
		MemoryContextDelete(store->cxt);
	for (int i = 0; i < store->nfew; i++)
		pfree(store->few[i]);
	pfree(store);
}
