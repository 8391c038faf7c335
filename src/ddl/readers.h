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

#endif							/* IVM_READERS_H */
