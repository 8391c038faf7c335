/*-------------------------------------------------------------------------
 *
 * signed_rows.c
 *	  Signed bags of rows, in which equal rows of different sign cancel out.
 *
 * Rows are compared by their bytes: a row that was inserted and deleted again
 * leaves nothing to be done.  Rows that are equal and look different (1.0 and
 * 1.00) do not cancel out; the caller then handles both, which costs time only.
 *
 * Memory: the bag grows with the number of different rows, in the caller's
 * context; a row that has cancelled out keeps its place.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "common/hashfn.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/signed_rows.h"

typedef struct NetRow
{
	MinimalTuple tuple;			/* hash key */
	int64		copies;
	uint32		hash;
	char		status;
} NetRow;

/* The length word and padding at the start are equal where the contents are. */
static inline uint32
tuple_hash(MinimalTuple tuple)
{
	return hash_bytes((unsigned char *) tuple, tuple->t_len);
}

#define SH_PREFIX nethash
#define SH_ELEMENT_TYPE NetRow
#define SH_KEY_TYPE MinimalTuple
#define SH_KEY tuple
#define SH_HASH_KEY(tb, key) tuple_hash(key)
#define SH_EQUAL(tb, a, b) ((a)->t_len == (b)->t_len && memcmp(a, b, (a)->t_len) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) ((a)->hash)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct IvmSignedRows
{
	MemoryContext cxt;
	nethash_hash *table;		/* NULL: there has been no row */
	TupleDesc	desc;			/* of the first row */
};

IvmSignedRows *
ivm_signed_rows_create(MemoryContext cxt)
{
	IvmSignedRows *rows = MemoryContextAllocZero(cxt, sizeof(IvmSignedRows));

	rows->cxt = cxt;
	return rows;
}

void
ivm_signed_rows_add(IvmSignedRows *rows, TupleTableSlot *slot, int sign)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(rows->cxt);
	MinimalTuple tuple =
		ivm_compat_form_minimal_tuple(slot->tts_tupleDescriptor, slot->tts_values, slot->tts_isnull);
	bool		found;
	NetRow	   *row;

	if (rows->table == NULL)
		rows->table = nethash_create(rows->cxt, 8, NULL);
	row = nethash_insert(rows->table, tuple, &found);

	/* few are there already, so the tuple is made where it would stay */
	if (found)
		pfree(tuple);
	else
	{
		if (rows->desc == NULL)
			rows->desc = CreateTupleDescCopy(slot->tts_tupleDescriptor);
		row->copies = 0;
	}
	row->copies += sign;
	MemoryContextSwitchTo(oldcxt);
}

void
ivm_signed_rows_visit(IvmSignedRows *rows, IvmSignedRowVisitor visit, void *arg)
{
	TupleTableSlot *slot;
	nethash_iterator it;
	NetRow	   *row;

	if (rows->desc == NULL)
		return;
	slot = MakeSingleTupleTableSlot(rows->desc, &TTSOpsMinimalTuple);
	nethash_start_iterate(rows->table, &it);
	while ((row = nethash_iterate(rows->table, &it)) != NULL)
	{
		if (row->copies == 0)
			continue;
		ExecStoreMinimalTuple(row->tuple, slot, false);
		visit(slot, row->copies, arg);
	}
	ExecDropSingleTupleTableSlot(slot);
}
