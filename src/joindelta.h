/*-------------------------------------------------------------------------
 *
 * joindelta.h
 *	  Deltas of views over several sources.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_JOINDELTA_H
#define IVM_JOINDELTA_H

#include "utils/snapshot.h"

#include "delta.h"

extern const char *ivm_joindelta_obstacle(IvmPlan *plan);
extern void ivm_joindelta_overlay(IvmPlan *plan, Snapshot snapshot, IvmDeltaMap *into);
extern void ivm_joindelta_compute_all(void);

#endif							/* IVM_JOINDELTA_H */
