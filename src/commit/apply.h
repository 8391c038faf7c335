/*-------------------------------------------------------------------------
 *
 * apply.h
 *	  From the pending change to the state and delta tables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_APPLY_H
#define IVM_APPLY_H

#include "plan/plan.h"

extern void ivm_apply_all(void);
extern void ivm_apply_write_out(void);
extern void ivm_apply_truncate(IvmPlan *plan);

#endif							/* IVM_APPLY_H */
