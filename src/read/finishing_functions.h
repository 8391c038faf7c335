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

/* The same for a query of base tables: also what its joins ask, and what it groups by. */
extern List *ivm_finishing_functions_pin_rows(Query *query, int32 view_id, ArrayType *settings, int first);

/* Does the value of an expression depend on settings? */
extern bool ivm_finishing_functions_needed(Node *node);

/*
 * Create such a function, the n-th, for an expression without columns that may look at
 * the clock.  Returns the call, and the function in *function.
 */
extern Expr *ivm_finishing_functions_make(Expr *expr, int32 view_id, ArrayType *settings, int n,
										  Oid *function);

/* OIDs of the functions that a view's finishing uses, found by their names */
extern List *ivm_finishing_functions_of(int32 view_id);

#endif							/* IVM_FINISHING_FUNCTIONS_H */
