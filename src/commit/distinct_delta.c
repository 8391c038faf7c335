/*-------------------------------------------------------------------------
 *
 * distinct_delta.c
 *	  Which values have come to a key, and which have gone from it.
 *
 *		SELECT day, count(DISTINCT visitor) FROM visits GROUP BY day
 *
 * The count is linear in the set of the pairs (day, visitor).  A transaction knows how many rows of
 * each pair it has added and removed (capture/value_set.h).  Looking them up by an index on both
 * tells whether there are more, and so whether the pair is new, or gone, or neither:
 *
 *		rows there now	rows added, less removed	before		the set has
 *		3				+2							some		the same
 *		2				+2							none		gained it
 *		0				-1							some		lost it
 *
 * Two transactions that change the same pair do not commute, so they are put in an order by locks
 * at commit; those that only add rows wait for each other only where none is there.
 * commit/README.md, "Distinct values", has the locks, and test/model/distinct.py explores them.
 *
 * Where there is no index, or too much to look up, the keys stay dirty and are computed by whoever
 * needs them.  That is ordered against those who look up, too.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/tupconvert.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "common/int.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "capture/changes.h"
#include "capture/pending.h"
#include "capture/value_set.h"
#include "commit/distinct_delta.h"
#include "commit/key_lock.h"
#include "commit/source_locks.h"
#include "plan/bucket_range.h"
#include "plan/distinct_index.h"
#include "plan/key.h"
#include "plan/owner_scope.h"
#include "plan/plan.h"
#include "plan/row_eval.h"

/* Values that a transaction locks one by one before it wants all of a view. */
#define MAX_VALUE_LOCKS		64

/* Values that a transaction looks up, of one view; with more, keys are computed. */
#define MAX_LOOKUPS			IVM_MAX_SET_VALUES

/*
 * Rows that it looks at for them in vain, because they are of another bucket or do not count; with
 * more, keys are computed, too.  Others wait meanwhile.
 */
#define MAX_MISSES			1000

/* A table or partition that rows are looked up in. */
typedef struct Leaf
{
	Oid			relid;
	AttrMap    *map;			/* its columns -> the base table's; NULL: the
								 * same */
	IvmDistinctIndex *indexes;	/* per accumulator of distinct values */
	ScanKey    *keys;			/* per accumulator: for the index, without
								 * values; NULL: not made yet */
} Leaf;

/* How the rows of a view's values are looked up; made once for a plan, in its context. */
typedef struct IvmDistinctLookups
{
	int			nleaves;		/* 0: they cannot be */
	Leaf	   *leaves;
} IvmDistinctLookups;

/* A view whose values are to be settled. */
typedef struct Unit
{
	IvmPlan    *plan;
	IvmChangeMap *map;
	int			nvalues;
	IvmChangedValue *values;	/* NULL: the keys stay dirty */
	bool	   *first;			/* per value: it looks new, and others may
								 * think so too */
	int8	   *signs;			/* per value: has it come (1), gone (-1), or
								 * neither? */
	bool		exclusive;		/* no other writer of the view is beside this
								 * one */
	int			misses;			/* rows looked at in vain */
	bool		gave_up;		/* it has its locks, but the plan is not right
								 * any more, or looking takes too long: the
								 * keys stay dirty */
	Relation   *rels;			/* per leaf */
} Unit;

/* OIDs of the state tables of views to which dirty deltas have been written early. */
static List *written = NIL;

void
ivm_distinct_delta_wrote_out(const IvmPlan *plan)
{
	MemoryContext oldcxt;

	if (!plan->core->distinct || plan->core->slices)
		return;
	oldcxt = MemoryContextSwitchTo(TopTransactionContext);
	written = list_append_unique_oid(written, plan->row->state);
	MemoryContextSwitchTo(oldcxt);
}

void
ivm_distinct_delta_reset(void)
{
	written = NIL;
}

/* ---- where to look ---- */

static AttrMap *
map_of(Relation rel, Oid baseid)
{
	Relation	base;
	AttrMap    *map;

	if (RelationGetRelid(rel) == baseid)
		return NULL;
	base = table_open(baseid, NoLock);
	map = ivm_compat_build_attrmap(RelationGetDescr(rel), RelationGetDescr(base));
	table_close(base, NoLock);
	return map;
}

/* Find the indexes of a table or partition; false if one is missing. */
static bool
find_leaf(const IvmPlan *plan, Relation rel, Leaf *leaf)
{
	leaf->relid = RelationGetRelid(rel);
	leaf->map = map_of(rel, plan->core->base);
	leaf->indexes = palloc0(sizeof(IvmDistinctIndex) * plan->naccums);
	leaf->keys = palloc0(sizeof(ScanKey) * plan->naccums);
	for (int i = 0; i < plan->naccums; i++)
		if (plan->accums[i].distinct &&
			!ivm_distinct_index_find(plan->core, i, rel, leaf->map, &leaf->indexes[i]))
			return false;
	return true;
}

/*
 * Find how rows are looked up.  The tables are locked (open_leaves()), but they may not be all if the
 * plan has become invalid.
 */
static void
find_lookups(Unit *unit, List *relids)
{
	IvmPlan    *plan = unit->plan;
	MemoryContext oldcxt = MemoryContextSwitchTo(plan->cxt);
	IvmDistinctLookups *lookups = palloc0(sizeof(IvmDistinctLookups));
	int			n = list_length(relids);
	IvmOwnerScope scope;

	lookups->leaves = palloc0(sizeof(Leaf) * n);
	ivm_owner_scope_enter(&scope, plan, IVM_SCOPE_COMMIT);
	PushActiveSnapshot(GetTransactionSnapshot());
	for (int i = 0; i < n; i++)
	{
		if (!find_leaf(plan, unit->rels[i], &lookups->leaves[i]))
			break;
		if (i == n - 1)
			lookups->nleaves = n;
	}
	PopActiveSnapshot();
	ivm_owner_scope_leave(&scope);
	plan->run->lookups = lookups;
	MemoryContextSwitchTo(oldcxt);
}

/*
 * Open the tables with the rows of a view, in unit->rels; false if that cannot be done at once: nobody is
 * waited for with locks in hand.  They stay locked until the end of the transaction, since what empties
 * them is not MVCC-safe.
 */
static bool
open_leaves(Unit *unit, List *relids)
{
	ListCell   *lc;

	unit->rels = palloc0(sizeof(Relation) * list_length(relids));
	if (!ConditionalLockRelationOid(unit->plan->core->base, AccessShareLock))
		return false;
	foreach(lc, relids)
	{
		Oid			relid = lfirst_oid(lc);

		if (!ConditionalLockRelationOid(relid, AccessShareLock))
			return false;
		unit->rels[foreach_current_index(lc)] = try_relation_open(relid, NoLock);
		if (unit->rels[foreach_current_index(lc)] == NULL)
			return false;
	}
	return true;
}

static void
close_leaves(Unit *unit, int n)
{
	for (int i = 0; unit->rels != NULL && i < n; i++)
		if (unit->rels[i] != NULL)
			relation_close(unit->rels[i], NoLock);
	unit->rels = NULL;
}

/* The tables that have rows of a view's base table. */
static List *
leaf_relids(const IvmPlan *plan)
{
	const IvmDistinctLookups *lookups = plan->run->lookups;
	List	   *result = NIL;
	ListCell   *lc;

	for (int i = 0; lookups != NULL && i < lookups->nleaves; i++)
		result = lappend_oid(result, lookups->leaves[i].relid);
	if (result != NIL)
		return result;
	foreach(lc, plan->locked)
	{
		if (get_rel_relkind(lfirst_oid(lc)) != RELKIND_PARTITIONED_TABLE)
			result = lappend_oid(result, lfirst_oid(lc));
	}
	return result;
}

/* Can the rows of a view's values be looked up?  Its tables are open then. */
static bool
prepare_lookups(Unit *unit)
{
	IvmPlan    *plan = unit->plan;
	List	   *relids;

	if (plan->run->derived.invalid || plan->appends || !OidIsValid(plan->state_index) ||
		(plan->run->lookups != NULL && plan->run->lookups->nleaves == 0))
		return false;
	relids = leaf_relids(plan);
	if (relids == NIL || list_length(relids) > IVM_DISTINCT_MAX_LEAVES || !open_leaves(unit, relids))
		return false;
	if (plan->run->lookups == NULL)
		find_lookups(unit, relids);
	return plan->run->lookups->nleaves == list_length(relids);
}

/* ---- looking ---- */

/* A scan of one index of one table. */
typedef struct Lookup
{
	Unit	   *unit;
	Snapshot	snapshot;
	int			accum;
	bool		again;			/* for values that have looked new before */
	const Leaf *leaf;
	const IvmDistinctIndex *index;
	Relation	index_rel;
	IndexScanDesc scan;
	TupleTableSlot *slot;
	ScanKey		keys;
} Lookup;

/* The scan key of a column of an index, without a value. */
static void
make_key(ScanKey key, Relation index, int column, StrategyNumber strategy)
{
	Oid			opcintype = index->rd_opcintype[column];
	Oid			op = get_opfamily_member(index->rd_opfamily[column], opcintype, opcintype, strategy);

	ScanKeyEntryInitialize(key, 0, column + 1, strategy, InvalidOid,
						   index->rd_indcollation[column], get_opcode(op), (Datum) 0);
}

/* Scan keys for an index; they live as long as the plan.  The last column may have two. */
static ScanKey
make_keys(const IvmPlan *plan, Relation rel, const IvmDistinctIndex *index)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(plan->cxt);
	int			n = index->ncolumns;
	ScanKey		result = palloc(sizeof(ScanKeyData) * (n + 1));

	for (int i = 0; i < n; i++)
		make_key(&result[i], rel, i, BTEqualStrategyNumber);
	if (index->bucket >= 0)
	{
		make_key(&result[n - 1], rel, n - 1, BTGreaterEqualStrategyNumber);
		make_key(&result[n], rel, n - 1, BTLessEqualStrategyNumber);
	}
	MemoryContextSwitchTo(oldcxt);
	return result;
}

static void
begin_lookup(Lookup *l, int leaf)
{
	Relation	rel = l->unit->rels[leaf];
	ScanKey    *kept = &l->unit->plan->run->lookups->leaves[leaf].keys[l->accum];

	l->leaf = &l->unit->plan->run->lookups->leaves[leaf];
	l->index = &l->leaf->indexes[l->accum];
	l->index_rel = index_open(l->index->index, AccessShareLock);
	l->slot = table_slot_create(rel, NULL);
	l->scan = ivm_compat_index_beginscan(rel, l->index_rel, l->snapshot, l->index->ncolumns + 1);
	if (*kept == NULL)
		*kept = make_keys(l->unit->plan, l->index_rel, l->index);
	l->keys = *kept;
}

static void
end_lookup(Lookup *l)
{
	index_endscan(l->scan);
	ExecDropSingleTupleTableSlot(l->slot);
	index_close(l->index_rel, NoLock);
}

/* Is a row that the index gives one of the key that counts, with the value? */
static bool
row_matches(Lookup *l, const IvmChangedValue *value)
{
	IvmPlan    *plan = l->unit->plan;
	IvmRowEval *eval = ivm_row_eval_get(plan);
	TupleTableSlot *row = l->slot;
	int			arg = plan->arg_first[l->accum];
	MemoryContext oldcxt;
	bool		result;

	eval->busy = true;
	if (l->leaf->map)
	{
		eval->slot->tts_tableOid = row->tts_tableOid;
		row = execute_attr_map_slot(l->leaf->map, row, eval->slot);
	}
	row = ivm_row_eval_project(eval, row);
	eval->busy = false;
	if (row == NULL || row->tts_isnull[arg])
		return false;
	oldcxt = MemoryContextSwitchTo(eval->econtext->ecxt_per_tuple_memory);
	result = ivm_key_equal_values(&plan->values[l->accum], row->tts_values[arg], value->value) &&
		ivm_key_equal(plan, row->tts_values, row->tts_isnull, value->row->keys, value->row->nulls);
	MemoryContextSwitchTo(oldcxt);
	return result;
}

/* Is a row there that this transaction has not brought? */
static bool
is_of_others(TupleTableSlot *row)
{
	bool		isnull;

	return TTS_IS_BUFFERTUPLE(row) &&
		!TransactionIdIsCurrentTransactionId(DatumGetTransactionId(slot_getsysattr(row, MinTransactionIdAttributeNumber,
																				   &isnull)));
}

/* A time some way before or after another. */
static Timestamp
move_time(Timestamp time, int64 by)
{
	int64		result;

	if (TIMESTAMP_NOT_FINITE(time))
		return by < 0 ? DT_NOBEGIN : DT_NOEND;
	if (pg_add_s64_overflow(time, by, &result) || !IS_VALID_TIMESTAMP(result))
		return by < 0 ? DT_NOBEGIN : DT_NOEND;
	return result;
}

/* The times that are in a bucket, or that can be in it, wide: all of them.  Returns the number of scan keys. */
static int
set_range(Lookup *l, const IvmChangedValue *value, bool wide)
{
	const IvmDistinctIndex *index = l->index;
	ScanKey		from = &l->keys[index->ncolumns - 1];
	ScanKey		to = from + 1;
	int64		slack = wide ? index->slack : 0;
	Timestamp	time;

	if (value->row->nulls[index->bucket])
	{
		from->sk_flags = SK_ISNULL | SK_SEARCHNULL;
		from->sk_argument = (Datum) 0;
		return index->ncolumns;
	}
	time = ivm_bucket_range_time(value->row->keys[index->bucket], l->unit->plan->keys[index->bucket].type);
	from->sk_flags = 0;
	from->sk_argument = TimestampGetDatum(move_time(time, -slack));
	to->sk_argument = TimestampGetDatum(index->width == 0 && wide ? DT_NOEND :
										move_time(time, index->width + slack));
	if (TIMESTAMP_NOT_FINITE(time))
		from->sk_argument = TimestampGetDatum(DT_NOBEGIN);
	return index->ncolumns + 1;
}

/*
 * Count rows of a value in one table, up to a number.  One that others have brought stands for that
 * many: the value was there before, and it still is.
 */
static int64
count_in(Lookup *l, const IvmChangedValue *value, int64 max, bool wide)
{
	int64		result = 0;
	int			n = l->index->ncolumns;

	for (int i = 0; i < l->index->ncolumns - (l->index->bucket >= 0); i++)
	{
		int			key = l->index->columns[i];
		bool		isnull = key != IVM_DISTINCT_VALUE && value->row->nulls[key];

		l->keys[i].sk_argument = key == IVM_DISTINCT_VALUE ? value->value : value->row->keys[key];
		l->keys[i].sk_flags = isnull ? SK_ISNULL | SK_SEARCHNULL : 0;
	}
	if (l->index->bucket >= 0)
		n = set_range(l, value, wide);
	l->scan->numberOfKeys = n;
	index_rescan(l->scan, l->keys, n, NULL, 0);
	while (result < max && !l->unit->gave_up &&
		   index_getnext_slot(l->scan, ForwardScanDirection, l->slot))
	{
		CHECK_FOR_INTERRUPTS();
		if (!row_matches(l, value))
		{
			/* who gives up takes first-row locks, so not once these are taken */
			l->unit->gave_up = ++l->unit->misses > MAX_MISSES && !l->again;
			continue;
		}
		if (is_of_others(l->slot))
			return max;
		result++;
	}
	return result;
}

/* Where a bucket leaves it open which times are in it, most of them are looked at first. */
static int64
count_rows(Lookup *l, const IvmChangedValue *value, int64 max)
{
	bool		open = l->index->bucket >= 0 && (l->index->slack > 0 || l->index->width == 0);

	return open && count_in(l, value, max, false) >= max ? max : count_in(l, value, max, true);
}

/*
 * Look up the values of an accumulator whose sign is not known yet.  again: only those that have looked new
 * before.
 */
static void
look_up_accum(Unit *unit, int accum, Snapshot snapshot, bool again)
{
	int		   *left = palloc(sizeof(int) * unit->nvalues); /* values, by number */
	int64	   *rows = palloc0(sizeof(int64) * unit->nvalues);
	int			n = 0;

	for (int i = 0; i < unit->nvalues; i++)
		if (unit->values[i].accum == accum && (!again || unit->first[i]))
			left[n++] = i;
	for (int leaf = 0; leaf < unit->plan->run->lookups->nleaves && n > 0; leaf++)
	{
		Lookup		l = {.unit = unit,.snapshot = snapshot,.accum = accum,.again = again};
		int			still = 0;

		begin_lookup(&l, leaf);
		for (int i = 0; i < n; i++)
		{
			int			number = left[i];
			const IvmChangedValue *value = &unit->values[number];
			int64		enough = Max(value->net, 0) + 1;

			rows[number] += count_rows(&l, value, enough - rows[number]);
			if (rows[number] < enough)
				left[still++] = number;
		}
		n = still;
		end_lookup(&l);
	}
	/* what is left has no rows but the transaction's own: it is new, or gone */
	for (int i = 0; i < unit->nvalues; i++)
		if (unit->values[i].accum == accum && (!again || unit->first[i]))
			unit->signs[i] = 0;
	for (int i = 0; i < n; i++)
		unit->signs[left[i]] = unit->values[left[i]].net > 0 ? 1 : -1;
	pfree(left);
	pfree(rows);
}

/* Find what has become of the values of a view, as this snapshot shows it. */
static void
look_up(Unit *unit, Snapshot snapshot, bool again)
{
	IvmPlan    *plan = unit->plan;
	IvmOwnerScope scope;

	ivm_owner_scope_enter(&scope, plan, IVM_SCOPE_COMMIT);
	PushActiveSnapshot(snapshot);
	for (int i = 0; i < plan->naccums; i++)
		if (plan->accums[i].distinct)
			look_up_accum(unit, i, snapshot, again);
	PopActiveSnapshot();
	ivm_owner_scope_leave(&scope);
}

/* ---- the order of writers ---- */

static void
want_view(IvmSourceLocks *locks, const IvmPlan *plan, LOCKMODE mode)
{
	LOCKTAG		tag;

	ivm_key_lock_pair_tag(&tag, plan->row->state, InvalidOid, 0);
	ivm_source_locks_add(locks, plan, &tag, mode);
}

/* What a view asks for: its writers that look up share it with each other, the others too. */
static void
want_locks(IvmSourceLocks *locks, Unit *unit)
{
	if (unit->values == NULL)
	{
		want_view(locks, unit->plan, ShareLock);
		return;
	}
	unit->exclusive = unit->nvalues > MAX_VALUE_LOCKS;
	want_view(locks, unit->plan, unit->exclusive ? ShareRowExclusiveLock : RowExclusiveLock);
	for (int i = 0; i < unit->nvalues && !unit->exclusive; i++)
	{
		LOCKTAG		tag;

		ivm_key_lock_value_tag(&tag, unit->plan->row->state, unit->values[i].hash);
		ivm_source_locks_add(locks, unit->plan, &tag, unit->values[i].net > 0 ? ShareLock : ExclusiveLock);
	}
}

/*
 * With the locks that were asked for: have the tables or their indexes changed meanwhile?  Who has changed
 * them may have been waited for, and his messages are here now.
 */
static void
check_plans(List *units)
{
	ListCell   *lc;

	AcceptInvalidationMessages();
	foreach(lc, units)
	{
		Unit	   *unit = lfirst(lc);

		unit->gave_up |= unit->values != NULL && unit->plan->run->derived.invalid;
	}
}

/* Note the values that others who share them may take for new as well, and ask for their first-row locks. */
static void
want_first(IvmSourceLocks *locks, Unit *unit)
{
	for (int i = 0; i < unit->nvalues; i++)
	{
		LOCKTAG		tag;

		unit->first[i] = !unit->exclusive && unit->values[i].net > 0 && (unit->gave_up || unit->signs[i] != 0);
		if (!unit->first[i])
			continue;
		ivm_key_lock_first_tag(&tag, unit->plan->row->state, unit->values[i].hash);
		ivm_source_locks_add(locks, unit->plan, &tag, ExclusiveLock);
	}
}

static bool
any_first(const Unit *unit)
{
	for (int i = 0; i < unit->nvalues; i++)
		if (unit->first[i])
			return true;
	return false;
}

/* Look up the values of all views, as the newest snapshot shows them; again: those that looked new. */
static void
look_up_all(List *units, bool again)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	ListCell   *lc;

	foreach(lc, units)
	{
		Unit	   *unit = lfirst(lc);

		if (unit->values != NULL && !unit->gave_up && (!again || any_first(unit)))
			look_up(unit, snapshot, again);
	}
	UnregisterSnapshot(snapshot);
}

/*
 * Find what has become of the values, in the order in which the locks put the transactions.  Who gives
 * up with the locks in hand takes the first-row locks of all of his values, as if they were new: so those
 * who share them and find them new see his rows.
 */
static void
find_signs(List *units)
{
	IvmSourceLocks locks = {0};
	IvmSourceLocks firsts = {0};
	ListCell   *lc;

	foreach(lc, units)
		want_locks(&locks, lfirst(lc));
	ivm_source_locks_take(&locks);
	check_plans(units);
	CommandCounterIncrement();
	look_up_all(units, false);
	foreach(lc, units)
	{
		if (((Unit *) lfirst(lc))->values != NULL)
			want_first(&firsts, lfirst(lc));
	}
	if (firsts.n == 0)
		return;
	ivm_source_locks_take(&firsts);
	check_plans(units);
	look_up_all(units, true);
}

/* ---- at commit ---- */

/* The view's values, if they are to be settled; NULL: there is nothing to be told. */
static Unit *
make_unit(IvmPlan *plan)
{
	Unit	   *unit;

	if (!plan->core->distinct || plan->core->slices || plan->deferred)
		return NULL;
	unit = palloc0(sizeof(Unit));
	unit->plan = plan;
	unit->map = ivm_pending_map(plan);
	unit->values = ivm_changes_list_values(unit->map, MAX_LOOKUPS, &unit->nvalues);
	if (list_member_oid(written, plan->row->state))
		unit->values = NULL;
	else if (unit->values != NULL && unit->nvalues == 0)
		return NULL;
	if (unit->values != NULL && !prepare_lookups(unit))
		unit->values = NULL;
	if (unit->values != NULL)
	{
		unit->signs = palloc0(sizeof(int8) * unit->nvalues);
		unit->first = palloc0(sizeof(bool) * unit->nvalues);
	}
	return unit;
}

static void
finish_unit(Unit *unit)
{
	if (unit->rels != NULL)
		close_leaves(unit, list_length(leaf_relids(unit->plan)));
	if (unit->values == NULL || unit->gave_up)
		return;
	for (int i = 0; i < unit->nvalues; i++)
		ivm_changes_settle_value(unit->map, &unit->values[i], unit->signs[i]);
	ivm_changes_settled(unit->map);
}

void
ivm_distinct_delta_settle(List *plans)
{
	List	   *units = NIL;
	ListCell   *lc;

	foreach(lc, plans)
	{
		Unit	   *unit = make_unit(lfirst(lc));

		if (unit != NULL)
			units = lappend(units, unit);
	}
	if (units != NIL)
		find_signs(units);
	foreach(lc, units)
		finish_unit(lfirst(lc));
}
