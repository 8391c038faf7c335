/*-------------------------------------------------------------------------
 *
 * key_stream.c
 *	  Rows of state or delta tables, sorted by the hash of their keys.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"

#include "commit/key_stream.h"

void
ivm_key_stream_open(IvmKeyStream *s, TupleDesc rowdesc, int workmem)
{
	TupleDesc	desc = CreateTemplateTupleDesc(rowdesc->natts + IVM_KEY_STREAM_FIRST);
	AttrNumber	attno = IVM_KEY_STREAM_HASH + 1;
	Oid			op = Int8LessOperator;
	Oid			coll = InvalidOid;
	bool		nulls_first = false;

	TupleDescInitEntry(desc, IVM_KEY_STREAM_HASH + 1, "hash", INT8OID, -1, 0);
	TupleDescInitEntry(desc, IVM_KEY_STREAM_TID + 1, "tid", TIDOID, -1, 0);
	for (int i = 0; i < rowdesc->natts; i++)
		TupleDescCopyEntry(desc, IVM_KEY_STREAM_FIRST + i + 1, rowdesc, i + 1);
	s->sort = tuplesort_begin_heap(desc, 1, &attno, &op, &coll, &nulls_first, workmem,
								   NULL, TUPLESORT_NONE);
	s->put = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);
	s->row = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
}

void
ivm_key_stream_put(IvmKeyStream *s, uint64 hash, ItemPointer tid, const Datum *values, const bool *nulls)
{
	int			natts = s->put->tts_tupleDescriptor->natts - IVM_KEY_STREAM_FIRST;

	ExecClearTuple(s->put);
	s->put->tts_values[IVM_KEY_STREAM_HASH] = Int64GetDatum((int64) hash);
	s->put->tts_isnull[IVM_KEY_STREAM_HASH] = false;
	s->put->tts_values[IVM_KEY_STREAM_TID] = PointerGetDatum(tid);
	s->put->tts_isnull[IVM_KEY_STREAM_TID] = tid == NULL;
	memcpy(s->put->tts_values + IVM_KEY_STREAM_FIRST, values, sizeof(Datum) * natts);
	memcpy(s->put->tts_isnull + IVM_KEY_STREAM_FIRST, nulls, sizeof(bool) * natts);
	ExecStoreVirtualTuple(s->put);
	tuplesort_puttupleslot(s->sort, s->put);
}

void
ivm_key_stream_next(IvmKeyStream *s)
{
	CHECK_FOR_INTERRUPTS();
	if (tuplesort_gettupleslot(s->sort, true, false, s->row, NULL))
		slot_getallattrs(s->row);
	else
		ExecClearTuple(s->row);
}

void
ivm_key_stream_start(IvmKeyStream *s)
{
	tuplesort_performsort(s->sort);
	ivm_key_stream_next(s);
}

void
ivm_key_stream_close(IvmKeyStream *s)
{
	ExecDropSingleTupleTableSlot(s->put);
	ExecDropSingleTupleTableSlot(s->row);
	tuplesort_end(s->sort);
}
