/*-------------------------------------------------------------------------
 *
 * column_types.h
 *	  Columns of views that get other types.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_COLUMN_TYPES_H
#define IVM_COLUMN_TYPES_H

#include "access/attnum.h"
#include "nodes/pg_list.h"

/*
 * What depends on a column of a view, other than its query, a description each (strings, sorted),
 * in CurrentMemoryContext: views and functions that use it, a default of it, tables that have rows of the view.
 * Views that have rows of it as a whole count, too.
 */
extern List *ivm_column_types_dependents(Oid view, AttrNumber attno);

/*
 * Give a column of a view another type, with its modifier and collation.  The caller has the view locked
 * in AccessExclusiveLock, has looked for dependents, and gives the view a rule that fits.  Name, rights and comment
 * of the column stay.  The next command sees the change.
 */
extern void ivm_column_types_set(Oid view, AttrNumber attno, Oid type, int32 typmod, Oid collation);

#endif							/* IVM_COLUMN_TYPES_H */
