/*-------------------------------------------------------------------------
 *
 * finishing_functions.h
 *	  Finishing expressions that depend on the view's settings.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_FINISHING_FUNCTIONS_H
#define IVM_FINISHING_FUNCTIONS_H

#include "catalog/dependency.h"
#include "nodes/parsenodes.h"
#include "utils/array.h"

extern List *ivm_finishing_functions_pin(Query *query, int32 view_id, ArrayType *settings, int first);
extern List *ivm_finishing_functions_of(int32 view_id);

#endif							/* IVM_FINISHING_FUNCTIONS_H */
