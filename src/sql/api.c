/*-------------------------------------------------------------------------
 *
 * api.c
 *	  Checks of arguments and privileges that the functions for users share.
 *
 * The functions that users call are in api_create.c, api_maintain.c, api_read.c
 * and api_index.c.  Each checks its arguments, finds the view with the privilege
 * that it needs, and calls what does the work, which checks neither.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "parser/analyze.h"
#include "tcop/pquery.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/portal.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/error_context.h"
#include "base/options.h"
#include "base/sql_text.h"
#include "catalog/catalog_view.h"
#include "definition/core.h"
#include "definition/time_window.h"
#include "sql/api.h"
#include "sql/key_filter.h"

/* ---- arguments ---- */

void
ivm_api_require_not_null(FunctionCallInfo fcinfo, int argno, const char *name)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", name)));
}

IvmMode
ivm_api_parse_mode(const char *name)
{
	IvmMode		result;

	if (ivm_view_row_mode_from_name(name, &result))
		return result;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized mode \"%s\"", name),
			 errhint("The mode is \"immediate\", \"deferred\" or \"append\".")));
}

void
ivm_api_check_mode_options(const IvmOptions *options, IvmMode mode)
{
	if (options->refreshed && mode == IVM_MODE_IMMEDIATE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options \"refresh\", \"max_staleness\" and \"log_limit\" are for views that are refreshed"),
				 errdetail("The view is immediate: it is always current."),
				 errhint("Use mode \"deferred\" or \"append\".")));
	if (options->deferred && mode != IVM_MODE_DEFERRED)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"log_limit\" is for deferred views"),
				 errdetail("An append view has no change log."),
				 errhint("Leave the option out.")));
	if (mode == IVM_MODE_APPEND && ivm_options_refresh_when(options->stored) == IVM_REFRESH_ON_CHANGE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an append view cannot be refreshed \"on change\""),
				 errdetail("Nobody tells of changes of its table."),
				 errhint("Use an interval, such as \"1 min\".")));
	if (mode == IVM_MODE_APPEND && ivm_options_builds_online(options->stored))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"build\" is not for append views"),
				 errdetail("Filling them holds back nobody."),
				 errhint("Create the view with_data => false, and call ivm.refresh().")));
	if (options->append && mode != IVM_MODE_APPEND)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options \"watermark\", \"overlap\", \"late\", \"batch_rows\" and \"newest_first\" are for append views"),
				 errhint("Use mode \"append\", or leave them out.")));
}

void
ivm_api_find_append_source(const IvmCore *core, Jsonb *stored, IvmAppendSource *result)
{
	IvmAppendOptions options = {
		.watermark = ivm_options_append(stored, "watermark"),
		.bucket = ivm_options_append(stored, "bucket"),
		.overlap = ivm_options_append(stored, "overlap"),
		.late = ivm_options_append(stored, "late"),
		.reconcile_last = ivm_options_append(stored, "reconcile_last")
	};

	ivm_append_source_find(core, &options, result);
}

void
ivm_api_check_reconcile(const IvmCore *core, const IvmOptions *options, Jsonb *stored, IvmMode mode)
{
	const char *last = ivm_options_append(stored, "reconcile_last");

	if (options->reconcile_last && !ivm_options_reconciles(stored))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"reconcile_last\" requires the option \"reconcile\""),
				 errhint("Say when the view is to be reconciled, for example \"reconcile\": \"1 day\".")));
	if (mode == IVM_MODE_APPEND)
		return;
	if (last != NULL)
		(void) ivm_append_source_find_bucket(core, ivm_options_append(stored, "bucket"), last);
	else if (options->bucket)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"bucket\" requires the option \"reconcile_last\""),
				 errdetail("Only append views have another use of buckets."),
				 errhint("Leave it out.")));
}

void
ivm_api_check_views_read(const IvmCore *core, IvmMode mode)
{
	ListCell   *lc;

	foreach(lc, core->views)
	{
		IvmViewRow *row = ivm_catalog_find_view(lfirst_oid(lc));

		if (row != NULL && row->mode == IVM_MODE_APPEND)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("a maintained view cannot read view \"%s\", which is an append view", get_rel_name(row->view)),
					 errdetail("It would be computed from that view's tables, where rows of closed buckets may be missing."),
					 errhint("Read it in a plain view.")));
		if (mode == IVM_MODE_IMMEDIATE && row != NULL && row->mode != IVM_MODE_IMMEDIATE)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("an immediate view cannot read view \"%s\", which is deferred", get_rel_name(row->view)),
					 errdetail("It would be current while what it reads is not."),
					 errhint("Use mode \"deferred\", or make that view immediate.")));
	}
}

void
ivm_api_check_window(const IvmCore *core, IvmMode mode)
{
	if (core->window != NULL && mode == IVM_MODE_APPEND)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("an append view cannot have a condition on the current time"),
				 errdetail("Rows that leave the window of time would not be noticed: only new rows are read."),
				 errhint("Put the condition into the queries that read the view, or use mode \"immediate\".")));
	if (core->window != NULL && core->window->width > 0 && mode != IVM_MODE_IMMEDIATE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a deferred view cannot have a condition on the current time in buckets"),
				 errdetail("Its rows are those of the last refresh, and rows at the edge of the window would be those of now."),
				 errhint("Create it with the option \"time_bucket\": \"none\", which is the default for deferred views.")));
}

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

/* ---- transactions ---- */

/* Is an expression a call of this function, with constants? */
static bool
is_call(Node *expr, Oid function)
{
	ListCell   *lc;

	if (!IsA(expr, FuncExpr) || ((FuncExpr *) expr)->funcid != function)
		return false;
	foreach(lc, ((FuncExpr *) expr)->args)
	{
		if (!IsA(lfirst(lc), Const) && !IsA(lfirst(lc), Param))
			return false;
	}
	return true;
}

bool
ivm_api_is_bare_call(FunctionCallInfo fcinfo)
{
	PlannedStmt *stmt;
	Plan	   *plan;

	if (IsTransactionBlock() || IsSubTransaction() || TransactionIdIsValid(GetTopTransactionIdIfAny()) ||
		ActivePortal == NULL || list_length(ActivePortal->stmts) != 1)
		return false;
	stmt = linitial_node(PlannedStmt, ActivePortal->stmts);
	plan = stmt->planTree;
	if (stmt->commandType != CMD_SELECT || stmt->subplans != NIL || plan == NULL)
		return false;
	if (IsA(plan, FunctionScan))
	{
		FunctionScan *scan = (FunctionScan *) plan;

		return list_length(scan->functions) == 1 && !contain_volatile_functions((Node *) plan->targetlist) &&
			is_call(((RangeTblFunction *) linitial(scan->functions))->funcexpr, fcinfo->flinfo->fn_oid);
	}
	return IsA(plan, Result) && plan->lefttree == NULL && list_length(plan->targetlist) == 1 &&
		is_call((Node *) linitial_node(TargetEntry, plan->targetlist)->expr, fcinfo->flinfo->fn_oid);
}


void
ivm_api_commit(void)
{
	SPI_commit();
	Assert(!FirstSnapshotSet);
	XactIsoLevel = XACT_READ_COMMITTED;
}

void
ivm_api_require_writable(const char *function)
{
	PreventCommandIfReadOnly(function);
	PreventCommandIfParallelMode(function);
	PreventCommandDuringRecovery(function);
	if (InSecurityRestrictedOperation())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("cannot execute %s within security-restricted operation", function),
				 errdetail("A function that a view's definition calls must not maintain views, since one may be in the middle of that.")));
}

/* ---- views named by the user ---- */

void
ivm_api_report_altering(const char *view)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("view \"%s\" has been taken apart", view),
			 errdetail("ivm.before_alter() does that, so that a column which the view uses can be altered."),
			 errhint("Call ivm.after_alter() first, in the same transaction.")));
}

void
ivm_api_report_paused(const IvmViewRow *row)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("view \"%s\" is paused", get_rel_name(row->view)),
			 row->status == IVM_STATUS_ROLLED_BACK ?
			 errdetail("It was %s.", row->reason) : 0,
			 errhint("Use ivm.resume() to bring it up to date and maintain it again.")));
}

/* The row of a view; an error if the relation is none. */
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
	if (row->status == IVM_STATUS_ALTERING)
		ivm_api_report_altering(ivm_catalog_view_name(row));
	return row;
}

IvmViewRow *
ivm_api_find_owned_view(Oid relid)
{
	IvmViewRow *row = find_view(relid);

	if (row->part_of != 0)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is a part of view \"%s\"", get_rel_name(relid), ivm_catalog_view_name(row)),
				 errhint("Name that view.")));
	if (!ivm_compat_is_owner(relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_VIEW, get_rel_name(relid));
	return row;
}

bool
ivm_api_may_maintain(Oid relid)
{
	return ivm_compat_is_owner(relid, GetUserId()) || ivm_compat_may_maintain(relid, GetUserId());
}

IvmViewRow *
ivm_api_find_maintained_view(Oid relid)
{
	IvmViewRow *row = find_view(relid);

	if (row->part_of == 0 && ivm_compat_may_maintain(relid, GetUserId()))
		return row;
	return ivm_api_find_owned_view(relid);
}

IvmViewRow *
ivm_api_find_readable_view(Oid relid)
{
	IvmViewRow *row = find_view(relid);
	AclResult	acl = pg_class_aclcheck(relid, GetUserId(), ACL_SELECT);

	if (acl != ACLCHECK_OK)
		aclcheck_error(acl, OBJECT_VIEW, get_rel_name(relid));
	return row;
}

/* ---- texts given by the user ---- */

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
