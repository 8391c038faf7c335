/*-------------------------------------------------------------------------
 *
 * ddl_before.c
 *	  What is done for views before a command runs.
 *
 * Locks: base tables are locked before views and their storage, everywhere in
 * this extension and by its readers and writers.  DROP takes the lock on what it
 * names first, and what goes along comes later; so the locks of a command that
 * concerns views are taken here, in the usual order, before core takes its own.
 * This is done only where the current user may run the command: nobody is to
 * lock tables by a command that fails.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "miscadmin.h"

#include "base/compat.h"
#include "catalog/catalog_view.h"
#include "catalog/definition_link.h"
#include "ddl/ddl_before.h"
#include "ddl/ddl_command.h"
#include "ddl/ddl_partition.h"
#include "ddl/ddl_refuse.h"
#include "ddl/ddl_source.h"
#include "ddl/drop.h"
#include "ddl/readers.h"

/* ALTER TABLE, FOREIGN TABLE or VIEW */
static void
before_alter_table(List *rows, AlterTableStmt *stmt)
{
	Oid			relid = ivm_ddl_command_relation(stmt->relation);
	ListCell   *lc;

	if (!OidIsValid(relid))
		return;
	foreach(lc, stmt->cmds)
	{
		AlterTableCmd *cmd = lfirst_node(AlterTableCmd, lc);

		ivm_ddl_refuse_alteration(rows, relid, cmd);
		if (stmt->objtype == OBJECT_TABLE && cmd->def != NULL && IsA(cmd->def, PartitionCmd))
		{
			Oid			child = ivm_ddl_command_relation(((PartitionCmd *) cmd->def)->name);

			if (!OidIsValid(child))
				continue;
			if (cmd->subtype == AT_AttachPartition)
				ivm_ddl_partition_before_attach(relid, child);
			else
				ivm_ddl_partition_before_detach(relid, child,
												cmd->subtype == AT_DetachPartition &&
												!((PartitionCmd *) cmd->def)->concurrent);
		}
	}
}

/*
 * DROP EXTENSION ivm.  With CASCADE, it would lock what it drops in the order in which it finds
 * that: storage of views before base tables, whose writers come to the storage next.
 */
static void
before_drop_extension(List *rows, const DropStmt *stmt)
{
	ListCell   *lc;

	if (!ivm_compat_is_owner(ivm_own_table_relid("view"), GetUserId()))
		return;
	foreach(lc, stmt->objects)
	{
		if (strcmp(strVal(lfirst(lc)), "ivm") != 0)
			continue;
		if (stmt->behavior == DROP_CASCADE)
			ivm_drop_lock_tables(rows, NIL);
		else
			ivm_ddl_refuse_drop_of_extension(rows);
	}
}

/*
 * DROP TABLE, VIEW, FOREIGN TABLE.  It locks the view, or the table, first, and
 * the base tables of the views that go along only when sql_drop is reached.  A
 * transaction that has read or written one of these tables, and comes to the
 * view next, would deadlock with that: so they are locked here.
 */
static void
before_drop(List *rows, DropStmt *stmt)
{
	List	   *tables = NIL;
	List	   *views = NIL;	/* rows of those dropped, now or by CASCADE */
	bool		cascade = stmt->behavior == DROP_CASCADE;
	ListCell   *lc;
	ListCell   *lc2;

	if (stmt->removeType == OBJECT_EXTENSION)
		before_drop_extension(rows, stmt);
	if (stmt->removeType != OBJECT_TABLE && stmt->removeType != OBJECT_VIEW &&
		stmt->removeType != OBJECT_FOREIGN_TABLE)
		return;
	/* what is left of other views, unknown to users, is not to be in the way */
	if (ivm_drop_remains())
		rows = ivm_catalog_all();
	foreach(lc, stmt->objects)
	{
		Oid			relid = ivm_ddl_command_relation(makeRangeVarFromNameList(lfirst(lc)));

		if (!OidIsValid(relid))
			continue;
		if (stmt->removeType == OBJECT_VIEW)
		{
			IvmViewRow *row = ivm_ddl_command_row(rows, relid);

			if (!ivm_ddl_command_may_drop(relid))
				continue;
			if (row != NULL && row->view == relid)
				views = list_append_unique_ptr(views, row);

			/*
			 * not refused: sql_drop will drop the view as a whole, if it may
			 * be dropped
			 */
			if (row != NULL && row->definition == relid)
				ivm_definition_link_remove(relid);
			if (cascade)
				views = list_union_ptr(views, ivm_readers_of(rows, relid));
			else
				ivm_ddl_source_check_unread(rows, relid);
		}
		else
		{
			if (!cascade && ivm_ddl_command_may_drop(relid))
				ivm_ddl_refuse_drop_of_rows(rows, relid);
			tables = lappend_oid(tables, relid);
			foreach(lc2, rows)
			{
				IvmViewRow *row = lfirst(lc2);

				if (cascade && list_member_oid(row->bases, relid) && ivm_ddl_command_may_drop(relid))
					views = list_append_unique_ptr(views, row);
			}
		}
	}
	ivm_drop_lock_tables(views, NIL);
	foreach(lc, views)
		ivm_drop_check_not_in_use(lfirst(lc));
	ivm_ddl_partition_before_drop(tables);
}

void
ivm_ddl_before_command(List *rows, Node *stmt)
{
	RangeVar   *replaced = ivm_ddl_command_replaced_view(stmt);

	if (IsA(stmt, DropStmt))
		before_drop(rows, (DropStmt *) stmt);
	else if (IsA(stmt, CreateStmt))
		ivm_ddl_refuse_children(rows, ((CreateStmt *) stmt)->inhRelations);
	else if (IsA(stmt, AlterTableStmt))
		before_alter_table(rows, (AlterTableStmt *) stmt);
	else if (IsA(stmt, RenameStmt))
		ivm_ddl_refuse_rename(rows, ((RenameStmt *) stmt)->relation);
	else if (IsA(stmt, AlterObjectSchemaStmt))
		ivm_ddl_refuse_rename(rows, ((AlterObjectSchemaStmt *) stmt)->relation);
	else if (replaced != NULL)
	{
		ivm_ddl_refuse_replacement(rows, replaced,
								   IsA(stmt, ViewStmt) ? ((ViewStmt *) stmt)->query : NULL);
		ivm_ddl_source_before_replace(rows, ivm_ddl_command_relation(replaced));
	}
}
