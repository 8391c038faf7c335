/*-------------------------------------------------------------------------
 *
 * guard.h
 *	  Errors of a definition that are not to be the writer's.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_GUARD_H
#define IVM_GUARD_H

#include "plan.h"

typedef void (*IvmGuardedWork) (void *arg);

extern bool ivm_guard_run(IvmPlan *plan, IvmGuardedWork work, void *arg);

#endif							/* IVM_GUARD_H */
