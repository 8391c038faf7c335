/*-------------------------------------------------------------------------
 *
 * changes.h
 *	  Change maps: the net change of a view's keys, in memory.
 *
 *		core's row, +1 or -1 --add--> { key -> row_count, pending accumulators }
 *									   --visit--> one delta per key
 *
 * Most maps hold a handful of keys, which need no hash table.  A map is a struct of the
 * caller's; all that it holds lives in map->cxt, which may be shared with other maps or
 * the map's own (owns_cxt).  There is nothing to free but the context.
 *
 * Comparing keys and adding to accumulators runs functions of types, which may read
 * catalogues and fail; so this is never done while a subtransaction ends (pending.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_CHANGES_H
#define IVM_CHANGES_H

#include "plan/delta.h"
#include "plan/plan.h"

/* Net change of one key: the pending form of its accumulators (accum.h). */
typedef struct IvmPendingRow
{
	uint64		hash;
	int64		row_count;
	Datum	   *keys;
	bool	   *nulls;
	char	   *accums;			/* plan->pending_size bytes */
	bool		dirty;			/* it is not known which values have come or
								 * gone */
} IvmPendingRow;

/* Up to this number, keys need no hash table. */
#define IVM_FEW_KEYS	8

typedef struct IvmChangeMap
{
	IvmPlan    *plan;
	MemoryContext cxt;			/* what the map holds lives here */
	bool		owns_cxt;		/* nothing else lives there */
	int			nfew;
	IvmPendingRow *few[IVM_FEW_KEYS];	/* all rows, as long as there is no
										 * table */
	struct changehash_hash *table;	/* all rows, or NULL */
	bool		discards;		/* pending.c: changes made before it do not
								 * count */
	bool		rebuild;		/* pending.c: the view must be computed afresh */
	const char *broken;			/* pending.c: the error of its definition that
								 * breaks the view, or NULL */
	IvmPendingRow *last;		/* the row found last, often the one wanted
								 * next */

	/* The key being looked for, which so need not be copied into a row */
	uint64		probe_hash;
	const Datum *probe_keys;
	const bool *probe_nulls;
} IvmChangeMap;

/* Receives a delta, which lives until the function returns. */
typedef void (*IvmPendingVisitor) (IvmPlan *plan, IvmDelta *delta, void *arg);

/* A value of an accumulator of distinct values, of which a key has gained or lost rows. */
typedef struct IvmChangedValue
{
	IvmPendingRow *row;
	int			accum;
	Datum		value;			/* lives as long as the map's contents */
	uint32		hash;			/* of key, accumulator and value */
	int64		net;			/* rows gained, or lost; not 0 */
} IvmChangedValue;

/* An empty map whose contents are to live in cxt. */
extern void ivm_changes_init(IvmChangeMap *map, IvmPlan *plan, MemoryContext cxt);

/*
 * An empty map with a context of its own below parent: its memory can be given back,
 * and its contents can go over to another map as a whole.
 */
extern void ivm_changes_init_apart(IvmChangeMap *map, IvmPlan *plan, MemoryContext parent);

/* Called on the copy after the struct has been copied elsewhere. */
extern void ivm_changes_moved(IvmChangeMap *map);

/*
 * Forget all changes; flags stay.  If the map has no context of its own, most of the
 * memory is given back only with the context.
 */
extern void ivm_changes_empty(IvmChangeMap *map);

/* Does the map take more memory than this, in kB?  Of one that shares a context, all of that counts. */
extern bool ivm_changes_exceed(const IvmChangeMap *map, int kilobytes);

/* The number of keys, with those whose change has cancelled itself out. */
extern int	ivm_changes_count(const IvmChangeMap *map);

/*
 * Add (sign 1) or take away (sign -1) a row of the core, given as its keys and
 * then the accumulators' arguments.  All that is kept is copied.
 */
extern void ivm_changes_add(IvmChangeMap *map, const Datum *values, const bool *nulls, int sign);

/*
 * into += from, both of the same view, with flags; from is empty afterwards.  An error in
 * the middle leaves both unusable.
 */
extern void ivm_changes_merge(IvmChangeMap *into, IvmChangeMap *from);

/*
 * Accumulators of distinct values: until somebody has told which values have come to a key or gone
 * from it, a key with such values is dirty (commit/distinct_delta.c does that, at commit).
 *
 * list: IvmChangedValue, in CurrentMemoryContext; NULL if there are more than max, or if the map has
 * not kept those of some key, since they were too many.
 * settle: this value has come (1), gone (-1) or neither (0).  settled: all have been told.
 */
extern IvmChangedValue *ivm_changes_list_values(IvmChangeMap *map, int max, int *n);
extern void ivm_changes_settle_value(IvmChangeMap *map, const IvmChangedValue *value, int sign);
extern void ivm_changes_settled(IvmChangeMap *map);

/*
 * Call a function for each key's delta, except where the change has cancelled itself
 * out.  The function is called in a context that may be reset after each call, or not
 * before the visit ends where keys are few.
 */
extern void ivm_changes_visit(IvmChangeMap *map, IvmPendingVisitor visit, void *arg);

#endif							/* IVM_CHANGES_H */
