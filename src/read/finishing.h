/*-------------------------------------------------------------------------
 *
 * finishing.h
 *	  The query of the view that users read.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_FINISHING_H
#define IVM_FINISHING_H

#include "definition/core.h"
#include "definition/view_part.h"

/*
 * The query of the view that users read, analyzed: the finishing of core over
 * this state table, whose name is given quoted and qualified.  A new tree in the
 * current memory context.  Places where parts are read are Params so far.
 */
extern Query *ivm_finishing_query(const IvmCore *core, const char *state);

/*
 * Let such a query read the views (OIDs, in the order of parts) that are its
 * parts.  parts may be NULL: there are none.  Changes the query.
 */
extern void ivm_finishing_fill_parts(Query *query, const IvmViewParts *parts, List *views);

#endif							/* IVM_FINISHING_H */
