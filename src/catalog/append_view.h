/*-------------------------------------------------------------------------
 *
 * append_view.h
 *	  What append views have taken in: rows of ivm.append_view and ivm.append_leaf.
 *
 * Which rows of its table a view has taken in is told by their transaction ids, as they
 * stand in the rows' headers: those of subtransactions, too.  Where to begin to look for
 * others is told by values of the watermark column: a *floor* is the highest one of a
 * partition at some moment, numbered by runs.  A transaction that began after a run draws
 * values above that run's floor.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_APPEND_VIEW_H
#define IVM_APPEND_VIEW_H

#include "access/attnum.h"
#include "access/transam.h"
#include "nodes/pg_list.h"
#include "utils/snapshot.h"

/* A transaction that was open at the last run, and the run that it began after (-1: before all) */
typedef struct IvmAppendOpen
{
	int			backend;
	uint32		lxid;
	int64		run;
} IvmAppendOpen;

/* A floor: a value as text, as of a run and those after it up to the next one's. */
typedef struct IvmAppendFloor
{
	int64		run;
	char	   *value;
} IvmAppendFloor;

typedef struct IvmAppendLeaf
{
	Oid			relid;
	Oid			storage;		/* its relfilenode */
	bool		attached;
	List	   *floors;			/* IvmAppendFloor *, by run */
	bool		filled;			/* or a first fill has still to read it, */
	char	   *filled_to;		/* from this value on; NULL: all of it */
	bool		changed;		/* the row is to be written */
	bool		gone;			/* the row is to be deleted */
} IvmAppendLeaf;

typedef struct IvmAppendView
{
	int32		view_id;
	Oid			base;			/* the table that is appended to */
	AttrNumber	watermark;		/* its column */
	int			bucket;			/* number of the key, or -1 */
	int64		run;
	bool		stored;			/* the state has what was taken in, maybe in
								 * another cluster */
	bool		filled;			/* what follows is known, in this cluster */
	FullTransactionId xmin;		/* all rows of earlier ids are taken in */
	FullTransactionId xmax;		/* none from this on */
	int			nxids;
	FullTransactionId *xids;	/* between the two, sorted */
	bool		xids_seen;		/* only these are taken in; or all but these */
	int			nopen;
	IvmAppendOpen *open;
	char	   *closed_before;	/* or NULL: no bucket is closed */
	int64		late_rows;
	bool		filling;		/* a first fill in batches is going on */
	int64		fill_rows;		/* rows that it has read */
	bool		newest_first;	/* begins with the highest values */
	List	   *leaves;			/* IvmAppendLeaf * */
	bool		forgets_leaves; /* rows of others are to be deleted */
	bool		bare;			/* being created by a transaction that does
								 * nothing else */
	Oid			carried_from;	/* being created with the rows of this state
								 * table, or InvalidOid, */
	List	   *carried_types;	/* where aggregates had first arguments of
								 * these types (OIDs) */
	TransactionId written_by;	/* transaction that wrote the row */
} IvmAppendView;

/*
 * The rows of a view, as a snapshot sees them; NULL: the newest ones, committed or own.  NULL
 * if there are none.  In CurrentMemoryContext.
 */
extern IvmAppendView *ivm_append_view_get(int32 view_id, Snapshot snapshot);

/* Is the first fill of a view going on, of which the last batch has committed? */
extern bool ivm_append_view_is_filling(int32 view_id);

/* Sort view->xids, which is to be done once they are set. */
extern void ivm_append_view_sort(IvmAppendView *view);

/* Have rows with this transaction id been taken in? */
extern bool ivm_append_view_sees(const IvmAppendView *view, FullTransactionId xid);

/* The partition known by this OID, or NULL. */
extern IvmAppendLeaf *ivm_append_view_leaf(const IvmAppendView *view, Oid relid);

/*
 * Insert the row of a view, or write it and those of its leaves that have changed.  The
 * caller holds the lock of the view's refresh.
 */
extern void ivm_append_view_put(const IvmAppendView *view);

/* Let the next refresh compute what is not closed afresh.  The caller holds the lock of the refresh. */
extern void ivm_append_view_forget(int32 view_id);

/* The same for the refresh after a rollback, if something is kept for one. */
extern void ivm_append_view_forget_kept(int32 view_id);

/* Remove the rows of a view, if there are some. */
extern void ivm_append_view_remove(int32 view_id);

/*
 * Keep the rows of a view beside those of the view itself, in the place of what is kept already; make these
 * the view's own again; and remove them.  The caller holds the lock of the refresh.
 */
extern void ivm_append_view_keep(int32 view_id);
extern void ivm_append_view_put_back(int32 view_id);
extern void ivm_append_view_remove_kept(int32 view_id);

#endif							/* IVM_APPEND_VIEW_H */
