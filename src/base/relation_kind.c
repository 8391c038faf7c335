/*-------------------------------------------------------------------------
 *
 * relation_kind.c
 *	  Relations that become another kind of relation.
 *
 * To 15, the server itself made a view of a table that got a rule for SELECT; the
 * steps are the same here.  REFRESH MATERIALIZED VIEW lets a relation take over the
 * file and the TOAST table of another one; that is done in the other direction.
 *
 *		pg_class		kind, file, access method, TOAST table, horizons
 *		pg_attribute	system columns, which views do not have
 *		pg_depend		of the TOAST table on its owner; of the rule
 *
 * What the server must keep true:
 * - A rule's range table has the kinds that relations had when the rule was made, and
 *	 the kinds are corrected whenever the rule is used (AcquireRewriteLocks()).
 *	 So views, and functions with SQL bodies, over the relation go on.
 * - Whoever holds no lock on a relation builds its entry in the relation cache anew
 *	 after a change of pg_class, from that row.  Entries of what was made in
 *	 this transaction are only brought up to date, and from 16 on must not be of another kind
 *	 then: these relations do not change.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/multixact.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/toast_compression.h"
#include "access/toast_internals.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/heap.h"
#include "catalog/indexing.h"
#include "catalog/pg_am.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_rewrite.h"
#include "catalog/storage.h"
#include "commands/tablecmds.h"
#include "pgstat.h"
#include "rewrite/rewriteSupport.h"
#include "storage/lmgr.h"
#include "storage/predicate.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/relation_kind.h"

/* ---- rows of the catalogues ---- */

/* Do something with each system column of a relation. */
static void
each_system_column(Oid relid, Oid copy_to, bool delete)
{
	Relation	rel = table_open(AttributeRelationId, RowExclusiveLock);
	ScanKeyData key[2];
	SysScanDesc scan;
	HeapTuple	tup;

	ScanKeyInit(&key[0], Anum_pg_attribute_attrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	ScanKeyInit(&key[1], Anum_pg_attribute_attnum, BTLessEqualStrategyNumber, F_INT2LE,
				Int16GetDatum(0));
	scan = systable_beginscan(rel, AttributeRelidNumIndexId, true, NULL, 2, key);
	while (HeapTupleIsValid(tup = systable_getnext(scan)))
	{
		if (OidIsValid(copy_to))
		{
			HeapTuple	copy = heap_copytuple(tup);

			((Form_pg_attribute) GETSTRUCT(copy))->attrelid = copy_to;
			CatalogTupleInsert(rel, copy);
			heap_freetuple(copy);
		}
		if (delete)
			CatalogTupleDelete(rel, &tup->t_self);
	}
	systable_endscan(scan);
	table_close(rel, RowExclusiveLock);
}

/* Let the columns of a relation have no properties but those of their types, as those of views. */
static void
reset_columns(Oid relid)
{
	Relation	rel = table_open(AttributeRelationId, RowExclusiveLock);
	ScanKeyData key[2];
	SysScanDesc scan;
	HeapTuple	tup;

	ScanKeyInit(&key[0], Anum_pg_attribute_attrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	ScanKeyInit(&key[1], Anum_pg_attribute_attnum, BTGreaterStrategyNumber, F_INT2GT,
				Int16GetDatum(0));
	scan = systable_beginscan(rel, AttributeRelidNumIndexId, true, NULL, 2, key);
	while (HeapTupleIsValid(tup = systable_getnext(scan)))
	{
		Datum		values[Natts_pg_attribute] = {0};
		bool		nulls[Natts_pg_attribute] = {0};
		bool		replace[Natts_pg_attribute] = {0};
		HeapTuple	new;

		replace[Anum_pg_attribute_attstattarget - 1] = replace[Anum_pg_attribute_attoptions - 1] =
			replace[Anum_pg_attribute_attstorage - 1] = replace[Anum_pg_attribute_attcompression - 1] = true;
		values[Anum_pg_attribute_attstattarget - 1] =
			ivm_compat_no_statistics_target(&nulls[Anum_pg_attribute_attstattarget - 1]);
		nulls[Anum_pg_attribute_attoptions - 1] = true;
		values[Anum_pg_attribute_attstorage - 1] =
			CharGetDatum(get_typstorage(((Form_pg_attribute) GETSTRUCT(tup))->atttypid));
		values[Anum_pg_attribute_attcompression - 1] = CharGetDatum(InvalidCompressionMethod);
		new = heap_modify_tuple(tup, RelationGetDescr(rel), values, nulls, replace);
		CatalogTupleUpdate(rel, &new->t_self, new);
		heap_freetuple(new);
	}
	systable_endscan(scan);
	table_close(rel, RowExclusiveLock);
	CommandCounterIncrement();
}

/* A copy of a relation's row in pg_class, which the caller may change and must free. */
static HeapTuple
class_row(Oid relid)
{
	HeapTuple	tup = SearchSysCacheCopy1(RELOID, ObjectIdGetDatum(relid));

	if (!HeapTupleIsValid(tup))
		elog(ERROR, "cache lookup failed for relation %u", relid);
	return tup;
}

/* Write such a row, without the relation's options. */
static void
write_class_row(HeapTuple tup)
{
	Relation	rel = table_open(RelationRelationId, RowExclusiveLock);
	Datum		values[Natts_pg_class] = {0};
	bool		nulls[Natts_pg_class] = {0};
	bool		replace[Natts_pg_class] = {0};
	HeapTuple	new;

	nulls[Anum_pg_class_reloptions - 1] = replace[Anum_pg_class_reloptions - 1] = true;
	new = heap_modify_tuple(tup, RelationGetDescr(rel), values, nulls, replace);
	CatalogTupleUpdate(rel, &new->t_self, new);
	heap_freetuple(new);
	heap_freetuple(tup);
	table_close(rel, RowExclusiveLock);
	CommandCounterIncrement();
}

void
ivm_relation_kind_check(Relation rel)
{
	CheckTableNotInUse(rel, "convert");
	if (ivm_compat_is_new(rel))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("cannot convert \"%s\" in the transaction that has created or refreshed it",
						RelationGetRelationName(rel)),
				 errhint("Commit first.")));
}

/* Open a relation that is to become another kind of relation, and lock it for good. */
static Relation
open_to_change(Oid relid)
{
	Relation	rel = relation_open(relid, AccessExclusiveLock);

	ivm_relation_kind_check(rel);
	return rel;
}

/* Let a relation be a view, as far as pg_class and pg_attribute know; its storage is the caller's business. */
static void
write_as_view(Oid relid)
{
	HeapTuple	tup = class_row(relid);
	Form_pg_class form = (Form_pg_class) GETSTRUCT(tup);

	form->relam = InvalidOid;
	form->reltablespace = InvalidOid;
	form->relfilenode = InvalidOid;
	form->relpages = 0;
	form->reltuples = -1;
	form->relallvisible = 0;
	ivm_compat_set_all_frozen(form, 0);
	form->reltoastrelid = InvalidOid;
	form->relhasindex = false;
	form->relkind = RELKIND_VIEW;
	form->relispopulated = true;
	form->relreplident = REPLICA_IDENTITY_NOTHING;
	form->relfrozenxid = InvalidTransactionId;
	form->relminmxid = InvalidMultiXactId;
	write_class_row(tup);
	each_system_column(relid, InvalidOid, true);
	(void) deleteDependencyRecordsForClass(RelationRelationId, relid, AccessMethodRelationId,
										   DEPENDENCY_NORMAL);
	changeDependencyOnTablespace(RelationRelationId, relid, InvalidOid);
	CommandCounterIncrement();
}

/* ---- a materialized view becomes a view ---- */

static void
drop_indexes(List *indexes)
{
	ObjectAddresses *objects = new_object_addresses();
	ObjectAddress address;
	ListCell   *lc;

	foreach(lc, indexes)
	{
		LockRelationOid(lfirst_oid(lc), AccessExclusiveLock);
		ObjectAddressSet(address, RelationRelationId, lfirst_oid(lc));
		add_exact_object_address(&address, objects);
	}
	performMultipleDeletions(objects, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
	free_object_addresses(objects);
	CommandCounterIncrement();
}

void
ivm_relation_kind_make_view(Oid relid)
{
	Relation	rel = open_to_change(relid);
	Oid			toast = rel->rd_rel->reltoastrelid;
	List	   *indexes = RelationGetIndexList(rel);
	ObjectAddress address;

	CheckTableForSerializableConflictIn(rel);
	relation_close(rel, NoLock);
	drop_indexes(indexes);

	rel = relation_open(relid, NoLock);
	RelationDropStorage(rel);

	/*
	 * its counters stay until the view is dropped, which drops them again:
	 * twice is an error at commit, as long as somebody holds a reference
	 */
	pgstat_unlink_relation(rel);
	relation_close(rel, NoLock);
	write_as_view(relid);
	reset_columns(relid);
	RemoveStatistics(relid, 0);
	if (!OidIsValid(toast))
		return;
	/* so that it can be dropped by itself */
	(void) deleteDependencyRecordsFor(RelationRelationId, toast, false);
	CommandCounterIncrement();
	ObjectAddressSet(address, RelationRelationId, toast);
	performDeletion(&address, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
	CommandCounterIncrement();
}

/* ---- a view becomes a materialized view or a table ---- */

/* Drop the rule that makes a relation a view, and nothing else. */
static void
drop_select_rule(Oid view)
{
	Oid			rule = get_rewrite_oid(view, ViewSelectRuleName, false);
	ObjectAddress address;

	(void) deleteDependencyRecordsForClass(RewriteRelationId, rule, RelationRelationId,
										   DEPENDENCY_INTERNAL);
	CommandCounterIncrement();
	ObjectAddressSet(address, RewriteRelationId, rule);
	performDeletion(&address, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
	CommandCounterIncrement();
}

/* Let a relation have what pg_class has of the storage of a table. */
static void
write_as_stored(Oid relid, Oid table, char kind)
{
	HeapTuple	tup = class_row(relid);
	HeapTuple	from = class_row(table);
	Form_pg_class form = (Form_pg_class) GETSTRUCT(tup);
	Form_pg_class stored = (Form_pg_class) GETSTRUCT(from);

	form->relam = stored->relam;
	form->reltablespace = stored->reltablespace;
	form->relfilenode = stored->relfilenode;
	form->relpersistence = stored->relpersistence;
	form->relpages = stored->relpages;
	form->reltuples = stored->reltuples;
	form->relallvisible = stored->relallvisible;
	form->reltoastrelid = stored->reltoastrelid;
	form->relkind = kind;
	form->relhasrules = kind == RELKIND_MATVIEW;
	form->relispopulated = true;
	form->relreplident = REPLICA_IDENTITY_DEFAULT;
	form->relfrozenxid = stored->relfrozenxid;
	form->relminmxid = stored->relminmxid;
	heap_freetuple(from);
	write_class_row(tup);
}

/* Let a table have an empty file, and no TOAST table, so that it can be dropped without its rows. */
static void
write_as_empty(Oid table)
{
	HeapTuple	tup = class_row(table);
	Form_pg_class form = (Form_pg_class) GETSTRUCT(tup);

	form->relfilenode = ivm_compat_create_file(form->reltablespace, form->relpersistence);
	form->reltoastrelid = InvalidOid;
	write_class_row(tup);
}

/* Let a TOAST table belong to another relation, as its name tells as well. */
static void
give_toast(Oid toast, Oid from, Oid to)
{
	Oid			index = toast_get_valid_index(toast, AccessExclusiveLock);

	if (changeDependencyFor(RelationRelationId, toast, RelationRelationId, from, to) != 1)
		elog(ERROR, "TOAST table %u does not depend on relation %u", toast, from);
	RenameRelationInternal(toast, psprintf("pg_toast_%u", to), true, false);
	RenameRelationInternal(index, psprintf("pg_toast_%u_index", to), true, true);
	CommandCounterIncrement();
}

void
ivm_relation_kind_take_rows(Oid view, Oid table, char kind)
{
	Relation	rel = relation_open(table, AccessExclusiveLock);
	Oid			toast = rel->rd_rel->reltoastrelid;
	ObjectAddress address;

	relation_close(rel, NoLock);
	rel = open_to_change(view);
	relation_close(rel, NoLock);

	if (kind == RELKIND_RELATION)
		drop_select_rule(view);
	write_as_stored(view, table, kind);
	each_system_column(table, view, false);
	write_as_empty(table);
	if (OidIsValid(toast))
		give_toast(toast, table, view);

	/* its file is new in this transaction */
	rel = relation_open(view, NoLock);
	ivm_compat_assume_new_file(rel);
	relation_close(rel, NoLock);
	ObjectAddressSet(address, RelationRelationId, table);
	performDeletion(&address, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
	CommandCounterIncrement();
}
