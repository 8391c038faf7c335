/*-------------------------------------------------------------------------
 *
 * rowwidth.h
 *	  Whether rows of state and deltas can be stored.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ROWWIDTH_H
#define IVM_ROWWIDTH_H

#include "analyze.h"

extern IvmRefusal *ivm_rowwidth_check(const IvmCore *core);

#endif							/* IVM_ROWWIDTH_H */
