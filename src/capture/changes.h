/*-------------------------------------------------------------------------
 *
 * changes.h
 *	  Change maps: the net change of a view's keys, in memory.
 *
 * A map grows by rows that are added to or taken away from its keys.  What a
 * key's change comes to is then given as a delta.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_CHANGES_H
#define IVM_CHANGES_H

#include "plan/delta.h"
#include "plan/plan.h"

/* Net change of one key. */
typedef struct IvmPendingRow
{
	uint64		hash;
	int64		row_count;
	Datum	   *keys;
	bool	   *nulls;
	char	   *accums;			/* plan->pending_size bytes */
} IvmPendingRow;

/* Keys that need no hash table */
#define IVM_FEW_KEYS	8

typedef struct IvmChangeMap
{
	IvmPlan    *plan;
	MemoryContext cxt;			/* what it holds lives here */
	bool		owns_cxt;		/* and nothing else does */
	int			nfew;
	IvmPendingRow *few[IVM_FEW_KEYS];	/* all rows, as long as there is no table */
	struct changehash_hash *table;
	bool		discards;		/* changes before it do not count (pending.c) */
	bool		rebuild;		/* the view must be computed afresh (likewise) */
	IvmPendingRow *last;		/* found last, often the one wanted next */

	/* being looked for */
	uint64		probe_hash;
	const Datum *probe_keys;
	const bool *probe_nulls;
} IvmChangeMap;

typedef void (*IvmPendingVisitor) (IvmPlan *plan, IvmDelta *delta, void *arg);

extern void ivm_changes_init(IvmChangeMap *map, IvmPlan *plan, MemoryContext cxt);
extern void ivm_changes_init_apart(IvmChangeMap *map, IvmPlan *plan, MemoryContext parent);
extern void ivm_changes_moved(IvmChangeMap *map);
extern void ivm_changes_empty(IvmChangeMap *map);
extern int	ivm_changes_count(const IvmChangeMap *map);
extern void ivm_changes_add(IvmChangeMap *map, const Datum *values, const bool *nulls, int sign);
extern void ivm_changes_merge(IvmChangeMap *into, IvmChangeMap *from);
extern void ivm_changes_visit(IvmChangeMap *map, IvmPendingVisitor visit, void *arg);

#endif							/* IVM_CHANGES_H */
