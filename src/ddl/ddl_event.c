/*-------------------------------------------------------------------------
 *
 * ddl_event.c
 *	  The event triggers: what follows other DDL.
 *
 *	 ddl_command_start	 refuses what would change a view or its storage by
 *						 hand; takes locks early where the command would take
 *						 them in an order that can deadlock; captures the
 *						 rows of partitions about to be dropped
 *	 sql_drop			 drops what is left of views that lost a part
 *	 ddl_command_end	 follows owners, persistence and partitions; marks
 *						 views stale whose tables can have changed unseen, or
 *						 whose values have other text
 *
 * Event triggers are a convenience: the exactness of a view does not rest on
 * them, since each derivation of a plan checks its triggers and partitions
 * (plan_check.c).  They do nothing for commands that concern no view.
 *
 * They also fire in the middle of a restore, where rows of ivm.view are there
 * and triggers, indexes or partitions are not yet.  So a view is judged only
 * by commands that take something away from it, never by what is missing; and
 * where the extension has no table of views yet, there is nothing to do.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "commands/event_trigger.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "base/compat.h"
#include "base/relation.h"
#include "base/sql_text.h"
#include "capture/capture_triggers.h"
#include "catalog/catalog_view.h"
#include "catalog/definition_link.h"
#include "catalog/own_command.h"
#include "ddl/ddl_partition.h"
#include "ddl/ddl_source.h"
#include "ddl/ddl_stale.h"
#include "ddl/drop.h"
#include "ddl/follow.h"
#include "ddl/readers.h"
#include "definition/core.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"
#include "plan/plan_check.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_type.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

IVM_FUNCTION(ivm_event_start);
IVM_FUNCTION(ivm_event_end);
IVM_FUNCTION(ivm_event_drop);
IVM_FUNCTION(ivm_event_restored);

/* ---- shared ---- */

static EventTriggerData *
event_data(FunctionCallInfo fcinfo)
{
	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function was not called by an event trigger")));
	return (EventTriggerData *) fcinfo->context;
}

static Oid
find_relation(RangeVar *rv)
{
	return rv ? RangeVarGetRelid(rv, NoLock, true) : InvalidOid;
}

/* The row of the view that has this relation as one of its own. */
static IvmViewRow *
row_with_relation(List *rows, Oid relid)
{
	ListCell   *lc;

	foreach(lc, rows)
	{
		IvmViewRow *row = lfirst(lc);

		if (OidIsValid(relid) &&
			(row->view == relid || row->definition == relid ||
			 row->state == relid || row->delta == relid))
			return row;
	}
	return NULL;
}

static bool
is_own_trigger_name(const char *name)
{
	return strcmp(name, IVM_TRIGGER_ROW) == 0 ||
		strcmp(name, IVM_TRIGGER_TRUNCATE) == 0 ||
		strcmp(name, IVM_TRIGGER_TRUNCATE_LEAF) == 0;
}

/* ---- ddl_command_start ---- */

static bool
reads_walker(Node *node, List *relids)
{
	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
		return OidIsValid(((RangeTblEntry *) node)->relid) &&
			list_member_oid(relids, ((RangeTblEntry *) node)->relid);
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, reads_walker, relids, QTW_EXAMINE_RTES_BEFORE);
	return expression_tree_walker(node, reads_walker, relids);
}

/* Does a view's query read one of these relations? */
static bool
view_reads(Oid view, List *relids)
{
	return reads_walker((Node *) ivm_relation_view_query(view), relids);
}

/* The view whose query the command replaces, or NULL. */
static RangeVar *
replaced_view(Node *stmt)
{
	if (IsA(stmt, ViewStmt) && ((ViewStmt *) stmt)->replace)
		return ((ViewStmt *) stmt)->view;
	if (IsA(stmt, RuleStmt) && ((RuleStmt *) stmt)->event == CMD_SELECT)
		return ((RuleStmt *) stmt)->relation;
	return NULL;
}

/* SELECT NULL::type AS name, ...: a view as pg_dump makes it at first */
static bool
is_placeholder(Node *query)
{
	SelectStmt *select = (SelectStmt *) query;
	ListCell   *lc;

	if (query == NULL || !IsA(query, SelectStmt) || select->fromClause != NIL ||
		select->valuesLists != NIL || select->op != SETOP_NONE)
		return false;
	foreach(lc, select->targetList)
	{
		TypeCast   *cast = (TypeCast *) lfirst_node(ResTarget, lc)->val;

		if (IsA(cast, CollateClause))
			cast = (TypeCast *) ((CollateClause *) cast)->arg;
		if (!IsA(cast, TypeCast) || !IsA(cast->arg, A_Const) || !((A_Const *) cast->arg)->isnull)
			return false;
	}
	return true;
}

/*
 * CREATE OR REPLACE VIEW, or RULE for SELECT, on a view or its definition.
 * pg_dump creates views in two steps where they depend on other objects in a
 * circle, and replaces them by the first step before it drops them.
 */
static void
refuse_replacement(List *rows, RangeVar *rv, Node *query)
{
	Oid			relid = find_relation(rv);
	IvmViewRow *row = row_with_relation(rows, relid);

	if (row == NULL || get_rel_relkind(relid) != RELKIND_VIEW ||
		!view_reads(relid, relid == row->view ? list_make1_oid(row->state) : row->bases))
		return;
	if (is_placeholder(query))
	{
		ivm_ddl_stale_mark(row, "its definition was replaced");
		return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("cannot replace view \"%s\"", get_rel_name(relid)),
			 relid == row->view ?
			 errdetail("Its rows are maintained by ivm.") :
			 errdetail("It is the definition of view \"%s\", which is maintained by ivm.",
					   ivm_catalog_view_name(row)),
			 errhint("Use ivm.create_view() with the option \"replace\".")));
}

/* Of storage, nothing may be altered that changes what its columns hold. */
static bool
is_harmless(AlterTableType subtype)
{
	switch (subtype)
	{
		case AT_SetStatistics:
		case AT_SetOptions:
		case AT_ResetOptions:
		case AT_SetStorage:
		case AT_SetCompression:
		case AT_ChangeOwner:
		case AT_ClusterOn:
		case AT_DropCluster:
		case AT_SetTableSpace:
		case AT_SetRelOptions:
		case AT_ResetRelOptions:
		case AT_ReplaceRelOptions:
		case AT_ReplicaIdentity:
		case AT_EnableTrig:
		case AT_EnableAlwaysTrig:
		case AT_EnableReplicaTrig:
		case AT_DisableTrig:
		case AT_EnableTrigAll:
		case AT_DisableTrigAll:
		case AT_EnableTrigUser:
		case AT_DisableTrigUser:
			return true;
		default:
			return false;
	}
}

static void
refuse_alteration(IvmViewRow *row, Oid relid)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("cannot alter \"%s\" in this way", get_rel_name(relid)),
			 errdetail("It belongs to the storage of view \"%s\", which is maintained by ivm.",
					   ivm_catalog_view_name(row)),
			 errhint("Use the functions in schema ivm.")));
}

/*
 * The extension looks for its schemas by name, in each backend and from SQL
 * text, so these keep their names, whether there are views or not.
 */
static void
refuse_schema_rename(RenameStmt *stmt)
{
	if (stmt->renameType != OBJECT_SCHEMA ||
		(strcmp(stmt->subname, IVM_SCHEMA) != 0 && strcmp(stmt->subname, IVM_DATA_SCHEMA) != 0))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("cannot rename schema \"%s\"", stmt->subname),
			 errdetail("Extension ivm finds its functions and the storage of views by this name.")));
}

/* Storage keeps its names, and so do parts. */
static void
before_rename(List *rows, RangeVar *rv)
{
	Oid			relid = find_relation(rv);
	IvmViewRow *row = row_with_relation(rows, relid);

	if (row != NULL && (row->view != relid || row->part_of != 0))
		refuse_alteration(row, relid);
}

/*
 * With security_invoker, whoever reads a view needs rights on what it reads,
 * which is the storage: that belongs to the view's owner alone, and holds rows
 * that were computed with the owner's rights.
 */
static void
refuse_security_invoker(IvmViewRow *row, List *options)
{
	ListCell   *lc;

	foreach(lc, options)
	{
		DefElem    *option = lfirst_node(DefElem, lc);

		if (option->defnamespace != NULL || strcmp(option->defname, "security_invoker") != 0 ||
			!defGetBoolean(option))
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("view \"%s\" cannot have the option security_invoker", ivm_catalog_view_name(row)),
				 errdetail("Its rows are stored as its owner may see them, not as each reader may."),
				 errhint("Create a plain view of the same query for readers with rights of their own.")));
	}
}

/*
 * ALTER COLUMN TYPE of a column that a view uses, in a table or in one of its
 * children: core would name the view's definition.
 */
static void
refuse_other_type(List *rows, Oid relid, const char *column)
{
	ListCell   *lc;

	if (!object_aclcheck_is_owner(relid, GetUserId()))
		return;
	foreach(lc, find_all_inheritors(relid, NoLock, NULL))
	{
		Oid			table = lfirst_oid(lc);
		AttrNumber	attno = get_attnum(table, column);
		IvmViewRow *row = attno > 0 ? ivm_readers_of_column(rows, table, attno) : NULL;

		if (row == NULL)
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot alter type of a column used by view \"%s\"", ivm_catalog_view_name(row)),
				 errdetail("View %s, which is maintained by ivm, uses column \"%s\" of table %s.",
						   ivm_sql_text_relation_name(ivm_catalog_whole(row)->view), column,
						   ivm_sql_text_relation_name(table)),
				 errhint("Drop the view, with DROP VIEW or ivm.drop_view(), and create it again when the column is altered.")));
	}
}

/*
 * Does anything but its array type use the row type of this table?  Or, given a
 * relation, has that a column of this type?
 */
static bool
row_type_is_used(Oid typid, Oid relid)
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

/* Does the command compute a column of each row anew? */
static bool
computes_column(const AlterTableCmd *cmd)
{
	ListCell   *lc;

	if (cmd->subtype == AT_AlterColumnType)
		return true;
	if (cmd->subtype != AT_AddColumn || !IsA(cmd->def, ColumnDef))
		return false;
	foreach(lc, ((ColumnDef *) cmd->def)->constraints)
	{
		ConstrType	type = lfirst_node(Constraint, lc)->contype;

		if (type == CONSTR_DEFAULT || type == CONSTR_IDENTITY || type == CONSTR_GENERATED)
			return true;
	}
	return ((ColumnDef *) cmd->def)->raw_default != NULL;
}

/*
 * Core does not do that while rows of the table are stored in another one; it
 * would name the storage of the view.
 */
static void
refuse_stored_rows(List *rows, Oid relid)
{
	ListCell   *lc;

	foreach(lc, rows)
	{
		IvmViewRow *row = lfirst(lc);

		if (!OidIsValid(get_rel_type_id(relid)) || !object_aclcheck_is_owner(relid, GetUserId()) ||
			!row_type_is_used(get_rel_type_id(relid), row->state))
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot alter \"%s\" in this way", get_rel_name(relid)),
				 errdetail("Rows of it as a whole are groups or elements of arrays in view \"%s\", which is maintained by ivm.",
						   ivm_catalog_view_name(row)),
				 errhint("Drop view \"%s\" first, and create it again afterwards.",
						 ivm_catalog_view_name(row))));
	}
}

static void
before_alter_table(List *rows, AlterTableStmt *stmt)
{
	Oid			relid = find_relation(stmt->relation);
	IvmViewRow *row = row_with_relation(rows, relid);
	ListCell   *lc;

	if (!OidIsValid(relid))
		return;
	foreach(lc, stmt->cmds)
	{
		AlterTableCmd *cmd = lfirst_node(AlterTableCmd, lc);

		if (row != NULL && (relid == row->state || relid == row->delta) &&
			!is_harmless(cmd->subtype))
			refuse_alteration(row, relid);
		if (row != NULL && relid == row->view && cmd->subtype == AT_SetRelOptions)
			refuse_security_invoker(row, (List *) cmd->def);
		if (cmd->subtype == AT_AlterColumnType)
			refuse_other_type(rows, relid, cmd->name);
		if (computes_column(cmd))
			refuse_stored_rows(rows, relid);
		if (stmt->objtype == OBJECT_TABLE && cmd->def != NULL && IsA(cmd->def, PartitionCmd))
		{
			Oid			child = find_relation(((PartitionCmd *) cmd->def)->name);

			if (!OidIsValid(child))
				continue;
			if (cmd->subtype == AT_AttachPartition)
				ivm_ddl_partition_before_attach(relid, child);
			else
				ivm_ddl_partition_before_detach(relid, child, cmd->subtype == AT_DetachPartition &&
											!((PartitionCmd *) cmd->def)->concurrent);
		}
	}
}

/*
 * DROP locks the view, or the table, first, and the base tables of the views
 * that go along only when our trigger runs; who has read or written one of these
 * and comes to the other next would deadlock with that.  So lock them before.
 */
static void
before_drop(List *rows, DropStmt *stmt)
{
	List	   *tables = NIL;
	List	   *views = NIL;	/* rows of those dropped, now or by CASCADE */
	bool		cascade = stmt->behavior == DROP_CASCADE;
	ListCell   *lc;
	ListCell   *lc2;

	if (stmt->removeType != OBJECT_TABLE && stmt->removeType != OBJECT_VIEW &&
		stmt->removeType != OBJECT_FOREIGN_TABLE)
		return;
	/* nothing that no user knows is to be in the way */
	if (ivm_drop_remains())
		rows = ivm_catalog_all();
	foreach(lc, stmt->objects)
	{
		Oid			relid = find_relation(makeRangeVarFromNameList(lfirst(lc)));

		if (!OidIsValid(relid))
			continue;
		if (stmt->removeType == OBJECT_VIEW)
		{
			IvmViewRow *row = row_with_relation(rows, relid);

			if (!ivm_ddl_stale_may_drop(relid))
				continue;
			if (row != NULL && row->view == relid)
				views = list_append_unique_ptr(views, row);
			/* not refused: sql_drop drops the view as a whole, where that may be */
			if (row != NULL && row->definition == relid)
				ivm_definition_link_remove(relid);
			if (cascade)
				views = list_union_ptr(views, ivm_readers_of(rows, relid));
			else
				ivm_ddl_source_check_unread(rows, relid);
		}
		else
		{
			tables = lappend_oid(tables, relid);
			foreach(lc2, rows)
			{
				IvmViewRow *row = lfirst(lc2);

				if (cascade && list_member_oid(row->bases, relid) && ivm_ddl_stale_may_drop(relid))
					views = list_append_unique_ptr(views, row);
			}
		}
	}
	ivm_drop_lock_tables(views);
	ivm_ddl_partition_before_drop(tables);
}

Datum
ivm_event_start(PG_FUNCTION_ARGS)
{
	EventTriggerData *event = event_data(fcinfo);
	Node	   *stmt = event->parsetree;
	List	   *rows;

	if (IsA(stmt, RenameStmt))
		refuse_schema_rename((RenameStmt *) stmt);
	if (ivm_own_command_is_running() || (rows = ivm_catalog_all()) == NIL)
		PG_RETURN_NULL();
	if (IsA(stmt, DropStmt))
		before_drop(rows, (DropStmt *) stmt);
	else if (IsA(stmt, AlterTableStmt))
		before_alter_table(rows, (AlterTableStmt *) stmt);
	else if (IsA(stmt, RenameStmt))
		before_rename(rows, ((RenameStmt *) stmt)->relation);
	else if (IsA(stmt, AlterObjectSchemaStmt))
		before_rename(rows, ((AlterObjectSchemaStmt *) stmt)->relation);
	else if (replaced_view(stmt) != NULL)
	{
		refuse_replacement(rows, replaced_view(stmt),
						   IsA(stmt, ViewStmt) ? ((ViewStmt *) stmt)->query : NULL);
		ivm_ddl_source_before_replace(rows, find_relation(replaced_view(stmt)));
	}
	PG_RETURN_NULL();
}

/* ---- sql_drop ---- */

typedef struct Dropped
{
	List	   *relations;		/* OIDs */
	bool		cascade;		/* some were dropped because of others, as CASCADE does */
	bool		trigger;		/* a trigger that has a name of ours */
} Dropped;

static Oid
spi_oid(HeapTuple tup, int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(tup, SPI_tuptable->tupdesc, column, &isnull);

	return isnull ? InvalidOid : DatumGetObjectId(value);
}

/* The last part of a name given as an array of text. */
static char *
spi_last_name(HeapTuple tup, int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(tup, SPI_tuptable->tupdesc, column, &isnull);
	Datum	   *elems;
	bool	   *nulls;
	int			n;

	if (isnull)
		return "";
	deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false, TYPALIGN_INT,
					  &elems, &nulls, &n);
	return n > 0 && !nulls[n - 1] ? TextDatumGetCString(elems[n - 1]) : "";
}

static void
collect_dropped(Dropped *dropped)
{
	MemoryContext cxt = CurrentMemoryContext;

	if (SPI_connect() != SPI_OK_CONNECT ||
		SPI_execute("SELECT classid, objid, objsubid, normal, address_names"
					" FROM pg_catalog.pg_event_trigger_dropped_objects()",
					true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the dropped objects");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple	tup = SPI_tuptable->vals[i];
		bool		isnull;

		if (spi_oid(tup, 1) == TriggerRelationId)
			dropped->trigger |= is_own_trigger_name(spi_last_name(tup, 5));
		if (spi_oid(tup, 1) == RelationRelationId &&
			DatumGetInt32(SPI_getbinval(tup, SPI_tuptable->tupdesc, 3, &isnull)) == 0)
		{
			MemoryContext oldcxt = MemoryContextSwitchTo(cxt);

			dropped->relations = lappend_oid(dropped->relations, spi_oid(tup, 2));
			MemoryContextSwitchTo(oldcxt);
			if (DatumGetBool(SPI_getbinval(tup, SPI_tuptable->tupdesc, 4, &isnull)))
				dropped->cascade = true;
		}
	}
	SPI_finish();
}

/* Did the command say CASCADE? */
static bool
says_cascade(Node *stmt)
{
	if (IsA(stmt, DropStmt))
		return ((DropStmt *) stmt)->behavior == DROP_CASCADE;
	if (IsA(stmt, DropOwnedStmt))
		return ((DropOwnedStmt *) stmt)->behavior == DROP_CASCADE;
	return false;
}

/*
 * A view that has lost one of its relations is dropped as a whole; one that
 * has lost a trigger, or a partition whose rows were not counted, is stale.
 */
Datum
ivm_event_drop(PG_FUNCTION_ARGS)
{
	EventTriggerData *event = event_data(fcinfo);
	Dropped		dropped = {NIL};
	List	   *rows;
	ListCell   *lc;
	ListCell   *lc2;

	if (ivm_own_command_is_running() || (rows = ivm_catalog_all()) == NIL)
		PG_RETURN_NULL();
	collect_dropped(&dropped);
	foreach(lc, dropped.relations)
	{
		IvmViewRow *row = row_with_relation(rows, lfirst_oid(lc));

		if (row == NULL)
			continue;
		ivm_drop_views(row, dropped.cascade || says_cascade(event->parsetree));
		/* and others, perhaps, that read it */
		rows = ivm_catalog_all();
	}
	foreach(lc, rows)
	{
		IvmViewRow *row = lfirst(lc);
		const char *reason = NULL;

		foreach(lc2, dropped.relations)
			if (list_member_oid(row->partitions, lfirst_oid(lc2)))
				reason = "a partition was dropped along with other objects";
		if (dropped.trigger && reason == NULL)
			reason = ivm_plan_check(row);
		if (reason)
			ivm_ddl_stale_mark(row, reason);
	}
	PG_RETURN_NULL();
}

/* ---- ddl_command_end ---- */

/* Tables that the command created or altered. */
static List *
collect_altered(void)
{
	MemoryContext cxt = CurrentMemoryContext;
	List	   *result = NIL;

	if (SPI_connect() != SPI_OK_CONNECT ||
		SPI_execute("SELECT classid, objid FROM pg_catalog.pg_event_trigger_ddl_commands()",
					true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the objects of the command");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple	tup = SPI_tuptable->vals[i];

		if (spi_oid(tup, 1) == RelationRelationId)
		{
			MemoryContext oldcxt = MemoryContextSwitchTo(cxt);

			result = list_append_unique_oid(result, spi_oid(tup, 2));
			MemoryContextSwitchTo(oldcxt);
		}
	}
	SPI_finish();
	return result;
}

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

/* What a command may have done to the views on the tables it altered. */
typedef struct Effects
{
	bool		check;			/* of triggers, children or persistence */
	bool		row_security;	/* is in force, perhaps */
	List	   *expressions;	/* names of generated columns changed */
	List	   *attached;		/* OIDs of partitions */
	List	   *detached;
	bool		concurrently;
} Effects;

static List *
partition_of_command(AlterTableCmd *cmd)
{
	Oid			relid = find_relation(((PartitionCmd *) cmd->def)->name);

	return OidIsValid(relid) ? list_make1_oid(relid) : NIL;
}

static void
effects_of_alter_table(AlterTableStmt *stmt, Effects *effects)
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
				effects->check |= is_own_trigger_name(cmd->name);
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

/* The table of the trigger that the command is about, if it is. */
static Oid
table_of_trigger(Node *stmt)
{
	if (IsA(stmt, CreateTrigStmt))
		return find_relation(((CreateTrigStmt *) stmt)->relation);
	if (IsA(stmt, RenameStmt) && ((RenameStmt *) stmt)->renameType == OBJECT_TRIGGER)
		return find_relation(((RenameStmt *) stmt)->relation);
	return InvalidOid;
}

static void
effects_of_command(Node *stmt, List *altered, Effects *effects)
{
	if (IsA(stmt, AlterTableStmt) && ((AlterTableStmt *) stmt)->objtype != OBJECT_INDEX)
		effects_of_alter_table((AlterTableStmt *) stmt, effects);
	else if (IsA(stmt, CreateTrigStmt))
		effects->check = ((CreateTrigStmt *) stmt)->replace &&
			is_own_trigger_name(((CreateTrigStmt *) stmt)->trigname);
	else if (IsA(stmt, RenameStmt) && ((RenameStmt *) stmt)->renameType == OBJECT_TRIGGER)
		effects->check = is_own_trigger_name(((RenameStmt *) stmt)->subname);
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

/* The table, view or type whose columns the command adds, drops, renames or gives another type. */
static Oid
relation_with_other_columns(Node *stmt)
{
	RangeVar   *rv = NULL;
	ListCell   *lc;

	if (IsA(stmt, RenameStmt) && (((RenameStmt *) stmt)->renameType == OBJECT_ATTRIBUTE ||
								  ((RenameStmt *) stmt)->renameType == OBJECT_COLUMN))
		rv = ((RenameStmt *) stmt)->relation;
	else if (IsA(stmt, AlterTableStmt))
		foreach(lc, ((AlterTableStmt *) stmt)->cmds)
		{
			AlterTableType subtype = lfirst_node(AlterTableCmd, lc)->subtype;

			if (subtype == AT_AddColumn || subtype == AT_DropColumn ||
				subtype == AT_AlterColumnType)
				rv = ((AlterTableStmt *) stmt)->relation;
		}
	return find_relation(rv);
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

		if (OidIsValid(typid) && row_type_is_used(typid, InvalidOid))
			result = lappend_oid(result, typid);
	}
	return result;
}

/* Views that hold text made of these types' values are stale. */
static void
follow_types(List *types)
{
	ListCell   *lc;

	if (types == NIL)
		return;
	foreach(lc, ivm_catalog_all())
	{
		IvmViewRow *row = lfirst(lc);
		IvmPlan    *plan = ivm_plan_cache_get(row->id);

		if (plan != NULL && ivm_relation_any_of(types, plan->core->text_types))
			ivm_ddl_stale_mark(row, "a type that it converts to or from text was altered");
	}
}

/* Views that have rows of these tables and views as a whole are stale. */
static void
follow_columns(List *changed)
{
	List	   *rows = changed == NIL ? NIL : ivm_catalog_all();
	List	   *readers = NIL;
	ListCell   *lc;

	foreach(lc, changed)
		if (get_rel_relkind(lfirst_oid(lc)) == RELKIND_VIEW)
			readers = list_concat_unique_ptr(readers, ivm_readers_of(rows, lfirst_oid(lc)));
	foreach(lc, rows)
	{
		IvmViewRow *row = lfirst(lc);
		IvmPlan    *plan = NULL;

		if (ivm_relation_any_of(changed, row->bases) || list_member_ptr(readers, row))
			plan = ivm_plan_cache_get(row->id);
		if (plan != NULL && plan->retyped)
			ivm_ddl_stale_mark(row, plan->unusable);
	}
}

/* Does the definition use a column of one of these names, of these tables? */
static bool
definition_uses(IvmViewRow *row, List *relids, List *columns)
{
	IvmPlan    *plan = ivm_plan_cache_get(row->id);
	const IvmCore *core;
	ListCell   *lc;

	if (plan == NULL)
		return false;			/* dropped meanwhile */
	core = plan->core;
	for (int i = 0; i < core->nsources; i++)
	{
		if (!list_member_oid(relids, core->sources[i].relid))
			continue;
		foreach(lc, columns)
		{
			AttrNumber	attno = get_attnum(core->sources[i].relid, lfirst(lc));

			if (bms_is_member(attno - FirstLowInvalidHeapAttributeNumber, core->sources[i].attrs))
				return true;
		}
	}
	return false;
}

static void
follow_command(IvmViewRow *row, List *tables, const Effects *effects)
{
	const char *reason = NULL;
	IvmPlan    *plan;

	if (effects->attached != NIL || effects->detached != NIL)
	{
		ivm_ddl_partition_follow(row, effects->attached, effects->detached,
							 effects->concurrently);
		row = ivm_catalog_get(row->id);
	}
	if (effects->expressions != NIL && definition_uses(row, tables, effects->expressions))
		reason = "the expression of a generated column was changed";
	else if (effects->check)
		reason = ivm_plan_check(row);
	if (reason == NULL && effects->row_security && (plan = ivm_plan_cache_get(row->id)) != NULL)
		reason = ivm_plan_check_row_security(plan);
	if (reason)
		ivm_ddl_stale_mark(row, reason);
}

Datum
ivm_event_end(PG_FUNCTION_ARGS)
{
	EventTriggerData *event = event_data(fcinfo);
	Effects		effects = {0};
	List	   *changed = NIL;
	List	   *altered;
	List	   *tables;
	ListCell   *lc;
	Oid			trigger_table;

	if (ivm_own_command_is_running() || ivm_catalog_all() == NIL)
		PG_RETURN_NULL();
	if (IsA(event->parsetree, ViewStmt) || IsA(event->parsetree, RuleStmt))
	{
		if (replaced_view(event->parsetree) != NULL)
			ivm_ddl_source_after_replace(find_relation(replaced_view(event->parsetree)));
		PG_RETURN_NULL();
	}
	if (OidIsValid(relation_with_other_columns(event->parsetree)))
		changed = find_all_inheritors(relation_with_other_columns(event->parsetree), NoLock, NULL);
	follow_columns(changed);
	follow_types(retold_types(event->parsetree, changed));
	altered = collect_altered();
	trigger_table = table_of_trigger(event->parsetree);
	if (OidIsValid(trigger_table))
		altered = lappend_oid(altered, trigger_table);
	effects_of_command(event->parsetree, altered, &effects);
	tables = with_parents(list_copy(altered));
	foreach(lc, ivm_catalog_all())
	{
		IvmViewRow *row = lfirst(lc);

		if (list_member_oid(altered, row->view) ||
			ivm_relation_any_of(altered, row->bases))
			ivm_follow_changes(row);
		if (ivm_relation_any_of(tables, row->bases) ||
			list_member_oid(altered, ivm_catalog_relid()))
			follow_command(row, tables, &effects);
	}
	if (effects.detached != NIL)
		ivm_ddl_partition_detached();
	foreach(lc, ivm_catalog_all())
	{
		IvmViewRow *row = lfirst(lc);

		if (effects.attached != NIL || effects.detached != NIL ||
			ivm_relation_any_of(tables, row->bases))
			ivm_capture_triggers_note(row);
	}
	PG_RETURN_NULL();
}

/* ---- restore ---- */

/*
 * Row trigger on ivm.view, which only a restore writes by SQL.  If the base
 * table has its triggers before the view has its row, data are restored into
 * a database that has the schema already, and the base table's rows may be
 * captured as well as restored with the state.
 */
Datum
ivm_event_restored(PG_FUNCTION_ARGS)
{
	TriggerData *trig = (TriggerData *) fcinfo->context;
	IvmViewRow *row;
	const char *reason = NULL;
	ListCell   *lc;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(trig->tg_event) ||
		!TRIGGER_FIRED_BY_INSERT(trig->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by its trigger", "ivm._restored")));
	row = ivm_catalog_row(trig->tg_trigtuple, RelationGetDescr(trig->tg_relation));
	foreach(lc, row->bases)
		if (row->status == IVM_STATUS_READY && ivm_capture_triggers_has_row(lfirst_oid(lc)))
			reason = "data were restored while changes were captured";
	return PointerGetDatum(ivm_catalog_restored_row(trig->tg_trigtuple,
													RelationGetDescr(trig->tg_relation), reason));
}
