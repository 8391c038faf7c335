/*-------------------------------------------------------------------------
 *
 * view_query.c
 *	  Views of the server from analyzed queries.
 *
 * The server makes a view from the text of its query.  Here there is none: a
 * finishing is built as a tree.  So what CREATE VIEW and CREATE OR REPLACE VIEW do
 * with a tree of theirs is done here, in the same steps and by the same functions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "commands/event_trigger.h"
#include "commands/tablecmds.h"
#include "commands/view.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/column_types.h"
#include "base/compat.h"
#include "ddl/view_query.h"

/* Column definitions of a view with the columns of this query. */
static List *
view_columns(Query *query)
{
	List	   *columns = NIL;
	ListCell   *lc;

	foreach(lc, query->targetList)
	{
		TargetEntry *tle = lfirst(lc);
		ColumnDef  *def;

		if (tle->resjunk)
			continue;
		def = makeColumnDef(tle->resname, exprType((Node *) tle->expr),
							exprTypmod((Node *) tle->expr), exprCollation((Node *) tle->expr));
		if (type_is_collatable(exprType((Node *) tle->expr)) && !OidIsValid(def->collOid))
			ereport(ERROR,
					(errcode(ERRCODE_INDETERMINATE_COLLATION),
					 errmsg("could not determine which collation to use for view column \"%s\"",
							def->colname),
					 errhint("Use the COLLATE clause to set the collation explicitly.")));
		columns = lappend(columns, def);
	}
	return columns;
}

Oid
ivm_view_query_create(const char *schema, const char *name, Query *query)
{
	CreateStmt *stmt = makeNode(CreateStmt);
	ObjectAddress address;

	stmt->relation = makeRangeVar(pstrdup(schema), pstrdup(name), -1);
	stmt->relation->relpersistence = RELPERSISTENCE_PERMANENT;
	stmt->tableElts = view_columns(query);
	stmt->oncommit = ONCOMMIT_NOOP;
	address = DefineRelation(stmt, RELKIND_VIEW, InvalidOid, NULL, NULL);
	CommandCounterIncrement();
	StoreViewQuery(address.objectId, query, false);
	CommandCounterIncrement();
	return address.objectId;
}

/* ---- replacing ---- */

static const char *const anew_hint =
"Give the columns that are there the same names, types and order, and put others behind them; or drop the view with ivm.drop_view(), and create it anew.";

static void
check_column_name(Form_pg_attribute att, const ColumnDef *def)
{
	if (strcmp(NameStr(att->attname), def->colname) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("cannot change name of view column \"%s\" to \"%s\"",
						NameStr(att->attname), def->colname),
				 errhint("%s", anew_hint)));
}

/* Raise an error unless a column of the view may stay with this definition. */
static void
check_column(Form_pg_attribute att, const ColumnDef *def)
{
	check_column_name(att, def);
	if (att->atttypid != def->typeName->typeOid || att->atttypmod != def->typeName->typemod)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("cannot change data type of view column \"%s\" from %s to %s",
						NameStr(att->attname),
						format_type_with_typemod(att->atttypid, att->atttypmod),
						format_type_with_typemod(def->typeName->typeOid, def->typeName->typemod)),
				 errhint("%s", anew_hint)));
	if (att->attcollation != def->collOid)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("cannot change collation of view column \"%s\" from \"%s\" to \"%s\"",
						NameStr(att->attname), get_collation_name(att->attcollation),
						get_collation_name(def->collOid)),
				 errhint("%s", anew_hint)));
}

static void
check_number(TupleDesc desc, List *columns)
{
	if (list_length(columns) < desc->natts)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("cannot drop columns from view"),
				 errhint("%s", anew_hint)));
}

/* The columns of a query that a view does not have yet; an error unless it may have the query. */
static List *
columns_to_add(Relation view, Query *query)
{
	TupleDesc	desc = RelationGetDescr(view);
	List	   *columns = view_columns(query);

	check_number(desc, columns);
	for (int i = 0; i < desc->natts; i++)
		check_column(TupleDescAttr(desc, i), list_nth(columns, i));
	return list_copy_tail(columns, desc->natts);
}

void
ivm_view_query_check(Oid view, Query *query)
{
	Relation	rel = relation_open(view, AccessShareLock);

	(void) columns_to_add(rel, query);
	relation_close(rel, AccessShareLock);
}

/* Raise an error if something depends on a column of the view that is to have another type. */
static void
check_dependents(Relation view, Form_pg_attribute att, const ColumnDef *def)
{
	List	   *dependents = ivm_column_types_dependents(RelationGetRelid(view), att->attnum);
	StringInfoData names;
	ListCell   *lc;

	if (dependents == NIL)
		return;
	initStringInfo(&names);
	foreach(lc, dependents)
		appendStringInfo(&names, "%s%s", names.len > 0 ? "\n" : "", (char *) lfirst(lc));
	ereport(ERROR,
			(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
			 errmsg("cannot change data type of column \"%s\" of view \"%s\" from %s to %s because other objects depend on it",
					NameStr(att->attname), RelationGetRelationName(view),
					format_type_with_typemod(att->atttypid, att->atttypmod),
					format_type_with_typemod(def->typeName->typeOid, def->typeName->typemod)),
			 errdetail("These are, or have rows of the view as a whole:\n%s", names.data),
			 errhint("Drop these objects before, and create them again afterwards, in the same transaction.")));
}

bool
ivm_view_query_retype(Oid view, Query *query)
{
	Relation	rel = relation_open(view, AccessExclusiveLock);
	TupleDesc	desc = CreateTupleDescCopy(RelationGetDescr(rel));
	List	   *columns = view_columns(query);
	bool		result = false;

	check_number(desc, columns);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		ColumnDef  *def = list_nth(columns, i);

		check_column_name(att, def);
		if (att->atttypid == def->typeName->typeOid && att->atttypmod == def->typeName->typemod &&
			att->attcollation == def->collOid)
			continue;
		check_dependents(rel, att, def);
		ivm_column_types_set(view, att->attnum, def->typeName->typeOid, def->typeName->typemod,
							 def->collOid);
		result = true;
	}
	relation_close(rel, NoLock);
	return result;
}

void
ivm_view_query_replace(Oid view, Query *query)
{
	Relation	rel = relation_open(view, AccessExclusiveLock);
	List	   *commands = NIL;
	ListCell   *lc;

	foreach(lc, columns_to_add(rel, query))
	{
		AlterTableCmd *command = makeNode(AlterTableCmd);

		command->subtype = AT_AddColumnToView;
		command->def = lfirst(lc);
		commands = lappend(commands, command);
	}
	relation_close(rel, NoLock);
	if (commands != NIL)
	{
		/*
		 * event triggers of users are told what they are told of CREATE OR
		 * REPLACE VIEW
		 */
		EventTriggerAlterTableStart((Node *) makeNode(ViewStmt));
		AlterTableInternal(view, commands, true);
		EventTriggerAlterTableEnd();
		CommandCounterIncrement();
	}
	StoreViewQuery(view, query, true);
	CommandCounterIncrement();
}
