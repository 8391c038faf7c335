/*-------------------------------------------------------------------------
 *
 * api_build.c
 *	  SQL function ivm.rebuild().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/progress.h"
#include "base/subtransaction.h"
#include "catalog/catalog_view.h"
#include "maintain/build.h"
#include "sql/api.h"

IVM_FUNCTION(ivm_rebuild);

typedef struct Build
{
	int32		id;
	Oid			view;
	char	   *name;
	List	   *tables;
	int			rounds;
} Build;

/* Raise an error unless a view can be built as it is now. */
static void
check_view(const IvmViewRow *row)
{
	if (row->mode != IVM_MODE_IMMEDIATE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("view \"%s\" is not immediate", get_rel_name(row->view)),
				 errdetail("Refreshes of deferred and append views do not keep writers out."),
				 errhint("Call ivm.refresh() with how => 'recompute'.")));
	if (row->status == IVM_STATUS_PAUSED)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("view \"%s\" is paused", get_rel_name(row->view)),
				 errhint("Use ivm.resume() to bring it up to date and maintain it again.")));
}

static void
start(Build *b)
{
	IvmViewRow *row = ivm_catalog_get(b->id);

	if (row == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("view \"%s\" was dropped", b->name)));
	/* it may have changed while the lock was waited for */
	check_view(row);
	PushActiveSnapshot(GetTransactionSnapshot());
	ivm_build_start(row, 0);
	b->tables = ivm_build_tables(row);
	b->rounds = ivm_build_rounds(row);
	PopActiveSnapshot();
	ivm_api_commit();
}

static void
wait_and_finish(void *arg)
{
	Build	   *b = arg;
	IvmViewRow *row;
	IvmCorrections corrections;

	ivm_progress_begin("build", b->view);
	ivm_build_wait(b->tables, b->rounds);
	PushActiveSnapshot(GetTransactionSnapshot());
	row = ivm_catalog_get(b->id);
	if (row == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("view \"%s\" was dropped while it was being built", b->name)));
	ivm_build_finish(row, false, &corrections);
	PopActiveSnapshot();
	ivm_progress_end();
}

/* After an error of a build that was started: the view is what it was before. */
static void
give_up(Build *b, ErrorData *error)
{
	PushActiveSnapshot(GetTransactionSnapshot());
	ivm_build_give_up(b->id);
	PopActiveSnapshot();
	ivm_api_commit();
	ReThrowError(error);
}

/* rebuild(view regclass) */
Datum
ivm_rebuild(PG_FUNCTION_ARGS)
{
	bool		atomic = !fcinfo->context || !IsA(fcinfo->context, CallContext) ||
		castNode(CallContext, fcinfo->context)->atomic;
	IvmViewRow *row;
	Build		b = {0};
	LOCKTAG		tag;

	ivm_api_require_writable("ivm.rebuild()");
	ivm_api_require_not_null(fcinfo, 0, "view");
	if (atomic)
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("ivm.rebuild() cannot run inside a transaction block"),
				 errdetail("It commits in the middle, which neither a transaction block nor a function allows."),
				 errhint("Call it outside of a transaction block; or call ivm.reconcile(), which keeps writers out meanwhile.")));
	row = ivm_api_find_maintained_view(PG_GETARG_OID(0));
	check_view(row);
	b.id = row->id;
	b.view = row->view;
	if (SPI_connect_ext(SPI_OPT_NONATOMIC) != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	b.name = get_rel_name(b.view);
	ivm_api_commit();
	ivm_build_lock(b.id, &tag);
	PG_TRY();
	{
		ErrorData  *error;

		start(&b);
		error = ivm_subtransaction_run(wait_and_finish, &b);
		if (error != NULL)
			give_up(&b, error);
		ivm_api_commit();
	}
	PG_FINALLY();
	{
		ivm_build_unlock(&tag);
	}
	PG_END_TRY();
	SPI_finish();
	PG_RETURN_VOID();
}
