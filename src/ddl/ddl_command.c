/*-------------------------------------------------------------------------
 *
 * ddl_command.c
 *	  What a command of a user names, and what it did.
 *
 * What a command names is in its parse tree, as names that may stand for
 * nothing.  What it did is told by core's functions for event triggers, which
 * are called by SPI, as core offers no other way.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "catalog/catalog_view.h"
#include "ddl/ddl_command.h"

/* ---- what the command names ---- */

Oid
ivm_ddl_command_relation(RangeVar *rv)
{
	return rv ? RangeVarGetRelid(rv, NoLock, true) : InvalidOid;
}

IvmViewRow *
ivm_ddl_command_row(List *rows, Oid relid)
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

bool
ivm_ddl_command_is_own_trigger(const char *name)
{
	return strcmp(name, IVM_TRIGGER_ROW) == 0 ||
		strcmp(name, IVM_TRIGGER_TRUNCATE) == 0 ||
		strcmp(name, IVM_TRIGGER_TRUNCATE_LEAF) == 0;
}

RangeVar *
ivm_ddl_command_replaced_view(Node *stmt)
{
	if (IsA(stmt, ViewStmt) && ((ViewStmt *) stmt)->replace)
		return ((ViewStmt *) stmt)->view;
	if (IsA(stmt, RuleStmt) && ((RuleStmt *) stmt)->event == CMD_SELECT)
		return ((RuleStmt *) stmt)->relation;
	return NULL;
}

bool
ivm_ddl_command_may_drop(Oid relid)
{
	return ivm_compat_is_owner(relid, GetUserId()) ||
		ivm_compat_owns_schema(get_rel_namespace(relid), GetUserId());
}

/* ---- what the command did ---- */

/* An OID of a row that SPI has returned. */
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

void
ivm_ddl_command_dropped(IvmDropped *dropped)
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
			dropped->trigger |= ivm_ddl_command_is_own_trigger(spi_last_name(tup, 5));
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

List *
ivm_ddl_command_altered(Oid classid)
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

		if (spi_oid(tup, 1) == classid)
		{
			MemoryContext oldcxt = MemoryContextSwitchTo(cxt);

			result = list_append_unique_oid(result, spi_oid(tup, 2));
			MemoryContextSwitchTo(oldcxt);
		}
	}
	SPI_finish();
	return result;
}
