/*-------------------------------------------------------------------------
 *
 * api_read.c
 *	  Functions for users that change nothing.
 *
 * They work on a standby and in read-only transactions too.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "access/xlogrecovery.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_type.h"
#include "executor/tstoreReceiver.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/error_context.h"
#include "base/relation.h"
#include "capture/pending.h"
#include "catalog/catalog_view.h"
#include "catalog/watermark.h"
#include "definition/analyze.h"
#include "definition/analyze_check.h"
#include "definition/core.h"
#include "definition/refusal.h"
#include "definition/sources.h"
#include "maintain/append_refresh.h"
#include "maintain/verify.h"
#include "plan/ahead.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"
#include "read/merge.h"
#include "sql/api.h"
#include "sql/explain.h"

IVM_FUNCTION(ivm_verify_view);
IVM_FUNCTION(ivm_view_rows);
IVM_FUNCTION(ivm_data_as_of);
IVM_FUNCTION(ivm_tables_read);
IVM_FUNCTION(ivm_view_status);
IVM_FUNCTION(ivm_view_definition);
IVM_FUNCTION(ivm_total_size);
IVM_FUNCTION(ivm_explain_query);
IVM_FUNCTION(ivm_explain_view);

/* The plan of a view; an error if the view cannot be computed. */
static IvmPlan *
get_computable_plan(IvmViewRow *row)
{
	IvmPlan    *plan = ivm_plan_cache_require(row);

	if (plan->core->finishing == NULL)
		ivm_error_report_refusal(get_rel_name(row->view), plan->core->refusal->message);
	return plan;
}

/* ---- verify_view ---- */

Datum
ivm_verify_view(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	IvmViewRow *row;
	IvmPlan    *plan;
	char	   *key_filter = PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1));

	ivm_api_require_not_null(fcinfo, 0, "view");
	InitMaterializedSRF(fcinfo, 0);
	row = ivm_api_find_readable_view(PG_GETARG_OID(0));
	plan = get_computable_plan(row);
	if (key_filter)
		(void) ivm_api_parse_filter(row->view, key_filter);
	if (plan->append)
	{
		/* closed buckets need not be what the definition gives */
		char	   *open = ivm_append_refresh_open_text(plan, GetActiveSnapshot());

		if (open)
			key_filter = key_filter ? psprintf("%s AND (%s\n)", open, key_filter) : open;
	}
	if (plan->unusable)
		ereport(NOTICE,
				(errmsg("view \"%s\" is computed when it is read", get_rel_name(row->view)),
				 errdetail("Its stored rows are not used: %s.", plan->unusable)));
	ivm_verify(plan, key_filter, rsinfo->setResult, rsinfo->setDesc);
	return (Datum) 0;
}

/* ivm._view_rows(): the rows of one side of a view, for verify_statement(). */
Datum
ivm_view_rows(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	IvmViewRow *row;
	char	   *side;
	DestReceiver *dest;
	TupleDesc	desc;

	ivm_api_require_not_null(fcinfo, 0, "view");
	ivm_api_require_not_null(fcinfo, 1, "side");
	row = ivm_api_find_readable_view(PG_GETARG_OID(0));
	side = text_to_cstring(PG_GETARG_TEXT_PP(1));
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	dest = CreateDestReceiver(DestTuplestore);
	SetTuplestoreDestReceiverParams(dest, rsinfo->setResult,
									rsinfo->econtext->ecxt_per_query_memory, true, NULL, NULL);
	desc = ivm_verify_rows(get_computable_plan(row),
						   strcmp(side, "stored") == 0 ? IVM_SIDE_STORED : IVM_SIDE_RECOMPUTED,
						   dest);
	dest->rDestroy(dest);
	rsinfo->setDesc = desc;
	return (Datum) 0;
}

/* ---- data_as_of ---- */

/*
 * Does a read of a deferred view in this statement show rows as of the last refresh?  Not if
 * it tolerates less than their age, or if the definition is run.
 */
static bool
shows_stored(IvmViewRow *row)
{
	const IvmPlan *plan = ivm_plan_cache_require(row);
	IvmWatermark *watermark = ivm_watermark_get(row->id, GetActiveSnapshot());

	return plan->unusable == NULL && !ivm_ahead_is(row->id) &&
		(plan->max_staleness == NULL || (watermark && ivm_merge_is_young(plan, watermark->as_of)));
}

/*
 * Every read of an immediate view is as fresh as its snapshot, be it merged
 * or run from the definition.  The server keeps no time of a snapshot; what is
 * returned is a time that it includes.
 */
Datum
ivm_data_as_of(PG_FUNCTION_ARGS)
{
	IvmViewRow *row;

	ivm_api_require_not_null(fcinfo, 0, "view");
	row = ivm_api_find_readable_view(PG_GETARG_OID(0));
	if (ivm_plan_cache_require(row)->core->finishing == NULL)
		PG_RETURN_NULL();
	if (row->mode != IVM_MODE_IMMEDIATE && shows_stored(row))
	{
		IvmWatermark *watermark = ivm_watermark_get(row->id, GetActiveSnapshot());

		if (watermark == NULL)
			PG_RETURN_NULL();
		PG_RETURN_TIMESTAMPTZ(watermark->as_of);
	}
	if (RecoveryInProgress())
	{
		TimestampTz replayed = GetLatestXTime();

		if (replayed == 0)
			PG_RETURN_NULL();
		PG_RETURN_TIMESTAMPTZ(replayed);
	}
	PG_RETURN_TIMESTAMPTZ(IsolationUsesXactSnapshot() ?
						  GetCurrentTransactionStartTimestamp() :
						  GetCurrentStatementStartTimestamp());
}

/* ---- tables of append views ---- */

Datum
ivm_tables_read(PG_FUNCTION_ARGS)
{
	IvmPlan    *plan = ivm_plan_cache_get(PG_GETARG_INT32(0));
	Datum	   *elems;
	int			n = 0;
	ListCell   *lc;

	if (plan == NULL)
		PG_RETURN_NULL();
	elems = palloc(sizeof(Datum) * Max(list_length(plan->relids), 1));
	foreach(lc, plan->relids)
		elems[n++] = ObjectIdGetDatum(lfirst_oid(lc));
	PG_RETURN_ARRAYTYPE_P(construct_array(elems, n, REGCLASSOID, sizeof(Oid), true, TYPALIGN_INT));
}

/* ---- status ---- */

/* Is the state of a view as good as the catalogue says? */
static bool
is_ready(const IvmPlan *plan)
{
	return plan->row->status == IVM_STATUS_READY && plan->unusable == NULL && ivm_pending_broken(plan) == NULL;
}

/* May the current user see messages of errors of a view? */
static bool
may_see_errors(const IvmViewRow *row)
{
	return pg_class_aclcheck(row->view, GetUserId(), ACL_SELECT) == ACLCHECK_OK ||
		has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS);
}

/*
 * Status and reason of a view, given its id: its own or, if it is ready itself,
 * that of a part that is not.  The status is "stale" also where the catalogue says
 * "ready" but the state cannot be used.  The reason of a broken view is an error's
 * message, which may hold values.
 */
Datum
ivm_view_status(PG_FUNCTION_ARGS)
{
	IvmPlan    *plan = ivm_plan_cache_get(PG_GETARG_INT32(0));
	const IvmViewRow *row;
	TupleDesc	desc;
	Datum		values[3] = {0};
	bool		nulls[3] = {false, true, false};
	ListCell   *lc;
	bool		errors;
	const char *broken;

	if (plan == NULL)
		PG_RETURN_NULL();
	errors = may_see_errors(plan->row);
	if (is_ready(plan))
	{
		foreach(lc, ivm_catalog_parts(plan->row->id))
		{
			IvmPlan    *part = ivm_plan_cache_get(((IvmViewRow *) lfirst(lc))->id);

			if (part != NULL && !is_ready(part))
			{
				plan = part;
				break;
			}
		}
	}
	row = plan->row;
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	broken = ivm_pending_broken(plan);
	if (broken != NULL)
	{
		values[0] = CStringGetTextDatum(ivm_view_row_status_shown(IVM_STATUS_BROKEN));
		nulls[1] = !errors;
		if (errors)
			values[1] = CStringGetTextDatum(broken);
		values[2] = BoolGetDatum(false);
		PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
	}
	values[0] = CStringGetTextDatum(row->status == IVM_STATUS_READY && plan->unusable ?
									ivm_view_row_status_shown(IVM_STATUS_STALE) :
									ivm_view_row_status_shown(row->status));
	values[2] = BoolGetDatum(plan->unusable == NULL);
	if ((row->status == IVM_STATUS_READY ? plan->unusable != NULL : row->reason != NULL) &&
		(row->status != IVM_STATUS_BROKEN || errors))
	{
		values[1] = CStringGetTextDatum(row->status == IVM_STATUS_READY ?
										plan->unusable : row->reason);
		nulls[1] = false;
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

/* ---- columns of ivm.views ---- */

Datum
ivm_view_definition(PG_FUNCTION_ARGS)
{
	char	   *result = ivm_relation_view_definition(PG_GETARG_OID(0));

	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(result));
}

Datum
ivm_total_size(PG_FUNCTION_ARGS)
{
	int64		result = ivm_relation_total_size(PG_GETARG_OID(0));

	if (result < 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64(result);
}

/* ---- explain ---- */

/* Return rows of IvmExplainRow. */
static void
return_rows(FunctionCallInfo fcinfo, List *rows)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell   *lc;

	foreach(lc, rows)
	{
		IvmExplainRow *row = lfirst(lc);
		const char *texts[] = {row->part, row->construct, row->strategy,
		row->write_cost, row->read_cost, row->note, row->code};
		Datum		values[lengthof(texts)] = {0};
		bool		nulls[lengthof(texts)];

		for (int i = 0; i < (int) lengthof(texts); i++)
		{
			nulls[i] = texts[i] == NULL;
			if (texts[i])
				values[i] = CStringGetTextDatum(texts[i]);
		}
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
}

/* Why a query cannot be maintained, or NULL: by its analysis or by what its tables are partitioned into. */
static IvmRefusal *
find_refusal(const IvmCore *core)
{
	ListCell   *lc;
	List	   *partitions = NIL;

	if (core->refusal != NULL)
		return core->refusal;
	foreach(lc, ivm_sources_relids(core->sources, core->nsources))
		partitions = list_concat(partitions, ivm_relation_leaf_partitions(lfirst_oid(lc), NoLock));
	return ivm_analyze_check_partitions(partitions);
}

Datum
ivm_explain_query(PG_FUNCTION_ARGS)
{
	const char *sql;
	Query	   *query;
	IvmCore    *core;
	IvmRefusal *refusal;

	ivm_api_require_not_null(fcinfo, 0, "query");
	InitMaterializedSRF(fcinfo, 0);
	sql = text_to_cstring(PG_GETARG_TEXT_PP(0));
	query = ivm_api_parse_definition(sql);
	ivm_compat_check_permissions(query);
	core = ivm_analyze_query(query, 0);
	refusal = find_refusal(core);
	return_rows(fcinfo, refusal ? ivm_explain_refusal(refusal, sql) :
				ivm_explain_core(core, core->part_cores));
	return (Datum) 0;
}

Datum
ivm_explain_view(PG_FUNCTION_ARGS)
{
	IvmViewRow *row;

	ivm_api_require_not_null(fcinfo, 0, "view");
	InitMaterializedSRF(fcinfo, 0);
	row = ivm_api_find_readable_view(PG_GETARG_OID(0));
	return_rows(fcinfo, ivm_explain_plan(ivm_plan_cache_whole(row)));
	return (Datum) 0;
}
