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

extern List *ivm_affected_region_find_all(const Query *definition, int nsources);

#endif							/* IVM_AFFECTED_REGION_FIND_H */
