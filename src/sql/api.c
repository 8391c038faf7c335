/*-------------------------------------------------------------------------
 *
 * api.c
 *	  The functions that users call: checks of arguments and privileges.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "commands/dbcommands.h"
#include "miscadmin.h"
#include "parser/analyze.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

#include "base/compat.h"
#include "base/error_context.h"
#include "base/options.h"
#include "base/settings.h"
#include "base/sql_text.h"
#include "capture/capture_triggers.h"
#include "capture/pending.h"
#include "catalog/catalog_view.h"
#include "commit/fold.h"
#include "ddl/create.h"
#include "ddl/ddl_source.h"
#include "ddl/drop.h"
#include "definition/analyze.h"
#include "definition/core.h"
#include "definition/refusal.h"
#include "definition/rights.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"
#include "plan/plan_check.h"
#include "sql/api.h"
#include "sql/explain_index.h"
#include "sql/key_filter.h"

IVM_FUNCTION(ivm_create_view);
IVM_FUNCTION(ivm_drop_view);
IVM_FUNCTION(ivm_fold_view);

/* ---- arguments ---- */

void
ivm_api_require_not_null(FunctionCallInfo fcinfo, int argno, const char *name)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", name)));
}

static RangeVar *
parse_name(text *name)
{
	RangeVar   *rv = makeRangeVarFromNameList(textToQualifiedNameList(name));

	if (rv->catalogname && strcmp(rv->catalogname, get_database_name(MyDatabaseId)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cross-database references are not implemented: \"%s\"",
						text_to_cstring(name))));
	return rv;
}

void
ivm_api_check_mode(const char *mode)
{
	if (strcmp(mode, "immediate") == 0)
		return;
	if (strcmp(mode, "deferred") == 0 || strcmp(mode, "append") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("mode \"%s\" is not supported yet", mode),
				 errhint("Use mode \"immediate\".")));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized mode \"%s\"", mode),
			 errhint("The mode is \"immediate\".")));
}

/*
 * Creating a view needs a fresh snapshot after its locks, and later reads in
 * the transaction would see the view's rows with an older one.
 */
void
ivm_api_require_read_committed(const char *function)
{
	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("%s cannot run in a REPEATABLE READ or SERIALIZABLE transaction", function),
				 errdetail("Its result would not match the snapshot of the transaction."),
				 errhint("Run it in a READ COMMITTED transaction.")));
}

/* What writes can run neither on a standby nor in a parallel worker. */
void
ivm_api_require_writable(const char *function)
{
	PreventCommandIfReadOnly(function);
	PreventCommandIfParallelMode(function);
	PreventCommandDuringRecovery(function);
}

/* The row of a view named by the user. */
static IvmViewRow *
find_view(Oid relid)
{
	IvmViewRow *row = ivm_catalog_find_view(relid);

	if (row == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not an incrementally maintained view",
						get_rel_name(relid) ? get_rel_name(relid) : psprintf("%u", relid)),
				 errhint("The views are listed in ivm.views.")));
	return row;
}

/* ... who must own it. */
IvmViewRow *
ivm_api_find_owned_view(Oid relid)
{
	IvmViewRow *row = find_view(relid);

	if (row->part_of != 0)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is a part of view \"%s\"", get_rel_name(relid), ivm_catalog_view_name(row)),
				 errhint("Name that view.")));
	if (!object_aclcheck_is_owner(relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_VIEW, get_rel_name(relid));
	return row;
}

/* ... who must be allowed to read it. */
IvmViewRow *
ivm_api_find_readable_view(Oid relid)
{
	IvmViewRow *row = find_view(relid);
	AclResult	acl = pg_class_aclcheck(relid, GetUserId(), ACL_SELECT);

	if (acl != ACLCHECK_OK)
		aclcheck_error(acl, OBJECT_VIEW, get_rel_name(relid));
	return row;
}

/* A condition over the columns of a view, analyzed. */
Query *
ivm_api_parse_filter(Oid view, const char *key_filter)
{
	ErrorContextCallback callback;
	Query	   *query;

	ivm_error_enter_query(&callback, key_filter);
	query = ivm_key_filter_query(view, key_filter);
	ivm_error_leave_query(&callback);
	return query;
}

/* ---- create_view ---- */

/* The query, parsed and analyzed; errors point into its text. */
Query *
ivm_api_parse_definition(const char *sql)
{
	ErrorContextCallback callback;
	List	   *statements;
	RawStmt    *raw;
	Query	   *query;

	ivm_error_enter_query(&callback, sql);
	statements = ivm_sql_text_parse(sql);
	if (list_length(statements) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg(statements == NIL ? "the definition is empty" :
						"the definition is more than one statement"),
				 errhint("Give one SELECT statement.")));
	raw = linitial_node(RawStmt, statements);
	if (!IsA(raw->stmt, SelectStmt))
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("the definition is not a SELECT"),
				 errhint("Give one SELECT statement.")));
	if (((SelectStmt *) raw->stmt)->intoClause != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("the definition must not contain INTO"),
				 errhint("Leave INTO out; the view has the name given.")));
	query = parse_analyze_fixedparams(raw, sql, NULL, 0, NULL);
	ivm_error_leave_query(&callback);
	return query;
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

static void
check_source_privileges(Query *definition)
{
	const IvmTableUse *use;

	if ((use = ivm_rights_no_trigger(definition, GetUserId(), NIL)) != NULL)
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
 * A view of this extension that is read through is evaluated as part of the new
 * view, so under the new view's settings.
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
 * What to do with a relation that has the name already: returns its OID if
 * it is to stay, after a NOTICE; InvalidOid if the name is free.
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
		if (!object_aclcheck_is_owner(relid, GetUserId()))
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

/* May the user make a view, or a part of one, of these sources, with these options? */
static void
check_sources(const IvmCore *core, Jsonb *options)
{
	check_source_settings(core);
	ivm_plan_check_permissions(core->definition);
	check_source_privileges(core->definition);
	ivm_api_check_on_error(core, options);
}

Datum
ivm_create_view(PG_FUNCTION_ARGS)
{
	RangeVar   *rv;
	Oid			namespace;
	const char *sql;
	IvmOptions	options;
	Query	   *query;
	IvmCore    *core;
	Oid			existing;
	Oid			result;
	ListCell   *lc;

	ivm_api_require_not_null(fcinfo, 0, "name");
	ivm_api_require_not_null(fcinfo, 1, "query");
	ivm_api_require_not_null(fcinfo, 2, "mode");
	ivm_api_require_not_null(fcinfo, 3, "with_data");
	ivm_api_require_not_null(fcinfo, 4, "options");
	ivm_api_require_writable("ivm.create_view()");
	ivm_api_require_read_committed("ivm.create_view()");
	rv = parse_name(PG_GETARG_TEXT_PP(0));
	sql = text_to_cstring(PG_GETARG_TEXT_PP(1));
	ivm_api_check_mode(text_to_cstring(PG_GETARG_TEXT_PP(2)));
	ivm_options_parse(PG_GETARG_JSONB_P(4), true, &options);

	namespace = RangeVarGetCreationNamespace(rv);
	if (isTempNamespace(namespace))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("view \"%s\" cannot be temporary", rv->relname),
				 errhint("Create it in another schema.")));

	query = ivm_api_parse_definition(sql);
	core = ivm_analyze_query(query);
	if (core->refusal)
		report_refusal(core->refusal, sql);
	check_sources(core, options.stored);
	foreach(lc, core->part_cores)
		check_sources(lfirst(lc), options.stored);
	existing = check_existing(rv, namespace, &options);
	if (OidIsValid(existing))
		PG_RETURN_OID(existing);
	advise_indexes(rv->relname, core);
	foreach(lc, core->part_cores)
		advise_indexes(rv->relname, lfirst(lc));
	result = ivm_create_view_with_storage(rv, namespace, query, core, PG_GETARG_BOOL(3),
							options.stored, options.fillfactor);
	(void) ivm_drop_remains();
	PG_RETURN_OID(result);
}

/* Can this view break instead of failing its writers? */
void
ivm_api_check_on_error(const IvmCore *core, Jsonb *options)
{
	if (!core->single && ivm_options_breaks(options))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("option \"on_error\" cannot be \"break\" for a view over several tables"),
				 errdetail("Its changes are computed when a transaction commits; an error cannot be caught then."),
				 errhint("Write the definition so that it raises no error, for example with NULLIF(divisor, 0).")));
}

/* ---- drop_view ---- */

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
	rv = parse_name(PG_GETARG_TEXT_PP(0));
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

/* ---- fold ---- */

static int64
fold_view(const IvmViewRow *row)
{
	IvmPlan    *plan;

	if (ivm_pending_has(row->id))
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("view \"%s\" has pending changes of this transaction", ivm_catalog_view_name(row)),
				 errdetail("This transaction has changed its base table."),
				 errhint("Fold it in a transaction of its own.")));
	plan = ivm_plan_cache_get(row->id);
	if (plan == NULL)
		return 0;
	/* one lock instead of many, unless somebody just writes the state */
	return ivm_fold_deltas(plan, PG_INT64_MAX,
					ConditionalLockRelationOid(row->state, ShareRowExclusiveLock), true);
}

Datum
ivm_fold_view(PG_FUNCTION_ARGS)
{
	IvmViewRow *row;
	int64		folded;
	ListCell   *lc;

	ivm_api_require_not_null(fcinfo, 0, "view");
	ivm_api_require_writable("ivm.fold()");
	ivm_api_require_read_committed("ivm.fold()");
	row = ivm_api_find_owned_view(PG_GETARG_OID(0));
	folded = fold_view(row);
	foreach(lc, ivm_catalog_parts(row->id))
		folded += fold_view(lfirst(lc));
	ivm_capture_triggers_note(row);
	foreach(lc, ivm_catalog_parts(row->id))
		ivm_capture_triggers_note(lfirst(lc));
	PG_RETURN_INT64(folded);
}
