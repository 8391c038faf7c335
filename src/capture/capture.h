/*-------------------------------------------------------------------------
 *
 * capture.h
 *	  From changed rows of base tables to the pending change.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_CAPTURE_H
#define IVM_CAPTURE_H

#include "executor/tuptable.h"
#include "utils/relcache.h"

#include "plan/plan.h"

extern void ivm_capture_check_open(Relation rel);
extern void ivm_capture_row(Relation rel, TupleTableSlot *oldslot, TupleTableSlot *newslot);
extern void ivm_capture_table(IvmPlan *plan, Oid relid, int sign, void (*write_out) (void));
extern void ivm_capture_close(void);
extern void ivm_capture_open(void);

#endif							/* IVM_CAPTURE_H */
