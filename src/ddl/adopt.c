/*-------------------------------------------------------------------------
 *
 * adopt.c
 *	  Views whose schema was restored without the rows of ivm.view.
 *
 * A dump of the schema alone has all relations of a view and its triggers, and the comment
 * on its state table (view_comment.h), but no row of ivm.view.  The row is made when the
 * restore makes the trigger of the state table, which is after all relations: the view is
 * unpopulated, so reads run the definition until it is refreshed.
 *
 *		CREATE TRIGGER ivm_guard  -->  no row in ivm.view  -->  unpopulated
 *		rows of ivm.view restored after all  -->  take the place of those made here
 *
 * Where event triggers do not run, ivm.refresh_all() makes the rows.
 *
 * A parallel restore may make the trigger before, or while, ivm.view is restored.  The lock on
 * ivm.view tells whether its rows are just coming: then there is nothing to do.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "base/relation.h"
#include "base/server_internals.h"
#include "catalog/catalog_view.h"
#include "catalog/definition_link.h"
#include "catalog/own_command.h"
#include "catalog/view_comment.h"
#include "ddl/adopt.h"
#include "ddl/readers.h"
#include "plan/owner_scope.h"

#define REASON "only its schema was restored"

/* Is it a row that this module has made, and no refresh has filled the view since? */
static bool
is_adopted(const IvmViewRow *row)
{
	return row->status == IVM_STATUS_UNPOPULATED && row->reason != NULL && strcmp(row->reason, REASON) == 0;
}

/* The relation in the state table's schema whose name is the state table's with a suffix */
static Oid
beside(Oid state, const char *suffix)
{
	return get_relname_relid(psprintf("%s%s", get_rel_name(state), suffix), get_rel_namespace(state));
}

/* The view that reads the state table: users, or what a view has of its parts, read that one. */
static Oid
readable_view(Oid state)
{
	Oid			result = InvalidOid;
	ListCell   *lc;

	foreach(lc, ivm_readers_direct(state))
	{
		if (!OidIsValid(result) || lfirst_oid(lc) < result)
			result = lfirst_oid(lc);
	}
	return result;
}

/* Let ids that are given out from now on be above this one. */
static void
reserve_id(int32 id)
{
	bool		before;
	IvmOwnerScope scope;
	int64		last;

	if (ivm_server_sequence_value(ivm_catalog_own_relid("view_id"), &last) && last >= id)
		return;
	before = ivm_own_command_enter();
	PG_TRY();
	{
		ivm_owner_scope_enter_extension(&scope);
		ivm_own_command_run(psprintf("SELECT pg_catalog.setval('ivm.view_id', %d)", id));
		ivm_owner_scope_leave(&scope);
	}
	PG_FINALLY();
	{
		ivm_own_command_leave(before);
	}
	PG_END_TRY();
}

/* Tables that views read, and the views that were looked at */
typedef struct TablesContext
{
	List	   *tables;
	List	   *views;
} TablesContext;

static void add_tables_of(TablesContext *cxt, Oid view);

static bool
tables_walker(Node *node, TablesContext *cxt)
{
	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
	{
		RangeTblEntry *rte = (RangeTblEntry *) node;

		if (rte->rtekind != RTE_RELATION)
			return false;
		if (rte->relkind == RELKIND_VIEW)
			add_tables_of(cxt, rte->relid);
		else if (get_rel_namespace(rte->relid) == get_namespace_oid(IVM_DATA_SCHEMA, false))
			add_tables_of(cxt, beside(rte->relid, "_def"));
		else
			cxt->tables = list_append_unique_oid(cxt->tables, rte->relid);
		return false;
	}
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, tables_walker, cxt, QTW_EXAMINE_RTES_BEFORE);
	return expression_tree_walker(node, tables_walker, cxt);
}

/*
 * Add the tables that a view reads, at any depth; in place of a state table, those that its
 * definition reads.  The views on the way may have no rows of ivm.view yet, so their definitions
 * cannot be analyzed.
 */
static void
add_tables_of(TablesContext *cxt, Oid view)
{
	if (!OidIsValid(view) || list_member_oid(cxt->views, view))
		return;
	cxt->views = lappend_oid(cxt->views, view);
	(void) tables_walker((Node *) ivm_relation_view_query(view), cxt);
}

/* Insert the row of a view.  Its first refresh finds what it reads exactly. */
static void
adopt(IvmViewRow *row)
{
	TablesContext cxt = {NIL};

	row->definition = beside(row->state, "_def");
	row->delta = beside(row->state, "_delta");
	row->view = readable_view(row->state);
	if (!OidIsValid(row->definition) || !OidIsValid(row->delta) || !OidIsValid(row->view) ||
		ivm_catalog_get(row->id) != NULL)
		return;
	row->status = IVM_STATUS_UNPOPULATED;
	row->reason = REASON;
	if (row->mode != IVM_MODE_APPEND)
		add_tables_of(&cxt, row->definition);
	row->bases = cxt.tables;
	list_sort(row->bases, list_oid_cmp);
	row->row_types = construct_empty_array(TEXTOID);
	reserve_id(row->id);
	ivm_catalog_insert_alone(row);
	if (row->part_of == 0 || ivm_catalog_get(row->part_of) != NULL)
		ivm_definition_link_make(row);
}

/* A row with what the comment on the state table says; NULL if it has none. */
static IvmViewRow *
row_of_comment(Oid state)
{
	IvmViewRow *row = palloc0(sizeof(IvmViewRow));
	IvmViewComment comment;

	if (!ivm_view_comment_read(state, &comment) || !ivm_catalog_mode_from_name(comment.mode, &row->mode))
		return NULL;
	row->id = comment.id;
	row->part_of = comment.part_of;
	row->state = state;
	row->settings = comment.settings;
	row->options = comment.options;
	return row;
}

void
ivm_adopt_state(Oid state)
{
	IvmViewRow *row;

	if (get_rel_namespace(state) != get_namespace_oid(IVM_DATA_SCHEMA, true) ||
		get_rel_relkind(state) != RELKIND_RELATION || ivm_catalog_find_state(state) != NULL ||
		(row = row_of_comment(state)) == NULL)
		return;
	ivm_catalog_lock(0);		/* no view's id: one after the other */
	if (ConditionalLockRelationOid(ivm_catalog_relid(), ShareRowExclusiveLock) &&
		ivm_catalog_find_state(state) == NULL)
		adopt(row);
}

void
ivm_adopt_all(void)
{
	Oid			namespace = get_namespace_oid(IVM_DATA_SCHEMA, true);
	Relation	rel = table_open(RelationRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	List	   *tables = NIL;
	HeapTuple	tup;
	ListCell   *lc;

	while (HeapTupleIsValid(tup = systable_getnext(scan)))
	{
		Form_pg_class form = (Form_pg_class) GETSTRUCT(tup);

		if (form->relnamespace == namespace && form->relkind == RELKIND_RELATION)
			tables = lappend_oid(tables, form->oid);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	foreach(lc, tables)
		ivm_adopt_state(lfirst_oid(lc));
}

void
ivm_adopt_undo(int32 id)
{
	List	   *rows = id == 0 ? ivm_catalog_all() : list_make1(ivm_catalog_get(id));
	ListCell   *lc;

	foreach(lc, rows)
	{
		IvmViewRow *row = lfirst(lc);

		if (row != NULL && is_adopted(row))
			ivm_catalog_delete_alone(row->id);
	}
}
