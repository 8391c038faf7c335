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

/*
 * Replace the expressions of a finishing query that depend on settings by calls
 * of functions, which are created as the current user, under the settings given,
 * with numbers from first on.  Returns the functions' OIDs.  Changes the query.
 */
extern List *ivm_finishing_functions_pin(Query *query, int32 view_id, ArrayType *settings, int first);

/* OIDs of the functions that a view's finishing uses, found by their names */
extern List *ivm_finishing_functions_of(int32 view_id);

#endif							/* IVM_FINISHING_FUNCTIONS_H */
