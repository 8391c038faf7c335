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

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "utils/fmgroids.h"

#include "base/relation.h"
#include "catalog/catalog_view.h"
#include "catalog/definition_link.h"

/* Is a definition internal to this view already? */
static bool
is_linked(Oid definition, Oid view)
{
	Relation	rel = table_open(DependRelationId, AccessShareLock);
	ScanKeyData key[2];
	SysScanDesc scan;
	HeapTuple	tup;
	bool		result = false;

	ScanKeyInit(&key[0], Anum_pg_depend_classid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationRelationId));
	ScanKeyInit(&key[1], Anum_pg_depend_objid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(definition));
	scan = systable_beginscan(rel, DependDependerIndexId, true, NULL, 2, key);
	while (!result && HeapTupleIsValid(tup = systable_getnext(scan)))
	{
		Form_pg_depend depend = (Form_pg_depend) GETSTRUCT(tup);

		result = depend->deptype == DEPENDENCY_INTERNAL && depend->objsubid == 0 &&
			depend->refclassid == RelationRelationId && depend->refobjid == view;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

/*
 * A link that is there stays: workers of a parallel pg_restore come here with the same view
 * at once, and one must not delete what another one deletes.
 */
void
ivm_definition_link_make(const IvmViewRow *row)
{
	ObjectAddress address;
	ObjectAddress owner;

	if (!ivm_relation_exists(row->definition) || !ivm_relation_exists(ivm_catalog_whole(row)->view) ||
		is_linked(row->definition, ivm_catalog_whole(row)->view))
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
