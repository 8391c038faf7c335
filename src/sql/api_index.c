/*-------------------------------------------------------------------------
 *
 * api_index.c
 *	  Indexes for the columns of a view.
 *
 * An index lies on the state table, over the expressions that the view's
 * query has for the columns, so that the planner finds it for conditions and
 * ORDER BY on the view.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "base/error_context.h"
#include "catalog/catalog_view.h"
#include "maintain/over_state.h"
#include "maintain/storage.h"
#include "sql/api.h"
#include "sql/index_check.h"
#include "sql/index_columns.h"

IVM_FUNCTION(ivm_create_index);

static void
report_bad_column(IvmViewRow *row, const char *column, const char *reason, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("cannot index column \"%s\" of view \"%s\"", column, get_rel_name(row->view)),
			 errdetail("%s", reason),
			 errhint("%s", hint)));
}

/* Raise an error unless all elements are immutable and computable for every state. */
static void
check_elements(IvmViewRow *row, IndexStmt *stmt, List *elements)
{
	ListCell   *lc;
	ListCell   *lc2;

	forboth(lc, stmt->indexParams, lc2, elements)
	{
		IndexElem  *elem = lfirst(lc);
		const char *hint;
		const char *reason = ivm_index_check_expression(row, elem->expr, lfirst(lc2), &hint);

		if (reason)
			report_bad_column(row, elem->indexcolname ? elem->indexcolname : "expression", reason, hint);
	}
}

/* Raise an error unless the columns contain the whole key. */
static void
check_unique(IvmViewRow *row, IndexStmt *stmt)
{
	if (ivm_index_check_is_unique(row, stmt))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("cannot create a unique index on these columns of view \"%s\"",
					get_rel_name(row->view)),
			 errdetail("Only columns that the definition groups by, all of them, are known to be unique at any time."),
			 errhint("Create the index without \"unique\".")));
}

Datum
ivm_create_index(PG_FUNCTION_ARGS)
{
	IvmViewRow *row;
	char	   *sql;
	ErrorContextCallback callback;
	IvmBadColumn bad;
	IndexStmt  *stmt;
	List	   *elements;

	ivm_api_require_not_null(fcinfo, 0, "view");
	ivm_api_require_not_null(fcinfo, 1, "columns");
	ivm_api_require_not_null(fcinfo, 3, "unique");
	ivm_api_require_writable("ivm.create_index()");
	(void) ivm_api_find_owned_view(PG_GETARG_OID(0));

	/* readers go on; whoever gives the view other storage is waited for */
	LockRelationOid(PG_GETARG_OID(0), ShareLock);
	row = ivm_api_find_owned_view(PG_GETARG_OID(0));
	sql = ivm_index_columns_text(row->view, text_to_cstring(PG_GETARG_TEXT_PP(1)));
	ivm_error_enter_query(&callback, sql);
	stmt = ivm_index_columns_statement(row->view, sql, &elements, &bad);
	ivm_error_leave_query(&callback);
	if (stmt == NULL)
		report_bad_column(row, bad.name, bad.reason,
						  "Index columns that are keys, aggregates, or computed from these.");
	check_elements(row, stmt, elements);
	if (PG_GETARG_BOOL(3))
		check_unique(row, stmt);
	stmt->unique = PG_GETARG_BOOL(3);
	if (!PG_ARGISNULL(2))
	{
		stmt->idxname = text_to_cstring(PG_GETARG_TEXT_PP(2));
		if (stmt->idxname[0] == '\0' || strlen(stmt->idxname) >= NAMEDATALEN)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_NAME),
					 errmsg("invalid index name \"%s\"", stmt->idxname),
					 errhint("Give a name of at most %d bytes, or null.", NAMEDATALEN - 1)));
	}
	PG_RETURN_OID(ivm_storage_create_index(row, stmt));
}
