/*-------------------------------------------------------------------------
 *
 * ddl_refuse.c
 *	  Commands that views do not allow.
 *
 * Three kinds are refused here: commands that would change a view or its storage
 * by hand, so that the state is no longer what it should be; triggers that would
 * not fire, on which tools rely that write a table anew while it is used; and
 * commands that core refuses in any case, because storage or a definition depends
 * on the object, with a message that would name what users do not know.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "base/relation.h"
#include "base/sql_text.h"
#include "catalog/catalog_view.h"
#include "ddl/ddl_command.h"
#include "ddl/ddl_refuse.h"
#include "ddl/ddl_stale.h"
#include "ddl/readers.h"

/* ---- CREATE OR REPLACE VIEW ---- */

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

/* Is it SELECT NULL::type AS name, ..., a view as pg_dump makes it at first? */
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
 * pg_dump creates views in two steps where they depend on other objects in a
 * circle: it makes a placeholder at first.  With --clean, it replaces the view
 * by the placeholder again before it drops it.  A view or a definition that does
 * not read what it should is a placeholder so far, and may be replaced.
 */
void
ivm_ddl_refuse_replacement(List *rows, RangeVar *rv, Node *query)
{
	Oid			relid = ivm_ddl_command_relation(rv);
	IvmViewRow *row = ivm_ddl_command_row(rows, relid);

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

/* ---- ALTER TABLE ---- */

/* May a command alter storage, as it leaves alone what the columns hold? */
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

/* Raise the error of a command on the storage of a view, or on a part. */
static void
refuse_storage(IvmViewRow *row, Oid relid)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("cannot alter \"%s\" in this way", get_rel_name(relid)),
			 errdetail("It belongs to the storage of view \"%s\", which is maintained by ivm.",
					   ivm_catalog_view_name(row)),
			 errhint("Use the functions in schema ivm.")));
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

/* Names of views in quotes, separated by commas */
static const char *
view_names(List *rows)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, rows)
		appendStringInfo(&buf, "%s\"%s\"", buf.len > 0 ? ", " : "", ivm_catalog_view_name(lfirst(lc)));
	return buf.data;
}

/* What views use, a sentence each */
static const char *
uses_of_column(List *rows, Oid table, const char *column)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, rows)
		appendStringInfo(&buf, "%sView %s, which is maintained by ivm, uses column \"%s\" of table %s.",
						 buf.len > 0 ? "\n" : "", ivm_sql_text_relation_name(((IvmViewRow *) lfirst(lc))->view),
						 column, ivm_sql_text_relation_name(table));
	return buf.data;
}

/*
 * ALTER COLUMN TYPE of a column that views use, in a table or in one of its
 * children: core would name a view's definition.
 */
static void
refuse_other_type(List *rows, Oid relid, const char *column)
{
	ListCell   *lc;

	if (get_rel_relkind(relid) == RELKIND_VIEW || !ivm_compat_is_owner(relid, GetUserId()))
		return;					/* core says why not */
	foreach(lc, find_all_inheritors(relid, NoLock, NULL))
	{
		Oid			table = lfirst_oid(lc);
		AttrNumber	attno = get_attnum(table, column);
		List	   *readers = attno > 0 ? ivm_readers_of_column(rows, table, attno) : NIL;

		if (readers == NIL)
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg_plural("cannot alter type of a column used by view %s",
							   "cannot alter type of a column used by views %s",
							   list_length(readers), view_names(readers)),
				 errdetail_internal("%s", uses_of_column(readers, table, column)),
				 errhint("Call ivm.before_alter(%s, %s) before and ivm.after_alter() after this command, in one transaction.",
						 quote_literal_cstr(ivm_sql_text_relation_name(relid)), quote_literal_cstr(column))));
	}
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
 * A command that computes a column anew is an error of core's while rows of the
 * table, as a whole, are stored in another table; core would name that, which is
 * the storage of the view.
 */
static void
refuse_stored_rows(List *rows, Oid relid)
{
	ListCell   *lc;

	foreach(lc, rows)
	{
		IvmViewRow *row = lfirst(lc);

		if (!OidIsValid(get_rel_type_id(relid)) || !ivm_compat_is_owner(relid, GetUserId()) ||
			!ivm_readers_use_row_type(get_rel_type_id(relid), row->state))
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

void
ivm_ddl_refuse_drop_of_extension(List *rows)
{
	StringInfoData names;
	ListCell   *lc;

	initStringInfo(&names);
	foreach(lc, rows)
	{
		IvmViewRow *row = lfirst(lc);

		if (row->part_of == 0 && get_rel_name(row->view) != NULL)
			appendStringInfo(&names, "%sview %s is maintained by it", names.len > 0 ? "\n" : "",
							 ivm_sql_text_relation_name(row->view));
	}
	if (names.len > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("cannot drop extension ivm because other objects depend on it"),
				 errdetail_internal("%s", names.data),
				 errhint("Use DROP EXTENSION ivm CASCADE to drop these views, and all that depends on them, too; or leave tables of their rows by ivm.drop_view() with keep => 'table'.")));
}

void
ivm_ddl_refuse_drop_of_rows(List *rows, Oid relid)
{
	Oid			type = get_rel_type_id(relid);
	List	   *views = NIL;
	StringInfoData uses;
	ListCell   *lc;

	foreach(lc, rows)
	{
		IvmViewRow *row = lfirst(lc);

		if (OidIsValid(type) && ivm_readers_use_row_type(type, row->state))
			views = list_append_unique_oid(views, ivm_catalog_whole(row)->view);
	}
	initStringInfo(&uses);
	foreach(lc, views)
		appendStringInfo(&uses, "%sview %s, which is maintained by ivm, stores rows of table %s",
						 uses.len > 0 ? "\n" : "", ivm_sql_text_relation_name(lfirst_oid(lc)),
						 ivm_sql_text_relation_name(relid));
	if (views != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("cannot drop table %s because other objects depend on it",
						ivm_sql_text_relation_name(relid)),
				 errdetail_internal("%s", uses.data),
				 errhint("Use DROP ... CASCADE to drop the dependent objects too.")));
}

/* A scan of storage would give the rows of its children, too. */
void
ivm_ddl_refuse_children(List *rows, List *parents)
{
	ListCell   *lc;

	foreach(lc, parents)
	{
		Oid			relid = ivm_ddl_command_relation(lfirst_node(RangeVar, lc));
		IvmViewRow *row = ivm_ddl_command_row(rows, relid);

		if (row != NULL && (relid == row->state || relid == row->delta))
			refuse_storage(row, relid);
	}
}

void
ivm_ddl_refuse_alteration(List *rows, Oid relid, AlterTableCmd *cmd)
{
	IvmViewRow *row = ivm_ddl_command_row(rows, relid);

	if (row != NULL && (relid == row->state || relid == row->delta) &&
		!is_harmless(cmd->subtype))
		refuse_storage(row, relid);
	if (cmd->subtype == AT_AddInherit)
		ivm_ddl_refuse_children(rows, list_make1(cmd->def));
	if (row != NULL && relid == row->view && cmd->subtype == AT_SetRelOptions)
		refuse_security_invoker(row, (List *) cmd->def);
	if (cmd->subtype == AT_AlterColumnType)
		refuse_other_type(rows, relid, cmd->name);
	if (computes_column(cmd))
		refuse_stored_rows(rows, relid);
}

/* ---- RENAME and SET SCHEMA ---- */

void
ivm_ddl_refuse_rename(List *rows, RangeVar *rv)
{
	Oid			relid = ivm_ddl_command_relation(rv);
	IvmViewRow *row = ivm_ddl_command_row(rows, relid);

	if (row != NULL && (row->view != relid || row->part_of != 0))
		refuse_storage(row, relid);
}

void
ivm_ddl_refuse_schema_rename(RenameStmt *stmt)
{
	if (stmt->renameType != OBJECT_SCHEMA ||
		(strcmp(stmt->subname, IVM_SCHEMA) != 0 && strcmp(stmt->subname, IVM_DATA_SCHEMA) != 0))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("cannot rename schema \"%s\"", stmt->subname),
			 errdetail("Extension ivm finds its functions and the storage of views by this name.")));
}

/* ---- CREATE TRIGGER ---- */

/* Is this relation in one of the extension's schemas? */
static bool
is_own_relation(Oid relid)
{
	Oid			schema = OidIsValid(relid) ? get_rel_namespace(relid) : InvalidOid;

	return OidIsValid(schema) &&
		(schema == get_namespace_oid(IVM_SCHEMA, true) ||
		 schema == get_namespace_oid(IVM_DATA_SCHEMA, true));
}

/* Is the function of a trigger one of the extension's own, as those are that a dump brings? */
static bool
calls_own_function(const CreateTrigStmt *stmt)
{
	Oid			function = LookupFuncName(stmt->funcname, 0, NULL, true);

	return OidIsValid(function) &&
		get_func_namespace(function) == get_namespace_oid(IVM_SCHEMA, true);
}

void
ivm_ddl_refuse_trigger(CreateTrigStmt *stmt)
{
	Oid			relid = ivm_ddl_command_relation(stmt->relation);

	if (!is_own_relation(relid) || calls_own_function(stmt))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("cannot create a trigger on table %s", ivm_sql_text_relation_name(relid)),
			 errdetail("Extension ivm writes its tables without firing triggers, so the trigger would miss what is written."),
			 errhint("Leave out the tables of schemas %s and %s. For pg_repack, that is --exclude-extension=ivm.",
					 IVM_SCHEMA, IVM_DATA_SCHEMA)));
}
