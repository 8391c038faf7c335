/*-------------------------------------------------------------------------
 *
 * keep_rows.c
 *	  Dropping a view but keeping its rows.
 *
 *		rows of the view --> table in schema ivm_data
 *								|  its file
 *								v
 *		view -----------------> table, or materialized view with the definition
 *		storage of the view --> dropped
 *
 * Writers of the base tables are kept out, so the rows are those of the end of the
 * transaction.  They are read as the view's owner.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "commands/matview.h"
#include "commands/view.h"
#include "executor/executor.h"
#include "storage/lmgr.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/relation.h"
#include "base/relation_kind.h"
#include "base/sql_text.h"
#include "catalog/own_command.h"
#include "ddl/drop.h"
#include "ddl/follow.h"
#include "ddl/keep_rows.h"
#include "maintain/storage.h"
#include "plan/owner_scope.h"

/* Create a table with the columns of the view; it belongs to the current user. */
static Oid
create_table(IvmViewRow *row)
{
	/* state tables have names that leave room for more than this */
	char	   *name = psprintf("%s_rows", get_rel_name(row->state));
	Oid			result;
	IvmOwnerScope scope;

	ivm_owner_scope_enter_extension(&scope);
	ivm_own_command_run(ivm_storage_like_text(row->view, name));
	result = get_relname_relid(name, get_namespace_oid(IVM_DATA_SCHEMA, false));
	ivm_follow_give_away(result, scope.user);
	ivm_owner_scope_leave(&scope);
	return result;
}

/* Fill it with the rows that the view shows, as REFRESH MATERIALIZED VIEW fills its table. */
static void
copy_rows(Oid view, Oid table)
{
	char	   *sql = psprintf("SELECT * FROM %s", ivm_sql_text_relation_name(view));
	DestReceiver *receiver = CreateTransientRelDestReceiver(table);
	RawStmt    *raw = linitial_node(RawStmt, ivm_sql_text_parse(sql));
	PlannedStmt *plan;
	QueryDesc  *desc;

	PushActiveSnapshot(GetLatestSnapshot());
	plan = pg_plan_query(linitial_node(Query, pg_analyze_and_rewrite_fixedparams(raw, sql, NULL, 0, NULL)),
						 sql, 0, NULL);
	desc = CreateQueryDesc(plan, sql, GetActiveSnapshot(), InvalidSnapshot, receiver, NULL, NULL, 0);
	ExecutorStart(desc, 0);
	ivm_compat_executor_run(desc, true);
	ExecutorFinish(desc);
	ExecutorEnd(desc);
	FreeQueryDesc(desc);
	PopActiveSnapshot();
	CommandCounterIncrement();
}

void
ivm_keep_rows_lock(IvmViewRow *row)
{
	const char *name = get_rel_name(row->view);
	IvmViewRow *now;

	ivm_drop_lock_tables(list_make1(row), NIL);
	LockRelationOid(row->view, AccessExclusiveLock);
	now = ivm_catalog_find_view(row->view);
	if (now == NULL || now->id != row->id)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("view \"%s\" was dropped or replaced by another transaction",
						name ? name : ""),
				 errhint("Try again.")));
}

void
ivm_keep_rows(IvmViewRow *row, char kind)
{
	Query	   *definition = ivm_relation_analyzed_query(row->definition);
	Oid			table;
	List	   *dropped;

	table = create_table(row);
	copy_rows(row->view, table);
	ivm_relation_kind_take_rows(row->view, table, kind);
	if (kind == RELKIND_MATVIEW)
	{
		StoreViewQuery(row->view, definition, true);
		CommandCounterIncrement();
	}
	dropped = ivm_drop_storage(row);
	ivm_drop_unused(dropped);
}
