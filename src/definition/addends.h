/*-------------------------------------------------------------------------
 *
 * addends.h
 *	  A core as the sum of several queries.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ADDENDS_H
#define IVM_ADDENDS_H

#include "definition/core.h"
#include "definition/sources.h"

/* A query whose rows are part of those of a core (addends.c). */
typedef struct IvmAddend
{
	Query	   *rows;			/* select list: keys, arguments of the accumulators */
	int			nsources;
	IvmSource  *sources;
	bool		linear;			/* in all of its sources */
	List	   *regions;		/* IvmRegion *, if it is not */
	uint64		tested;			/* sources that only conditions [NOT] EXISTS of its rows read */
	uint64		shrinks;		/* sources that with more rows leave fewer, or as many */
} IvmAddend;

extern List *ivm_addends_make(const IvmCore *core);

#endif							/* IVM_ADDENDS_H */
