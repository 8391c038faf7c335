/*-------------------------------------------------------------------------
 *
 * populate.h
 *	  Filling an empty state table.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_POPULATE_H
#define IVM_POPULATE_H

#include "plan/plan.h"

extern int64 ivm_populate_state(IvmPlan *plan);

#endif							/* IVM_POPULATE_H */
