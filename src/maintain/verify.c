/*-------------------------------------------------------------------------
 *
 * verify.c
 *	  Comparing a view with its definition, in one snapshot.
 *
 * One statement reads both sides and compares them with EXCEPT ALL both ways:
 *
 *	 stored			the view's own query, as any reader runs it
 *	 recomputed		the definition, run as the view's owner; or, where exact
 *					floating-point sums are involved, which PostgreSQL's own
 *					aggregates do not give, the view's own query with
 *					DeltaApply made to compute all states afresh
 *
 * Both run under the settings stored with the view.  Nothing is written, so
 * this works on a standby too.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/executor.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "tcop/pquery.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/snapmgr.h"

#include "aggregates/accum_float.h"
#include "base/compat.h"
#include "ddl/sqlgen_api.h"
#include "maintain/verify.h"
#include "plan/inner_query.h"
#include "plan/owner_scope.h"
#include "read/merge.h"

/* Rows of the comparison fetched at a time */
#define VERIFY_BATCH	1000

/* Does the view show sums that PostgreSQL itself would round differently? */
static bool
has_exact_floats(IvmPlan *plan)
{
	for (int i = 0; i < plan->naccums; i++)
	{
		const IvmAccumClass *class = plan->accums[i].class;

		if (class == &ivm_accum_float_sum || class == &ivm_accum_float_moments ||
			class == &ivm_accum_float_comoments)
			return true;
	}
	return false;
}

static void
start_executor(QueryDesc *qd, bool run_definition)
{
	bool		save = ivm_merge_run_definition;

	ivm_merge_run_definition = run_definition;
	PG_TRY();
	{
		ExecutorStart(qd, 0);
	}
	PG_FINALLY();
	{
		ivm_merge_run_definition = save;
	}
	PG_END_TRY();
}

static TupleDesc
run_query(Query *query, const char *text, bool run_definition, DestReceiver *dest)
{
	PlannedStmt *stmt;
	QueryDesc  *qd;
	TupleDesc	desc;

	stmt = ivm_innerquery_plan(query, text, CURSOR_OPT_PARALLEL_OK, NULL);
	qd = CreateQueryDesc(stmt, text, GetActiveSnapshot(), InvalidSnapshot, dest, NULL, NULL, 0);
	start_executor(qd, run_definition);
	desc = CreateTupleDescCopy(qd->tupDesc);
	ivm_compat_executor_run(qd, true);
	ExecutorFinish(qd);
	ExecutorEnd(qd);
	FreeQueryDesc(qd);
	return desc;
}

/*
 * Send the rows of one side, as the active snapshot has them, and return
 * their descriptor.  The caller has checked that the user may read the view.
 */
TupleDesc
ivm_verify_rows(IvmPlan *plan, IvmViewSide side, DestReceiver *dest)
{
	bool		by_definition = side == IVM_SIDE_RECOMPUTED && !has_exact_floats(plan);
	Query	   *query = ivm_definition_query(by_definition ? plan->row->definition : plan->row->view);
	int			nest = ivm_settings_push(plan->settings);
	const char *text;
	TupleDesc	desc;
	IvmOwnerScope scope;

	query = ivm_sql_comparable_query(query);
	if (by_definition)
		ivm_ownerscope_enter(&scope, plan, IVM_SCOPE_RESTRICTED);
	text = ivm_innerquery_text(plan, side == IVM_SIDE_RECOMPUTED ? "computing" : "reading");
	desc = run_query(query, text, side == IVM_SIDE_RECOMPUTED, dest);
	if (by_definition)
		ivm_ownerscope_leave(&scope);
	ivm_settings_pop(nest);
	return desc;
}

static void
copy_rows(Tuplestorestate *result, TupleDesc desc)
{
	Datum		values[3];
	bool		nulls[3];

	for (uint64 i = 0; i < SPI_processed; i++)
	{
		heap_deform_tuple(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, values, nulls);
		tuplestore_putvalues(result, desc, values, nulls);
	}
	SPI_freetuptable(SPI_tuptable);
}

/*
 * Compare, and put the differing rows (side, copies, row) into result.  The
 * filter, or NULL, is an expression over the view's columns, already checked;
 * it is evaluated as the current user, under the settings of the session.
 */
void
ivm_verify(IvmPlan *plan, const char *key_filter, Tuplestorestate *result, TupleDesc desc)
{
	Query	   *query = ivm_definition_query(plan->row->view);
	char	   *sql = ivm_sql_verify(plan->row->view, ivm_sql_comparable_query(query),
									 key_filter);
	SPIPlanPtr	spi_plan;
	Portal		portal;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	spi_plan = SPI_prepare(sql, 0, NULL);
	if (spi_plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	portal = SPI_cursor_open(NULL, spi_plan, NULL, NULL, true);
	do
	{
		SPI_cursor_fetch(portal, true, VERIFY_BATCH);
		copy_rows(result, desc);
	} while (SPI_processed > 0);
	SPI_cursor_close(portal);
	SPI_finish();
}
