/*-------------------------------------------------------------------------
 *
 * api_create.c
 *	  Functions for users that create and drop views.
 *
 * What a user can do wrong is looked for here, before anything is created or
 * locked: the query is analyzed, privileges are checked on every table that the
 * view and its parts read, and an existing relation of the same name is kept,
 * replaced or reported.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "commands/dbcommands.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

#include "base/compat.h"
#include "base/error_context.h"
#include "base/options.h"
#include "base/relation.h"
#include "base/settings.h"
#include "base/sql_text.h"
#include "base/worker_call.h"
#include "capture/append_leaf.h"
#include "catalog/append_view.h"
#include "catalog/catalog_view.h"
#include "catalog/own_command.h"
#include "ddl/adopt.h"
#include "ddl/create.h"
#include "ddl/ddl_source.h"
#include "ddl/drop.h"
#include "ddl/keep_rows.h"
#include "ddl/readers.h"
#include "ddl/view_query.h"
#include "ddl/window_width.h"
#include "definition/analyze.h"
#include "definition/append_source.h"
#include "definition/core.h"
#include "definition/refusal.h"
#include "definition/rights.h"
#include "definition/time_window.h"
#include "maintain/due.h"
#include "maintain/restore.h"
#include "maintain/storage.h"
#include "plan/owner_scope.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"
#include "plan/plan_check.h"
#include "sql/api.h"
#include "sql/api_create.h"
#include "sql/explain_index.h"
#include "sql/kept.h"
#include "sql/view_name.h"

IVM_FUNCTION(ivm_create_view);
IVM_FUNCTION(ivm_drop_view);

/* Raise an error if a name is one of another database. */
static RangeVar *
check_database(RangeVar *rv, text *name)
{
	if (rv->catalogname && strcmp(rv->catalogname, get_database_name(MyDatabaseId)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cross-database references are not implemented: \"%s\"",
						text_to_cstring(name))));
	return rv;
}

/* Raise the error of a materialized view whose query cannot be maintained. */
static void
report_refusal_of_matview(const IvmRefusal *r, const char *name)
{
	ereport(ERROR,
			(errcode(r->sqlerrcode),
			 errmsg("cannot convert materialized view \"%s\"", name),
			 r->detail ? errdetail("%s. %s", r->message, r->detail) : errdetail("%s.", r->message),
			 r->hint ? errhint("%s", r->hint) :
			 errhint("Leave it a materialized view, or create a view with another query.")));
}

/* Raise the error of a query that cannot be maintained. */
static void
report_refusal(const IvmRefusal *r, const char *sql)
{
	ErrorContextCallback callback;

	ivm_error_enter_query(&callback, sql);
	ereport(ERROR,
			(errcode(r->sqlerrcode),
			 errmsg("%s", r->message),
			 r->detail ? errdetail("%s", r->detail) : 0,
			 r->hint ? errhint("%s", r->hint) : 0,
			 ivm_error_position(sql, r->location)));
}

/*
 * Raise an error unless the current user may have all changes of the tables
 * captured (triggers), and sees all of their rows.
 */
static void
check_source_privileges(Query *definition, bool triggers)
{
	const IvmTableUse *use;

	if (triggers && (use = ivm_rights_no_trigger(definition, GetUserId(), NIL)) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for table %s", get_rel_name(use->relid)),
				 OidIsValid(use->view) ?
				 errdetail("A view on a table needs the privilege TRIGGER on it. The table is read through view %s.",
						   ivm_sql_text_relation_name(use->view)) :
				 errdetail("A view on a table needs the privileges SELECT and TRIGGER on it."),
				 OidIsValid(use->view) ?
				 errhint("Ask the table's owner for GRANT TRIGGER ON %s.", ivm_sql_text_relation_name(use->relid)) :
				 errhint("Ask the table's owner for GRANT SELECT, TRIGGER ON %s.",
						 ivm_sql_text_relation_name(use->relid))));
	if ((use = ivm_rights_row_security(ivm_rights_tables(definition), GetUserId())) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("row security is in force on table \"%s\"", get_rel_name(use->relid)),
				 OidIsValid(use->view) ?
				 errdetail("The view would hold rows that its owner must not see. The table is read through view %s.",
						   ivm_sql_text_relation_name(use->view)) :
				 errdetail("The view would hold rows that its owner must not see."),
				 OidIsValid(use->view) && OidIsValid(use->reader) ?
				 errhint("Give view %s to the table's owner or to a role with BYPASSRLS.",
						 ivm_sql_text_relation_name(use->view)) :
				 errhint("Create the view as the table's owner or as a role with BYPASSRLS.")));
}

/*
 * A view of this extension that the definition reads is written out in it, and so
 * evaluated under the new view's settings.  Raise an error if these would give it
 * another meaning.
 */
static void
check_source_settings(const IvmCore *core)
{
	ListCell   *lc;

	foreach(lc, core->views)
	{
		IvmViewRow *row = ivm_catalog_find_view(lfirst_oid(lc));
		IvmPlan    *plan = row ? ivm_plan_cache_get(row->id) : NULL;
		const char *setting;

		if (plan == NULL || plan->settings == NULL ||
			(setting = ivm_settings_difference(row->settings)) == NULL)
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("view \"%s\" was created under other settings", get_rel_name(row->view)),
				 errdetail("Its definition is evaluated with %s.", setting),
				 errhint("Set what ivm.views shows as its settings, then create the view that reads it.")));
	}
}

/* What kind of relation a name stands for, in a sentence. */
static const char *
relation_kind(Oid relid)
{
	switch (get_rel_relkind(relid))
	{
		case RELKIND_VIEW:
			return "a plain view";
		case RELKIND_MATVIEW:
			return "a materialized view";
		case RELKIND_FOREIGN_TABLE:
			return "a foreign table";
		case RELKIND_SEQUENCE:
			return "a sequence";
		case RELKIND_INDEX:
		case RELKIND_PARTITIONED_INDEX:
			return "an index";
		case RELKIND_COMPOSITE_TYPE:
			return "a composite type";
		default:
			return "a table";
	}
}

/*
 * The view of this name that the option "replace" replaces, or NULL.  An error if the user does
 * not own it, or if there is a relation that is not to be replaced.
 */
static IvmViewRow *
find_replaced(const RangeVar *rv, Oid namespace, const IvmOptions *options)
{
	Oid			relid = get_relname_relid(rv->relname, namespace);
	IvmViewRow *row;

	if (!options->replace || !OidIsValid(relid))
		return NULL;
	row = ivm_catalog_find_view(relid);
	if (row == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("cannot replace \"%s\"", rv->relname),
				 errdetail("It is %s; the option \"replace\" replaces views that ivm.create_view() has made.",
						   relation_kind(relid)),
				 get_rel_relkind(relid) == RELKIND_MATVIEW ?
				 errhint("ivm.convert() makes a view of it, with its own definition.") :
				 errhint("Drop or rename it first, or choose another name.")));
	return ivm_api_find_owned_view(relid);
}

/*
 * A relation that has the name already and is to stay, after a NOTICE, or InvalidOid if the name
 * is free.
 */
static Oid
check_existing(const RangeVar *rv, Oid namespace, const IvmOptions *options)
{
	Oid			relid = get_relname_relid(rv->relname, namespace);
	IvmViewRow *row;

	if (!OidIsValid(relid))
		return InvalidOid;
	row = ivm_catalog_find_view(relid);
	if (options->if_not_exists && row != NULL)
	{
		ereport(NOTICE,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("view \"%s\" already exists, skipping", rv->relname)));
		return relid;
	}
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_TABLE),
			 errmsg("relation \"%s\" already exists", rv->relname),
			 row ? errhint("Use option \"replace\" or \"if_not_exists\".") :
			 errhint("Choose another name.")));
}

/* Names of relations, separated by commas */
static const char *
relation_names(List *relids)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, relids)
		appendStringInfo(&buf, "%s%s", buf.len > 0 ? ", " : "",
						 ivm_sql_text_relation_name(lfirst_oid(lc)));
	return buf.data;
}

/* Tell what indexes the new view would profit from. */
static void
advise_indexes(const char *view, const IvmCore *core)
{
	ListCell   *lc;

	foreach(lc, ivm_explain_indexes(core))
	{
		IvmIndexAdvice *advice = lfirst(lc);
		const char *table = ivm_sql_text_relation_name(advice->table);

		if (advice->columns == NULL)
			continue;
		if (advice->edge)
		{
			ereport(NOTICE,
					(errmsg("reading view \"%s\" reads all of table %s", view, table),
					 errdetail("Rows at the edge of its window of time are looked up in it by (%s), and no index starts with that.",
							   advice->columns),
					 errhint("An index on %s (%s) makes that a look-up.", table, advice->columns)));
			continue;
		}
		if (advice->values)
		{
			ereport(NOTICE,
					(errmsg("each change of a group of view \"%s\" makes the next read compute the group from table %s", view, table),
					 errdetail("Distinct values are followed by looking them up in it, and no index starts with (%s).",
							   advice->columns),
					 errhint("An index on %s (%s) makes that a look-up.", table, advice->columns)));
			continue;
		}
		ereport(NOTICE,
				(errmsg("maintaining view \"%s\" reads all of table %s", view, table),
				 advice->changed == NIL ?
				 errdetail("Keys that are recomputed are looked up in it by (%s), and no index starts with that.",
						   advice->columns) :
				 errdetail("Changes of %s look up its rows by (%s), and no index starts with that.",
						   relation_names(advice->changed), advice->columns),
				 errhint("An index on %s (%s) makes that a look-up.", table, advice->columns)));
	}
}

/* Raise an error unless the user may make a view, or a part, of this core. */
static void
check_sources(const IvmCore *core, Jsonb *options, IvmMode mode)
{
	check_source_settings(core);
	ivm_plan_check_permissions(core->definition);
	check_source_privileges(core->definition, mode != IVM_MODE_APPEND);
	ivm_api_check_on_error(core, options);
}

/* What a new append view begins with; an error if its options or its definition do not fit. */
static IvmAppendView *
make_append(const IvmCore *core, Jsonb *options)
{
	IvmAppendView *result = palloc0(sizeof(IvmAppendView));
	IvmAppendSource source;

	ivm_api_find_append_source(core, options, &source);
	ivm_append_leaf_check_table(source.base, source.watermark);
	if (ivm_options_append(options, "overlap") == NULL)
		ivm_append_source_check_order(source.base, source.watermark);
	result->base = source.base;
	result->watermark = source.watermark;
	result->bucket = source.bucket;
	return result;
}

/* The options of the new view, with the width of its buckets. */
static Jsonb *
keep_time_bucket(const IvmCore *core, Jsonb *options, int64 time_bucket)
{
	int64		width = core->window ? core->window->width : 0;

	if (core->window != NULL && time_bucket == IVM_NO_BUCKETS)
		return ivm_options_with_time_bucket(options, IVM_NO_BUCKETS);
	if (width == 0 && ivm_options_time_bucket(options) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"time_bucket\" does not apply to this query"),
				 errdetail("It has no condition on the current time that needs buckets."),
				 errhint("Leave the option out.")));
	return width == 0 ? options : ivm_options_with_time_bucket(options, width);
}

/* The options of a view that replaces another one: those of that stay where no others are given. */
static void
keep_options(const IvmViewRow *replaced, IvmMode mode, IvmOptions *options)
{
	Jsonb	   *merged = ivm_options_merge(ivm_options_kept(replaced->options, replaced->mode == mode),
										   options->stored);

	ivm_options_parse(merged, true, options);
}

/*
 * Raise an error unless a view may get this definition, and this mode: a definition must not
 * read itself, and views that read it may not become wrong.
 */
static void
check_replacement(const IvmViewRow *replaced, const IvmCore *core, IvmMode mode)
{
	const char *name = get_rel_name(replaced->view);
	ListCell   *lc;

	if (list_member_oid(core->views, replaced->view))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("cannot replace view \"%s\" with a query that reads it", name),
				 errhint("Create a view of another name.")));
	if (mode == IVM_MODE_IMMEDIATE)
		return;
	foreach(lc, ivm_readers_of(ivm_catalog_all(), replaced->view))
	{
		IvmViewRow *reader = lfirst(lc);

		if (reader->mode == IVM_MODE_IMMEDIATE || mode == IVM_MODE_APPEND)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("view \"%s\" cannot become %s", name,
							mode == IVM_MODE_APPEND ? "an append view" : "deferred"),
					 mode == IVM_MODE_APPEND ?
					 errdetail("View \"%s\" reads it.", ivm_catalog_view_name(reader)) :
					 errdetail("View \"%s\", which is immediate, reads it.", ivm_catalog_view_name(reader)),
					 mode == IVM_MODE_APPEND ? errhint("Drop that view first.") :
					 errhint("Make that view deferred first.")));
	}
}

/*
 * Is the state of a view, or of a part, exact, and made under the settings of the session, and is this its
 * query (NULL: any)?  Not if another transaction is about to drop or replace it, which is not waited for: base
 * tables come before views.  For the same reason the lock is not kept: who replaces the view wants it for
 * himself, and has the tables that this transaction may come to wait for.
 */
static bool
is_exact_now(const IvmViewRow *row, const Query *query)
{
	bool		result;

	if (row->status != IVM_STATUS_READY || ivm_settings_difference(row->settings) != NULL ||
		!ConditionalLockRelationOid(row->definition, AccessShareLock))
		return false;
	result = ivm_relation_exists(row->definition) && ivm_plan_cache_require(row)->unusable == NULL &&
		(query == NULL || equal(ivm_relation_analyzed_query(row->definition), query));
	UnlockRelationOid(row->definition, AccessShareLock);
	return result;
}

/*
 * Has a view what is asked for already: this definition, and with all of its parts the rows of it?  Of a view that is refreshed, as
 * of its last refresh: that it is as old as its schedule lets it be is no reason to compute it.
 */
static bool
is_as_asked(IvmViewRow *row, const IvmNewDefinition *new)
{
	ListCell   *lc;

	if (row->mode != new->mode || !new->with_data)
		return false;
	foreach(lc, ivm_restore_family(row))
	{
		if (!is_exact_now(lfirst(lc), lfirst(lc) == row ? new->query : NULL))
			return false;
	}
	return true;
}

/* Do these options let a view that has the definition already find its rows as it does? */
static bool
are_found_alike(const IvmViewRow *row, Jsonb *options)
{
	static const char *const names[] = {"watermark", "bucket", "overlap", "late"};

	if (ivm_options_time_bucket(row->options) != ivm_options_time_bucket(options))
		return false;
	for (int i = 0; row->mode == IVM_MODE_APPEND && i < (int) lengthof(names); i++)
	{
		const char *before = ivm_options_append(row->options, names[i]);
		const char *now = ivm_options_append(options, names[i]);

		if (before == NULL ? now != NULL : now == NULL || strcmp(before, now) != 0)
			return false;
	}
	return true;
}

/*
 * Give a view that has what is asked for these options.  Nothing else changes, so nothing is locked, as by
 * ivm.alter_view(): who drops or replaces it at the same time does so afterwards.
 */
static void
keep_as_asked(IvmViewRow *row, Jsonb *options)
{
	int			fillfactor = ivm_options_fillfactor(options);
	ListCell   *lc;

	if (compareJsonbContainers(&row->options->root, &options->root) == 0)
		return;
	foreach(lc, ivm_restore_family(row))
	{
		IvmViewRow *part = lfirst(lc);

		if (ivm_options_fillfactor(part->options) != fillfactor)
			ivm_storage_set_fillfactor(part, fillfactor);
		ivm_catalog_set_options(part->id, options);
	}
	ivm_due_follow(ivm_catalog_get(row->id));
}

Oid
ivm_api_create_view(const IvmNewDefinition *new)
{
	Query	   *query = copyObject(new->query);
	IvmMode		mode = new->mode;
	IvmOptions	options = *new->options;
	IvmViewRow *replaced = ivm_catalog_find_view(new->existing);
	IvmCore    *core;
	bool		with_data = new->with_data;
	IvmAppendView *append;
	int64		time_bucket;
	IvmKept    *kept = NULL;
	Oid			result;
	bool		as_asked = replaced && is_as_asked(replaced, new);
	ListCell   *lc;

	if (replaced)
		keep_options(replaced, mode, &options);
	/* the width of its buckets was chosen for this query */
	if (as_asked && options.time_bucket == 0)
		options.time_bucket = ivm_options_time_bucket(replaced->options);
	if (mode == IVM_MODE_DEFERRED && options.time_bucket == 0)
		options.time_bucket = IVM_NO_BUCKETS;
	core = ivm_analyze_query(query, options.time_bucket);
	if (core->refusal && new->sql == NULL)
		report_refusal_of_matview(core->refusal, new->name->relname);
	if (core->refusal)
		report_refusal(core->refusal, new->sql);
	if (options.time_bucket == 0 && (time_bucket = ivm_window_width_choose(core)) != 0)
		core = ivm_analyze_query(query, time_bucket);
	ivm_api_check_mode_options(&options, mode);
	ivm_api_check_window(core, mode);
	options.stored = keep_time_bucket(core, options.stored, options.time_bucket);
	ivm_api_check_views_read(core, mode);
	foreach(lc, core->part_cores)
		ivm_api_check_views_read(lfirst(lc), mode);
	check_sources(core, options.stored, mode);
	foreach(lc, core->part_cores)
		check_sources(lfirst(lc), options.stored, mode);
	ivm_api_check_reconcile(core, &options, options.stored, mode);
	append = mode == IVM_MODE_APPEND ? make_append(core, options.stored) : NULL;
	if (append)
		append->bare = new->bare;
	if (append && new->kept && with_data)
	{
		append->carried_from = replaced->state;
		append->carried_types = new->kept_types;
	}
	if (with_data && ivm_options_builds_online(options.stored))
		with_data = false;
	else
		options.stored = ivm_options_without(options.stored, "build");
	if (!OidIsValid(new->existing) &&
		OidIsValid(result = check_existing(new->name, new->namespace, &options)))
		return result;
	if (replaced)
		check_replacement(replaced, core, mode);
	if (as_asked && are_found_alike(replaced, options.stored))
	{
		ivm_view_query_check(new->existing, query);
		keep_as_asked(replaced, options.stored);
		return new->existing;
	}
	if (OidIsValid(new->existing) && !ivm_create_lock_existing(new->existing, replaced, query, core, mode))
		return ivm_api_create_view(new);
	if (new->kept)
		kept = new->kept;
	else if (replaced)
		kept = ivm_kept_of_view(replaced);
	else if (OidIsValid(new->existing))
		kept = ivm_kept_of_matview(new->existing);
	if (mode != IVM_MODE_APPEND && new->kept == NULL)
		advise_indexes(new->name->relname, core);
	foreach(lc, new->kept == NULL ? core->part_cores : NIL)
		advise_indexes(new->name->relname, lfirst(lc));
	result = ivm_create_view_with_storage(new->name, new->namespace, query, core, mode, with_data,
										  options.stored, options.fillfactor, append, new->existing);
	ivm_kept_restore(ivm_catalog_find_view(result), kept);
	ivm_due_follow(ivm_catalog_find_view(result));
	if (ivm_options_builds_online(options.stored))
		ivm_worker_call_note(IVM_CALL_EACH);
	return result;
}

Datum
ivm_create_view(PG_FUNCTION_ARGS)
{
	IvmNewDefinition new = {0};
	IvmOptions	options;
	List	   *columns;
	IvmViewRow *replaced;
	IvmOwnerScope scope;
	Oid			result;

	ivm_api_require_not_null(fcinfo, 0, "name");
	ivm_api_require_not_null(fcinfo, 1, "query");
	ivm_api_require_not_null(fcinfo, 2, "mode");
	ivm_api_require_not_null(fcinfo, 3, "with_data");
	ivm_api_require_not_null(fcinfo, 4, "options");
	ivm_api_require_writable("ivm.create_view()");
	new.name = check_database(ivm_view_name_parse(text_to_cstring(PG_GETARG_TEXT_PP(0)), &columns),
							  PG_GETARG_TEXT_PP(0));
	new.sql = text_to_cstring(PG_GETARG_TEXT_PP(1));
	new.mode = ivm_api_parse_mode(text_to_cstring(PG_GETARG_TEXT_PP(2)));
	new.with_data = PG_GETARG_BOOL(3);
	ivm_options_parse(PG_GETARG_JSONB_P(4), true, &options);
	new.options = &options;
	new.bare = new.mode == IVM_MODE_APPEND && ivm_api_is_bare_call(fcinfo);

	new.namespace = RangeVarGetCreationNamespace(new.name);
	if (isTempNamespace(new.namespace))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("view \"%s\" cannot be temporary", new.name->relname),
				 errhint("Create it in another schema.")));
	new.query = ivm_api_parse_definition(new.sql);
	ivm_view_name_put_columns(new.query, columns);
	if (ivm_catalog_all() == NIL)
		ivm_adopt_all();		/* their names have ids */
	replaced = find_replaced(new.name, new.namespace, &options);
	new.existing = replaced ? replaced->view : InvalidOid;
	ivm_owner_scope_enter_relation(&scope, replaced ? ivm_relation_owner(new.existing) : GetUserId());
	result = ivm_api_create_view(&new);
	ivm_owner_scope_leave(&scope);
	(void) ivm_drop_remains();
	PG_RETURN_OID(result);
}

/* What a view leaves behind: the kind of relation that a word of the user's stands for. */
static char
parse_keep(const char *keep, bool cascade)
{
	if (cascade)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("arguments \"cascade\" and \"keep\" exclude each other"),
				 errdetail("What depends on the view stays with what is kept.")));
	if (pg_strcasecmp(keep, "table") == 0)
		return RELKIND_RELATION;
	if (pg_strcasecmp(keep, "materialized view") == 0)
		return RELKIND_MATVIEW;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized value \"%s\" for argument \"keep\"", keep),
			 errhint("It is \"table\", \"materialized view\", or null.")));
}

/* Say so if the rows that a view shows, and leaves, are a part so far of those that it is to have. */
static void
report_incomplete_rows(IvmViewRow *row, char kind)
{
	IvmAppendView *append = row->mode == IVM_MODE_APPEND ? ivm_append_view_get(row->id, NULL) : NULL;

	if (append == NULL || !append->filling || ivm_plan_cache_require(row)->unusable != NULL)
		return;
	ereport(NOTICE,
			(errmsg("\"%s\" does not have all of its rows", get_rel_name(row->view)),
			 errdetail("The view was being filled, and had taken in " INT64_FORMAT " rows of table %s.",
					   append->fill_rows, ivm_sql_text_relation_name(append->base)),
			 kind == RELKIND_MATVIEW ? errhint("REFRESH MATERIALIZED VIEW computes the others, too.") : 0));
}

/* Drop a view, but leave a relation of this kind with its rows. */
static void
keep_rows(IvmViewRow *row, char kind)
{
	char	   *fillfactor = ivm_options_append(row->options, "fillfactor");
	IvmKept    *kept;
	IvmOwnerScope scope;
	bool		before;

	ivm_keep_rows_lock(row);
	report_incomplete_rows(row, kind);
	kept = ivm_kept_of_view(row);
	if (fillfactor)
		kept->parameters = lappend(kept->parameters, psprintf("fillfactor = %s", fillfactor));
	before = ivm_own_command_enter();
	PG_TRY();
	{
		ivm_owner_scope_enter_relation(&scope, ivm_relation_owner(row->view));
		ivm_keep_rows(row, kind);
		ivm_kept_restore_plain(row->view, kept);
		ivm_owner_scope_leave(&scope);
	}
	PG_FINALLY();
	{
		ivm_own_command_leave(before);
	}
	PG_END_TRY();
}

Datum
ivm_drop_view(PG_FUNCTION_ARGS)
{
	RangeVar   *rv;
	Oid			relid;
	bool		if_exists;
	char		kind = '\0';
	IvmViewRow *row;

	ivm_api_require_not_null(fcinfo, 0, "name");
	ivm_api_require_not_null(fcinfo, 1, "if_exists");
	ivm_api_require_not_null(fcinfo, 2, "cascade");
	ivm_api_require_writable("ivm.drop_view()");
	if (!PG_ARGISNULL(3))
		kind = parse_keep(text_to_cstring(PG_GETARG_TEXT_PP(3)), PG_GETARG_BOOL(2));
	rv = check_database(makeRangeVarFromNameList(textToQualifiedNameList(PG_GETARG_TEXT_PP(0))),
						PG_GETARG_TEXT_PP(0));
	if_exists = PG_GETARG_BOOL(1);
	relid = RangeVarGetRelid(rv, NoLock, true);
	if (!OidIsValid(relid))
	{
		ereport(if_exists ? NOTICE : ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg(if_exists ? "view \"%s\" does not exist, skipping" :
						"view \"%s\" does not exist", rv->relname)));
		PG_RETURN_VOID();
	}
	row = ivm_api_find_owned_view(relid);
	if (!PG_GETARG_BOOL(2))
		ivm_ddl_source_check_unread(ivm_catalog_all(), relid);
	ivm_drop_check_not_in_use(row);
	if (kind != '\0')
		keep_rows(row, kind);
	else
		ivm_drop_views(row, PG_GETARG_BOOL(2));
	(void) ivm_drop_remains();
	PG_RETURN_VOID();
}
