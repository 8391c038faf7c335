/*-------------------------------------------------------------------------
 *
 * row_hints.h
 *	  Where rows with certain values were found last.
 *
 * A hint is the TID under which a row was found by a look-up, kept by a hash of the values
 * that were looked for.  Nothing follows from it: another row may be there by now, or
 * none, so whoever goes there checks what he finds.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ROW_HINTS_H
#define IVM_ROW_HINTS_H

#include "storage/itemptr.h"
#include "utils/palloc.h"

typedef struct IvmRowHints IvmRowHints;

/* Make hints, which are to live in a context of their own.  They take 192 kB at most. */
extern IvmRowHints *ivm_row_hints_make(MemoryContext cxt);

/* The hint of a hash, or NULL; it may move with the next ivm_row_hints_put(). */
extern ItemPointer ivm_row_hints_get(IvmRowHints *hints, uint32 hash);

/* Keep a hint, in the place of whatever was kept there. */
extern void ivm_row_hints_put(IvmRowHints *hints, uint32 hash, ItemPointer tid);

#endif							/* IVM_ROW_HINTS_H */
