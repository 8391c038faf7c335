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
 * The comment may have been written by the owner of the table, who may have any comment there.
 * So it is believed only as far as the relations bear it out: the names that storage has and
 * nobody but the extension gives, and one owner of them all.
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
#include "base/options.h"
#include "base/relation.h"
#include "base/server_internals.h"
#include "base/settings.h"
#include "base/sql_text.h"
#include "base/subtransaction.h"
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

static bool
ends_with(const char *string, const char *end)
{
	size_t		length = strlen(string);

	return length >= strlen(end) && strcmp(string + length - strlen(end), end) == 0;
}

/* Is there, in a query, the marker that makes reads of the state exact? */
static bool
marker_walker(Node *node, void *arg)
{
	if (node == NULL)
		return false;
	if (IsA(node, FuncExpr) &&
		get_func_namespace(((FuncExpr *) node)->funcid) == get_namespace_oid(IVM_SCHEMA, false) &&
		strncmp(get_func_name(((FuncExpr *) node)->funcid), "_merged", strlen("_merged")) == 0)
		return true;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, marker_walker, arg, 0);
	return expression_tree_walker(node, marker_walker, arg);
}

/*
 * The view that reads the state table: users, or what a view has of its parts, read that one.  It runs with
 * the rights of its owner, so views of others, which may read the table as well, are none.
 */
static Oid
readable_view(Oid state)
{
	Oid			result = InvalidOid;
	ListCell   *lc;

	foreach(lc, ivm_readers_direct(state))
	{
		Oid			view = lfirst_oid(lc);

		if ((!OidIsValid(result) || view < result) && get_rel_relkind(view) == RELKIND_VIEW &&
			ivm_relation_owner(view) == ivm_relation_owner(state) &&
			marker_walker((Node *) ivm_relation_view_query(view), NULL))
			result = view;
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

	if (ivm_server_sequence_value(ivm_own_table_relid("view_id"), &last) && last >= id)
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

/* Find the relations of a view that has this state table; false if it is none. */
static bool
find_relations(IvmViewRow *row)
{
	Oid			owner = ivm_relation_owner(row->state);

	row->definition = beside(row->state, "_def");
	row->delta = beside(row->state, "_delta");
	if (!OidIsValid(row->definition) || get_rel_relkind(row->definition) != RELKIND_VIEW ||
		!OidIsValid(row->delta) || get_rel_relkind(row->delta) != RELKIND_RELATION ||
		ivm_relation_owner(row->definition) != owner || ivm_relation_owner(row->delta) != owner)
		return false;
	row->view = readable_view(row->state);
	return OidIsValid(row->view);
}

/* Fill in what the comment on the state table says, if it has one: then there is a mode. */
static void
read_comment(void *arg)
{
	IvmViewRow *row = arg;
	IvmViewComment comment;
	IvmOptions	options;

	if (!ivm_view_comment_read(row->state, &comment))
		return;
	ivm_options_parse(comment.options, true, &options);
	(void) ivm_settings_parse(comment.settings, CurrentMemoryContext);
	if (!ivm_view_row_mode_from_name(comment.mode, &row->mode))
		return;
	row->id = comment.id;
	row->part_of = comment.part_of;
	row->settings = comment.settings;
	row->options = comment.options;
}

/*
 * Do the names of the relations have the ids that the comment says?  The view of a part is among the storage,
 * and named after the state table of the view that it is a part of.
 */
static bool
has_ids_of_names(const IvmViewRow *row)
{
	const char *name = get_rel_name(row->view);
	const char *part = strstr(name, "_part");
	const char *next;

	if (row->id <= 0 || !ends_with(get_rel_name(row->state), psprintf("_%d", row->id)))
		return false;
	if (get_rel_namespace(row->view) != get_namespace_oid(IVM_DATA_SCHEMA, false))
		return row->part_of == 0;
	while (part && (next = strstr(part + 1, "_part")) != NULL)
		part = next;
	return row->part_of > 0 && part && ends_with(pnstrdup(name, part - name), psprintf("_%d", row->part_of));
}

/* The row of the view with this state table, from its comment; NULL if it has none that is right. */
static IvmViewRow *
row_of_comment(Oid state)
{
	IvmViewRow *row = palloc0(sizeof(IvmViewRow));
	ErrorData  *error;

	row->state = state;
	if (!find_relations(row))
		return NULL;
	if ((error = ivm_subtransaction_run(read_comment, row)) != NULL)
	{
		ereport(WARNING,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("comment on table %s is not one of ivm", ivm_sql_text_relation_name(state)),
				 errdetail("%s.", error->message),
				 errhint("Drop view \"%s\" and create it again.", get_rel_name(row->view))));
		return NULL;
	}
	return row->settings && has_ids_of_names(row) ? row : NULL;
}

/* Insert the row of a view.  Its first refresh finds what it reads exactly. */
static void
adopt(IvmViewRow *row)
{
	TablesContext cxt = {NIL};

	if (ivm_catalog_get(row->id) != NULL)
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
