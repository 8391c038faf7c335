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

typedef struct IvmNetRows IvmNetRows;
typedef void (*IvmNetRowVisitor) (TupleTableSlot *slot, int64 copies, void *arg);

extern IvmNetRows *ivm_netrows_create(MemoryContext cxt);
extern void ivm_netrows_add(IvmNetRows *rows, TupleTableSlot *slot, int sign);
extern void ivm_netrows_visit(IvmNetRows *rows, IvmNetRowVisitor visit, void *arg);

#endif							/* IVM_SIGNED_ROWS_H */
