/*-------------------------------------------------------------------------
 *
 * affected_region_find.h
 *	  The regions of a definition, and the ways to their values.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_AFFECTED_REGION_FIND_H
#define IVM_AFFECTED_REGION_FIND_H

#include "nodes/parsenodes.h"

/*
 * The regions (IvmRegion *) of a definition with this many sources, best first: those
 * whose values the rows of most sources have themselves, and among these, roots that
 * are columns of tables before expressions and constants.  NIL: it has none and must
 * be recomputed.  Everything is in CurrentMemoryContext and shares nothing with the
 * definition, which is not changed.
 */
extern List *ivm_affected_region_find_all(const Query *definition, int nsources);

#endif							/* IVM_AFFECTED_REGION_FIND_H */
