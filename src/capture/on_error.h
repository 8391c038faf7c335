/*-------------------------------------------------------------------------
 *
 * on_error.h
 *	  Errors of a definition that are not to be the writer's.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ON_ERROR_H
#define IVM_ON_ERROR_H

#include "plan/plan.h"

typedef void (*IvmGuardedWork) (void *arg);

extern bool ivm_on_error_run(IvmPlan *plan, IvmGuardedWork work, void *arg);

#endif							/* IVM_ON_ERROR_H */
