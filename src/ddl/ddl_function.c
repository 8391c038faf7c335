/*-------------------------------------------------------------------------
 *
 * ddl_function.c
 *	  Functions that definitions call, and that a command has replaced.
 *
 * What is stored was computed by the function as it was.  PostgreSQL leaves it to
 * the user to rebuild an index when a function in it is replaced; a view is marked
 * stale instead, and so goes on to show what its query gives.  Migrations
 * often replace functions by themselves, so the rows of pg_proc are
 * compared: of the row that is there now and the one before it, which the
 * command has updated and which is still in the table.
 *
 * A function that is called by another one, not by the definition, is not
 * known; nor is anything where event triggers do not run.  Append views are left
 * as they are: the rows that they were computed from may be gone, so to be stale,
 * and to be refreshed then, would lose what they keep.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_proc.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/regproc.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "catalog/catalog_view.h"
#include "ddl/ddl_command.h"
#include "ddl/ddl_function.h"
#include "ddl/ddl_stale.h"
#include "definition/core.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"

/*
 * What decides, beside the arguments, which value a function gives.  Volatility is
 * not among it: the definition is judged by that anew, and the values are the same.
 */
static const AttrNumber deciding[] = {
	Anum_pg_proc_prolang, Anum_pg_proc_prosecdef, Anum_pg_proc_proisstrict,
	Anum_pg_proc_proargdefaults, Anum_pg_proc_prosrc, Anum_pg_proc_probin,
	Anum_pg_proc_prosqlbody, Anum_pg_proc_proconfig
};

bool
ivm_ddl_function_may_change(Node *stmt)
{
	return IsA(stmt, CreateFunctionStmt) || IsA(stmt, AlterFunctionStmt) ||
		(IsA(stmt, DefineStmt) && ((DefineStmt *) stmt)->kind == OBJECT_AGGREGATE);
}

/* Does a function that is made of these two rows give other values? */
static bool
differs(HeapTuple old, HeapTuple new, TupleDesc desc)
{
	if (((Form_pg_proc) GETSTRUCT(new))->prokind == PROKIND_AGGREGATE)
		return true;			/* what it is made of is in pg_aggregate */
	for (size_t i = 0; i < lengthof(deciding); i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, deciding[i] - 1);
		bool		old_null;
		bool		new_null;
		Datum		old_value = heap_getattr(old, deciding[i], desc, &old_null);
		Datum		new_value = heap_getattr(new, deciding[i], desc, &new_null);

		if (old_null != new_null ||
			(!old_null && !datum_image_eq(old_value, new_value, att->attbyval, att->attlen)))
			return true;
	}
	return false;
}

/* Has the current transaction just made another function of this one? */
static bool
was_replaced(Relation proc, Oid funcid)
{
	HeapTuple	now = SearchSysCache1(PROCOID, ObjectIdGetDatum(funcid));
	bool		result = false;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tup;

	if (!HeapTupleIsValid(now))
		return false;
	ScanKeyInit(&key, Anum_pg_proc_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(funcid));
	scan = systable_beginscan(proc, ProcedureOidIndexId, true, SnapshotAny, 1, &key);
	while (!result && HeapTupleIsValid(tup = systable_getnext(scan)))
	{
		if (!ItemPointerEquals(&tup->t_self, &now->t_self) &&
			ItemPointerEquals(&tup->t_data->t_ctid, &now->t_self) &&
			TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetUpdateXid(tup->t_data)))
			result = differs(tup, now, RelationGetDescr(proc));
	}
	systable_endscan(scan);
	ReleaseSysCache(now);
	return result;
}

void
ivm_ddl_function_follow(void)
{
	Relation	proc = table_open(ProcedureRelationId, AccessShareLock);
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, ivm_ddl_command_altered(ProcedureRelationId))
	{
		Oid			funcid = lfirst_oid(lc);

		if (!was_replaced(proc, funcid))
			continue;
		foreach(lc2, ivm_catalog_all())
		{
			IvmViewRow *row = lfirst(lc2);
			IvmPlan    *plan = NULL;

			if (row->mode != IVM_MODE_APPEND)
				plan = ivm_plan_cache_get(row->id);
			if (plan != NULL && list_member_oid(plan->core->functions, funcid))
				ivm_ddl_stale_mark(row, psprintf("function %s, which it calls, was replaced",
												 format_procedure_qualified(funcid)));
		}
	}
	table_close(proc, AccessShareLock);
}
