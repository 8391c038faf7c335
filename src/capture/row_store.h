/*-------------------------------------------------------------------------
 *
 * row_store.h
 *	  Changed rows of a base table, kept until views over several tables need
 *	  them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ROW_STORE_H
#define IVM_ROW_STORE_H

#include "access/tupdesc.h"
#include "utils/palloc.h"
#include "utils/tuplestore.h"

/* Rows are kept by sign: those added at 0, those removed at 1. */
typedef struct IvmRowStore
{
	Oid			relid;
	MemoryContext cxt;			/* of the tuplestores */
	Tuplestorestate *rows[2];	/* NULL if there are none */
	int64		nrows[2];
	int			readers;		/* read pointers handed out */
} IvmRowStore;

extern IvmRowStore *ivm_row_store_create(Oid relid, MemoryContext parent);
extern void ivm_row_store_put(IvmRowStore *store, TupleDesc desc, const Datum *values,
							 const bool *nulls, int sign);
extern void ivm_row_store_append(IvmRowStore *into, IvmRowStore *from);
extern IvmRowStore *ivm_row_store_merge(IvmRowStore *a, IvmRowStore *b);
extern void ivm_row_store_free(IvmRowStore *store);

#endif							/* IVM_ROW_STORE_H */
