/*-------------------------------------------------------------------------
 *
 * finishing_window.h
 *	  Conditions on the current time, put into the query of a view.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_FINISHING_WINDOW_H
#define IVM_FINISHING_WINDOW_H

#include "nodes/parsenodes.h"
#include "utils/array.h"

#include "definition/core.h"

/*
 * Restrict a query made by ivm_finishing_query(), which reads this state table, to the
 * core's window of time.  Creates the functions that this needs as the current user, under
 * the settings given, with numbers from first on, and returns their OIDs.  NIL, and
 * nothing is done, for a core without a window. Changes the query.
 */
extern List *ivm_finishing_window_apply(Query *query, const IvmCore *core, const char *state,
										int32 view_id, ArrayType *settings, int first);

#endif							/* IVM_FINISHING_WINDOW_H */
