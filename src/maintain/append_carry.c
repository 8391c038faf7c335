/*-------------------------------------------------------------------------
 *
 * append_carry.c
 *	  The rows of an append view carried over to new storage.
 *
 * An append view may show what its table does not have any more, so that its state cannot be
 * computed when a column of the table has got another type: it is cast, row by row.
 *
 *		old state	[key_hash]	keys...  row_count  accumulators...
 *						  |		cast to the types of
 *		new state	[key_hash]	keys...  row_count  accumulators...
 *
 * That is right where the columns are the same, by their names, and different keys stay different.  What is
 * packed into arrays or bytes cannot be cast: there the types of arguments must be the same.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/sql_text.h"
#include "catalog/catalog_view.h"
#include "catalog/watermark.h"
#include "maintain/append_carry.h"
#include "plan/key.h"
#include "plan/state.h"

/* Rows that are fetched at once */
#define BATCH	1000

typedef struct Carry
{
	IvmPlan    *plan;
	Relation	old;
	Relation	new;
	int			old_first;		/* first column of the old state but for a
								 * hash, from 0 */
	const char *name;			/* of the view */
} Carry;

/* ---- what can be carried ---- */

static int
first_column(Relation state)
{
	return strcmp(NameStr(TupleDescAttr(RelationGetDescr(state), 0)->attname), "key_hash") == 0 ? 1 : 0;
}

/* How many columns there are behind the hash. */
static int
count_columns(const Carry *c)
{
	return RelationGetDescr(c->new)->natts - c->plan->layout.first_key;
}

static Form_pg_attribute
old_column(const Carry *c, int n)
{
	return TupleDescAttr(RelationGetDescr(c->old), c->old_first + n);
}

static Form_pg_attribute
new_column(const Carry *c, int n)
{
	return TupleDescAttr(RelationGetDescr(c->new), c->plan->layout.first_key + n);
}

static char *
type_text(Form_pg_attribute att)
{
	return format_type_extended(att->atttypid, att->atttypmod,
								FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
}

/* A column of the old state with the type of the new one. */
static char *
cast_text(const Carry *c, int n)
{
	Form_pg_attribute att = new_column(c, n);
	const char *name = quote_identifier(NameStr(old_column(c, n)->attname));

	if (att->atttypid == old_column(c, n)->atttypid && att->atttypmod == old_column(c, n)->atttypmod)
		return pstrdup(name);
	return psprintf("CAST(%s AS %s)", name, type_text(att));
}

/* The casts of columns, the first ones of the state. */
static char *
casts_text(const Carry *c, int ncolumns)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int n = 0; n < ncolumns; n++)
		appendStringInfo(&buf, "%s%s", n > 0 ? ", " : "", cast_text(c, n));
	return buf.data;
}

/* Has a query of one value, or none, a row?  The value is in CurrentMemoryContext. */
static bool
query_value(const char *sql, char **value)
{
	MemoryContext cxt = CurrentMemoryContext;
	bool		result;

	if (SPI_connect() != SPI_OK_CONNECT || SPI_execute(sql, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not run \"%s\"", sql);
	result = SPI_processed > 0;
	if (result && value)
	{
		char	   *text = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);

		*value = text ? MemoryContextStrdup(cxt, text) : NULL;
	}
	SPI_finish();
	return result;
}

/* Have two keys of the old state become one? */
static bool
merges_keys(const Carry *c)
{
	char	   *keys = casts_text(c, c->plan->nkeys);

	return c->plan->nkeys > 0 &&
		query_value(psprintf("SELECT 1 FROM %s GROUP BY %s HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 1",
							 ivm_sql_text_relation_name(RelationGetRelid(c->old)), keys), NULL);
}

List *
ivm_append_carry_types(const IvmPlan *plan)
{
	List	   *result = NIL;

	for (int i = 0; i < plan->naccums; i++)
		result = lappend_oid(result, plan->accums[i].argtype[0]);
	return result;
}

/* Is what one of the aggregates keeps made for another type of argument? */
static bool
is_packed_otherwise(const IvmPlan *plan, List *types)
{
	for (int i = 0; i < plan->naccums; i++)
	{
		const IvmAccumClass *class = plan->accums[i].class;

		if (i < list_length(types) && list_nth_oid(types, i) == plan->accums[i].argtype[0])
			continue;
		for (int n = 0; n < class->nstate; n++)
		{
			if (class->state[n].type == BYTEAOID || OidIsValid(get_element_type(class->state[n].type)))
				return true;
		}
	}
	return false;
}

/* Why the rows cannot be carried over, a clause; or NULL. */
static const char *
obstacle(const Carry *c, List *types)
{
	bool		other_keys = false;

	if (RelationGetDescr(c->old)->natts - c->old_first != count_columns(c))
		return "the columns of its storage are others now";
	for (int n = 0; n < count_columns(c); n++)
	{
		Form_pg_attribute old = old_column(c, n);
		Form_pg_attribute new = new_column(c, n);

		if (strcmp(NameStr(old->attname), NameStr(new->attname)) != 0)
			return psprintf("column \"%s\" of its storage is \"%s\" now", NameStr(old->attname), NameStr(new->attname));
		if (n < c->plan->nkeys &&
			(old->atttypid != new->atttypid || old->atttypmod != new->atttypmod ||
			 old->attcollation != new->attcollation))
			other_keys = true;
	}
	if (is_packed_otherwise(c->plan, types))
		return "what is kept for its aggregates is of another type now";
	if (other_keys && c->plan->core->kind == IVM_CORE_BAG)
		return "it is not grouped, and its rows are of other types now";
	if (other_keys && merges_keys(c))
		return "groups that were different are equal";
	return NULL;
}

/* ---- carrying ---- */

/* Put a row of the casts into a slot of the new state. */
static void
put_in_slot(const Carry *c, HeapTuple tup, TupleDesc desc, TupleTableSlot *slot)
{
	const IvmLayout *layout = &c->plan->layout;
	Datum	   *values = slot->tts_values + layout->first_key;
	bool	   *nulls = slot->tts_isnull + layout->first_key;

	ExecClearTuple(slot);
	heap_deform_tuple(tup, desc, values, nulls);
	if (layout->hashed)
	{
		slot->tts_values[0] = UInt64GetDatum(ivm_key_hash(c->plan, values, nulls));
		slot->tts_isnull[0] = false;
	}
	ExecStoreVirtualTuple(slot);
}

static int64
carry_rows(const Carry *c)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(RelationGetDescr(c->new), &TTSOpsVirtual);
	char	   *sql = psprintf("SELECT %s FROM %s", casts_text(c, count_columns(c)),
							   ivm_sql_text_relation_name(RelationGetRelid(c->old)));
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm carried rows", ALLOCSET_SMALL_SIZES);
	Portal		portal;
	int64		result = 0;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	portal = SPI_cursor_open_with_args(NULL, sql, 0, NULL, NULL, NULL, true, 0);
	for (;;)
	{
		MemoryContext oldcxt;

		SPI_cursor_fetch(portal, true, BATCH);
		if (SPI_processed == 0)
			break;
		oldcxt = MemoryContextSwitchTo(cxt);
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			CHECK_FOR_INTERRUPTS();
			put_in_slot(c, SPI_tuptable->vals[i], SPI_tuptable->tupdesc, slot);
			table_tuple_insert(c->new, slot, GetCurrentCommandId(true), 0, NULL);
		}
		MemoryContextSwitchTo(oldcxt);
		MemoryContextReset(cxt);
		result += SPI_processed;
		SPI_freetuptable(SPI_tuptable);
	}
	SPI_cursor_close(portal);
	SPI_finish();
	ExecDropSingleTupleTableSlot(slot);
	MemoryContextDelete(cxt);
	CommandCounterIncrement();
	return result;
}

/* What was closed, in the type that the buckets have now. */
static char *
closed_before(const Carry *c, const IvmAppendView *before)
{
	Form_pg_attribute old = old_column(c, before->bucket);
	Form_pg_attribute new = new_column(c, before->bucket);
	char	   *result = before->closed_before;
	int			nest;

	if (result == NULL || old->atttypid == new->atttypid)
		return result;
	nest = NewGUCNestLevel();
	(void) set_config_option("datestyle", "ISO, YMD", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
	(void) query_value(psprintf("SELECT CAST(CAST(%s AS %s) AS %s)", quote_literal_cstr(result),
								type_text(old), type_text(new)), &result);
	AtEOXact_GUC(true, nest);
	return result;
}

static void
carry(const Carry *c, const IvmAppendView *before, IvmAppendView *view)
{
	IvmWatermark *watermark = ivm_watermark_get(before->view_id, NULL);

	view->stored = view->filled = true;
	view->run = before->run;
	view->xmin = before->xmin;
	view->xmax = before->xmax;
	view->late_rows = before->late_rows;
	view->closed_before = closed_before(c, before);
	if (watermark == NULL)
		return;
	watermark->snapshot = NULL;
	ivm_watermark_set(view->view_id, watermark);
}

int64
ivm_append_carry(IvmPlan *plan, IvmAppendView *view)
{
	IvmAppendView *before = ivm_append_view_get(ivm_catalog_find_state(view->carried_from)->id, NULL);
	Carry		c = {.plan = plan,.name = plan->name};
	const char *reason;
	int64		result = 0;

	if (before == NULL || !before->stored || before->filling)
		return 0;
	c.old = table_open(view->carried_from, AccessShareLock);
	c.new = table_open(plan->row->state, RowExclusiveLock);
	c.old_first = first_column(c.old);
	/* what the last refresh has stored, whatever this transaction sees */
	PushActiveSnapshot(GetLatestSnapshot());
	if ((reason = obstacle(&c, view->carried_types)) == NULL)
	{
		carry(&c, before, view);
		result = carry_rows(&c);
	}
	else if (before->closed_before)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot keep the closed groups of view \"%s\"", c.name),
				 errdetail("With the new types, %s.", reason),
				 errhint("Keep its rows as a table, with ivm.drop_view(..., keep => 'table'), before the column is altered, and create a view for what comes then.")));
	PopActiveSnapshot();
	table_close(c.new, NoLock);
	table_close(c.old, NoLock);
	return result;
}
