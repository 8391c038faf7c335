/*-------------------------------------------------------------------------
 *
 * follow.h
 *	  Storage that follows its view and its base tables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_FOLLOW_H
#define IVM_FOLLOW_H

#include "nodes/primnodes.h"
#include "utils/jsonb.h"

#include "catalog/catalog_view.h"

/*
 * Give the storage of a view and of its parts the owner that the view has now,
 * and the persistence (LOGGED or UNLOGGED) that its base tables have, if these
 * agree; change logs get that of their table.  What has both already is left alone.  Otherwise takes
 * AccessExclusiveLock on the relations changed, and waits.
 */
extern void ivm_follow_changes(IvmViewRow *row);

/*
 * Make a role the owner of a relation, without checks of privileges.  Takes
 * AccessExclusiveLock on the relation.
 */
extern void ivm_follow_give_away(Oid relid, Oid owner);

#endif							/* IVM_FOLLOW_H */
