/*-------------------------------------------------------------------------
 *
 * distinct_index.h
 *	  Indexes by which the rows of a key with a value are found.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DISTINCT_INDEX_H
#define IVM_DISTINCT_INDEX_H

#include "access/attmap.h"
#include "utils/relcache.h"

#include "definition/core.h"

/* Columns of an index that look-ups compare: those of the key and the value. */
#define IVM_DISTINCT_MAX_COLUMNS	32

/* An index, and what its first columns are compared with. */
typedef struct IvmDistinctIndex
{
	Oid			index;
	int			ncolumns;
	int			columns[IVM_DISTINCT_MAX_COLUMNS];	/* number of a key, or
													 * IVM_DISTINCT_VALUE */
	int			bucket;			/* the last column is not compared with this
								 * key, but has the times in it; or -1 */
	int64		width;			/* of a bucket; 0: nobody knows */
	int64		slack;			/* of its ends (bucket_range.h) */
} IvmDistinctIndex;

#define IVM_DISTINCT_VALUE	(-1)

/*
 * What rows are looked up by for an accumulator of distinct values: the expressions of the keys
 * and of the argument, as of range table entry 1, each once; in CurrentMemoryContext.  NIL if no
 * index could find them.  If a key is a bucket of a time, that column comes last.
 */
extern List *ivm_distinct_index_columns(const IvmCore *core, int accum);

/*
 * Find an index of a table, whose columns have the numbers that map says (NULL: those of the base
 * table): its first columns are these, in any order.  False if there is none.  The caller has the
 * table locked.
 */
extern bool ivm_distinct_index_find(const IvmCore *core, int accum, Relation rel, const AttrMap *map,
									IvmDistinctIndex *result);

/*
 * Has the base table such an index, or each of its partitions, and are these few enough to look into
 * all?  Takes AccessShareLock on them.
 */
extern bool ivm_distinct_index_exists(const IvmCore *core, int accum);

/* Partitions beyond which a look-up in each costs too much. */
#define IVM_DISTINCT_MAX_LEAVES		64

#endif							/* IVM_DISTINCT_INDEX_H */
