/*-------------------------------------------------------------------------
 *
 * api_monitor.c
 *	  Functions behind the views that monitoring reads.
 *
 * They work on a standby and in read-only transactions too, and for everybody: what is
 * not for all is left out here, or by the SQL views.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/progress.h"
#include "capture/log_pending.h"
#include "catalog/watermark.h"

IVM_FUNCTION(ivm_log_pending);
IVM_FUNCTION(ivm_progress);

/* ---- columns of ivm.views ---- */

/* A row with the estimates for a view, given by its id, over these base tables. */
Datum
ivm_log_pending(PG_FUNCTION_ARGS)
{
	IvmWatermark *watermark = ivm_watermark_get(PG_GETARG_INT32(0), GetActiveSnapshot());
	IvmLogPending pending;
	TupleDesc	desc;
	Datum	   *bases;
	int			nbases;
	List	   *relids = NIL;
	Datum		values[2];
	bool		nulls[2] = {false, false};

	if (watermark == NULL || watermark->snapshot == NULL)
		PG_RETURN_NULL();
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), REGCLASSOID, sizeof(Oid), true, TYPALIGN_INT,
					  &bases, NULL, &nbases);
	for (int i = 0; i < nbases; i++)
		relids = lappend_oid(relids, DatumGetObjectId(bases[i]));
	ivm_log_pending_estimate(relids, watermark, GetActiveSnapshot(), &pending);
	values[0] = Int64GetDatum(pending.rows);
	values[1] = Int64GetDatum(pending.bytes);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

/* ---- progress ---- */

/* May the current user see what a session of this user does? */
static bool
may_see(Oid userid)
{
	return has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS) ||
		has_privs_of_role(GetUserId(), userid);
}

/* Rows for ivm.progress. */
Datum
ivm_progress(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	foreach(lc, ivm_progress_all())
	{
		const IvmProgress *p = lfirst(lc);
		Datum		values[7] = {Int32GetDatum(p->pid)};
		bool		nulls[7] = {false, true, true, true, true, true, true};

		if (may_see(p->userid))
		{
			values[1] = ObjectIdGetDatum(p->view);
			values[2] = CStringGetTextDatum(p->operation);
			values[3] = CStringGetTextDatum(p->phase);
			values[4] = Int64GetDatum(p->done);
			values[5] = Int64GetDatum(p->total);
			values[6] = TimestampTzGetDatum(p->started_at);
			memset(nulls, false, sizeof(nulls));
			nulls[5] = p->total == 0;
		}
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
