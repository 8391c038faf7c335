/*-------------------------------------------------------------------------
 *
 * row_store.h
 *	  Changed rows of a base table, kept until the end of the transaction needs
 *	  them.
 *
 * Most transactions change a row or two of a table.  So the first rows of a store are
 * single tuples, and all are put into two tuplestores, which spill to disk past
 * work_mem, when there are more or when a query is to read them:
 *
 *		put --> few --> tuplestores, of rows added and of rows removed
 *				 |			|
 *				 +-- scan --+--> queries
 *
 * A store lives in the context that it was made in, with a context of its own for the
 * tuplestores.  It may outlive the subtransaction that made it, so its files belong to
 * the top transaction, whichever subtransaction writes them, and go with that if it
 * aborts.
 *
 * Values are put in complete: none may point to values stored out of line, since the
 * transaction may replace or drop that storage before the rows are read.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ROW_STORE_H
#define IVM_ROW_STORE_H

#include "access/htup_details.h"
#include "access/tupdesc.h"
#include "executor/tuptable.h"
#include "utils/palloc.h"
#include "utils/resowner.h"
#include "utils/tuplestore.h"

/* Up to this number, rows need no tuplestore. */
#define IVM_FEW_ROWS	8

/* Rows by sign: those added to the table are at 0, those removed at 1. */
typedef struct IvmRowStore
{
	Oid			relid;
	int64		nrows[2];
	int			readers;		/* how many queries have read it: each adds a
								 * read pointer */
	TupleDesc	desc;			/* of the rows, where they were logged; NULL:
								 * the table's, of the pending change */
	struct IvmLoggedTable *logged;	/* log_old.c: how the table was before, or
									 * NULL */

	/* The rest is row_store.c's own. */
	MemoryContext parent;		/* of the store and of few */
	MemoryContext cxt;			/* of the tuplestores, which have all rows;
								 * NULL: few has them */
	ResourceOwner owner;		/* of the tuplestores' files, or NULL */
	Tuplestorestate *tuples[2]; /* NULL if there are none */
	int			nfew;
	Size		few_bytes;
	MinimalTuple few[IVM_FEW_ROWS];
	bool		few_removed[IVM_FEW_ROWS];
} IvmRowStore;

/* A position in a store, for reading its rows one by one. */
typedef struct IvmRowScan
{
	IvmRowStore *store;
	int			n;
	bool		few;			/* read these, not the tuplestores */
	int			next;			/* among the few */
} IvmRowScan;

/* An empty store for a base table, in a context that lasts as long as it does. */
extern IvmRowStore *ivm_row_store_create(Oid relid, MemoryContext parent);

/* Add a copy of a row that was added to the table (sign 1), or removed from it (-1). */
extern void ivm_row_store_put(IvmRowStore *store, TupleDesc desc, const Datum *values,
							  const bool *nulls, int sign);

/* The same for a row in a slot for minimal tuples. */
extern void ivm_row_store_put_slot(IvmRowStore *store, TupleTableSlot *slot, int sign);

/* Copy the rows of a store of the same table to another one. */
extern void ivm_row_store_append(IvmRowStore *into, IvmRowStore *from);

/*
 * Merge two stores of a table.  The result is the larger one of the two, to which the
 * rows of the other one have been added; that is freed.
 */
extern IvmRowStore *ivm_row_store_merge(IvmRowStore *a, IvmRowStore *b);

/*
 * The rows added (n 0) or removed (1) as a tuplestore, for queries; NULL if there are none.
 * It belongs to the store.
 */
extern Tuplestorestate *ivm_row_store_tuples(IvmRowStore *store, int n);

/*
 * Read the rows added (n 0) or removed (1), in no order, into a slot for minimal tuples;
 * false, and the slot empty, after the last one.  A row that was read is there until the
 * next one is.  Only one scan of a store may be going on.
 */
extern void ivm_row_store_scan(IvmRowScan *scan, IvmRowStore *store, int n);
extern bool ivm_row_store_next(IvmRowScan *scan, TupleTableSlot *slot);

/*
 * The few rows added (n 0) or removed (1), which belong to the store, in an array of
 * IVM_FEW_ROWS; their number, or -1 if tuplestores have the rows.
 */
extern int	ivm_row_store_few(const IvmRowStore *store, int n, MinimalTuple *tuples);

/*
 * If a store has only a few rows, these with their signs, except equal ones of different
 * sign, which cancel out; their number, or -1 if there may be more.  The tuples belong to the
 * store.
 */
extern int	ivm_row_store_few_net(const IvmRowStore *store, MinimalTuple *tuples, int *signs);

/* Free a store, memory and files.  Raises no error: a subtransaction may be in the middle of its abort. */
extern void ivm_row_store_free(IvmRowStore *store);

#endif							/* IVM_ROW_STORE_H */
