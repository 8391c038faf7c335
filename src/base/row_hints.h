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

#include "access/attnum.h"
#include "common/hashfn.h"
#include "storage/itemptr.h"
#include "utils/datum.h"

typedef struct IvmRowHints IvmRowHints;

/* Look-ups by more columns than this share no hints. */
#define IVM_HINT_COLUMNS	4

/* What hints are shared by: an index, and those of its columns that values are looked for in. */
typedef struct IvmRowHintsKey
{
	Oid			index;
	int			ncolumns;
	AttrNumber	columns[IVM_HINT_COLUMNS];	/* the rest is 0 */
} IvmRowHintsKey;

/*
 * The hints of look-ups of the same kind in this backend, made if there are none; or (NULL) some
 * of one's own.  They take 384 kB at most.  Those that are shared may be kept after the last
 * one has let them go.
 */
extern IvmRowHints *ivm_row_hints_take(const IvmRowHintsKey *key);
extern void ivm_row_hints_let_go(IvmRowHints *hints);

/* Add a value, which is not NULL, to the hash of those before it; 0 is that of none. */
static inline uint32
ivm_row_hints_hash(uint32 hash, Datum value, bool typbyval, int16 typlen)
{
	uint64		bits = (uint64) value;

	return hash_combine(hash, typbyval ? murmurhash32((uint32) bits ^ (uint32) (bits >> 32) * 31) :
						datum_image_hash(value, typbyval, typlen));
}

/* The hint of a hash, or NULL; it may move with the next ivm_row_hints_put(). */
extern ItemPointer ivm_row_hints_get(IvmRowHints *hints, uint32 hash);

/* Keep a hint, in the place of whatever was kept there. */
extern void ivm_row_hints_put(IvmRowHints *hints, uint32 hash, ItemPointer tid);

/* Keep a hint in the place of none, or of one of the same hash; else forget it. */
extern void ivm_row_hints_offer(IvmRowHints *hints, uint32 hash, ItemPointer tid);

/*
 * Rows may be hashed in advance, before anybody looks for them.  A fixed number of them is allowed at
 * first, and each row that is found at a hint allows some more: it has saved what hashing
 * those costs.  So little is lost where hardly any row is looked for again.
 */
extern void ivm_row_hints_hit(IvmRowHints *hints);
extern bool ivm_row_hints_may_advance(const IvmRowHints *hints);
extern void ivm_row_hints_advanced(IvmRowHints *hints, int nrows);

#endif							/* IVM_ROW_HINTS_H */
