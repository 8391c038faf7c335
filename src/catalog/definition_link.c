/*-------------------------------------------------------------------------
 *
 * definition_link.c
 *	  The dependency that makes a definition internal to its view.
 *
 *		base table <-- ivm_data.daily_12_def ==internal==> public.daily
 *
 * With it the definition goes when the view is dropped.  DROP TABLE of the base
 * table names the view, not the definition, in its message, and drops the view with
 * CASCADE.  All that holds without event triggers, too.  The state table cannot
 * be tied in this way, since the view depends on it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"

#include "base/relation.h"
#include "catalog/catalog_view.h"
#include "catalog/definition_link.h"

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

void
ivm_definition_link_remove(Oid definition)
{
	(void) deleteDependencyRecordsForClass(RelationRelationId, definition, RelationRelationId,
										   DEPENDENCY_INTERNAL);
	CommandCounterIncrement();
}
