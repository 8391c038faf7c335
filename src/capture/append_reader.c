/*-------------------------------------------------------------------------
 *
 * append_reader.c
 *	  Reading from an append-only table the rows that a view has not taken in.
 *
 * A row is new if its transaction's changes were not visible when the view was refreshed
 * last, and are now.  Its header tells by xmin, which may be a subtransaction's; so what
 * a view has taken in lists these, too.  A snapshot with too many of them does not; then the ids
 * of all rows seen are listed instead.  Rows of one id become visible together,
 * so this is exact.
 *
 * Where to begin: append_leaf.c.  The rows: append_scan.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/append_value.h"
#include "base/compat.h"
#include "base/options.h"
#include "base/sql_text.h"
#include "base/xid_snapshot.h"
#include "capture/append_leaf.h"
#include "capture/append_reader.h"
#include "capture/append_scan.h"
#include "definition/append_source.h"

/* ---- open transactions ---- */

static void
add_open(IvmAppendReader *r, VirtualTransactionId vxid)
{
	IvmAppendView *view = r->view;
	IvmAppendOpen *open = &r->open[r->nopen++];

	open->backend = ivm_compat_vxid_backend(vxid);
	open->lxid = vxid.localTransactionId;
	for (int i = 0; i < view->nopen; i++)
	{
		if (view->open[i].backend == open->backend && view->open[i].lxid == open->lxid)
		{
			open->run = view->open[i].run;
			return;
		}
	}
	/* a transaction prepared before the server started has another id now */
	open->run = open->backend < 0 ? ivm_append_leaf_bounding_run(view) : view->run;
}

/* List the open transactions of this database, prepared ones, too. */
static void
list_open(IvmAppendReader *r, bool counts_own)
{
	int			n;
	VirtualTransactionId *vxids = GetCurrentVirtualXIDs(InvalidTransactionId, false, false,
														PROC_IS_AUTOVACUUM | PROC_IN_VACUUM, &n);

	r->open = palloc(sizeof(IvmAppendOpen) * (n + 1));
	for (int i = 0; i < n; i++)
		add_open(r, vxids[i]);
	if (counts_own)
		add_open(r, ivm_compat_own_vxid());
}

/* ---- beginning ---- */

IvmAppendReader *
ivm_append_reader_begin(const IvmPlan *plan, IvmAppendView *view,
						IvmAppendPurpose purpose, bool counts_own)
{
	IvmAppendReader *r = palloc0(sizeof(IvmAppendReader));
	Relation	base = table_open(view->base, AccessShareLock);
	ListCell   *lc;

	r->plan = plan;
	r->view = view;
	r->cxt = CurrentMemoryContext;
	r->purpose = purpose;
	if (TupleDescAttr(RelationGetDescr(base), view->watermark - 1)->attisdropped ||
		!ivm_append_type_init(&r->type, TupleDescAttr(RelationGetDescr(base), view->watermark - 1)->atttypid))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("new rows of table %s cannot be found", ivm_sql_text_relation_name(view->base)),
				 errdetail("The watermark column of view \"%s\" was dropped, or has a type without a usable order.",
						   get_rel_name(plan->row->view)),
				 errhint("Create the view anew with ivm.create_view() and the option \"replace\".")));
	r->desc = CreateTupleDescCopy(RelationGetDescr(base));
	foreach(lc, ivm_append_leaf_relids(base))
		r->leaves = lappend(r->leaves, ivm_append_leaf_make(r, base, lfirst_oid(lc)));
	table_close(base, NoLock);
	if (!view->filled)
		r->obstacle = view->run == 0 ? "nothing has been taken in yet" :
			"what the view has taken in is not known in this database";
	if (purpose != IVM_APPEND_READ && ivm_options_append(plan->row->options, "overlap") == NULL)
		ivm_append_source_check_order(view->base, view->watermark);
	if (purpose == IVM_APPEND_REFRESH)
	{
		Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());

		foreach(lc, r->leaves)
			((IvmAppendPartition *) lfirst(lc))->floor = ivm_append_leaf_find_floor(r, lfirst(lc), snapshot);
		UnregisterSnapshot(snapshot);
		list_open(r, counts_own);
	}
	return r;
}

const char *
ivm_append_reader_obstacle(const IvmAppendReader *reader)
{
	return reader->obstacle;
}

/* ---- the end ---- */

static void
add_xid(IvmAppendView *view, TransactionId xid, FullTransactionId next)
{
	FullTransactionId full = ivm_xid_snapshot_widen(xid, next);

	if (!FullTransactionIdPrecedes(full, view->xmax))
		return;
	view->xids[view->nxids++] = full;
	if (FullTransactionIdPrecedes(full, view->xmin))
		view->xmin = full;
}

/* The server leaves a backend's own transaction and subtransactions out of its snapshots. */
static void
set_unseen(IvmAppendView *view, Snapshot snapshot, FullTransactionId next)
{
	int			nown = MyProc->subxidStatus.count;

	view->xids_seen = false;
	view->nxids = 0;
	view->xids = palloc(sizeof(FullTransactionId) * (snapshot->xcnt + snapshot->subxcnt + nown + 1));
	for (uint32 i = 0; i < snapshot->xcnt; i++)
		add_xid(view, snapshot->xip[i], next);
	for (int32 i = 0; i < snapshot->subxcnt; i++)
		add_xid(view, snapshot->subxip[i], next);
	if (TransactionIdIsValid(GetTopTransactionIdIfAny()))
		add_xid(view, GetTopTransactionIdIfAny(), next);
	for (int i = 0; i < nown; i++)
		add_xid(view, MyProc->subxids.xids[i], next);
}

static void
set_seen(IvmAppendReader *r)
{
	IvmAppendView *view = r->view;
	HASH_SEQ_STATUS status;
	FullTransactionId *xid;

	view->xids_seen = true;
	view->nxids = 0;
	view->xids = palloc(sizeof(FullTransactionId) * ((r->in_doubt ? hash_get_num_entries(r->in_doubt) : 0) + 1));
	if (r->in_doubt == NULL)
		return;
	hash_seq_init(&status, r->in_doubt);
	while ((xid = hash_seq_search(&status)) != NULL)
		view->xids[view->nxids++] = *xid;
}

static void
set_transactions(IvmAppendReader *r, Snapshot snapshot)
{
	IvmAppendView *view = r->view;
	FullTransactionId next = ReadNextFullTransactionId();
	TransactionId own = GetTopTransactionIdIfAny();

	Assert(!snapshot->takenDuringRecovery);
	view->xmin = ivm_xid_snapshot_widen(snapshot->xmin, next);
	view->xmax = ivm_xid_snapshot_widen(snapshot->xmax, next);
	if (!ivm_append_scan_is_needed(snapshot))
		set_unseen(view, snapshot, next);
	else
	{
		if (TransactionIdIsValid(own) &&
			FullTransactionIdPrecedes(ivm_xid_snapshot_widen(own, next), view->xmin))
			view->xmin = ivm_xid_snapshot_widen(own, next);
		set_seen(r);
	}
	ivm_append_view_sort(view);
}

/* Keep of a partition's floors those that some open transaction, or the next run, may need. */
static void
trim_floors(IvmAppendLeaf *leaf, const IvmAppendView *view)
{
	List	   *kept = NIL;

	for (int i = 0; i < list_length(leaf->floors); i++)
	{
		IvmAppendFloor *floor = list_nth(leaf->floors, i);
		int64		end = i + 1 < list_length(leaf->floors) ?
			((IvmAppendFloor *) list_nth(leaf->floors, i + 1))->run : PG_INT64_MAX;
		bool		needed = view->run >= floor->run && view->run < end;

		for (int n = 0; n < view->nopen && !needed; n++)
			needed = view->open[n].run >= floor->run && view->open[n].run < end;
		if (needed)
			kept = lappend(kept, floor);
	}
	leaf->floors = kept;
}

/* Note a floor, if it is higher than the last one. */
static void
raise_floor(IvmAppendReader *r, IvmAppendLeaf *leaf, const char *value)
{
	IvmAppendFloor *last = leaf->floors == NIL ? NULL : llast(leaf->floors);
	IvmAppendFloor *floor;

	if (value == NULL ||
		(last && ivm_append_value_compare(&r->type, ivm_append_value_in(&r->type, value),
										  ivm_append_value_in(&r->type, last->value)) <= 0))
		return;
	floor = palloc(sizeof(IvmAppendFloor));
	floor->run = r->view->run;
	floor->value = unconstify(char *, value);
	leaf->floors = lappend(leaf->floors, floor);
	trim_floors(leaf, r->view);
	leaf->changed = true;
}

void
ivm_append_reader_end(IvmAppendReader *r, Snapshot snapshot, bool anew)
{
	IvmAppendView *view = r->view;
	List	   *attached = NIL;
	ListCell   *lc;

	set_transactions(r, snapshot);
	if (r->purpose == IVM_APPEND_REFRESH)
	{
		view->run++;
		view->open = r->open;
		view->nopen = r->nopen;
	}
	if (anew || !view->filled)
	{
		view->forgets_leaves = true;
		view->leaves = NIL;
	}
	view->filled = true;
	foreach(lc, r->leaves)
	{
		IvmAppendPartition *now = lfirst(lc);
		IvmAppendLeaf *leaf = now->known;

		attached = lappend_oid(attached, now->relid);
		if (leaf == NULL)
		{
			leaf = palloc0(sizeof(IvmAppendLeaf));
			leaf->relid = now->relid;
			leaf->filled = leaf->changed = true;
		}
		if (leaf->storage != now->storage || now->set_back)
			leaf->floors = NIL;
		leaf->changed = leaf->changed || now->set_back || leaf->storage != now->storage || !leaf->attached;
		leaf->storage = now->storage;
		leaf->attached = true;
		if (r->purpose == IVM_APPEND_REFRESH)
			raise_floor(r, leaf, now->floor);
		if (ivm_append_view_leaf(view, leaf->relid) == NULL)
			view->leaves = lappend(view->leaves, leaf);
	}
	ivm_append_leaf_leave(view, attached);
}
