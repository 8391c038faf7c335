/*-------------------------------------------------------------------------
 *
 * explain_index.h
 *	  Indexes that the maintenance of a view asks for.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_EXPLAIN_INDEX_H
#define IVM_EXPLAIN_INDEX_H

#include "definition/core.h"

/* An index that is missing */
typedef struct IvmIndexAdvice
{
	Oid			table;
	const char *columns;		/* as in CREATE INDEX, without parentheses;
								 * NULL: no index helps */
	List	   *changed;		/* OIDs of tables whose changes look rows up
								 * by it; NIL: it is for keys that are
								 * recomputed, or values or edge is true */
	bool		values;			/* distinct values are looked up by it */
	bool		edge;			/* rows at the edge of a window of time are
								 * looked up by it, when the view is read */
	bool		found;			/* of an edge: there is such an index */
} IvmIndexAdvice;

/*
 * Indexes that would help to maintain a view, as IvmIndexAdvice *, in the current
 * memory context.  Opens the tables with AccessShareLock.
 */
extern List *ivm_explain_indexes(const IvmCore *core);

/*
 * What finds the rows at the edges of the core's window of time, as IvmIndexAdvice *, one
 * for each expression that needs it; without a table where no index can.
 */
extern List *ivm_explain_edges(const IvmCore *core);

/*
 * The table whose index finds the rows of a key that is recomputed, or
 * InvalidOid.  Where there is no such index, *columns tells what it should be on;
 * else it is NULL.
 */
extern Oid	ivm_explain_recompute(const IvmCore *core, const char **columns);

/*
 * The columns of an index by which the values of an accumulator of distinct values could be looked up,
 * as in CREATE INDEX; NULL if no index can.  *found: there is one, and it is used.
 */
extern const char *ivm_explain_values(const IvmCore *core, int accum, bool *found);

#endif							/* IVM_EXPLAIN_INDEX_H */
