/*-------------------------------------------------------------------------
 *
 * validation.c
 *	  What must hold of a view's new rows before anybody sees them.
 *
 * A rebuild writes what differs, in one transaction.  So the rows of before are still there until it
 * commits, for a snapshot with the command id of before: the validation needs no second set of tables.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/plancache.h"
#include "utils/queryenvironment.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/progress.h"
#include "base/sql_text.h"
#include "maintain/restore.h"
#include "maintain/validation.h"
#include "maintain/verify.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"

/* Counts above this would not be exact as double precision */
#define MAX_COUNT	9007199254740992.0

/* ---- parsing ---- */

static void
report_wrong_value(const char *name, const char *requires)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("key \"%s\" of argument \"validate\" requires %s", name, requires)));
}

static double
get_number(const char *name, const JsonbValue *value, double max, bool integer)
{
	const char *requires = integer ? "an integer that is not negative" : "a number from 0 to 1";
	double		number;

	if (value->type != jbvNumeric)
		report_wrong_value(name, requires);
	number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(value->val.numeric)));
	if (!(number >= 0 && number <= max) || (integer && floor(number) != number))
		report_wrong_value(name, requires);
	return number;
}

static void
parse_key(IvmValidation *v, const char *name, const JsonbValue *value)
{
	if (strcmp(name, "min_rows") == 0)
		v->min_rows = (int64) get_number(name, value, MAX_COUNT, true);
	else if (strcmp(name, "max_rows") == 0)
		v->max_rows = (int64) get_number(name, value, MAX_COUNT, true);
	else if (strcmp(name, "max_change") == 0)
		v->max_change = get_number(name, value, 1, false);
	else if (strcmp(name, "check") == 0)
	{
		if (value->type != jbvString)
			report_wrong_value(name, "a string, a condition over the relations \"old\" and \"new\"");
		v->check = pnstrdup(value->val.string.val, value->val.string.len);
	}
	else if (strcmp(name, "verify") == 0)
	{
		if (value->type != jbvBool)
			report_wrong_value(name, "true or false, without quotes");
		v->verify = value->val.boolean;
	}
	else
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unrecognized key \"%s\" in argument \"validate\"", name),
				 errhint("Keys are \"min_rows\", \"max_rows\", \"max_change\", \"check\" and \"verify\".")));
}

void
ivm_validation_parse(Jsonb *jsonb, IvmValidation *v)
{
	JsonbIterator *it;
	JsonbValue	key;
	JsonbValue	value;
	JsonbIteratorToken token;

	memset(v, 0, sizeof(IvmValidation));
	v->min_rows = v->max_rows = -1;
	v->max_change = -1;
	if (!JB_ROOT_IS_OBJECT(jsonb))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must be a JSON object", "validate"),
				 errhint("For example: '{\"min_rows\": 1, \"max_change\": 0.1}'.")));
	it = JsonbIteratorInit(&jsonb->root);
	while ((token = JsonbIteratorNext(&it, &key, true)) != WJB_DONE)
	{
		if (token != WJB_KEY)
			continue;
		(void) JsonbIteratorNext(&it, &value, true);
		parse_key(v, pnstrdup(key.val.string.val, key.val.string.len), &value);
	}
}

/* ---- the rows of both sides ---- */

/* Make a relation known to the queries of this SPI connection. */
static void
register_rows(const char *name, TupleDesc desc, Tuplestorestate *rows, int64 count)
{
	EphemeralNamedRelation enr = palloc0(sizeof(EphemeralNamedRelationData));

	enr->md.name = pstrdup(name);
	enr->md.reliddesc = InvalidOid;
	enr->md.tupdesc = desc;
	enr->md.enrtype = ENR_NAMED_TUPLESTORE;
	enr->md.enrtuples = (double) count;
	enr->reldata = rows;
	if (SPI_register_relation(enr) != SPI_OK_REL_REGISTER)
		elog(ERROR, "SPI_register_relation failed");
}

static TupleDesc
view_descriptor(const IvmViewRow *row)
{
	Relation	rel = table_open(row->view, AccessShareLock);
	TupleDesc	result = CreateTupleDescCopy(RelationGetDescr(rel));

	table_close(rel, NoLock);
	return result;
}

/* A snapshot that sees what others have committed by now, and of this transaction what came before a command. */
static Snapshot
snapshot_as_of(Snapshot latest, CommandId command)
{
	Snapshot	result = RegisterSnapshot(latest);

	result->curcid = command;
	return result;
}

static Tuplestorestate *
read_view(const IvmViewRow *row, Snapshot snapshot, int64 *count)
{
	Tuplestorestate *result = tuplestore_begin_heap(true, false, work_mem);
	SPIExecuteOptions options = {0};

	options.read_only = true;
	options.dest = CreateDestReceiver(DestTuplestore);
	SetTuplestoreDestReceiverParams(options.dest, result, CurrentMemoryContext, false, NULL, NULL);
	PushActiveSnapshot(snapshot);
	if (SPI_execute_extended(psprintf("SELECT * FROM %s", ivm_sql_text_relation_name(row->view)), &options) !=
		SPI_OK_SELECT)
		elog(ERROR, "SPI_execute_extended failed");
	*count = (int64) SPI_processed;
	PopActiveSnapshot();
	return result;
}

/* The first column of the one row that a query gives, which reads nothing but what was registered, or the view. */
static int64
count_by(const char *sql)
{
	bool		isnull;

	if (SPI_execute(sql, true, 0) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "counting rows failed");
	return DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

/* ---- the condition ---- */

static void
report_in_check(void *arg)
{
	errcontext("key \"check\" of argument \"validate\"");
}

static void
report_not_boolean(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("the condition must give one value of type boolean"),
			 errhint("For example: (SELECT sum(amount) FROM new) >= 0.9 * (SELECT sum(amount) FROM old).")));
}

static SPIPlanPtr
prepare_check(const IvmValidation *v)
{
	SPIPrepareOptions options = {.parseMode = RAW_PARSE_PLPGSQL_EXPR};
	SPIPlanPtr	result = SPI_prepare_extended(v->check, &options);
	TupleDesc	desc;

	if (result == NULL)
		elog(ERROR, "SPI_prepare_extended failed: %s", SPI_result_code_string(SPI_result));
	desc = ((CachedPlanSource *) linitial(SPI_plan_get_plan_sources(result)))->resultDesc;
	if (desc == NULL || desc->natts != 1 || TupleDescAttr(desc, 0)->atttypid != BOOLOID)
		report_not_boolean();
	return result;
}

static bool
evaluate_check(const IvmValidation *v)
{
	bool		isnull;
	Datum		value;

	if (SPI_execute_plan(prepare_check(v), NULL, NULL, true, 2) != SPI_OK_SELECT || SPI_processed != 1)
		report_not_boolean();
	value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	return !isnull && DatumGetBool(value);
}

void
ivm_validation_check(const IvmValidation *v, const IvmViewRow *row)
{
	ErrorContextCallback callback = {.callback = report_in_check};
	TupleDesc	desc;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	/* who may not read the view learns that before the work */
	if (v->check || v->verify || v->max_change >= 0 || v->min_rows >= 0 || v->max_rows >= 0)
		(void) SPI_execute(psprintf("SELECT FROM (SELECT * FROM %s) v LIMIT 0", ivm_sql_text_relation_name(row->view)), true, 0);
	if (v->check == NULL)
	{
		SPI_finish();
		return;
	}
	desc = view_descriptor(row);
	register_rows("old", desc, NULL, 0);
	register_rows("new", desc, NULL, 0);
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	(void) prepare_check(v);
	error_context_stack = callback.previous;
	SPI_finish();
}

/* ---- before and after ---- */

void
ivm_validation_begin(IvmValidation *v, IvmViewRow *row)
{
	ListCell   *lc;

	v->was_live = true;
	foreach(lc, ivm_restore_family(row))
	{
		IvmViewRow *part = lfirst(lc);

		if ((part->status != IVM_STATUS_READY && part->status != IVM_STATUS_ROLLED_BACK) ||
			ivm_plan_cache_require(part)->unusable != NULL)
			v->was_live = false;
	}
	(void) GetCurrentCommandId(true);
	CommandCounterIncrement();
	v->before = GetCurrentCommandId(false);
}

static void
refuse(const IvmViewRow *row, const char *reason)
{
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("rebuild of view \"%s\" was refused: %s", get_rel_name(row->view), reason),
			 errdetail("The view is what it was before.")));
}

static void
check_rows(const IvmValidation *v, const IvmViewRow *row, int64 count)
{
	if (v->min_rows >= 0 && count < v->min_rows)
		refuse(row, psprintf("it would have " INT64_FORMAT " rows, but min_rows is " INT64_FORMAT,
							 count, v->min_rows));
	if (v->max_rows >= 0 && count > v->max_rows)
		refuse(row, psprintf("it would have " INT64_FORMAT " rows, but max_rows is " INT64_FORMAT,
							 count, v->max_rows));
}

/* How many rows of one side the other one has not. */
static int64
count_missing(const char *columns, const char *of, const char *in)
{
	return count_by(psprintf("SELECT pg_catalog.count(*) FROM (SELECT %s FROM %s EXCEPT ALL SELECT %s FROM %s) d",
							 columns, of, columns, in));
}

static void
check_change(const IvmValidation *v, const IvmViewRow *row, TupleDesc desc, int64 old_count)
{
	char	   *columns = ivm_verify_columns(desc);
	int64		changed = Max(count_missing(columns, "old", "new"), count_missing(columns, "new", "old"));
	double		share = (double) changed / Max(old_count, 1);

	if (share > v->max_change)
		refuse(row, psprintf(INT64_FORMAT " rows would differ from the " INT64_FORMAT " of before, a share of %.3g, but max_change is %g",
							 changed, old_count, share, v->max_change));
}

/* What needs the rows of both sides. */
static void
compare(const IvmValidation *v, const IvmViewRow *row)
{
	TupleDesc	desc = view_descriptor(row);
	Snapshot	latest = GetLatestSnapshot();
	Snapshot	after = snapshot_as_of(latest, GetCurrentCommandId(false));
	Snapshot	before = snapshot_as_of(latest, v->was_live ? v->before : GetCurrentCommandId(false));
	int64		old_count;
	int64		new_count;
	Tuplestorestate *old_rows = read_view(row, before, &old_count);
	Tuplestorestate *new_rows = read_view(row, after, &new_count);

	UnregisterSnapshot(before);
	UnregisterSnapshot(after);
	register_rows("old", desc, old_rows, old_count);
	register_rows("new", desc, new_rows, new_count);
	check_rows(v, row, new_count);
	if (v->max_change >= 0)
		check_change(v, row, desc, old_count);
	if (v->check)
	{
		ErrorContextCallback callback = {.callback = report_in_check};
		bool		holds;

		callback.previous = error_context_stack;
		error_context_stack = &callback;
		holds = evaluate_check(v);
		error_context_stack = callback.previous;
		if (!holds)
			refuse(row, "the condition of \"check\" does not hold");
	}
	tuplestore_end(old_rows);
	tuplestore_end(new_rows);
}

static void
verify(const IvmViewRow *row)
{
	IvmPlan    *plan = ivm_plan_cache_require(row);
	TupleDesc	desc = CreateTemplateTupleDesc(3);
	Tuplestorestate *rows = tuplestore_begin_heap(false, false, work_mem);
	int64		count;

	TupleDescInitEntry(desc, 1, "side", TEXTOID, -1, 0);
	TupleDescInitEntry(desc, 2, "copies", INT8OID, -1, 0);
	TupleDescInitEntry(desc, 3, "row", JSONBOID, -1, 0);
	ivm_verify(plan, NULL, rows, desc);
	count = tuplestore_tuple_count(rows);
	tuplestore_end(rows);
	if (count > 0)
		refuse(row, psprintf("ivm.verify_view() shows " INT64_FORMAT " rows that differ from the definition", count));
}

void
ivm_validation_run(const IvmValidation *v, const IvmViewRow *row)
{
	CommandCounterIncrement();
	ivm_progress_phase(IVM_PROGRESS_VALIDATE, 0);
	PushActiveSnapshot(GetLatestSnapshot());
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (v->max_change >= 0 || v->check)
		compare(v, row);
	else if (v->min_rows >= 0 || v->max_rows >= 0)
		check_rows(v, row, count_by(psprintf("SELECT pg_catalog.count(*) FROM %s",
											 ivm_sql_text_relation_name(row->view))));
	if (v->verify)
		verify(row);
	SPI_finish();
	PopActiveSnapshot();
}
