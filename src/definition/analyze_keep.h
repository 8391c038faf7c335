/*-------------------------------------------------------------------------
 *
 * analyze_keep.h
 *	  What is kept of an analysis.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ANALYZE_KEEP_H
#define IVM_ANALYZE_KEEP_H

#include "definition/core.h"

extern IvmCore *ivm_analyze_keep(const IvmCore *core);

#endif							/* IVM_ANALYZE_KEEP_H */
