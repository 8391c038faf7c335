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
	Var		   *number;			/* the column of a set's number, in the
								 * definition */
	int			key;			/* index of the key that the number is in the
								 * core */
	int			nsets;
	int64	   *numbers;		/* of all sets */
	int			nempty;			/* of sets without any expression */
	int64	   *empty;			/* their numbers; they have a row even over no
								 * rows */
	List	   *originals;		/* pairs: an expression, what the query had
								 * there */
} IvmGroupingSets;

/*
 * Rewrite a query with grouping sets, in place; *sets tells how, or is NULL if there
 * is only one set.  False: it cannot be rewritten, and is as it was.
 */
extern bool ivm_grouping_sets_expand(Query *query, IvmGroupingSets **sets);

/*
 * A copy of an expression of the rewritten query as the user's query had it, for
 * messages and EXPLAIN.
 */
extern Node *ivm_grouping_sets_restore(const IvmGroupingSets *sets, Node *node);

/*
 * Restrict a query made from a rewritten one, in place, to one of the sets: the
 * planner then sees plain grouping expressions.
 */
extern void ivm_grouping_sets_choose(const IvmGroupingSets *sets, Query *query, int64 number);

#endif							/* IVM_GROUPING_SETS_H */
