/*-------------------------------------------------------------------------
 *
 * definition_link.c
 *	  The dependency that makes a definition internal to its view.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"

#include "base/compat.h"
#include "base/relation.h"
#include "catalog/catalog_view.h"
#include "catalog/definition_link.h"

/*
 * Make the definition of a view, or of a part of it, internal to the view: it
 * goes with the view, and what cannot be dropped because the definition uses it
 * is kept by the view, as far as messages and CASCADE are concerned.  Holds
 * without event triggers, too.  (The storage cannot be tied in this way: the
 * view depends on it.)  Does nothing where that is so already.
 */
void
ivm_definition_link_make(const IvmViewRow *row)
{
	ObjectAddress address;
	ObjectAddress owner;

	if (!ivm_relation_exists(row->definition) || !ivm_relation_exists(ivm_catalog_whole(row)->view))
		return;
	ivm_definition_link_remove(row->definition);
	ObjectAddressSet(address, RelationRelationId, row->definition);
	ObjectAddressSet(owner, RelationRelationId, ivm_catalog_whole(row)->view);
	recordDependencyOn(&address, &owner, DEPENDENCY_INTERNAL);
	CommandCounterIncrement();
}

/* Let a definition be dropped by name, as pg_dump --clean does. */
void
ivm_definition_link_remove(Oid definition)
{
	(void) deleteDependencyRecordsForClass(RelationRelationId, definition, RelationRelationId,
										   DEPENDENCY_INTERNAL);
	CommandCounterIncrement();
}
