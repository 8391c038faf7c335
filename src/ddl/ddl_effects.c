/*-------------------------------------------------------------------------
 *
 * ddl_effects.c
 *	  What a command may have done to views.
 *
 * The parse tree tells which command it was, core tells which relations it
 * altered.  The effects are those that the command can have, not those it had:
 * ALTER TABLE ... ENABLE TRIGGER may have changed nothing.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_inherits.h"
#include "nodes/makefuncs.h"
#include "parser/parse_type.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "ddl/ddl_command.h"
#include "ddl/ddl_effects.h"
#include "ddl/readers.h"

/* Add the tables that these are partitions or inheritance children of. */
static List *
with_parents(List *relids)
{
	Relation	rel = table_open(InheritsRelationId, AccessShareLock);

	for (int i = 0; i < list_length(relids); i++)
	{
		ScanKeyData key;
		SysScanDesc scan;
		HeapTuple	tup;

		ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber,
					F_OIDEQ, ObjectIdGetDatum(list_nth_oid(relids, i)));
		scan = systable_beginscan(rel, InheritsRelidSeqnoIndexId, true, NULL, 1, &key);
		while (HeapTupleIsValid(tup = systable_getnext(scan)))
			relids = list_append_unique_oid(relids,
											((Form_pg_inherits) GETSTRUCT(tup))->inhparent);
		systable_endscan(scan);
	}
	table_close(rel, AccessShareLock);
	return relids;
}

/* The partition that ATTACH or DETACH names, as a list; NIL if it is gone. */
static List *
partition_of_command(AlterTableCmd *cmd)
{
	Oid			relid = ivm_ddl_command_relation(((PartitionCmd *) cmd->def)->name);

	return OidIsValid(relid) ? list_make1_oid(relid) : NIL;
}

/* Add the effects of ALTER TABLE. */
static void
effects_of_alter_table(AlterTableStmt *stmt, IvmDdlEffects *effects)
{
	ListCell   *lc;

	foreach(lc, stmt->cmds)
	{
		AlterTableCmd *cmd = lfirst_node(AlterTableCmd, lc);

		if (ivm_compat_sets_expression(cmd))
			effects->expressions = lappend(effects->expressions, cmd->name);
		switch (cmd->subtype)
		{
			case AT_EnableTrig:
			case AT_EnableReplicaTrig:
			case AT_DisableTrig:
				effects->check |= ivm_ddl_command_is_own_trigger(cmd->name);
				break;
			case AT_EnableTrigAll:
			case AT_EnableTrigUser:
			case AT_DisableTrigAll:
			case AT_DisableTrigUser:
			case AT_AddInherit:
			case AT_SetLogged:
			case AT_SetUnLogged:
				effects->check = true;
				break;
			case AT_EnableRowSecurity:
			case AT_ForceRowSecurity:
				effects->row_security = true;
				break;
			case AT_AttachPartition:
				effects->attached = partition_of_command(cmd);
				break;
			case AT_DetachPartitionFinalize:
				effects->concurrently = true;
				effects->detached = partition_of_command(cmd);
				break;
			case AT_DetachPartition:
				effects->concurrently = ((PartitionCmd *) cmd->def)->concurrent;
				effects->detached = partition_of_command(cmd);
				break;
			default:
				break;
		}
	}
}

/* The table of the trigger that the command makes or renames, or InvalidOid. */
static Oid
table_of_trigger(Node *stmt)
{
	if (IsA(stmt, CreateTrigStmt))
		return ivm_ddl_command_relation(((CreateTrigStmt *) stmt)->relation);
	if (IsA(stmt, RenameStmt) && ((RenameStmt *) stmt)->renameType == OBJECT_TRIGGER)
		return ivm_ddl_command_relation(((RenameStmt *) stmt)->relation);
	return InvalidOid;
}

/* Add the effects of a command that altered these relations. */
static void
effects_of_command(Node *stmt, List *altered, IvmDdlEffects *effects)
{
	if (IsA(stmt, AlterTableStmt) && ((AlterTableStmt *) stmt)->objtype != OBJECT_INDEX)
		effects_of_alter_table((AlterTableStmt *) stmt, effects);
	else if (IsA(stmt, CreateTrigStmt))
		effects->check = ((CreateTrigStmt *) stmt)->replace &&
			ivm_ddl_command_is_own_trigger(((CreateTrigStmt *) stmt)->trigname);
	else if (IsA(stmt, RenameStmt) && ((RenameStmt *) stmt)->renameType == OBJECT_TRIGGER)
		effects->check = ivm_ddl_command_is_own_trigger(((RenameStmt *) stmt)->subname);
	else if (IsA(stmt, CreateStmt) || IsA(stmt, CreateForeignTableStmt) ||
			 IsA(stmt, CreateSchemaStmt))
	{
		ListCell   *lc;

		foreach(lc, altered)
		{
			if (get_rel_relispartition(lfirst_oid(lc)))
				effects->attached = lappend_oid(effects->attached, lfirst_oid(lc));
			else
				effects->check = true;
		}
	}
}

/*
 * The table, view or type whose columns the command adds, drops, renames or
 * gives another type; or InvalidOid.
 */
static Oid
relation_with_other_columns(Node *stmt)
{
	RangeVar   *rv = NULL;
	ListCell   *lc;

	if (IsA(stmt, RenameStmt) && (((RenameStmt *) stmt)->renameType == OBJECT_ATTRIBUTE ||
								  ((RenameStmt *) stmt)->renameType == OBJECT_COLUMN))
		rv = ((RenameStmt *) stmt)->relation;
	else if (IsA(stmt, AlterTableStmt))
	{
		foreach(lc, ((AlterTableStmt *) stmt)->cmds)
		{
			AlterTableType subtype = lfirst_node(AlterTableCmd, lc)->subtype;

			if (subtype == AT_AddColumn || subtype == AT_DropColumn ||
				subtype == AT_AlterColumnType)
				rv = ((AlterTableStmt *) stmt)->relation;
		}
	}
	return ivm_ddl_command_relation(rv);
}

/*
 * Types whose values have other text since the command: an enum with a label
 * renamed, the row types of relations with other columns.
 */
static List *
retold_types(Node *stmt, List *changed)
{
	List	   *result = NIL;
	ListCell   *lc;

	if (IsA(stmt, AlterEnumStmt) && ((AlterEnumStmt *) stmt)->oldVal != NULL)
		return list_make1_oid(typenameTypeId(NULL,
											 makeTypeNameFromNameList(((AlterEnumStmt *) stmt)->typeName)));
	foreach(lc, changed)
	{
		Oid			typid = get_rel_type_id(lfirst_oid(lc));

		if (OidIsValid(typid) && ivm_readers_use_row_type(typid, InvalidOid))
			result = lappend_oid(result, typid);
	}
	return result;
}

void
ivm_ddl_effects_of(Node *stmt, IvmDdlEffects *effects)
{
	Oid			relid = relation_with_other_columns(stmt);
	Oid			trigger_table = table_of_trigger(stmt);

	memset(effects, 0, sizeof(*effects));
	if (OidIsValid(relid))
		effects->reshaped = find_all_inheritors(relid, NoLock, NULL);
	effects->retold_types = retold_types(stmt, effects->reshaped);
	effects->altered = ivm_ddl_command_altered(RelationRelationId);
	if (OidIsValid(trigger_table))
		effects->altered = lappend_oid(effects->altered, trigger_table);
	effects->tables = with_parents(list_copy(effects->altered));
	effects_of_command(stmt, effects->altered, effects);
}
