/*-------------------------------------------------------------------------
 *
 * key_stream.h
 *	  Rows of state or delta tables, sorted by the hash of their keys.
 *
 *		put, put, ... start, then: has this hash? take the row ahead, next
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_KEY_STREAM_H
#define IVM_KEY_STREAM_H

#include "access/tupdesc.h"
#include "executor/tuptable.h"
#include "storage/itemptr.h"
#include "utils/tuplesort.h"

/* Columns of the row ahead before those of the table */
#define IVM_KEY_STREAM_HASH		0
#define IVM_KEY_STREAM_TID		1
#define IVM_KEY_STREAM_FIRST	2

typedef struct IvmKeyStream
{
	Tuplesortstate *sort;
	TupleTableSlot *put;		/* to fill */
	TupleTableSlot *row;		/* the row ahead; empty at the end */
} IvmKeyStream;

/*
 * Begin a sort of rows with these columns, in CurrentMemoryContext; what exceeds workmem (kB) spills.
 * Closing it frees all.
 */
extern void ivm_key_stream_open(IvmKeyStream *s, TupleDesc rowdesc, int workmem);
extern void ivm_key_stream_close(IvmKeyStream *s);

/* Add a row; tid may be NULL.  All is copied. */
extern void ivm_key_stream_put(IvmKeyStream *s, uint64 hash, ItemPointer tid,
							   const Datum *values, const bool *nulls);

/* After all rows were put: sort, and look at the first one; then at the next. */
extern void ivm_key_stream_start(IvmKeyStream *s);
extern void ivm_key_stream_next(IvmKeyStream *s);

static inline int64
ivm_key_stream_hash(IvmKeyStream *s)
{
	return DatumGetInt64(s->row->tts_values[IVM_KEY_STREAM_HASH]);
}

/* Is the row ahead one of this hash? */
static inline bool
ivm_key_stream_has(IvmKeyStream *s, int64 hash)
{
	return !TTS_EMPTY(s->row) && ivm_key_stream_hash(s) == hash;
}

#endif							/* IVM_KEY_STREAM_H */
