/*-------------------------------------------------------------------------
 *
 * log_storage.c
 *	  The tables that hold change logs: making, rotating and dropping them.
 *
 *		current --rotate--> past --close--> closed --drop-->
 *
 * Rows of a log are never deleted one by one; a segment is dropped when all views have
 * taken it in.  Until then a view that lags keeps old segments, but the others do not
 * read them.
 *
 * - *Rotate*: the current segment has grown, and another one takes its place.  Writers
 *	 that do not know yet go on writing to the old one.
 * - *Close*: the rotation has committed, and the segment can be locked against writers
 *	 without waiting.  So none has it open, and those to come find out that another one
 *	 is current, once they have the lock (log_writer.c).  Hence all who have written to it
 *	 have transaction ids before the next one to be assigned, which is noted.
 * - *Drop*: each deferred view on the table has a committed watermark whose oldest
 *	 open transaction is not before that id.  The watermark that the same transaction
 *	 is about to write does not count: readers do not see it yet.  Nor is a transaction open
 *	 that is before that id: a view that is being built has no watermark, but its
 *	 transaction is open, and older than its snapshot (refresh.c).
 *
 * The lock of the log keeps these apart from each other and from those who are about
 * to make a view.  It is released after the messages that tell writers of a rotation
 * have been sent, so that who closes a segment can rely on them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "access/tupmacs.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_extension.h"
#include "catalog/toasting.h"
#include "commands/extension.h"
#include "commands/tablecmds.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/relation.h"
#include "base/xid_snapshot.h"
#include "capture/log_writer.h"
#include "catalog/catalog_view.h"
#include "catalog/change_log.h"
#include "catalog/watermark.h"
#include "maintain/log_storage.h"
#include "maintain/storage.h"
#include "plan/owner_scope.h"
#include "plan/plan.h"
#include "plan/table_plan.h"

/*
 * A current segment is replaced when it has more pages than this, and more than a part of
 * all segments together, so that there are not many of them.
 */
#define SEGMENT_PAGES	128
#define SEGMENT_PART	8

/* ---- making segments ---- */

/* The columns of its base table that a segment has; none of NULL, or of one that is gone. */
static Bitmapset *
columns_of(const IvmLogSegment *segment)
{
	Bitmapset  *result = NULL;
	Relation	rel = segment ? try_relation_open(segment->relid, AccessShareLock) : NULL;
	Relation	base = rel ? try_relation_open(segment->base, AccessShareLock) : NULL;

	if (base)
		result = ivm_change_log_columns(segment, RelationGetDescr(rel), RelationGetDescr(base));
	if (base)
		relation_close(base, NoLock);
	if (rel)
		relation_close(rel, NoLock);
	return result;
}

/* Make the table of a segment with these columns of the base table. */
static Oid
create_table(Oid base, const Bitmapset *columns)
{
	char	   *name;
	CreateStmt *stmt = ivm_storage_log_statement(base, columns, &name);
	ObjectAddress address;
	ObjectAddress extension;

	address = DefineRelation(stmt, RELKIND_RELATION, InvalidOid, NULL, NULL);
	CommandCounterIncrement();
	NewRelationCreateToastTable(address.objectId, (Datum) 0);

	/* pg_dump leaves it out, and users cannot drop it */
	ObjectAddressSet(extension, ExtensionRelationId, get_extension_oid("ivm", false));
	recordDependencyOn(&address, &extension, DEPENDENCY_EXTENSION);
	CommandCounterIncrement();
	return address.objectId;
}

/*
 * Can rows of a base table with all columns of fixed length set be logged?  The log has
 * two columns more than what it keeps of the table.
 */
static void
check_width(Oid base, const Bitmapset *columns)
{
	Relation	rel = table_open(base, AccessShareLock);
	int			natts = bms_num_members(columns) + 2;
	int			bytes = sizeof(int64) + sizeof(int16);
	int			a = -1;

	while ((a = bms_next_member(columns, a)) >= 0)
	{
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), a - 1);

		if (att->attlen > 0)
			bytes = att_align_nominal(bytes, att->attalign) + att->attlen;
	}
	bytes += MAXALIGN(SizeofHeapTupleHeader + BITMAPLEN(natts));
	if (natts > MaxHeapAttributeNumber || bytes > (int) MaxHeapTupleSize)
		ereport(ERROR,
				(errcode(natts > MaxHeapAttributeNumber ? ERRCODE_TOO_MANY_COLUMNS :
						 ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("changes of table \"%s\" cannot be logged", RelationGetRelationName(rel)),
				 errdetail("A logged row can take %d columns and %d bytes; a row can have at most %d and %d.",
						   natts, bytes, MaxHeapAttributeNumber, (int) MaxHeapTupleSize),
				 errhint("Name the columns that the view needs instead of whole rows, or use mode \"immediate\".")));
	table_close(rel, NoLock);
}

/* Begin a new segment with these columns, as the owner of the extension. */
static void
begin_segment(Oid base, const Bitmapset *columns)
{
	IvmLogSegment segment = {.base = base,.current = true};
	IvmOwnerScope scope;
	int			a = -1;

	check_width(base, columns);
	ivm_owner_scope_enter_extension(&scope);
	segment.relid = create_table(base, columns);
	ivm_storage_guard(segment.relid);
	segment.columns = palloc(sizeof(AttrNumber) * Max(bms_num_members(columns), 1));
	while ((a = bms_next_member(columns, a)) >= 0)
		segment.columns[segment.ncolumns++] = a;
	ivm_change_log_add(&segment);
	ivm_owner_scope_leave(&scope);
}

/*
 * Can changes of a table that a view reads be logged to a segment (NULL: to none)?  It must
 * survive a crash if the table does, too.
 */
static bool
suffices(const IvmLogSegment *segment, const Bitmapset *needed)
{
	return segment && bms_is_subset(needed, columns_of(segment)) &&
		get_rel_persistence(segment->relid) == get_rel_persistence(segment->base);
}

bool
ivm_log_storage_suffices(const IvmPlan *plan)
{
	ListCell   *lc;

	foreach(lc, plan->row->bases)
	{
		if (!suffices(ivm_change_log_current(lfirst_oid(lc)),
					  ivm_table_plan_read_columns(plan, lfirst_oid(lc))))
			return false;
	}
	return true;
}

void
ivm_log_storage_lock(List *bases)
{
	List	   *sorted = list_copy(bases);
	ListCell   *lc;

	list_sort(sorted, list_oid_cmp);
	foreach(lc, sorted)
		(void) ivm_change_log_lock(lfirst_oid(lc), ShareLock, true);
}

void
ivm_log_storage_ensure(const IvmPlan *plan)
{
	ListCell   *lc;

	foreach(lc, plan->row->bases)
	{
		Oid			base = lfirst_oid(lc);
		Bitmapset  *needed = ivm_table_plan_read_columns(plan, base);
		IvmLogSegment *segment = ivm_change_log_current(base);

		if (!suffices(segment, needed))
			begin_segment(base, bms_union(needed, columns_of(segment)));
	}
}

void
ivm_log_storage_filled(List *rows)
{
	IvmWatermark w = {.as_of = GetCurrentTimestamp()};
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	IvmWatermark *before;
	ListCell   *lc;
	int32		id = ivm_catalog_whole(linitial(rows))->id;

	w.snapshot = ivm_xid_snapshot_make(snapshot);
	w.own_xid = GetTopFullTransactionId();
	before = ivm_watermark_get(id, NULL);
	if (before)
	{
		w.delta_ms_per_cost = before->delta_ms_per_cost;
		w.recompute_ms_per_cost = before->recompute_ms_per_cost;
	}
	ivm_watermark_set(id, &w);
	UnregisterSnapshot(snapshot);
	foreach(lc, rows)
		ivm_log_writer_filled(lfirst(lc));
}

/* ---- rotating and dropping them ---- */

static bool
passes_any(List *segments, FullTransactionId horizon)
{
	ListCell   *lc;

	foreach(lc, segments)
	{
		if (ivm_change_log_is_passed(lfirst(lc), horizon))
			return true;
	}
	return false;
}

/*
 * The transaction id up to which all deferred views of a table have taken in everything, or can be computed
 * by now: a view without a watermark is, under a snapshot that sees what has ended before the oldest open
 * transaction, which may be the one that computes it.  Invalid, and the search ends, where none of the
 * closed segments is passed: nothing can be dropped then, however far other views are.
 */
static FullTransactionId
find_horizon(Oid base, List *segments)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	FullTransactionId result = ivm_xid_snapshot_make(snapshot)->xmin;
	ListCell   *lc;

	UnregisterSnapshot(snapshot);
	foreach(lc, ivm_catalog_of_base(base))
	{
		const IvmViewRow *row = lfirst(lc);
		IvmWatermark *watermark;

		if (!passes_any(segments, result))
			return InvalidFullTransactionId;
		if (row->mode != IVM_MODE_DEFERRED || !ivm_catalog_is_captured(row))
			continue;
		watermark = ivm_watermark_get(ivm_catalog_whole(row)->id, NULL);
		if (watermark == NULL || watermark->snapshot == NULL)
			continue;			/* will be computed afresh */
		if (FullTransactionIdPrecedes(watermark->snapshot->xmin, result))
			result = watermark->snapshot->xmin;
	}
	return result;
}

/* Do writers of a base table log for any view? */
static bool
is_needed(Oid base)
{
	ListCell   *lc;

	foreach(lc, ivm_catalog_of_base(base))
	{
		const IvmViewRow *row = lfirst(lc);

		if (row->mode == IVM_MODE_DEFERRED && ivm_catalog_is_captured(row))
			return true;
	}
	return false;
}

/* Note which writers can have written to a past segment, if there is none any more. */
static void
close_segment(IvmLogSegment *segment)
{
	if (TransactionIdIsCurrentTransactionId(segment->xmin) ||
		!ConditionalLockRelationOid(segment->relid, ShareLock))
		return;
	segment->closed_xid = ReadNextFullTransactionId();
	UnlockRelationOid(segment->relid, ShareLock);
	ivm_change_log_close(segment->relid, segment->closed_xid);
}

static void
drop_segment(const IvmLogSegment *segment)
{
	ObjectAddress address;

	if (!ConditionalLockRelationOid(segment->relid, AccessExclusiveLock))
		return;
	ivm_change_log_remove(segment->relid);
	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(segment->relid)))
		return;
	ObjectAddressSet(address, RelationRelationId, segment->relid);
	performDeletion(&address, DROP_RESTRICT,
					PERFORM_DELETION_INTERNAL | PERFORM_DELETION_SKIP_EXTENSIONS);
	CommandCounterIncrement();
}

static BlockNumber
count_pages(Oid relid)
{
	Relation	rel = try_relation_open(relid, AccessShareLock);
	BlockNumber result;

	if (rel == NULL)
		return 0;
	result = RelationGetNumberOfBlocks(rel);
	relation_close(rel, AccessShareLock);
	return result;
}

/* Is a log a single segment that has not grown, so that nothing is to be done? */
static bool
is_small(List *segments)
{
	IvmLogSegment *segment = list_length(segments) == 1 ? linitial(segments) : NULL;

	return segment && segment->current && count_pages(segment->relid) <= SEGMENT_PAGES;
}

/*
 * Drop what nobody needs of a log, and begin a new segment if the current one is large.
 * needed: do writers log for any view?
 */
static void
trim_log(Oid base, List *segments, bool needed)
{
	FullTransactionId horizon = find_horizon(base, segments);
	IvmLogSegment *current = NULL;
	BlockNumber pages = 0;
	BlockNumber all = 0;
	ListCell   *lc;

	foreach(lc, segments)
	{
		IvmLogSegment *segment = lfirst(lc);

		if (segment->current && needed)
		{
			current = segment;
			all += pages = count_pages(segment->relid);
			continue;
		}
		if (!segment->current && !FullTransactionIdIsValid(segment->closed_xid))
			close_segment(segment);
		if (!needed || ivm_change_log_is_passed(segment, horizon))
			drop_segment(segment);
		else
			all += count_pages(segment->relid);
	}
	if (current && pages > SEGMENT_PAGES && pages > all / SEGMENT_PART &&
		!TransactionIdIsCurrentTransactionId(current->xmin))
		begin_segment(base, columns_of(current));
}

void
ivm_log_storage_trim(List *bases)
{
	ListCell   *lc;

	foreach(lc, bases)
	{
		Oid			base = lfirst_oid(lc);

		if (ivm_change_log_lock(base, ExclusiveLock, false))
			trim_log(base, ivm_change_log_segments(base, NULL),
					 ivm_relation_exists(base) && is_needed(base));
	}
}

void
ivm_log_storage_trim_read(List *bases)
{
	ListCell   *lc;

	foreach(lc, bases)
	{
		Oid			base = lfirst_oid(lc);

		if (is_small(ivm_change_log_segments(base, NULL)) ||
			!ivm_change_log_lock(base, ExclusiveLock, false))
			continue;
		trim_log(base, ivm_change_log_segments(base, NULL), true);
	}
}

void
ivm_log_storage_drop_remains(void)
{
	List	   *bases = NIL;
	ListCell   *lc;

	foreach(lc, ivm_change_log_bases())
	{
		if (ivm_catalog_of_base(lfirst_oid(lc)) == NIL)
			bases = lappend_oid(bases, lfirst_oid(lc));
	}
	ivm_log_storage_trim(bases);
}
