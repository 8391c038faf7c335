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

/* An index that is missing. */
typedef struct IvmIndexAdvice
{
	Oid			table;
	const char *columns;		/* as in CREATE INDEX, without parentheses; NULL: none helps */
	List	   *changed;		/* OIDs of tables whose changes look rows up by it; NIL: recomputing keys does */
} IvmIndexAdvice;

extern List *ivm_explain_indexes(const IvmCore *core);
extern Oid	ivm_explain_recompute(const IvmCore *core, const char **columns);

#endif							/* IVM_EXPLAIN_INDEX_H */
