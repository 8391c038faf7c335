/*-------------------------------------------------------------------------
 *
 * view_name.h
 *	  The name of a view to be created, and names for its columns.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_VIEW_NAME_H
#define IVM_VIEW_NAME_H

#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"

/*
 * Read a name, which may have a list of columns: v, schema.v, "V" (a, b).  Returns the name; *columns has those of the columns (strings), or is NIL.  All is in
 * CurrentMemoryContext.  An error points into the text, or nowhere.
 */
extern RangeVar *ivm_view_name_parse(const char *text, List **columns);

/*
 * Give the columns of an analyzed query these names, in place; the last ones may keep their own.
 * An error, as CREATE VIEW's, if there are more names than columns, or a name is there twice; that
 * one is also the name of a column that keeps its own is found when the query is examined.
 */
extern void ivm_view_name_put_columns(Query *query, List *columns);

#endif							/* IVM_VIEW_NAME_H */
