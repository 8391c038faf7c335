/*-------------------------------------------------------------------------
 *
 * pending.c
 *	  The pending change of the current transaction, in memory.
 *
 * Keys cannot be compared while a subtransaction ends: that may read system
 * catalogues, or fail.  So a level that commits is only handed over to its parent
 * (absorbed), and merged into it (settle) when the parent is next looked at or is
 * itself about to commit:
 *
 *		top --> level 3  --below-->  level 1
 *					|absorbed
 *					v
 *				level 5, committed --below--> level 4, committed
 *
 * Hardly more than one level waits in this way.  Of two maps, and of two stores of
 * rows, the smaller one is added to the larger one: n keys below any number of
 * savepoints take n log n steps.
 *
 * Memory: each level has a context of its own, and its maps have contexts below
 * that.  The lowest level, with its maps, uses the parent of these contexts instead,
 * which is kept from transaction to transaction, because most transactions have one
 * level and a handful of keys.  The maps of all levels together are bounded by
 * ivm.pending_mem: past it, capture writes the top level out as delta rows
 * (ivm_pending_full).  The levels below cannot be written, since their rows would go
 * with the current subtransaction if it aborts; so if they take all there is, each level
 * above them keeps a few keys at a time.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "utils/datum.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/guc.h"
#include "capture/changes.h"
#include "capture/pending.h"
#include "capture/row_store.h"
#include "plan/delta.h"
#include "plan/delta_map.h"
#include "plan/plan.h"
#include "plan/table_plan.h"

/* Up to these numbers, views and tables of a level need no allocation. */
#define FEW_VIEWS	4
#define FEW_TABLES	4

/*
 * How many rows are captured between two looks at the memory; the smaller number applies where
 * the levels below use all that is allowed.
 */
#define ROWS_BETWEEN_CHECKS			256
#define ROWS_BETWEEN_CHECKS_CROWDED	16

/* Row events of a table that a level has captured. */
typedef struct CapturedCount
{
	Oid			relid;
	bool		truncated;		/* what lower levels have captured does not
								 * count */
	int64		rows;
} CapturedCount;

typedef struct PendingLevel
{
	struct PendingLevel *below; /* of an absorbed level: the next one absorbed */
	struct PendingLevel *absorbed;	/* committed children, oldest first, not
									 * yet merged */
	bool		settling;		/* being merged, or left so by an error */
	int			nest_level;
	MemoryContext cxt;
	Size		mem_below;		/* memory of all levels below */
	uint32		rows_between_checks;
	int			nmaps;
	int			maxmaps;
	IvmChangeMap *maps;
	int			ncounts;
	int			maxcounts;
	CapturedCount *counts;
	List	   *rows;			/* IvmRowStore *, one per table */
	List	   *marked;			/* OIDs of base tables (ivm_pending_mark) */
	IvmChangeMap first_maps[FEW_VIEWS];
	CapturedCount first_counts[FEW_TABLES];
} PendingLevel;

static MemoryContext pending_cxt = NULL;
static MemoryContext rows_cxt = NULL;	/* of row stores */
static PendingLevel lowest;
static PendingLevel *top = NULL;
static CommandId last_command = InvalidCommandId;	/* ivm_pending_last_command() */
static uint32 rows_since_check = 0; /* calls of ivm_pending_full() */
static bool wrote_out = false;	/* ivm_pending_wrote_out() */
static bool scanned = false;	/* an old snapshot of the transaction cannot
								 * be merged */
static bool uncounted = false;	/* events were captured that the statistics
								 * lack */

bool		ivm_pending_any_broken = false;

static void settle(PendingLevel *level);

/* ---- levels ---- */

/* What the maps of all levels may take, in bytes */
static Size
pending_limit(void)
{
	return (Size) ivm_guc_pending_mem * 1024;
}

/* The level of the current subtransaction, made if it has none. */
static PendingLevel *
current_level(void)
{
	int			nest = GetCurrentTransactionNestLevel();
	PendingLevel *level;
	MemoryContext cxt;

	if (likely(top != NULL && top->nest_level == nest))
	{
		if (unlikely(top->absorbed != NULL))
			settle(top);
		return top;
	}
	Assert(top == NULL || top->nest_level < nest);
	if (top != NULL && top->absorbed != NULL)
		settle(top);
	if (pending_cxt == NULL)
		pending_cxt = AllocSetContextCreate(TopMemoryContext, "ivm pending",
											ALLOCSET_DEFAULT_SIZES);
	if (top == NULL)
	{
		level = &lowest;
		level->cxt = pending_cxt;
		level->mem_below = 0;
		level->rows_between_checks = ROWS_BETWEEN_CHECKS;
	}
	else
	{
		/*
		 * if top is the lowest level, its context has no contexts of other
		 * levels in it yet
		 */
		Size		mem_below = top->mem_below + MemoryContextMemAllocated(top->cxt, true);

		cxt = AllocSetContextCreate(pending_cxt, "ivm pending level",
									ALLOCSET_START_SMALL_SIZES);
		level = MemoryContextAlloc(cxt, sizeof(PendingLevel));
		level->cxt = cxt;
		level->mem_below = mem_below;
		level->rows_between_checks = mem_below > pending_limit() ?
			ROWS_BETWEEN_CHECKS_CROWDED : ROWS_BETWEEN_CHECKS;
	}
	level->nest_level = nest;
	level->below = top;
	level->absorbed = NULL;
	level->settling = false;
	level->nmaps = level->ncounts = 0;
	level->maxmaps = FEW_VIEWS;
	level->maps = level->first_maps;
	level->maxcounts = FEW_TABLES;
	level->counts = level->first_counts;
	level->rows = NIL;
	level->marked = NIL;
	top = level;
	return level;
}

/* The map of a view at a level, as far as it has been settled, or NULL. */
static IvmChangeMap *
find_own_map(PendingLevel *level, int32 view_id)
{
	for (int i = 0; i < level->nmaps; i++)
		if (level->maps[i].plan->row->id == view_id)
			return &level->maps[i];
	return NULL;
}

/* The map of a view at a level, or NULL. */
static IvmChangeMap *
find_map(PendingLevel *level, int32 view_id)
{
	if (unlikely(level->absorbed != NULL))
		settle(level);
	return find_own_map(level, view_id);
}

/* The map of a view at a level that is settled, or being settled; made if there is none. */
static IvmChangeMap *
get_own_map(PendingLevel *level, IvmPlan *plan)
{
	IvmChangeMap *map = find_own_map(level, plan->row->id);

	if (likely(map != NULL))
		return map;
	if (level->nmaps == level->maxmaps)
	{
		int			n = level->maxmaps * 2;
		IvmChangeMap *maps = MemoryContextAlloc(level->cxt, sizeof(IvmChangeMap) * n);

		memcpy(maps, level->maps, sizeof(IvmChangeMap) * level->nmaps);
		for (int i = 0; i < level->nmaps; i++)
			ivm_changes_moved(&maps[i]);
		level->maps = maps;
		level->maxmaps = n;
	}
	map = &level->maps[level->nmaps];
	if (level == &lowest)
		ivm_changes_init(map, plan, level->cxt);
	else
		ivm_changes_init_apart(map, plan, level->cxt);
	level->nmaps++;
	return map;
}

static CapturedCount *
get_count(PendingLevel *level, Oid relid)
{
	CapturedCount *count;

	for (int i = 0; i < level->ncounts; i++)
		if (level->counts[i].relid == relid)
			return &level->counts[i];
	if (level->ncounts == level->maxcounts)
	{
		int			n = level->maxcounts * 2;
		CapturedCount *counts = MemoryContextAlloc(level->cxt, sizeof(CapturedCount) * n);

		memcpy(counts, level->counts, sizeof(CapturedCount) * level->ncounts);
		level->counts = counts;
		level->maxcounts = n;
	}
	count = &level->counts[level->ncounts++];
	memset(count, 0, sizeof(CapturedCount));
	count->relid = relid;
	return count;
}

/* Free the row stores of a level, and of those that wait to be merged into it. */
static void
free_rows(PendingLevel *level)
{
	ListCell   *lc;

	foreach(lc, level->rows)
		ivm_row_store_free(lfirst(lc));
	level->rows = NIL;
	for (PendingLevel *child = level->absorbed; child != NULL; child = child->below)
		free_rows(child);
}

static void
pop_level(void)
{
	PendingLevel *level = top;

	free_rows(level);
	top = level->below;
	if (level == &lowest)
		MemoryContextReset(pending_cxt);
	else
		MemoryContextDelete(level->cxt);
}

/* ---- capture ---- */

void
ivm_pending_captured(Oid relid, int64 rows)
{
	get_count(current_level(), relid)->rows += rows;
	if (unlikely(!pgstat_track_counts))
		uncounted = true;
	last_command = GetCurrentCommandId(false);
}

void
ivm_pending_truncated(Oid relid)
{
	CapturedCount *count = get_count(current_level(), relid);

	count->rows = 0;
	count->truncated = true;
	last_command = GetCurrentCommandId(false);
}

void
ivm_pending_scanned(void)
{
	last_command = GetCurrentCommandId(true);
	if (IsolationUsesXactSnapshot())
		scanned = true;
}

void
ivm_pending_wrote(void)
{
	last_command = GetCurrentCommandId(true);
	wrote_out = true;
}

bool
ivm_pending_wrote_out(void)
{
	return wrote_out;
}

void
ivm_pending_discard(IvmPlan *plan)
{
	IvmChangeMap *map = get_own_map(current_level(), plan);

	ivm_changes_empty(map);
	map->discards = true;
}

IvmChangeMap *
ivm_pending_map(IvmPlan *plan)
{
	return get_own_map(current_level(), plan);
}

static IvmRowStore *
find_rows(PendingLevel *level, Oid relid)
{
	ListCell   *lc;

	foreach(lc, level->rows)
	{
		if (((IvmRowStore *) lfirst(lc))->relid == relid)
			return lfirst(lc);
	}
	return NULL;
}

static void
add_rows(PendingLevel *level, IvmRowStore *rows)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(level->cxt);

	level->rows = lappend(level->rows, rows);
	MemoryContextSwitchTo(oldcxt);
}

bool
ivm_pending_add_row(IvmRowTarget *target, TupleTableSlot *slot, int sign)
{
	PendingLevel *level = current_level();
	IvmRowStore *rows = find_rows(level, target->relid);
	bool		first = rows == NULL;

	if (first)
	{
		if (rows_cxt == NULL)
			rows_cxt = AllocSetContextCreate(TopMemoryContext, "ivm pending rows",
											 ALLOCSET_SMALL_SIZES);
		rows = ivm_row_store_create(target->relid, rows_cxt);
		add_rows(level, rows);
	}
	ivm_row_store_put(rows, target->desc, slot->tts_values, slot->tts_isnull, sign);
	return first;
}

static void
add_mark(PendingLevel *level, Oid base)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(level->cxt);

	level->marked = list_append_unique_oid(level->marked, base);
	MemoryContextSwitchTo(oldcxt);
}

void
ivm_pending_mark(Oid base)
{
	add_mark(current_level(), base);
}

void
ivm_pending_rebuild(IvmPlan *plan)
{
	get_own_map(current_level(), plan)->rebuild = true;
}

void
ivm_pending_break(IvmPlan *plan, const char *message)
{
	IvmChangeMap *map = get_own_map(current_level(), plan);

	map->broken = MemoryContextStrdup(pending_cxt, message);
	ivm_pending_any_broken = true;
}

/* ---- reading ---- */

bool
ivm_pending_exists(void)
{
	return top != NULL;
}

bool
ivm_pending_has(int32 view_id)
{
	for (PendingLevel *level = top; level != NULL; level = level->below)
		if (find_map(level, view_id) != NULL)
			return true;
	return false;
}

bool
ivm_pending_discards(int32 view_id)
{
	for (PendingLevel *level = top; level != NULL; level = level->below)
	{
		IvmChangeMap *map = find_map(level, view_id);

		if (map != NULL && map->discards)
			return true;
	}
	return false;
}

bool
ivm_pending_rebuilds(int32 view_id)
{
	for (PendingLevel *level = top; level != NULL; level = level->below)
	{
		IvmChangeMap *map = find_map(level, view_id);

		if (map != NULL && map->rebuild)
			return true;
	}
	return false;
}

const char *
ivm_pending_broken(const IvmPlan *plan)
{
	for (PendingLevel *level = ivm_pending_any_broken ? top : NULL; level != NULL; level = level->below)
	{
		IvmChangeMap *map = find_map(level, plan->row->id);

		if (map != NULL && map->broken != NULL)
			return map->broken;
	}
	return NULL;
}

bool
ivm_pending_has_keys(void)
{
	for (PendingLevel *level = top; level != NULL; level = level->below)
		if (level->nmaps > 0 || level->absorbed != NULL)
			return true;
	return false;
}

bool
ivm_pending_needs_queries(void)
{
	for (PendingLevel *level = top; level != NULL; level = level->below)
	{
		settle(level);
		if (level->rows != NIL || level->marked != NIL)
			return true;
		for (int i = 0; i < level->nmaps; i++)
			if (level->maps[i].rebuild)
				return true;
	}
	return false;
}

List *
ivm_pending_row_tables(void)
{
	List	   *result = NIL;
	ListCell   *lc;

	for (PendingLevel *level = top; level != NULL; level = level->below)
	{
		settle(level);
		foreach(lc, level->rows)
			result = list_append_unique_oid(result, ((IvmRowStore *) lfirst(lc))->relid);
	}
	list_sort(result, list_oid_cmp);
	return result;
}

List *
ivm_pending_marked_tables(void)
{
	List	   *result = NIL;

	for (PendingLevel *level = top; level != NULL; level = level->below)
	{
		settle(level);
		result = list_concat_unique_oid(result, level->marked);
	}
	list_sort(result, list_oid_cmp);
	return result;
}

int64
ivm_pending_row_count(Oid relid)
{
	int64		result = 0;

	for (PendingLevel *level = top; level != NULL; level = level->below)
	{
		IvmRowStore *rows;

		settle(level);
		rows = find_rows(level, relid);
		if (rows)
			result += rows->nrows[0] + rows->nrows[1];
		result += list_member_oid(level->marked, relid);
	}
	return result;
}

/* A tuplestore gets slower with each reader that it has had: from here on it is copied. */
#define MAX_READERS		64

IvmRowStore *
ivm_pending_rows(Oid relid, bool *temporary)
{
	IvmRowStore *result = NULL;

	*temporary = false;
	for (PendingLevel *level = top; level != NULL; level = level->below)
	{
		IvmRowStore *rows;

		settle(level);
		rows = find_rows(level, relid);
		if (rows == NULL)
			continue;
		if (result == NULL && rows->readers < MAX_READERS)
		{
			result = rows;
			continue;
		}
		if (!*temporary)
		{
			IvmRowStore *copy = ivm_row_store_create(relid, CurrentMemoryContext);

			if (result)
				ivm_row_store_append(copy, result);
			result = copy;
			*temporary = true;
		}
		ivm_row_store_append(result, rows);
	}
	return result;
}

List *
ivm_pending_rebuilt_views(void)
{
	List	   *result = NIL;

	for (PendingLevel *level = top; level != NULL; level = level->below)
	{
		settle(level);
		for (int i = 0; i < level->nmaps; i++)
			if (level->maps[i].rebuild)
				result = list_append_unique_int(result, level->maps[i].plan->row->id);
	}
	return result;
}

CommandId
ivm_pending_last_command(void)
{
	return scanned ? InvalidCommandId - 1 : last_command;
}

int64
ivm_pending_captured_rows(Oid relid)
{
	int64		result = 0;

	if (uncounted)
		return PG_INT64_MAX;
	for (PendingLevel *level = top; level != NULL; level = level->below)
		for (int i = 0; i < level->ncounts; i++)
			if (level->counts[i].relid == relid)
				result += level->counts[i].rows;
	return result;
}

static void
add_to_overlay(IvmPlan *plan, IvmDelta *delta, void *arg)
{
	ivm_delta_map_add(arg, delta);
}

void
ivm_pending_overlay(int32 view_id, IvmDeltaMap *into)
{
	for (PendingLevel *level = top; level != NULL; level = level->below)
	{
		IvmChangeMap *map = find_map(level, view_id);

		if (map == NULL)
			continue;
		ivm_changes_visit(map, add_to_overlay, into);
		if (map->discards)
			break;
	}
}

/* ---- writing out ---- */

bool
ivm_pending_full(bool subcommit)
{
	if (top == NULL)
		return false;
	if (!subcommit)
	{
		if (likely(++rows_since_check < top->rows_between_checks))
			return false;
		rows_since_check = 0;
	}
	else if (top->nest_level != GetCurrentTransactionNestLevel() || top->below == NULL)
		return false;
	return top->mem_below + MemoryContextMemAllocated(top->cxt, true) > pending_limit();
}

static int
compare_ids(const ListCell *a, const ListCell *b)
{
	int32		ida = ((IvmPlan *) lfirst(a))->row->id;
	int32		idb = ((IvmPlan *) lfirst(b))->row->id;

	return ida < idb ? -1 : ida > idb;
}

List *
ivm_pending_level_plans(void)
{
	List	   *result = NIL;

	if (top != NULL)
		settle(top);
	for (int i = 0; top != NULL && i < top->nmaps; i++)
		result = lappend(result, top->maps[i].plan);
	list_sort(result, compare_ids);
	return result;
}

int
ivm_pending_keys(IvmPlan *plan)
{
	IvmChangeMap *map = find_map(top, plan->row->id);

	if (map == NULL)
		return 0;
	return ivm_changes_count(map);
}

void
ivm_pending_visit(IvmPlan *plan, IvmPendingVisitor visit, void *arg)
{
	IvmChangeMap *map = find_map(top, plan->row->id);

	if (map)
		ivm_changes_visit(map, visit, arg);
}

void
ivm_pending_empty(void)
{
	PendingLevel *level = top;
	int			nmaps = level->nmaps;
	int			ncounts = level->ncounts;
	IvmChangeMap *maps = palloc(sizeof(IvmChangeMap) * Max(nmaps, 1));
	CapturedCount *counts = palloc(sizeof(CapturedCount) * Max(ncounts, 1));
	List	   *kept = list_copy(level->rows);
	List	   *marked = list_copy(level->marked);
	ListCell   *lc;

	Assert(level->nest_level == GetCurrentTransactionNestLevel() && level->absorbed == NULL);
	memcpy(maps, level->maps, sizeof(IvmChangeMap) * nmaps);
	memcpy(counts, level->counts, sizeof(CapturedCount) * ncounts);
	for (int i = 0; i < nmaps; i++)
		if (maps[i].broken != NULL)
			maps[i].broken = pstrdup(maps[i].broken);
	level->rows = NIL;
	pop_level();
	level = current_level();
	foreach(lc, kept)
		add_rows(level, lfirst(lc));
	foreach(lc, marked)
		add_mark(level, lfirst_oid(lc));
	for (int i = 0; i < nmaps; i++)
	{
		IvmChangeMap *map = get_own_map(level, maps[i].plan);

		map->discards = maps[i].discards;
		map->rebuild = maps[i].rebuild;
		if (maps[i].broken != NULL)
			map->broken = MemoryContextStrdup(pending_cxt, maps[i].broken);
	}
	for (int i = 0; i < ncounts; i++)
		*get_count(level, counts[i].relid) = counts[i];
	pfree(maps);
	pfree(counts);
}

/* ---- ends of (sub)transactions ---- */

/* Keep the rows of a store, which now belongs to the level. */
static void
take_rows(PendingLevel *level, IvmRowStore *rows)
{
	ListCell   *lc;

	foreach(lc, level->rows)
	{
		IvmRowStore *mine = lfirst(lc);

		if (mine->relid == rows->relid)
		{
			lfirst(lc) = ivm_row_store_merge(mine, rows);
			return;
		}
	}
	add_rows(level, rows);
}

/*
 * Merge what committed subtransactions have handed over to a level.  An error
 * in the middle of it (a full disk, a comparison of keys that is cancelled) may
 * be caught inside the level.  The level then holds a part of the change and can only be
 * rolled back, so each later look at it fails as well.
 */
static void
settle(PendingLevel *level)
{
	PendingLevel *next;
	ListCell   *lc;

	if (likely(level->absorbed == NULL))
		return;
	if (level->settling)
		ereport(ERROR,
				(errcode(ERRCODE_IN_FAILED_SQL_TRANSACTION),
				 errmsg("changes of views in this transaction cannot be completed"),
				 errdetail("An earlier error, which was caught, interrupted the adding up of changes made below a savepoint."),
				 errhint("Roll back to an outer savepoint, or roll back the transaction.")));
	level->settling = true;
	for (PendingLevel *child = level->absorbed; child != NULL; child = next)
	{
		next = child->below;
		settle(child);
		for (int i = 0; i < child->nmaps; i++)
			ivm_changes_merge(get_own_map(level, child->maps[i].plan), &child->maps[i]);
		foreach(lc, child->marked)
			add_mark(level, lfirst_oid(lc));
		while (child->rows != NIL)
		{
			take_rows(level, linitial(child->rows));
			child->rows = list_delete_first(child->rows);
		}
		level->absorbed = next;
		MemoryContextDelete(child->cxt);
	}
	level->settling = false;
}

/* Waiting levels are merged, and the parent gets room for the counts. */
void
ivm_pending_before_subcommit(void)
{
	int			nest = GetCurrentTransactionNestLevel();

	if (top == NULL || top->nest_level < nest)
		return;
	settle(top);
	if (top->below != NULL && top->below->nest_level == nest - 1)
		for (int i = 0; i < top->ncounts; i++)
			(void) get_count(top->below, top->counts[i].relid);
}

/*
 * An error here would leave the subtransaction both committed and aborted, a state from
 * which the server cannot recover.
 */
void
ivm_pending_subcommit(void)
{
	PendingLevel *child = top;
	int			nest = GetCurrentTransactionNestLevel();
	PendingLevel *parent;
	PendingLevel **tail;

	if (child == NULL || child->nest_level < nest)
		return;
	if (child->below == NULL || child->below->nest_level < nest - 1)
	{
		child->nest_level = nest - 1;
		return;
	}
	top = parent = child->below;
	for (int i = 0; i < child->ncounts; i++)
	{
		CapturedCount *from = &child->counts[i];
		CapturedCount *count = get_count(parent, from->relid);

		/* as pgstat does: a truncation replaces the count */
		count->rows = from->truncated ? from->rows : count->rows + from->rows;
		count->truncated |= from->truncated;
	}
	for (tail = &parent->absorbed; *tail != NULL; tail = &(*tail)->below)
		;
	*tail = child;
	child->below = NULL;
	MemoryContextSetParent(child->cxt, parent->cxt);
}

void
ivm_pending_subabort(void)
{
	int			nest = GetCurrentTransactionNestLevel();

	while (top != NULL && top->nest_level >= nest)
		pop_level();
}

/* If the transaction aborts, the files of row stores are closed with its resources. */
void
ivm_pending_reset(void)
{
	if (IsTransactionState())
		for (PendingLevel *level = top; level != NULL; level = level->below)
			free_rows(level);
	top = NULL;
	last_command = InvalidCommandId;
	rows_since_check = 0;
	wrote_out = false;
	ivm_pending_any_broken = false;
	scanned = false;
	uncounted = false;
	if (pending_cxt)
		MemoryContextReset(pending_cxt);
	if (rows_cxt)
		MemoryContextReset(rows_cxt);
}
