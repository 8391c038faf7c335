/*-------------------------------------------------------------------------
 *
 * readers.c
 *	  Which views read a relation.
 *
 * A view's definition is a plain view in schema ivm_data.  So PostgreSQL records
 * what it reads in pg_depend, as dependencies of its rule in pg_rewrite:
 *
 *		relation <-- pg_depend -- rule -- ev_class --> view or definition
 *
 * A view of this extension depends on its storage, not on its definition, so
 * the step from the definition to the view is made by ivm.view.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_rewrite.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "base/relation.h"
#include "catalog/catalog_view.h"
#include "ddl/readers.h"

/* The relations with rules that depend on a relation, or on a column of it. */
static List *
direct_readers(Oid relid, AttrNumber column)
{
	Relation	rel = table_open(DependRelationId, AccessShareLock);
	ScanKeyData keys[3];
	SysScanDesc scan;
	HeapTuple	tup;
	List	   *result = NIL;

	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(RelationRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(relid));
	ScanKeyInit(&keys[2], Anum_pg_depend_refobjsubid, BTEqualStrategyNumber,
				F_INT4EQ, Int32GetDatum(column));
	scan = systable_beginscan(rel, DependReferenceIndexId, true, NULL,
							  column == InvalidAttrNumber ? 2 : 3, keys);
	while (HeapTupleIsValid(tup = systable_getnext(scan)))
	{
		Form_pg_depend depend = (Form_pg_depend) GETSTRUCT(tup);

		if (depend->classid == RewriteRelationId)
			result = list_append_unique_oid(result, ivm_relation_of_rule(depend->objid));
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

List *
ivm_readers_direct(Oid relid)
{
	return direct_readers(relid, InvalidAttrNumber);
}

List *
ivm_readers_of(List *rows, Oid view)
{
	List	   *relids = list_make1_oid(view);	/* grows below */
	List	   *result = NIL;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, relids)
	{
		Oid			relid = lfirst_oid(lc);

		relids = list_concat_unique_oid(relids, direct_readers(relid, InvalidAttrNumber));
		foreach(lc2, rows)
		{
			if (((IvmViewRow *) lfirst(lc2))->definition == relid)
				relids = list_append_unique_oid(relids, ((IvmViewRow *) lfirst(lc2))->view);
		}
	}
	relids = list_delete_oid(relids, view);
	foreach(lc, rows)
	{
		if (list_member_oid(relids, ((IvmViewRow *) lfirst(lc))->definition))
			result = lappend(result, lfirst(lc));
	}
	return result;
}

/* Is a view, or one of its parts, defined by one of these relations? */
static bool
is_defined_by(List *rows, const IvmViewRow *whole, List *relids)
{
	ListCell   *lc;

	foreach(lc, rows)
	{
		IvmViewRow *row = lfirst(lc);

		if ((row->id == whole->id || row->part_of == whole->id) && list_member_oid(relids, row->definition))
			return true;
	}
	return false;
}

List *
ivm_readers_of_column(List *rows, Oid relid, AttrNumber column)
{
	List	   *readers = direct_readers(relid, column);
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, rows)
	{
		IvmViewRow *row = lfirst(lc);

		if (readers != NIL && row->part_of == 0 && is_defined_by(rows, row, readers))
			result = lappend(result, row);
	}
	return result;
}

/* Add the whole views of which these are rows, each once. */
static List *
add_wholes(List *wholes, List *rows, List *found)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, found)
	{
		IvmViewRow *row = lfirst(lc);

		foreach(lc2, rows)
		{
			if (((IvmViewRow *) lfirst(lc2))->id == (row->part_of != 0 ? row->part_of : row->id))
				wholes = list_append_unique_ptr(wholes, lfirst(lc2));
		}
	}
	return wholes;
}

List *
ivm_readers_using(List *rows, Oid relid, List *columns)
{
	List	   *relids = columns == NIL ? direct_readers(relid, InvalidAttrNumber) : NIL;
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, columns)
		relids = list_concat_unique_oid(relids, direct_readers(relid, lfirst_int(lc)));
	foreach(lc, rows)
	{
		IvmViewRow *row = lfirst(lc);

		if (list_member_oid(relids, row->definition) || list_member_oid(relids, row->view))
			result = add_wholes(result, rows, list_make1(row));
	}
	foreach(lc, relids)
		result = add_wholes(result, rows, ivm_readers_of(rows, lfirst_oid(lc)));
	for (int i = 0; i < list_length(result); i++)
		result = add_wholes(result, rows,
							ivm_readers_of(rows, ((IvmViewRow *) list_nth(result, i))->view));
	return result;
}

bool
ivm_readers_use_row_type(Oid typid, Oid relid)
{
	Oid			types[] = {typid, get_array_type(typid)};
	Relation	rel = table_open(DependRelationId, AccessShareLock);
	bool		result = false;

	for (int i = 0; i < 2 && !result && OidIsValid(types[i]); i++)
	{
		ScanKeyData key[2];
		SysScanDesc scan;
		HeapTuple	tup;

		ScanKeyInit(&key[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber,
					F_OIDEQ, ObjectIdGetDatum(TypeRelationId));
		ScanKeyInit(&key[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber,
					F_OIDEQ, ObjectIdGetDatum(types[i]));
		scan = systable_beginscan(rel, DependReferenceIndexId, true, NULL, 2, key);
		while (!result && HeapTupleIsValid(tup = systable_getnext(scan)))
		{
			Form_pg_depend depend = (Form_pg_depend) GETSTRUCT(tup);

			result = depend->deptype == DEPENDENCY_NORMAL &&
				(!OidIsValid(relid) ||
				 (depend->classid == RelationRelationId && depend->objid == relid));
		}
		systable_endscan(scan);
	}
	table_close(rel, AccessShareLock);
	return result;
}
