/*-------------------------------------------------------------------------
 *
 * grouping_sets.h
 *	  GROUPING SETS, ROLLUP and CUBE as one GROUP BY.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_GROUPING_SETS_H
#define IVM_GROUPING_SETS_H

#include "nodes/parsenodes.h"


/* How grouping sets became one GROUP BY (grouping_sets.c). */
typedef struct IvmGroupingSets
{
	Var		   *number;			/* of a set, in the definition */
	int			key;			/* that it is in the core */
	int			nsets;
	int64	   *numbers;		/* of all sets */
	int			nempty;			/* sets without any expression, and their numbers: */
	int64	   *empty;			/* they have a row even over no rows */
	List	   *originals;		/* pairs: an expression, what the query had there */
} IvmGroupingSets;

extern bool ivm_grouping_sets_expand(Query *query, IvmGroupingSets **sets);
extern Node *ivm_grouping_sets_restore(const IvmGroupingSets *sets, Node *node);
extern void ivm_grouping_sets_choose(const IvmGroupingSets *sets, Query *query, int64 number);

#endif							/* IVM_GROUPING_SETS_H */
