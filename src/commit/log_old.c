/*-------------------------------------------------------------------------
 *
 * log_old.c
 *	  What tables were before changes that were found in change logs.
 *
 * A transaction finds out what was before its own changes by a snapshot with command
 * id 0.  What was before the changes of others, all of which a snapshot shows, is made
 * from the rows that have come and gone (definition/old_rows.h).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/rel.h"

#include "base/signed_rows.h"
#include "commit/delta_query.h"
#include "commit/log_old.h"
#include "definition/core.h"
#include "definition/old_rows.h"
#include "definition/sources.h"
#include "plan/plan.h"
#include "plan/table_plan.h"

typedef struct IvmLoggedTable
{
	IvmOldRows	old;
	Tuplestorestate *come;		/* rows that have come; the store's, or an
								 * empty one */
	Tuplestorestate *instead;	/* rows that the table had and has no more,
								 * and those that are left out with ones that
								 * have come */
	bool		owns_come;
} IvmLoggedTable;

/* ---- what tells rows apart ---- */

/* The primary key, if it is one of all rows that are read as this table's. */
static Bitmapset *
find_key(Oid relid)
{
	Relation	rel = table_open(relid, NoLock);
	Bitmapset  *attrs = NULL;
	Bitmapset  *result = NULL;
	int			a = -1;

	/* tables that inherit from it have keys of their own */
	if (rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE || !rel->rd_rel->relhassubclass)
		attrs = RelationGetIndexAttrBitmap(rel, INDEX_ATTR_BITMAP_PRIMARY_KEY);
	while ((a = bms_next_member(attrs, a)) >= 0)
		result = bms_add_member(result, a + FirstLowInvalidHeapAttributeNumber);
	table_close(rel, NoLock);
	return result;
}

/* ---- rows put instead ---- */

static void
put_row(IvmLoggedTable *table, TupleTableSlot *slot)
{
	tuplestore_puttupleslot(table->instead, slot);
	table->old.ninstead++;
}

static void
put_gone(IvmLoggedTable *table, IvmRowStore *store)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(store->desc, &TTSOpsMinimalTuple);
	IvmRowScan	scan;

	ivm_row_store_scan(&scan, store, 1);
	while (ivm_row_store_next(&scan, slot))
	{
		CHECK_FOR_INTERRUPTS();
		put_row(table, slot);
	}
	ExecDropSingleTupleTableSlot(slot);
}

/* Rows of the table, without those columns that are not logged. */
typedef struct Hidden
{
	IvmSignedRows *rows;
	TupleTableSlot *part;
	const Bitmapset *columns;
	IvmLoggedTable *table;
} Hidden;

static void
visit_hidden(TupleTableSlot *slot, void *arg)
{
	Hidden	   *hidden = arg;
	int			attno = -1;

	ExecStoreAllNullTuple(hidden->part);
	while ((attno = bms_next_member(hidden->columns, attno)) >= 0)
	{
		hidden->part->tts_values[attno - 1] = slot->tts_values[attno - 1];
		hidden->part->tts_isnull[attno - 1] = slot->tts_isnull[attno - 1];
	}
	ivm_signed_rows_add(hidden->rows, hidden->part, 1);
}

static void
visit_rest(TupleTableSlot *slot, int64 copies, void *arg)
{
	Hidden	   *hidden = arg;

	for (; copies > 0; copies--)
		put_row(hidden->table, slot);
}

static Query *
build_hidden(const IvmViewChange *change, const IvmDeltaQueryKey *key, double nrows)
{
	Query	   *rows = copyObject(change->addend->rows);
	const IvmChangedSource *changed = NULL;

	for (int i = 0; i < change->nchanged; i++)
		if (change->changed[i].source == key->variant)
			changed = &change->changed[i];
	return ivm_old_rows_hidden(list_nth(ivm_sources_list(rows), changed->source),
							   &changed->rows->logged->old);
}

/*
 * Where rows are left out with equal ones that have come, put back as many as there are
 * more of them.
 */
static void
put_equal_ones(IvmPlan *plan, const IvmAddend *addend, int source, IvmRowStore *store,
			   Snapshot snapshot)
{
	IvmChangedSource changed = {source, store, store->desc};
	IvmViewChange change = {.plan = plan,.addend = addend,.nchanged = 1,.changed = &changed};
	IvmLoggedTable *table = store->logged;
	Hidden		hidden = {.table = table,.columns = table->old.key};
	List	   *named;
	TupleTableSlot *slot = MakeSingleTupleTableSlot(store->desc, &TTSOpsMinimalTuple);
	IvmDeltaQueryKey key;
	IvmRowScan	scan;

	hidden.rows = ivm_signed_rows_create(CurrentMemoryContext);
	hidden.part = MakeSingleTupleTableSlot(store->desc, &TTSOpsVirtual);
	memset(&key, 0, sizeof(key));
	key.addend = addend;
	key.variant = source;
	key.old = 2;				/* no other query has this */
	named = ivm_delta_query_name_rows(NIL, ivm_old_rows_come_name(0), store->desc, store, 0);
	ivm_delta_query_run(&change, ivm_delta_query_plan(&change, &key, store->nrows[0], build_hidden),
						snapshot, named, visit_hidden, &hidden);
	ivm_row_store_scan(&scan, store, 0);
	while (ivm_row_store_next(&scan, slot))
	{
		CHECK_FOR_INTERRUPTS();
		slot_getallattrs(slot);
		ivm_signed_rows_add(hidden.rows, slot, -1);
	}
	ivm_signed_rows_visit(hidden.rows, visit_rest, &hidden);
	ExecDropSingleTupleTableSlot(slot);
	ExecDropSingleTupleTableSlot(hidden.part);
}

/* A source that reads the table. */
static const IvmAddend *
find_source(const IvmPlan *plan, Oid relid, int *source)
{
	ListCell   *lc;

	foreach(lc, plan->core->addends)
	{
		const IvmAddend *addend = lfirst(lc);

		for (*source = 0; *source < addend->nsources; (*source)++)
			if (addend->sources[*source].relid == relid)
				return addend;
	}
	return NULL;
}

void
ivm_log_old_prepare(IvmPlan *plan, List *stores, Snapshot snapshot)
{
	ListCell   *lc;

	foreach(lc, stores)
	{
		IvmRowStore *store = lfirst(lc);
		IvmLoggedTable *table = palloc0(sizeof(IvmLoggedTable));
		Bitmapset  *columns = ivm_table_plan_read_columns(plan, store->relid);
		Bitmapset  *key = find_key(store->relid);
		const IvmAddend *addend;
		int			source;

		store->logged = table;
		table->owns_come = store->nrows[0] == 0;
		table->come = table->owns_come ? tuplestore_begin_heap(false, false, work_mem) :
			ivm_row_store_tuples(store, 0);
		table->instead = tuplestore_begin_heap(false, false, work_mem);
		table->old.desc = store->desc;
		table->old.unique = key != NULL && bms_is_subset(key, columns);
		table->old.key = table->old.unique ? key : columns;
		table->old.ncome = store->nrows[0];
		put_gone(table, store);
		if (!table->old.unique && store->nrows[0] > 0 &&
			(addend = find_source(plan, store->relid, &source)) != NULL)
			put_equal_ones(plan, addend, source, store, snapshot);
	}
}

void
ivm_log_old_free(List *stores)
{
	ListCell   *lc;

	foreach(lc, stores)
	{
		IvmRowStore *store = lfirst(lc);

		if (store->logged == NULL)
			continue;
		tuplestore_end(store->logged->instead);
		if (store->logged->owns_come)
			tuplestore_end(store->logged->come);
		store->logged = NULL;
	}
}

/* ---- queries ---- */

void
ivm_log_old_put(List *rtes, const IvmViewChange *change)
{
	for (int i = 0; i < change->nchanged; i++)
	{
		const IvmChangedSource *changed = &change->changed[i];
		RangeTblEntry *rte = list_nth(rtes, changed->source);

		if (rte)
			ivm_old_rows_put(rte, changed->source, &changed->rows->logged->old);
	}
}

List *
ivm_log_old_name(const IvmViewChange *change, List *named)
{
	for (int i = 0; i < change->nchanged; i++)
	{
		const IvmChangedSource *changed = &change->changed[i];
		IvmLoggedTable *table = changed->rows->logged;

		if (table == NULL)
			continue;
		named = ivm_delta_query_name(named, ivm_old_rows_come_name(changed->source), changed->desc,
									 table->come, changed->rows->nrows[0]);
		named = ivm_delta_query_name(named, ivm_old_rows_instead_name(changed->source),
									 changed->desc, table->instead, table->old.ninstead);
		changed->rows->readers++;
	}
	return named;
}
