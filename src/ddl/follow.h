/*-------------------------------------------------------------------------
 *
 * follow.h
 *	  Creating and dropping views, and what follows other DDL.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_FOLLOW_H
#define IVM_FOLLOW_H

#include "nodes/primnodes.h"
#include "utils/jsonb.h"

#include "catalog/catalog_view.h"

extern void ivm_follow_changes(IvmViewRow *row);
extern void ivm_follow_give_away(Oid relid, Oid owner);

#endif							/* IVM_FOLLOW_H */
