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
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

#include "base/compat.h"
#include "base/error_context.h"
#include "base/options.h"
#include "base/settings.h"
#include "base/sql_text.h"
#include "capture/append_leaf.h"
#include "catalog/append_view.h"
#include "catalog/catalog_view.h"
#include "ddl/adopt.h"
#include "ddl/create.h"
#include "ddl/ddl_source.h"
#include "ddl/drop.h"
#include "ddl/window_width.h"
#include "definition/analyze.h"
#include "definition/append_source.h"
#include "definition/core.h"
#include "definition/refusal.h"
#include "definition/rights.h"
#include "definition/time_window.h"
#include "maintain/due.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"
#include "plan/plan_check.h"
#include "sql/api.h"
#include "sql/explain_index.h"
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
 * Look for a relation that has the name already.  Returns its OID if it is to
 * stay, after a NOTICE; or InvalidOid if the name is free, as there is none or as
 * the view of that name was dropped to be replaced.
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
	if (options->replace && row != NULL)
	{
		if (!ivm_compat_is_owner(relid, GetUserId()))
			aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_VIEW, rv->relname);
		ivm_ddl_source_check_unread(ivm_catalog_all(), relid);
		ivm_drop_views(row, false);
		return InvalidOid;
	}
	if (options->replace)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("cannot replace \"%s\"", rv->relname),
				 errdetail("It is %s; the option \"replace\" replaces views that ivm.create_view() has made.",
						   relation_kind(relid)),
				 errhint("Drop or rename it first, or choose another name.")));
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

Datum
ivm_create_view(PG_FUNCTION_ARGS)
{
	RangeVar   *rv;
	List	   *columns;
	Oid			namespace;
	const char *sql;
	IvmMode		mode;
	IvmOptions	options;
	Query	   *query;
	IvmCore    *core;
	IvmAppendView *append;
	int64		time_bucket;
	Oid			existing;
	Oid			result;
	ListCell   *lc;

	ivm_api_require_not_null(fcinfo, 0, "name");
	ivm_api_require_not_null(fcinfo, 1, "query");
	ivm_api_require_not_null(fcinfo, 2, "mode");
	ivm_api_require_not_null(fcinfo, 3, "with_data");
	ivm_api_require_not_null(fcinfo, 4, "options");
	ivm_api_require_writable("ivm.create_view()");
	rv = check_database(ivm_view_name_parse(text_to_cstring(PG_GETARG_TEXT_PP(0)), &columns),
						PG_GETARG_TEXT_PP(0));
	sql = text_to_cstring(PG_GETARG_TEXT_PP(1));
	mode = ivm_api_parse_mode(text_to_cstring(PG_GETARG_TEXT_PP(2)));
	ivm_options_parse(PG_GETARG_JSONB_P(4), true, &options);

	namespace = RangeVarGetCreationNamespace(rv);
	if (isTempNamespace(namespace))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("view \"%s\" cannot be temporary", rv->relname),
				 errhint("Create it in another schema.")));

	query = ivm_api_parse_definition(sql);
	ivm_view_name_put_columns(query, columns);
	if (mode == IVM_MODE_DEFERRED && options.time_bucket == 0)
		options.time_bucket = IVM_NO_BUCKETS;
	core = ivm_analyze_query(query, options.time_bucket);
	if (core->refusal)
		report_refusal(core->refusal, sql);
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
		append->bare = ivm_api_is_bare_call(fcinfo);
	if (ivm_catalog_all() == NIL)
		ivm_adopt_all();		/* their names have ids */
	existing = check_existing(rv, namespace, &options);
	if (OidIsValid(existing))
		PG_RETURN_OID(existing);
	if (mode != IVM_MODE_APPEND)
		advise_indexes(rv->relname, core);
	foreach(lc, core->part_cores)
		advise_indexes(rv->relname, lfirst(lc));
	result = ivm_create_view_with_storage(rv, namespace, query, core, mode, PG_GETARG_BOOL(3),
										  options.stored, options.fillfactor, append);
	ivm_due_follow(ivm_catalog_find_view(result));
	(void) ivm_drop_remains();
	PG_RETURN_OID(result);
}

Datum
ivm_drop_view(PG_FUNCTION_ARGS)
{
	RangeVar   *rv;
	Oid			relid;
	bool		if_exists;
	IvmViewRow *row;

	ivm_api_require_not_null(fcinfo, 0, "name");
	ivm_api_require_not_null(fcinfo, 1, "if_exists");
	ivm_api_require_not_null(fcinfo, 2, "cascade");
	ivm_api_require_writable("ivm.drop_view()");
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
	ivm_drop_views(row, PG_GETARG_BOOL(2));
	(void) ivm_drop_remains();
	PG_RETURN_VOID();
}
