/*-------------------------------------------------------------------------
 *
 * signed_rows.h
 *	  Signed bags of rows, in which equal rows of different sign cancel out.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_SIGNED_ROWS_H
#define IVM_SIGNED_ROWS_H

#include "executor/tuptable.h"

typedef struct IvmSignedRows IvmSignedRows;

/* copies is the number of copies, negative for rows taken away; never 0. */
typedef void (*IvmSignedRowVisitor) (TupleTableSlot *slot, int64 copies, void *arg);

/* An empty bag in cxt, which goes with cxt. */
extern IvmSignedRows *ivm_signed_rows_create(MemoryContext cxt);

/*
 * Add (sign 1) or take away (sign -1) a row.  All columns of the slot must have
 * been deformed; the row is copied.  All rows of a bag are of one row type.
 */
extern void ivm_signed_rows_add(IvmSignedRows *rows, TupleTableSlot *slot, int sign);

/*
 * Call a function for each row whose copies do not cancel out, in no order.  The
 * slot holds the row, as a minimal tuple that is not deformed, during the call.
 */
extern void ivm_signed_rows_visit(IvmSignedRows *rows, IvmSignedRowVisitor visit, void *arg);

#endif							/* IVM_SIGNED_ROWS_H */
