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

/* A query whose rows are part of the sum that makes the rows of a core. */
typedef struct IvmAddend
{
	Query	   *rows;			/* select list: keys, arguments of the
								 * accumulators */
	int			nsources;
	IvmSource  *sources;
	bool		linear;			/* in all of its sources */
	List	   *regions;		/* IvmRegion *, if it is not */
	uint64		tested;			/* sources that only correlated conditions
								 * [NOT] EXISTS read */
	uint64		shrinks;		/* sources whose added rows never add rows of
								 * the addend */
} IvmAddend;

/*
 * The addends (IvmAddend *) of a core that reads several tables: the rows that they
 * give, added up as bags, are those of the core.  At least one, at most eight; each
 * with queries, sources and regions of its own, in CurrentMemoryContext.
 */
extern List *ivm_addends_make(const IvmCore *core);

#endif							/* IVM_ADDENDS_H */
