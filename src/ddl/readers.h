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

extern List *ivm_readers_of(List *rows, Oid view);
extern IvmViewRow *ivm_readers_of_column(List *rows, Oid relid, AttrNumber column);

/*
 * Does anything but its array type use the row type of this table?  Or, given a
 * relation, has that a column of this type?
 */
extern bool ivm_readers_use_row_type(Oid typid, Oid relid);

#endif							/* IVM_READERS_H */
