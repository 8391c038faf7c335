/*-------------------------------------------------------------------------
 *
 * capture_triggers.c
 *	  Making, repairing and dropping the capture triggers of base tables and
 *	  partitions, and keeping their versions in ivm.view.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/relation.h"
#include "base/sql_text.h"
#include "capture/capture_triggers.h"
#include "catalog/catalog_view.h"
#include "catalog/definition_link.h"
#include "catalog/own_command.h"
#include "plan/plan_triggers.h"

/*
 * The commands that make the triggers of a base table: two for the row trigger, then two
 * for that of TRUNCATE.  The row trigger replaces those that partitions have already, as
 * clones have the same name.
 */
static List *
create_triggers(Oid base)
{
	const char *name = ivm_sql_text_relation_name(base);

	return list_make4(psprintf("CREATE OR REPLACE TRIGGER %s AFTER INSERT OR UPDATE OR DELETE ON %s"
							   " FOR EACH ROW EXECUTE FUNCTION ivm._capture()",
							   IVM_TRIGGER_ROW, name),
					  psprintf("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", name, IVM_TRIGGER_ROW),
					  psprintf("CREATE OR REPLACE TRIGGER %s AFTER TRUNCATE ON %s"
							   " FOR EACH STATEMENT EXECUTE FUNCTION ivm._capture_truncate()",
							   IVM_TRIGGER_TRUNCATE, name),
					  psprintf("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", name, IVM_TRIGGER_TRUNCATE));
}

/* The commands that make the trigger which a leaf partition has besides its clone. */
static List *
create_leaf_triggers(Oid leaf)
{
	const char *name = ivm_sql_text_relation_name(leaf);

	return list_make2(psprintf("CREATE OR REPLACE TRIGGER %s BEFORE TRUNCATE ON %s"
							   " FOR EACH STATEMENT EXECUTE FUNCTION ivm._capture_truncate()",
							   IVM_TRIGGER_TRUNCATE_LEAF, name),
					  psprintf("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", name, IVM_TRIGGER_TRUNCATE_LEAF));
}

/* The command that lets a trigger fire whatever the session's replication role. */
static char *
enable_trigger(Oid relid, const char *trigger)
{
	return psprintf("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s",
					ivm_sql_text_relation_name(relid), trigger);
}

/* A transaction that wrote the first row of a table that is visible now; InvalidTransactionId: none */
static TransactionId
first_row_xmin(Oid relid)
{
	Relation	rel = table_open(relid, AccessShareLock);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan = table_beginscan(rel, snapshot, 0, NULL);
	TransactionId result = InvalidTransactionId;

	if (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		bool		isnull;

		result = DatumGetTransactionId(slot_getsysattr(slot, MinTransactionIdAttributeNumber, &isnull));
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	UnregisterSnapshot(snapshot);
	table_close(rel, AccessShareLock);
	return result;
}

typedef struct TriggerState
{
	Oid			oid;			/* InvalidOid: there is none */
	bool		clone;			/* it is a clone of a partitioned table's
								 * trigger */
	bool		always;			/* it fires whatever the replication role */
	bool		replaced;		/* it is not what this extension makes */
	TransactionId xmin;			/* the transaction that wrote it */
} TriggerState;

/* pg_trigger.tgtype of a capture trigger: when it fires. */
static int16
trigger_type(const char *name)
{
	if (strcmp(name, IVM_TRIGGER_ROW) == 0)
		return TRIGGER_TYPE_ROW | TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE;
	if (strcmp(name, IVM_TRIGGER_TRUNCATE) == 0)
		return TRIGGER_TYPE_TRUNCATE;
	return TRIGGER_TYPE_TRUNCATE | TRIGGER_TYPE_BEFORE;
}

static TriggerState
trigger_state(Oid relid, const char *name)
{
	TriggerState result = {InvalidOid};
	Relation	rel = table_open(TriggerRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tup;

	ScanKeyInit(&keys[0], Anum_pg_trigger_tgrelid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(relid));
	ScanKeyInit(&keys[1], Anum_pg_trigger_tgname, BTEqualStrategyNumber,
				F_NAMEEQ, CStringGetDatum(name));
	scan = systable_beginscan(rel, TriggerRelidNameIndexId, true, NULL, 2, keys);
	if (HeapTupleIsValid(tup = systable_getnext(scan)))
	{
		Form_pg_trigger form = (Form_pg_trigger) GETSTRUCT(tup);

		result.oid = form->oid;
		result.xmin = HeapTupleHeaderGetXmin(tup->t_data);
		result.clone = OidIsValid(form->tgparentid);
		result.always = form->tgenabled == TRIGGER_FIRES_ALWAYS;
		result.replaced = form->tgtype != trigger_type(name) ||
			get_func_namespace(form->tgfoid) != get_namespace_oid(IVM_SCHEMA, false) ||
			form->tgattr.dim1 != 0 ||
			!heap_attisnull(tup, Anum_pg_trigger_tgqual, RelationGetDescr(rel));
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

bool
ivm_capture_triggers_has_row(Oid relid)
{
	return OidIsValid(trigger_state(relid, IVM_TRIGGER_ROW).oid);
}

bool
ivm_capture_triggers_may_have_captured(Oid relid, bool *loaded, bool *empty)
{
	TriggerState state = trigger_state(relid, IVM_TRIGGER_ROW);
	TransactionId first;

	*loaded = *empty = false;
	if (!OidIsValid(state.oid) || get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE)
		return false;
	first = first_row_xmin(relid);
	*empty = !TransactionIdIsValid(first);
	if (*empty)
		return true;
	*loaded = TransactionIdPrecedes(first, state.xmin);
	return !*loaded;
}

void
ivm_capture_triggers_drop(Oid relid, const char *name)
{
	TriggerState state = trigger_state(relid, name);
	ObjectAddress address;

	if (!OidIsValid(state.oid) || state.clone)
		return;
	ivm_capture_triggers_expect(find_all_inheritors(relid, NoLock, NULL), false);
	ObjectAddressSet(address, TriggerRelationId, state.oid);
	performDeletion(&address, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
	CommandCounterIncrement();
}

/* Is the trigger not there, or not what this extension makes? */
static bool
must_be_made(const TriggerState *state)
{
	return !OidIsValid(state->oid) || (state->replaced && !state->clone);
}

static bool
is_in_order(Oid relid, const char *name)
{
	TriggerState state = trigger_state(relid, name);

	return !must_be_made(&state) && state.always;
}

/*
 * The tables whose capture triggers ivm_capture_triggers_ensure() would change.  A
 * partitioned table's row trigger is cloned to all below it.
 */
static List *
tables_out_of_order(Oid base, List *partitions)
{
	List	   *result = NIL;
	ListCell   *lc;

	if (!is_in_order(base, IVM_TRIGGER_ROW))
		result = find_all_inheritors(base, NoLock, NULL);
	else if (!is_in_order(base, IVM_TRIGGER_TRUNCATE))
		result = list_make1_oid(base);
	foreach(lc, partitions)
	{
		if (!is_in_order(lfirst_oid(lc), IVM_TRIGGER_ROW) ||
			!is_in_order(lfirst_oid(lc), IVM_TRIGGER_TRUNCATE_LEAF))
			result = list_append_unique_oid(result, lfirst_oid(lc));
	}
	return result;
}

static void
ensure_trigger(Oid relid, const char *name, List *statements)
{
	TriggerState state = trigger_state(relid, name);

	if (must_be_made(&state))
		ivm_own_command_run_all(statements);
	else if (!state.always)
		ivm_own_command_run(enable_trigger(relid, name));
}

void
ivm_capture_triggers_ensure(Oid base, List *partitions)
{
	List	   *own = create_triggers(base);
	List	   *tables = tables_out_of_order(base, partitions);
	ListCell   *lc;

	if (tables == NIL)
		return;
	ivm_capture_triggers_expect(tables, true);
	ensure_trigger(base, IVM_TRIGGER_ROW, list_copy_head(own, 2));
	ensure_trigger(base, IVM_TRIGGER_TRUNCATE, list_copy_tail(own, 2));
	foreach(lc, partitions)
	{
		Oid			leaf = lfirst_oid(lc);

		ensure_trigger(leaf, IVM_TRIGGER_ROW, NIL); /* a clone */
		ensure_trigger(leaf, IVM_TRIGGER_TRUNCATE_LEAF, create_leaf_triggers(leaf));
	}
}

static bool
is_known_partition(Oid relid)
{
	ListCell   *lc;

	foreach(lc, ivm_catalog_all())
	{
		if (list_member_oid(((IvmViewRow *) lfirst(lc))->partitions, relid))
			return true;
	}
	return false;
}

void
ivm_capture_triggers_forget_partition(Oid leaf)
{
	if (ivm_relation_exists(leaf) && !is_known_partition(leaf))
		ivm_capture_triggers_drop(leaf, IVM_TRIGGER_TRUNCATE_LEAF);
}

void
ivm_capture_triggers_ensure_all(void)
{
	ListCell   *lc;

	foreach(lc, ivm_catalog_all())
	{
		IvmViewRow *row = lfirst(lc);
		ListCell   *lc2;

		if (!ivm_catalog_wants_triggers(row))
			continue;
		foreach(lc2, row->bases)
		{
			if (ivm_relation_exists(lfirst_oid(lc2)) &&
				!ivm_capture_triggers_has_row(lfirst_oid(lc2)))
				ivm_capture_triggers_ensure(lfirst_oid(lc2), row->partitions);
		}
	}
}

void
ivm_capture_triggers_expect(List *tables, bool repair)
{
	ListCell   *lc;

	foreach(lc, ivm_catalog_all())
	{
		IvmViewRow *row = lfirst(lc);
		ArrayType  *versions;
		Oid			missed;

		/* other views get new versions when they are brought up to date */
		if (row->status != IVM_STATUS_READY ||
			!(ivm_relation_any_of(tables, row->bases) || ivm_relation_any_of(tables, row->partitions)))
			continue;
		ivm_catalog_lock(row->id);
		row = ivm_catalog_get(row->id);
		if (row == NULL || row->status != IVM_STATUS_READY)
			continue;
		versions = ivm_plan_triggers_expect(row, tables, &missed);
		if (versions != NULL)
			ivm_catalog_set_trigger_versions(row->id, versions);
		if (repair && OidIsValid(missed))
			ivm_catalog_set_status(row->id, IVM_STATUS_STALE,
								   psprintf("a capture trigger of table %s was missing or disabled",
											ivm_sql_text_relation_name(missed)));
	}
}

void
ivm_capture_triggers_forget(const IvmViewRow *row, List *tables)
{
	ArrayType  *versions = ivm_plan_triggers_without(row, tables);

	if (versions != NULL)
		ivm_catalog_set_trigger_versions(row->id, versions);
}

void
ivm_capture_triggers_note(IvmViewRow *row)
{
	ArrayType  *versions;

	if (get_rel_name(row->view) == NULL)
		return;					/* being dropped */
	if (row->trigger_versions == NULL)
		ivm_definition_link_make(row);
	if (row->status != IVM_STATUS_READY || ivm_plan_triggers_complete(row) == NULL)
		return;
	ivm_catalog_lock(row->id);
	row = ivm_catalog_get(row->id);
	if (row != NULL && row->status == IVM_STATUS_READY &&
		(versions = ivm_plan_triggers_complete(row)) != NULL)
		ivm_catalog_set_trigger_versions(row->id, versions);
}

void
ivm_capture_triggers_note_all(void)
{
	ListCell   *lc;

	foreach(lc, ivm_catalog_all())
		ivm_capture_triggers_note(lfirst(lc));
}
