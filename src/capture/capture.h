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

#include "plan/plan.h"

/* What capture needs of higher layers; set when the library is loaded. */
typedef struct IvmCaptureHooks
{
	void		(*write_out) (void);	/* the pending change is too large */
	void		(*truncate) (IvmPlan *plan);	/* empty state and delta table */
} IvmCaptureHooks;

extern IvmCaptureHooks ivm_capture_hooks;

extern void ivm_capture_table(IvmPlan *plan, Oid relid, int sign);
extern void ivm_capture_close(void);
extern void ivm_capture_open(void);

#endif							/* IVM_CAPTURE_H */
