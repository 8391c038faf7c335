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

/* Query trees. */
extern Query *ivm_finishing_query(const IvmCore *core, const char *state);
extern void ivm_finishing_fill_parts(Query *query, const IvmViewParts *parts, List *views);

#endif							/* IVM_FINISHING_H */
