/*-------------------------------------------------------------------------
 *
 * ddl.c
 *	  Creating and dropping views and their storage.
 *
 * Storage lives in schema ivm_data, where users cannot create anything: it is
 * created as the owner of the extension and then given to the view's owner.
 * The caller (api.c) has checked privileges.
 *
 * Locks: base tables before state and delta tables, always.  Creating and
 * dropping take ShareRowExclusiveLock on the base table and its partitions,
 * which waits for open writers and lets readers through.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "commands/tablecmds.h"
#include "commands/trigger.h"
#include "commands/view.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "compat.h"
#include "ddl.h"
#include "populate.h"
#include "sqlgen.h"

/* ---- statements ---- */

typedef struct SavedUser
{
	Oid			userid;
	int			sec;
} SavedUser;

static void
become_extension_owner(SavedUser *saved)
{
	GetUserIdAndSecContext(&saved->userid, &saved->sec);
	SetUserIdAndSecContext(ivm_catalog_owner(), saved->sec | SECURITY_LOCAL_USERID_CHANGE);
}

static void
become_user_again(const SavedUser *saved)
{
	SetUserIdAndSecContext(saved->userid, saved->sec);
}

static void
run_statement(const char *sql)
{
	int			rc;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	rc = SPI_execute(sql, false, 0);
	if (rc < 0)
		elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(rc));
	SPI_finish();
}

static void
run_statements(List *statements)
{
	ListCell   *lc;

	foreach(lc, statements)
		run_statement(lfirst(lc));
}

/* ---- view relations ---- */

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

/* CREATE VIEW from a query tree; the current user becomes the owner. */
static Oid
create_view_relation(const char *schema, const char *name, Query *query)
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

/* ---- triggers ---- */

static bool
has_trigger(Oid relid, const char *name)
{
	return OidIsValid(get_trigger_oid(relid, name, true));
}

/* Give a base table and its leaf partitions the capture triggers they lack. */
static void
ensure_triggers(Oid base, List *partitions)
{
	ListCell   *lc;

	foreach(lc, partitions)
	{
		Oid			leaf = lfirst_oid(lc);

		/* a trigger of its own would be in the way of the clone */
		if (!has_trigger(base, IVM_TRIGGER_ROW) && has_trigger(leaf, IVM_TRIGGER_ROW))
			run_statement(linitial(ivm_sql_drop_triggers(leaf)));
		if (!has_trigger(leaf, IVM_TRIGGER_TRUNCATE_LEAF))
			run_statements(ivm_sql_create_leaf_triggers(leaf));
	}
	if (!has_trigger(base, IVM_TRIGGER_ROW))
		run_statements(list_copy_head(ivm_sql_create_triggers(base), 2));
	if (!has_trigger(base, IVM_TRIGGER_TRUNCATE))
		run_statements(list_copy_tail(ivm_sql_create_triggers(base), 2));
}

/* Drop the capture triggers of a base table that no view reads any more. */
static void
drop_unused_triggers(Oid base)
{
	ListCell   *lc;

	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(base)) ||
		ivm_catalog_of_base(base) != NIL)
		return;
	foreach(lc, ivm_leaf_partitions(base, AccessShareLock))
		run_statements(ivm_sql_drop_leaf_triggers(lfirst_oid(lc)));
	run_statements(ivm_sql_drop_triggers(base));
	foreach(lc, ivm_catalog_all())
	{
		IvmViewRow *row = lfirst(lc);
		ListCell   *lc2;

		/* a partition with views of its own used the clone */
		foreach(lc2, row->bases)
			ensure_triggers(lfirst_oid(lc2), row->partitions);
	}
}

/* ---- locks ---- */

/* Keep writers of the base tables out until the end of the transaction. */
void
ivm_ddl_lock_bases(IvmViewRow *row)
{
	ListCell   *lc;

	foreach(lc, row->bases)
	{
		LockRelationOid(lfirst_oid(lc), ShareRowExclusiveLock);
		if (get_rel_relkind(lfirst_oid(lc)) == RELKIND_PARTITIONED_TABLE)
			(void) find_all_inheritors(lfirst_oid(lc), ShareRowExclusiveLock, NULL);
	}
}

/* ---- create ---- */

/* A name for storage: the view's, cut so that suffixes fit, and its id. */
static char *
storage_name(const char *view, int32 id)
{
	char	   *suffix = psprintf("_%d", id);
	int			len = pg_mbcliplen(view, strlen(view),
								   NAMEDATALEN - 1 - strlen(suffix) - strlen("_delta_key"));

	return psprintf("%.*s%s", len, view, suffix);
}

static void
give_away(Oid relid, Oid owner)
{
	ATExecChangeOwner(relid, owner, false, AccessExclusiveLock);
	CommandCounterIncrement();
}

static Oid
create_storage_table(const char *sql, const char *name)
{
	run_statement(sql);
	return get_relname_relid(name, get_namespace_oid(IVM_DATA_SCHEMA, false));
}

/* Fill the state table of a new view, and index and analyze it. */
static void
finish_storage(IvmViewRow *row, const IvmCore *core, const char *name, bool with_data)
{
	char	   *state = ivm_sql_relation_name(row->state);
	char	   *delta = ivm_sql_relation_name(row->delta);
	SavedUser	saved;

	if (with_data)
	{
		IvmPlan    *plan = ivm_plan_build(row);

		(void) ivm_populate(plan);
		MemoryContextDelete(plan->cxt);
	}
	become_extension_owner(&saved);
	run_statements(ivm_sql_create_indexes(core, name, state, delta));
	if (with_data)
		run_statement(ivm_sql_analyze(state));
	become_user_again(&saved);
}

/*
 * Create a view of this name over an analyzed query, which core is the
 * analysis of, and return its OID.
 */
Oid
ivm_ddl_create(const RangeVar *relname, Oid namespace, Query *query,
			   const IvmCore *core, bool with_data, Jsonb *options)
{
	IvmViewRow *row = palloc0(sizeof(IvmViewRow));
	const char *schema = get_namespace_name(namespace);
	SavedUser	saved;
	char	   *name;
	char	   *delta_name;
	char	   *state;

	row->id = ivm_catalog_next_id();
	row->bases = list_make1_oid(core->base);
	row->mode = "immediate";
	row->status = with_data ? IVM_STATUS_READY : IVM_STATUS_UNPOPULATED;
	row->settings = ivm_settings_capture(core->strings);
	row->options = options;
	ivm_ddl_lock_bases(row);
	row->partitions = ivm_leaf_partitions(core->base, NoLock);

	name = storage_name(relname->relname, row->id);
	delta_name = psprintf("%s_delta", name);
	state = quote_qualified_identifier(IVM_DATA_SCHEMA, name);

	become_extension_owner(&saved);
	row->definition = create_view_relation(IVM_DATA_SCHEMA, psprintf("%s_def", name), query);
	row->state = create_storage_table(ivm_sql_create_state(core, state), name);
	row->delta = create_storage_table(ivm_sql_create_delta(core,
														   quote_qualified_identifier(IVM_DATA_SCHEMA, delta_name)),
									  delta_name);
	give_away(row->definition, saved.userid);
	give_away(row->state, saved.userid);
	give_away(row->delta, saved.userid);
	become_user_again(&saved);

	row->view = create_view_relation(schema, relname->relname,
									 ivm_sql_finishing_query(core, state));
	finish_storage(row, core, name, with_data);
	become_extension_owner(&saved);
	ensure_triggers(core->base, row->partitions);
	become_user_again(&saved);
	ivm_catalog_insert(row);
	return row->view;
}

/* ---- drop ---- */

/*
 * Drop what is left of a view: the view itself, its storage, its row, and
 * triggers that nobody needs any more.  The catalogue row goes first, so that
 * the event trigger finds nothing to do.
 */
void
ivm_ddl_drop(IvmViewRow *row, bool cascade)
{
	ObjectAddresses *objects = new_object_addresses();
	Oid			relids[] = {row->view, row->definition, row->state, row->delta};
	SavedUser	saved;
	ListCell   *lc;

	foreach(lc, row->bases)
	{
		if (SearchSysCacheExists1(RELOID, ObjectIdGetDatum(lfirst_oid(lc))))
			LockRelationOid(lfirst_oid(lc), ShareRowExclusiveLock);
	}
	ivm_catalog_delete(row->id);
	for (int i = 0; i < (int) lengthof(relids); i++)
	{
		ObjectAddress address;

		ObjectAddressSet(address, RelationRelationId, relids[i]);
		LockRelationOid(relids[i], AccessExclusiveLock);
		if (SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relids[i])))
			add_exact_object_address(&address, objects);
	}
	performMultipleDeletions(objects, cascade ? DROP_CASCADE : DROP_RESTRICT, 0);
	free_object_addresses(objects);
	CommandCounterIncrement();
	become_extension_owner(&saved);
	foreach(lc, row->bases)
		drop_unused_triggers(lfirst_oid(lc));
	become_user_again(&saved);
}
