/*-------------------------------------------------------------------------
 *
 * plan_triggers.c
 *	  Versions of the triggers that a view's state rests on.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "catalog/catalog_view.h"
#include "plan/plan_triggers.h"

bool
ivm_plan_triggers_enabled(Oid relid, bool partition)
{
	Relation	rel = try_relation_open(relid, AccessShareLock);
	Oid			nsp;
	Oid			row = InvalidOid;	/* the triggers' functions */
	Oid			truncate = InvalidOid;

	if (rel == NULL)
		return false;

	/* No catalogue look-up in here: it could replace rel->trigdesc. */
	for (int i = 0; rel->trigdesc && i < rel->trigdesc->numtriggers; i++)
	{
		Trigger    *t = &rel->trigdesc->triggers[i];

		if (t->tgenabled != TRIGGER_FIRES_ALWAYS)
			continue;
		if (strcmp(t->tgname, IVM_TRIGGER_ROW) == 0 &&
			TRIGGER_FOR_ROW(t->tgtype) && TRIGGER_FOR_AFTER(t->tgtype) &&
			TRIGGER_FOR_INSERT(t->tgtype) && TRIGGER_FOR_UPDATE(t->tgtype) &&
			TRIGGER_FOR_DELETE(t->tgtype) && t->tgqual == NULL && t->tgnattr == 0)
			row = t->tgfoid;
		if (strcmp(t->tgname, partition ? IVM_TRIGGER_TRUNCATE_LEAF : IVM_TRIGGER_TRUNCATE) == 0 &&
			TRIGGER_FOR_TRUNCATE(t->tgtype) &&
			(partition ? TRIGGER_FOR_BEFORE(t->tgtype) : TRIGGER_FOR_AFTER(t->tgtype)))
			truncate = t->tgfoid;
	}
	relation_close(rel, AccessShareLock);
	if (!OidIsValid(row) || !OidIsValid(truncate))
		return false;
	nsp = get_namespace_oid(IVM_SCHEMA, true);
	return get_func_namespace(row) == nsp && get_func_namespace(truncate) == nsp;
}

bool
ivm_plan_triggers_guard(Oid relid)
{
	Relation	rel = table_open(TriggerRelationId, AccessShareLock);
	Oid			function = InvalidOid;
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tup;

	ScanKeyInit(&keys[0], Anum_pg_trigger_tgrelid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(relid));
	ScanKeyInit(&keys[1], Anum_pg_trigger_tgname, BTEqualStrategyNumber,
				F_NAMEEQ, CStringGetDatum(IVM_TRIGGER_GUARD));
	scan = systable_beginscan(rel, TriggerRelidNameIndexId, true, NULL, 2, keys);
	if (HeapTupleIsValid(tup = systable_getnext(scan)))
	{
		Form_pg_trigger form = (Form_pg_trigger) GETSTRUCT(tup);

		if (form->tgenabled == TRIGGER_FIRES_ALWAYS &&
			form->tgtype == (TRIGGER_TYPE_ROW | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_INSERT |
							 TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE))
			function = form->tgfoid;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return OidIsValid(function) && get_func_namespace(function) == get_namespace_oid(IVM_SCHEMA, true);
}

/* The version that a table's triggers of this extension have now. */
static IvmTriggerVersion
current_version(Oid table)
{
	static const char *const names[] = {IVM_TRIGGER_ROW, IVM_TRIGGER_TRUNCATE, IVM_TRIGGER_TRUNCATE_LEAF, IVM_TRIGGER_GUARD};
	IvmTriggerVersion result = {.table = table};
	Relation	rel = table_open(TriggerRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tup;

	ScanKeyInit(&key, Anum_pg_trigger_tgrelid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(table));
	scan = systable_beginscan(rel, TriggerRelidNameIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tup = systable_getnext(scan)))
		for (int i = 0; i < (int) lengthof(names); i++)
			if (strcmp(NameStr(((Form_pg_trigger) GETSTRUCT(tup))->tgname), names[i]) == 0)
				result.xmin[i % IVM_CAPTURE_TRIGGERS] = HeapTupleHeaderGetRawXmin(tup->t_data);
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

/* ---- the versions that a row of ivm.view has ---- */

static int
compare_tables(const void *a, const void *b)
{
	Oid			left = ((const IvmTriggerVersion *) a)->table;
	Oid			right = ((const IvmTriggerVersion *) b)->table;

	return left < right ? -1 : left > right;
}

void
ivm_plan_triggers_read(const IvmViewRow *row, IvmTriggerVersions *versions)
{
	Datum	   *elems;
	int			n;

	versions->n = 0;
	versions->items = NULL;
	if (row->trigger_versions == NULL)
		return;
	deconstruct_array(row->trigger_versions, TEXTOID, -1, false, TYPALIGN_INT, &elems, NULL, &n);
	versions->items = palloc(sizeof(IvmTriggerVersion) * Max(n, 1));
	for (int i = 1; i < n; i++) /* the first is the cluster's */
	{
		IvmTriggerVersion *item = &versions->items[versions->n++];
		const char *item_text = TextDatumGetCString(elems[i]);

		memset(item, 0, sizeof(IvmTriggerVersion));
		item->any = sscanf(item_text, "%u:%u,%u,%u", &item->table, &item->xmin[0], &item->xmin[1],
						   &item->xmin[2]) != 4;
	}
	qsort(versions->items, versions->n, sizeof(IvmTriggerVersion), compare_tables);
}

static IvmTriggerVersion *
find_version(const IvmTriggerVersions *versions, Oid table)
{
	IvmTriggerVersion key = {.table = table};

	return versions->n == 0 ? NULL :
		bsearch(&key, versions->items, versions->n, sizeof(IvmTriggerVersion), compare_tables);
}

bool
ivm_plan_triggers_unchanged(const IvmTriggerVersions *versions, Oid table, bool partition)
{
	IvmTriggerVersion *item = find_version(versions, table);
	int			truncate = partition ? 2 : 1;
	IvmTriggerVersion now;

	if (item == NULL || item->any)
		return true;
	now = current_version(table);
	return item->xmin[0] == now.xmin[0] && item->xmin[truncate] == now.xmin[truncate];
}

/* ---- the versions that it should have ---- */

static bool
is_storage(const IvmViewRow *row, Oid table)
{
	return table == row->state || table == row->delta;
}

/* Are the triggers that the view needs of a table, as base table, partition or storage, enabled? */
static bool
captures(const IvmViewRow *row, Oid table)
{
	return (!list_member_oid(row->bases, table) || ivm_plan_triggers_enabled(table, false)) &&
		(!list_member_oid(row->partitions, table) || ivm_plan_triggers_enabled(table, true)) &&
		(!is_storage(row, table) || ivm_plan_triggers_guard(table));
}

/* Are the triggers that the view needs of a table those that the state rests on? */
static bool
unchanged(const IvmViewRow *row, const IvmTriggerVersions *versions, Oid table)
{
	return (!list_member_oid(row->bases, table) || ivm_plan_triggers_unchanged(versions, table, false)) &&
		(!list_member_oid(row->partitions, table) || ivm_plan_triggers_unchanged(versions, table, true));
}

static List *
tables_of(const IvmViewRow *row)
{
	return list_concat_unique_oid(list_concat_unique_oid(list_copy(row->bases), row->partitions),
								  list_make2_oid(row->state, row->delta));
}

/* An array of versions being made. */
typedef struct NewVersions
{
	Datum	   *elems;
	int			n;
} NewVersions;

static void
start_versions(NewVersions *new, int ntables)
{
	new->elems = palloc(sizeof(Datum) * (ntables + 1));
	new->elems[0] = CStringGetTextDatum(ivm_view_row_cluster());
	new->n = 1;
}

static void
add_version(NewVersions *new, IvmTriggerVersion v)
{
	new->elems[new->n++] = CStringGetTextDatum(v.any ? psprintf("%u:?", v.table) :
											   psprintf("%u:%u,%u,%u", v.table, v.xmin[0],
														v.xmin[1], v.xmin[2]));
}

static void
add_any_version(NewVersions *new, Oid table)
{
	IvmTriggerVersion v = {.table = table,.any = true};

	add_version(new, v);
}

static ArrayType *
finish_versions(NewVersions *new)
{
	return construct_array(new->elems, new->n, TEXTOID, -1, false, TYPALIGN_INT);
}

ArrayType *
ivm_plan_triggers_without(const IvmViewRow *row, List *tables)
{
	IvmTriggerVersions old;
	NewVersions new;

	ivm_plan_triggers_read(row, &old);
	start_versions(&new, old.n);
	for (int i = 0; i < old.n; i++)
		if (!list_member_oid(tables, old.items[i].table))
			add_version(&new, old.items[i]);
	return new.n < old.n + 1 ? finish_versions(&new) : NULL;
}

ArrayType *
ivm_plan_triggers_now(const IvmViewRow *row)
{
	List	   *tables = tables_of(row);
	NewVersions new;
	ListCell   *lc;

	start_versions(&new, list_length(tables));
	foreach(lc, tables)
		add_version(&new, current_version(lfirst_oid(lc)));
	return finish_versions(&new);
}

/* captures(); false also where the table's lock cannot be had at once to look at it */
static bool
captures_for_sure(const IvmViewRow *row, Oid table)
{
	bool		result;

	if (!ConditionalLockRelationOid(table, AccessShareLock))
		return false;
	result = captures(row, table);
	UnlockRelationOid(table, AccessShareLock);
	return result;
}

ArrayType *
ivm_plan_triggers_complete(const IvmViewRow *row)
{
	List	   *tables = tables_of(row);
	IvmTriggerVersions old;
	NewVersions new;
	bool		added = false;
	ListCell   *lc;

	ivm_plan_triggers_read(row, &old);
	start_versions(&new, list_length(tables));
	foreach(lc, tables)
	{
		Oid			table = lfirst_oid(lc);
		IvmTriggerVersion *item = find_version(&old, table);

		if (item != NULL && !item->any)
			add_version(&new, *item);
		else if (captures_for_sure(row, table))
		{
			add_version(&new, current_version(table));
			added = true;
		}
		else if (item != NULL)
			add_version(&new, *item);
	}
	return added ? finish_versions(&new) : NULL;
}

ArrayType *
ivm_plan_triggers_expect(const IvmViewRow *row, List *tables, Oid *missed)
{
	List	   *all = tables_of(row);
	IvmTriggerVersions old;
	NewVersions new;
	bool		changed = false;
	ListCell   *lc;

	*missed = InvalidOid;
	ivm_plan_triggers_read(row, &old);
	start_versions(&new, list_length(all));
	foreach(lc, all)
	{
		Oid			table = lfirst_oid(lc);
		IvmTriggerVersion *item = find_version(&old, table);

		if (!list_member_oid(tables, table))
		{
			if (item != NULL)
				add_version(&new, *item);
		}
		else if (item == NULL && !captures(row, table))
			*missed = table;
		else if (unchanged(row, &old, table))
		{
			add_any_version(&new, table);
			changed |= item == NULL || !item->any;
		}
		else
			add_version(&new, *item);
	}
	return changed ? finish_versions(&new) : NULL;
}
