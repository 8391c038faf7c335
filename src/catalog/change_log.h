/*-------------------------------------------------------------------------
 *
 * change_log.h
 *	  The catalogue of change logs: rows of the table ivm.change_log.
 *
 * The log of a base table consists of segments, tables of schema ivm_data:
 *
 *		xid xid8, sign int2, columns of the base table that views read...
 *
 * Writers append to the current segment.  A segment that is not current any more is
 * closed once no writer can have it open, and dropped once all views have taken it in.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_CATALOG_CHANGE_LOG_H
#define IVM_CATALOG_CHANGE_LOG_H

#include "access/transam.h"
#include "access/tupdesc.h"
#include "nodes/bitmapset.h"
#include "nodes/pg_list.h"
#include "storage/lock.h"
#include "utils/snapshot.h"

/* Columns of a segment that come before those of the base table, by number */
#define IVM_LOG_XID			1
#define IVM_LOG_SIGN		2
#define IVM_LOG_NCONTROL	2

typedef struct IvmLogSegment
{
	Oid			relid;
	Oid			base;
	int			ncolumns;
	AttrNumber *columns;		/* of the base table, in the segment's order */
	bool		current;
	FullTransactionId closed_xid;	/* all its writers are before it; invalid:
									 * not closed */
	TransactionId xmin;			/* transaction that wrote the row */
} IvmLogSegment;

/*
 * The segments of a base table's log, in the order in which they were made, as a snapshot
 * sees them; NULL: the newest committed ones and own ones.  In CurrentMemoryContext.
 */
extern List *ivm_change_log_segments(Oid base, Snapshot snapshot);

/* Have all who wrote to a segment ended before the transaction with this id? */
static inline bool
ivm_change_log_is_passed(const IvmLogSegment *segment, FullTransactionId xmin)
{
	return FullTransactionIdIsValid(segment->closed_xid) &&
		FullTransactionIdPrecedesOrEquals(segment->closed_xid, xmin);
}

/*
 * The columns of a base table that a segment has, by number: those that are there in both and
 * of the same type, as a column may have been dropped or altered since the segment was made.
 */
extern Bitmapset *ivm_change_log_columns(const IvmLogSegment *segment, TupleDesc desc, TupleDesc base);

/* The segment that writers append to, or NULL: the table has no log. */
extern IvmLogSegment *ivm_change_log_current(Oid base);

/* Base tables that have a log, with those that do not exist any more. */
extern List *ivm_change_log_bases(void);

/*
 * Add a segment, which becomes the current one in the place of another; writers learn
 * of that when the transaction commits.
 */
extern void ivm_change_log_add(const IvmLogSegment *segment);

/* Note that no writer can have a segment open that has not begun before an id. */
extern void ivm_change_log_close(Oid segment, FullTransactionId xid);

/* Remove the row of a segment; the table is the caller's business. */
extern void ivm_change_log_remove(Oid segment);

/*
 * The lock of a base table's log, until the end of the transaction: Share for who makes a
 * view, before its snapshot; Exclusive for who begins or drops segments.  False if it is
 * not free at once and wait is not set.
 */
extern bool ivm_change_log_lock(Oid base, LOCKMODE lockmode, bool wait);
extern void ivm_change_log_lock_tag(LOCKTAG *tag, Oid base);

#endif							/* IVM_CATALOG_CHANGE_LOG_H */
