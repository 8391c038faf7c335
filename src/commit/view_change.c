/*-------------------------------------------------------------------------
 *
 * view_change.c
 *	  What a transaction has changed of the tables of a view.
 *
 * The changed rows of each source, and whether they can be followed by terms, or
 * make no difference.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "executor/tuptable.h"

#include "base/signed_rows.h"
#include "capture/pending.h"
#include "capture/row_store.h"
#include "commit/delta_query.h"
#include "commit/region_delta.h"
#include "commit/view_change.h"
#include "definition/addends.h"
#include "definition/affected_region.h"
#include "definition/core.h"
#include "plan/table_plan.h"

/* ---- what has changed ---- */

static IvmRowStore *
find_logged(List *logged, Oid relid)
{
	ListCell   *lc;

	foreach(lc, logged)
	{
		if (((IvmRowStore *) lfirst(lc))->relid == relid)
			return lfirst(lc);
	}
	return NULL;
}

static TupleDesc
table_desc(Oid relid)
{
	IvmTablePlan *base = ivm_table_plan_get(relid);

	for (int i = 0; i < base->ntargets; i++)
		if (base->targets[i].relid == relid)
			return base->targets[i].desc;
	return NULL;
}

void
ivm_view_change_find(IvmViewChange *change, List *tables)
{
	const IvmAddend *addend = change->addend;
	ListCell   *lc;

	change->changed = addend->nsources <= IVM_FEW_SOURCES ? change->few :
		palloc(sizeof(IvmChangedSource) * addend->nsources);
	foreach(lc, tables)
	{
		Oid			relid = lfirst_oid(lc);
		IvmRowStore *rows = NULL;

		for (int i = 0; i < addend->nsources; i++)
		{
			IvmChangedSource *changed = &change->changed[change->nchanged];
			bool		temporary;

			if (addend->sources[i].relid != relid)
				continue;
			if (rows == NULL && change->logged != NIL)
				rows = find_logged(change->logged, relid);
			else if (rows == NULL)
			{
				rows = ivm_pending_rows(relid, &temporary);
				if (temporary)
					change->temporary = lappend(change->temporary, rows);
			}
			changed->source = i;
			changed->rows = rows;
			changed->desc = rows->desc ? rows->desc : table_desc(relid);
			change->nchanged++;
		}
	}
}

/* ---- what kind of change it is ---- */

/* Sources with terms of their own: their number is 3 to the power of this. */
#define MAX_TERM_SOURCES	4

bool
ivm_view_change_is_linear(const IvmAddend *addend, uint64 changed)
{
	const IvmRegion *region = addend->regions ? linitial(addend->regions) : NULL;
	int			n = 0;

	if (region && region->fenced != NIL &&
		ivm_region_delta_is_direct(region, changed, addend->nsources))
		return false;

	for (int i = 0; i < addend->nsources; i++)
	{
		if ((changed & (UINT64CONST(1) << i)) == 0)
			continue;
		if (!addend->sources[i].linear)
			return false;
		n++;
	}
	return n <= MAX_TERM_SOURCES;
}

uint64
ivm_view_change_sources(const IvmAddend *addend, List *tables)
{
	uint64		result = 0;

	for (int i = 0; i < addend->nsources; i++)
		if (list_member_oid(tables, addend->sources[i].relid))
			result |= UINT64CONST(1) << i;
	return result;
}

static void
visit_left(TupleTableSlot *slot, int64 copies, void *arg)
{
	*(bool *) arg = false;
}

/* Are a source's rows the same as before, in the columns that an addend reads? */
static bool
is_unchanged(const IvmAddend *addend, const IvmChangedSource *changed)
{
	const Bitmapset *attrs = addend->sources[changed->source].attrs;
	IvmSignedRows *net;
	TupleTableSlot *row;
	TupleTableSlot *part;
	IvmRowScan	scan;
	bool		result = true;

	if (changed->rows->nrows[0] != changed->rows->nrows[1] ||
		changed->rows->nrows[0] == 0 || changed->rows->nrows[0] > IVM_MAX_CHANGED_ROWS)
		return false;
	net = ivm_signed_rows_create(CurrentMemoryContext);
	row = MakeSingleTupleTableSlot(changed->desc, &TTSOpsMinimalTuple);
	part = MakeSingleTupleTableSlot(changed->desc, &TTSOpsVirtual);
	for (int i = 0; i < 2; i++)
	{
		ivm_row_store_scan(&scan, changed->rows, i);
		while (ivm_row_store_next(&scan, row))
		{
			slot_getallattrs(row);
			ExecStoreAllNullTuple(part);
			for (int a = -1; (a = bms_next_member(attrs, a)) >= 0;)
			{
				int			n = a + FirstLowInvalidHeapAttributeNumber - 1;

				part->tts_values[n] = row->tts_values[n];
				part->tts_isnull[n] = row->tts_isnull[n];
			}
			ivm_signed_rows_add(net, part, i == 0 ? 1 : -1);
		}
	}
	ivm_signed_rows_visit(net, visit_left, &result);
	ExecDropSingleTupleTableSlot(row);
	ExecDropSingleTupleTableSlot(part);
	return result;
}

bool
ivm_view_change_is_idle(const IvmViewChange *change)
{
	for (int i = 0; i < change->nchanged; i++)
		if (!is_unchanged(change->addend, &change->changed[i]))
			return false;
	return true;
}

void
ivm_view_change_forget(IvmViewChange *change)
{
	ListCell   *lc;

	foreach(lc, change->temporary)
		ivm_row_store_free(lfirst(lc));
	change->temporary = NIL;
	change->nchanged = 0;
}

IvmAddend
ivm_view_change_whole(const IvmCore *core)
{
	IvmAddend	result = {.nsources = core->nsources,.sources = core->sources,
	.linear = core->linear,.regions = core->regions};

	return result;
}
