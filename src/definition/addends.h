/*-------------------------------------------------------------------------
 *
 * addends.h
 *	  A core as the sum of several queries.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ADDENDS_H
#define IVM_ADDENDS_H

#include "definition/analyze.h"

extern List *ivm_branches_make(const IvmCore *core);

#endif							/* IVM_ADDENDS_H */
