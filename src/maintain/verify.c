/*-------------------------------------------------------------------------
 *
 * verify.c
 *	  Comparing a view with its definition, in one snapshot.
 *
 * One statement reads both sides and compares them with EXCEPT ALL both ways:
 *
 *	 stored			the view's own query, as any reader runs it
 *	 recomputed		the definition, run as the view's owner; or, where exact
 *					floating-point sums are involved, or lists of subqueries
 *					that have no order, which PostgreSQL's own
 *					aggregates do not give, the view's own query with
 *					DeltaApply made to compute all states afresh
 *
 * Both run under the settings stored with the view.  Nothing is written, so
 * this works on a standby too.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_oper.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/portal.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "aggregates/accum.h"
#include "aggregates/accum_float.h"
#include "base/compat.h"
#include "base/relation.h"
#include "base/settings.h"
#include "base/sql_text.h"
#include "maintain/verify.h"
#include "plan/inner_query.h"
#include "plan/owner_scope.h"
#include "plan/plan.h"
#include "read/merge.h"

/* ---- the statement that compares ---- */

static const char *
type_name(Oid type, int32 typmod)
{
	return format_type_extended(type, typmod,
								FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
}

static bool
column_named(List *targetlist, const char *name)
{
	ListCell   *lc;

	foreach(lc, targetlist)
	{
		const char *other = ((TargetEntry *) lfirst(lc))->resname;

		if (other && strcmp(other, name) == 0)
			return true;
	}
	return false;
}

/*
 * The query in a form whose rows are determined.  LIMIT and DISTINCT ON choose
 * among rows that their order does not tell apart, so they are left out; the
 * columns that they order by are made visible and compared as well.
 */
static Query *
comparable_query(Query *original)
{
	Query	   *query = copyObject(original);
	List	   *sort = list_concat(list_copy(query->sortClause), query->distinctClause);
	List	   *targetlist = NIL;
	ListCell   *lc;

	if (query->limitCount == NULL && query->limitOffset == NULL && !query->hasDistinctOn)
		return query;
	query->limitCount = query->limitOffset = NULL;
	query->limitOption = LIMIT_OPTION_COUNT;
	foreach(lc, query->targetList)
	{
		TargetEntry *tle = lfirst(lc);

		if (tle->resjunk && tle->ressortgroupref != 0 &&
			get_sortgroupref_clause_noerr(tle->ressortgroupref, sort))
		{
			tle->resjunk = false;
			for (int i = 1; tle->resname == NULL || column_named(targetlist, tle->resname); i++)
				tle->resname = psprintf("order_by_%d", i);
			tle->resno = list_length(targetlist) + 1;
		}
		targetlist = lappend(targetlist, tle);
	}
	query->sortClause = NIL;
	if (query->hasDistinctOn)
		query->distinctClause = NIL;
	query->hasDistinctOn = false;
	return query;
}

/* Can EXCEPT ALL compare values of the type, by hashing or sorting? */
static bool
has_equality(Oid type)
{
	Oid			eqop;
	bool		hashable;

	get_sort_group_operators(type, false, false, false, NULL, &eqop, NULL, &hashable);
	if (!OidIsValid(eqop))
		return false;
	if (hashable)
		return true;
	get_sort_group_operators(type, false, true, false, NULL, &eqop, NULL, NULL);
	return OidIsValid(eqop);
}

/* Lists of the columns of a view, as SQL text */
typedef struct VerifyColumns
{
	StringInfoData definition;	/* name type, ... */
	StringInfoData compare;		/* expression AS name, ...: made comparable */
	StringInfoData names;		/* name, ... */
} VerifyColumns;

/* Make the lists; types without equality are compared as text. */
static void
list_columns(VerifyColumns *cols, Query *comparable)
{
	ListCell   *lc;
	const char *sep = "";

	initStringInfo(&cols->definition);
	initStringInfo(&cols->compare);
	initStringInfo(&cols->names);
	foreach(lc, comparable->targetList)
	{
		TargetEntry *tle = lfirst(lc);
		const char *name;
		Oid			type;
		Oid			coll;

		if (tle->resjunk)
			continue;
		name = quote_identifier(tle->resname);
		type = exprType((Node *) tle->expr);
		coll = exprCollation((Node *) tle->expr);
		appendStringInfo(&cols->definition, "%s%s %s%s", sep, name,
						 type_name(type, exprTypmod((Node *) tle->expr)),
						 ivm_sql_text_collate_clause(type, coll));
		appendStringInfo(&cols->compare, "%s%s%s AS %s", sep, name,
						 has_equality(type) ? "" : "::pg_catalog.text", name);
		appendStringInfo(&cols->names, "%s%s", sep, name);
		sep = ", ";
	}
}

char *
ivm_verify_columns(TupleDesc desc)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped)
			appendStringInfo(&buf, "%s%s%s", buf.len > 0 ? ", " : "", quote_identifier(NameStr(att->attname)),
							 has_equality(att->atttypid) ? "" : "::pg_catalog.text");
	}
	return buf.data;
}

/* Append the SELECT of one side. */
static void
append_side(StringInfo buf, const VerifyColumns *cols, Oid view, const char *function_side,
			const char *key_filter)
{
	appendStringInfo(buf, "SELECT %s FROM ivm._view_rows(%s::pg_catalog.regclass, %s) AS %s (%s)",
					 cols->compare.data, quote_literal_cstr(psprintf("%u", view)),
					 quote_literal_cstr(function_side),
					 quote_identifier(get_rel_name(view)), cols->definition.data);
	if (key_filter)
		appendStringInfo(buf, " WHERE (%s\n)", key_filter);
}

/*
 * The statement that compares the two sides of a view and gives the rows that
 * one has more often than the other: side, copies, row.  The filter has been
 * checked by ivm_key_filter_query().
 */
static char *
verify_statement(Oid view, Query *comparable, const char *key_filter)
{
	static const char *const sides[] = {"stored", "recomputed"};
	VerifyColumns cols;
	StringInfoData buf;

	list_columns(&cols, comparable);
	initStringInfo(&buf);
	for (int i = 0; i < 2; i++)
	{
		appendStringInfo(&buf, "%s %s AS MATERIALIZED (", i == 0 ? "WITH" : ",", sides[i]);
		append_side(&buf, &cols, view, sides[i], key_filter);
		appendStringInfoChar(&buf, ')');
	}
	for (int i = 0; i < 2; i++)
		appendStringInfo(&buf, "%s SELECT '%s'::pg_catalog.text, pg_catalog.count(*),"
						 " (SELECT pg_catalog.to_jsonb(r) FROM (SELECT %s) r)"
						 " FROM (SELECT * FROM %s EXCEPT ALL SELECT * FROM %s) d GROUP BY %s",
						 i == 0 ? "" : " UNION ALL", sides[i], cols.names.data,
						 sides[i], sides[1 - i], cols.names.data);
	return buf.data;
}

/* ---- one side ---- */

/* Does the view show sums that PostgreSQL itself would round differently, or lists in another order? */
static bool
shows_others(IvmPlan *plan)
{
	if (plan->core->settled)
		return true;
	for (int i = 0; i < plan->naccums; i++)
	{
		const IvmAccumClass *class = plan->accums[i].class;

		if (class == &ivm_accum_float_sum || class == &ivm_accum_float_moments ||
			class == &ivm_accum_float_comoments)
			return true;
	}
	return false;
}

/* ExecutorStart(); DeltaApply nodes compute all states afresh if run_definition. */
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

/*
 * Plan and run a query under the active snapshot; returns its descriptor.  Deferred
 * views are read with what is logged, and by the clock of now: one snapshot of both sides
 * is compared.
 */
static TupleDesc
run_query(Query *query, const char *text, bool run_definition, DestReceiver *dest)
{
	PlannedStmt *stmt;
	QueryDesc  *qd;
	TupleDesc	desc;
	bool		save_fresh = ivm_merge_read_fresh;

	stmt = ivm_inner_query_plan(query, text, CURSOR_OPT_PARALLEL_OK, NULL);
	qd = CreateQueryDesc(stmt, text, GetActiveSnapshot(), InvalidSnapshot, dest, NULL, NULL, 0);
	ivm_merge_read_fresh = true;
	PG_TRY();
	{
		start_executor(qd, run_definition);
		ivm_compat_executor_run(qd, true);
	}
	PG_FINALLY();
	{
		ivm_merge_read_fresh = save_fresh;
	}
	PG_END_TRY();
	desc = CreateTupleDescCopy(qd->tupDesc);
	ExecutorFinish(qd);
	ExecutorEnd(qd);
	FreeQueryDesc(qd);
	return desc;
}

TupleDesc
ivm_verify_rows(IvmPlan *plan, IvmViewSide side, DestReceiver *dest)
{
	bool		by_definition = side == IVM_SIDE_RECOMPUTED && !shows_others(plan);
	Query	   *query = ivm_relation_view_query(by_definition ? plan->row->definition : plan->row->view);
	int			nest = ivm_settings_push(plan->settings);
	const char *text;
	TupleDesc	desc;
	IvmOwnerScope scope;

	query = comparable_query(query);
	if (by_definition)
		ivm_owner_scope_enter(&scope, plan, IVM_SCOPE_RESTRICTED);
	text = ivm_inner_query_text(plan, side == IVM_SIDE_RECOMPUTED ? "computing" : "reading");

	desc = run_query(query, text, side == IVM_SIDE_RECOMPUTED, dest);
	if (by_definition)
		ivm_owner_scope_leave(&scope);
	ivm_settings_pop(nest);
	return desc;
}

/* ---- the comparison ---- */

/* Rows of the comparison fetched at a time */
#define VERIFY_BATCH	1000

/* Put what SPI has fetched into result. */
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

void
ivm_verify(IvmPlan *plan, const char *key_filter, Tuplestorestate *result, TupleDesc desc)
{
	Query	   *query = ivm_relation_view_query(plan->row->view);
	char	   *sql = verify_statement(plan->row->view, comparable_query(query),
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
