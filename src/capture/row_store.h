/*-------------------------------------------------------------------------
 *
 * row_store.h
 *	  Changed rows of a base table, kept until views over several tables need
 *	  them.
 *
 * A store is two tuplestores, which spill to disk past work_mem.  It has a context of
 * its own.  It may outlive the subtransaction that made it, so its files belong to the
 * top transaction, whichever subtransaction writes them, and go with that if it aborts.
 *
 * Values are put in complete: none may point to values stored out of line, since the
 * transaction may replace or drop that storage before the rows are read.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ROW_STORE_H
#define IVM_ROW_STORE_H

#include "access/tupdesc.h"
#include "utils/palloc.h"
#include "utils/tuplestore.h"

/* Rows by sign: those added to the table are at 0, those removed at 1. */
typedef struct IvmRowStore
{
	Oid			relid;
	MemoryContext cxt;			/* of the tuplestores */
	Tuplestorestate *rows[2];	/* NULL if there are none */
	int64		nrows[2];
	int			readers;		/* how many queries have read it: each adds a
								 * read pointer */
	TupleDesc	desc;			/* of the rows, where they were logged; NULL:
								 * the table's, of the pending change */
	struct IvmLoggedTable *logged;	/* log_old.c: how the table was before, or
									 * NULL */
} IvmRowStore;

/* An empty store for a base table, in a context of its own below parent. */
extern IvmRowStore *ivm_row_store_create(Oid relid, MemoryContext parent);

/* Add a copy of a row that was added to the table (sign 1), or removed from it (-1). */
extern void ivm_row_store_put(IvmRowStore *store, TupleDesc desc, const Datum *values,
							  const bool *nulls, int sign);

/* Copy the rows of a store of the same table to another one. */
extern void ivm_row_store_append(IvmRowStore *into, IvmRowStore *from);

/*
 * Merge two stores of a table.  The result is the larger one of the two, to which the
 * rows of the other one have been added; that is freed.
 */
extern IvmRowStore *ivm_row_store_merge(IvmRowStore *a, IvmRowStore *b);

/* Free a store, memory and files. */
extern void ivm_row_store_free(IvmRowStore *store);

#endif							/* IVM_ROW_STORE_H */
