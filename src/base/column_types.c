/*-------------------------------------------------------------------------
 *
 * column_types.c
 *	  Columns of views that get other types.
 *
 * ALTER TABLE has no such command for views, because whatever reads a column was made for its
 * type.  So what reads it is looked for in pg_depend; a Var of the whole row is not in there, and is looked for in the
 * rules of views.
 *
 * What the server must keep true: a column of a relation without rows is no more than its row of
 * pg_attribute, and the dependencies of the column on its type and its collation.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/toast_compression.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "rewrite/rewriteSupport.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/column_types.h"
#include "base/compat.h"
#include "base/relation.h"

/* ---- dependents ---- */

/* Is there a value of this row type in a query? */
static bool
has_row_walker(Node *node, Oid *type)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, has_row_walker, type, 0);
	if (IsA(node, Var) && ((Var *) node)->vartype == *type)
		return true;
	return expression_tree_walker(node, has_row_walker, type);
}

/* Does a relation with a rule have rows of a view as a whole? */
static bool
has_rows_of(Oid relid, Oid view)
{
	Oid			type = get_rel_type_id(view);

	return (get_rel_relkind(relid) == RELKIND_VIEW || get_rel_relkind(relid) == RELKIND_MATVIEW) &&
		has_row_walker((Node *) ivm_relation_analyzed_query(relid), &type);
}

/* What depends on an object, or (subid not 0) on a column of it: a scan of pg_depend. */
static SysScanDesc
begin_scan(Relation rel, ScanKeyData *keys, Oid classid, Oid objid)
{
	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(classid));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(objid));
	return systable_beginscan(rel, DependReferenceIndexId, true, NULL, 2, keys);
}

/* Does a rule, or its relation, use the view in a way that a type of its columns matters to? */
static bool
rule_counts(Oid rule, Oid view, bool whole)
{
	Oid			relid = ivm_relation_of_rule(rule);

	if (relid == view)
		return !whole && rule != get_rewrite_oid(view, ViewSelectRuleName, true);
	return !whole || has_rows_of(relid, view);
}

/* Add the description of what depends; the rule of a view stands for that view. */
static List *
add_description(List *names, const ObjectAddress *dependent, Oid view, bool whole)
{
	ObjectAddress address = *dependent;
	ListCell   *lc;
	char	   *name;

	if (address.classId != RewriteRelationId ? whole : !rule_counts(address.objectId, view, whole))
		return names;
	if (address.classId == RewriteRelationId && ivm_relation_of_rule(address.objectId) != view)
		ObjectAddressSet(address, RelationRelationId, ivm_relation_of_rule(dependent->objectId));
	name = getObjectDescription(&address, false);
	foreach(lc, names)
	{
		if (strcmp(lfirst(lc), name) == 0)
			return names;
	}
	return lappend(names, name);
}

/* The columns of tables that have rows of the view, in arrays, too. */
static List *
add_tables_with_rows(List *names, Oid view)
{
	Oid			types[] = {get_rel_type_id(view), get_array_type(get_rel_type_id(view))};
	Relation	rel = table_open(DependRelationId, AccessShareLock);

	for (int i = 0; i < (int) lengthof(types); i++)
	{
		ScanKeyData keys[2];
		SysScanDesc scan = begin_scan(rel, keys, TypeRelationId, types[i]);
		HeapTuple	tup;

		while (HeapTupleIsValid(tup = systable_getnext(scan)))
		{
			Form_pg_depend depend = (Form_pg_depend) GETSTRUCT(tup);
			ObjectAddress address = {depend->classid, depend->objid, depend->objsubid};

			if (depend->classid == RelationRelationId && depend->objsubid != 0 &&
				get_rel_relkind(depend->objid) != RELKIND_VIEW)
				names = add_description(names, &address, view, false);
		}
		systable_endscan(scan);
	}
	table_close(rel, AccessShareLock);
	return names;
}

static int
compare_names(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

List *
ivm_column_types_dependents(Oid view, AttrNumber attno)
{
	Relation	rel = table_open(DependRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan = begin_scan(rel, keys, RelationRelationId, view);
	HeapTuple	tup;
	List	   *result = NIL;

	while (HeapTupleIsValid(tup = systable_getnext(scan)))
	{
		Form_pg_depend depend = (Form_pg_depend) GETSTRUCT(tup);
		ObjectAddress address = {depend->classid, depend->objid, depend->objsubid};

		if (depend->refobjsubid == attno || depend->refobjsubid == 0)
			result = add_description(result, &address, view, depend->refobjsubid == 0);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	result = add_tables_with_rows(result, view);
	list_sort(result, compare_names);
	return result;
}

/* ---- types ---- */

/* Delete the dependencies of a column on its type and its collation. */
static void
forget_type(Oid relid, AttrNumber attno)
{
	Relation	rel = table_open(DependRelationId, RowExclusiveLock);
	ScanKeyData keys[3];
	SysScanDesc scan;
	HeapTuple	tup;

	ScanKeyInit(&keys[0], Anum_pg_depend_classid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_objid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	ScanKeyInit(&keys[2], Anum_pg_depend_objsubid, BTEqualStrategyNumber, F_INT4EQ,
				Int32GetDatum(attno));
	scan = systable_beginscan(rel, DependDependerIndexId, true, NULL, 3, keys);
	while (HeapTupleIsValid(tup = systable_getnext(scan)))
	{
		Form_pg_depend depend = (Form_pg_depend) GETSTRUCT(tup);

		if (depend->refclassid == TypeRelationId || depend->refclassid == CollationRelationId)
			CatalogTupleDelete(rel, &tup->t_self);
	}
	systable_endscan(scan);
	table_close(rel, RowExclusiveLock);
}

/* Note them anew; what belongs to the server itself is not noted. */
static void
note_type(Oid relid, AttrNumber attno, Oid type, Oid collation)
{
	ObjectAddress column;
	ObjectAddress on;

	ObjectAddressSubSet(column, RelationRelationId, relid, attno);
	ObjectAddressSet(on, TypeRelationId, type);
	recordDependencyOn(&column, &on, DEPENDENCY_NORMAL);
	if (!OidIsValid(collation) || collation == DEFAULT_COLLATION_OID)
		return;
	ObjectAddressSet(on, CollationRelationId, collation);
	recordDependencyOn(&column, &on, DEPENDENCY_NORMAL);
}

void
ivm_column_types_set(Oid view, AttrNumber attno, Oid type, int32 typmod, Oid collation)
{
	Relation	rel = table_open(AttributeRelationId, RowExclusiveLock);
	HeapTuple	tup = SearchSysCacheCopy2(ATTNUM, ObjectIdGetDatum(view), Int16GetDatum(attno));
	HeapTuple	type_tup = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	Form_pg_attribute att;
	Form_pg_type form;

	if (!HeapTupleIsValid(tup))
		elog(ERROR, "cache lookup failed for attribute %d of relation %u", attno, view);
	if (!HeapTupleIsValid(type_tup))
		elog(ERROR, "cache lookup failed for type %u", type);
	att = (Form_pg_attribute) GETSTRUCT(tup);
	form = (Form_pg_type) GETSTRUCT(type_tup);
	att->atttypid = type;
	att->atttypmod = typmod;
	att->attcollation = collation;
	att->attndims = 0;
	att->attlen = form->typlen;
	att->attbyval = form->typbyval;
	att->attalign = form->typalign;
	att->attstorage = form->typstorage;
	att->attcompression = InvalidCompressionMethod;
	CatalogTupleUpdate(rel, &tup->t_self, tup);
	ReleaseSysCache(type_tup);
	heap_freetuple(tup);
	table_close(rel, RowExclusiveLock);
	forget_type(view, attno);
	note_type(view, attno, type, collation);
	CommandCounterIncrement();
}
