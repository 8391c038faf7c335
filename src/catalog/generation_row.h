/*-------------------------------------------------------------------------
 *
 * generation_row.h
 *	  What is kept of views that were rebuilt: rows of the table ivm.generation.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_GENERATION_ROW_H
#define IVM_GENERATION_ROW_H

#include "datatype/timestamp.h"

/* What is kept of a view, or of a part of one */
typedef struct IvmGenerationRow
{
	int32		view_id;
	Oid			rows;			/* table with the rows of the state table */
	TimestampTz as_of;
	TimestampTz window_start;	/* DT_NOBEGIN: of a view that has none */
	TimestampTz kept_at;
} IvmGenerationRow;

/* The row of a view or a part, the newest one; false if nothing is kept.  In CurrentMemoryContext. */
extern bool ivm_generation_row_get(int32 view_id, IvmGenerationRow *result);

/* Write it, and delete it.  The caller holds the lock of the view's refresh. */
extern void ivm_generation_row_set(const IvmGenerationRow *row);
extern void ivm_generation_row_remove(int32 view_id);

#endif							/* IVM_GENERATION_ROW_H */
