/*-------------------------------------------------------------------------
 *
 * page_hints.h
 *	  Hints of all rows in a page of a heap.
 *
 * Where one row was looked up by an index, others will be.  To read the keys of a page takes
 * as long as one look-up by the index or a few, and gives hints for as many rows as are in it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_PAGE_HINTS_H
#define IVM_PAGE_HINTS_H

#include "access/attnum.h"
#include "storage/block.h"
#include "utils/relcache.h"

#include "base/row_hints.h"

/* A column whose value is a part of what a hint is kept by */
typedef struct IvmHintColumn
{
	AttrNumber	attno;
	bool		typbyval;
	int16		typlen;
} IvmHintColumn;

/*
 * Offer hints for the rows in a page of a heap, on which the caller holds a lock: for those
 * which have been committed and which nobody has deleted, as far as can be seen in the page alone.
 * Leaves a page alone most of whose rows have hints already; moved: these may be where rows were
 * before.
 */
extern void ivm_page_hints_take(Relation rel, BlockNumber block, const IvmHintColumn *columns,
								int ncolumns, bool moved, IvmRowHints *hints);

#endif							/* IVM_PAGE_HINTS_H */
