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
typedef void (*IvmSignedRowVisitor) (TupleTableSlot *slot, int64 copies, void *arg);

extern IvmSignedRows *ivm_signed_rows_create(MemoryContext cxt);
extern void ivm_signed_rows_add(IvmSignedRows *rows, TupleTableSlot *slot, int sign);
extern void ivm_signed_rows_visit(IvmSignedRows *rows, IvmSignedRowVisitor visit, void *arg);

#endif							/* IVM_SIGNED_ROWS_H */
