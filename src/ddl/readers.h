/*-------------------------------------------------------------------------
 *
 * readers.h
 *	  Which views read a relation.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_READERS_H
#define IVM_READERS_H

#include "catalog/catalog_view.h"

/*
 * All functions read pg_depend and pg_rewrite only.  They derive no plan, which
 * would need locks on views that the command at hand does not concern.  The
 * lists are in the current memory context; their members are those of rows.
 */

/* The relations with rules that read a relation. */
extern List *ivm_readers_direct(Oid relid);

/*
 * The views, among these rows and in their order, whose definitions read a view
 * at any depth.  view may also be the definition of a view.
 */
extern List *ivm_readers_of(List *rows, Oid view);

/*
 * The views, among these rows and in their order, whose definitions use this column of a table
 * themselves, not through another view; each once, as the whole view of a part.
 */
extern List *ivm_readers_of_column(List *rows, Oid relid, AttrNumber column);

/*
 * The whole views, among these rows, whose definitions use one of these columns of a table (int list of
 * AttrNumbers; NIL: the table at all), at any depth.  Rows of the table as a whole are no use of a column.
 */
extern List *ivm_readers_using(List *rows, Oid relid, List *columns);

/*
 * Does anything use this row type, or arrays of it?  Given a relation: does that
 * relation have a column of such a type?  The array type itself does not count.
 */
extern bool ivm_readers_use_row_type(Oid typid, Oid relid);

#endif							/* IVM_READERS_H */
