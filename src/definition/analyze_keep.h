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

/*
 * What maintaining and reading a view over a single table needs of an accepted
 * analysis, as a copy in CurrentMemoryContext that shares nothing with it.  What only
 * the finishing is made of, which the view itself has, is left out, as is all that the
 * analysis left lying about: most of its memory.
 */
extern IvmCore *ivm_analyze_keep(const IvmCore *core);

#endif							/* IVM_ANALYZE_KEEP_H */
