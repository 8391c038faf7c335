/*-------------------------------------------------------------------------
 *
 * branches.h
 *	  A core as the sum of several queries.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_BRANCHES_H
#define IVM_BRANCHES_H

#include "analyze.h"

extern List *ivm_branches_make(const IvmCore *core);

#endif							/* IVM_BRANCHES_H */
