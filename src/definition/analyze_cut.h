/*-------------------------------------------------------------------------
 *
 * analyze_cut.h
 *	  The cut into keys, accumulators and finishing.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ANALYZE_CUT_H
#define IVM_ANALYZE_CUT_H

#include "definition/core.h"

extern bool ivm_analyze_groups_rows(const IvmCore *core);
extern void ivm_analyze_cut(IvmCore *core);

#endif							/* IVM_ANALYZE_CUT_H */
