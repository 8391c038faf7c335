/*-------------------------------------------------------------------------
 *
 * append_leaf.c
 *	  The partitions of an append-only table, and from which value on each is read.
 *
 * Where to begin: no row that is still to come has a value below the *low bound*.  Values
 * come in the order in which they are drawn, be it from a sequence or from the clock;
 * what a transaction inserts it has drawn since it began.  A refresh looks up the
 * highest value of each partition (the floor), then lists the transactions that are
 * open, then takes its snapshot.  What that does not see is written by one of these or
 * by a later one, which draws values above the floor.  A transaction that the refresh before did not
 * list has begun after that one's floor.  So the bound is the floor of the last run that no
 * open transaction began before.  In this there is no clock.  test/model/append.py explores it.
 *
 * For values that are drawn earlier than this, the option overlap lowers the bound.  Without it, the
 * floor is no higher than the last value of the column's sequence, or than the clock: so values that were made up
 * do not raise it, and where the sequence stands still, as under logical replication, all
 * rows are looked at.  Where it is found below a floor, it was set back, and the rows since are not found by their
 * values: what is not closed is computed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/nbtree.h"
#include "access/relscan.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_am.h"
#include "catalog/pg_inherits.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/append_value.h"
#include "base/compat.h"
#include "base/options.h"
#include "base/relation.h"
#include "base/server_internals.h"
#include "base/sql_text.h"
#include "capture/append_leaf.h"
#include "definition/append_source.h"

/* ---- partitions ---- */

/* Is it a btree index over all rows whose first column is this one, in the type's own order? */
static bool
is_usable(Relation index, AttrNumber attno, const IvmAppendType *type)
{
	/*
	 * as the planner: an index that lacks versions which an older snapshot
	 * sees
	 */
	if (index->rd_index->indcheckxmin &&
		!TransactionIdPrecedes(HeapTupleHeaderGetXmin(index->rd_indextuple->t_data), TransactionXmin))
		return false;
	return index->rd_rel->relam == BTREE_AM_OID && index->rd_index->indisvalid &&
		index->rd_index->indkey.values[0] == attno &&
		index->rd_opfamily[0] == type->opfamily && RelationGetIndexPredicate(index) == NIL;
}

/* Open such an index of a partition (AccessShareLock); NULL if there is none. */
Relation
ivm_append_leaf_open_index(Relation rel, AttrNumber attno, const IvmAppendType *type)
{
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(rel))
	{
		Relation	index = index_open(lfirst_oid(lc), AccessShareLock);

		if (is_usable(index, attno, type))
			return index;
		index_close(index, AccessShareLock);
	}
	return NULL;
}

static void
check_storage(Relation rel)
{
	if (rel->rd_rel->relkind != RELKIND_RELATION || rel->rd_rel->relam != HEAP_TABLE_AM_OID)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("new rows of table %s cannot be found", ivm_sql_text_relation_name(RelationGetRelid(rel))),
				 errdetail(rel->rd_rel->relkind == RELKIND_FOREIGN_TABLE ? "It is a foreign table." :
						   "Its access method is not heap."),
				 errhint("Use mode \"immediate\" or \"deferred\".")));
	if (rel->rd_rel->relpersistence != RELPERSISTENCE_PERMANENT)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("new rows of table %s cannot be found", ivm_sql_text_relation_name(RelationGetRelid(rel))),
				 errdetail("It is not logged: a crash empties it, and its values begin anew."),
				 errhint("Use ALTER TABLE ... SET LOGGED, or mode \"immediate\" or \"deferred\".")));
}

AttrNumber
ivm_append_leaf_attno(AttrMap *map, AttrNumber attno)
{
	return map ? map->attnums[attno - 1] : attno;
}

IvmAppendPartition *
ivm_append_leaf_make(IvmAppendReader *r, Relation base, Oid relid)
{
	Relation	rel = table_open(relid, AccessShareLock);
	IvmAppendPartition *leaf = palloc0(sizeof(IvmAppendPartition));

	check_storage(rel);
	leaf->relid = relid;
	leaf->type = &r->type;
	leaf->storage = rel->rd_rel->relfilenode;
	if (relid != RelationGetRelid(base))
		leaf->map = ivm_compat_build_attrmap(RelationGetDescr(rel), RelationGetDescr(base));
	leaf->attno = ivm_append_leaf_attno(leaf->map, r->view->watermark);
	/* rows may be inserted into a partition directly, with its own default */
	if (relid != r->view->base && r->purpose != IVM_APPEND_READ &&
		ivm_options_append(r->plan->row->options, "overlap") == NULL &&
		build_column_default(rel, leaf->attno) != NULL)
		ivm_append_source_check_order(relid, leaf->attno);
	leaf->known = ivm_append_view_leaf(r->view, relid);
	table_close(rel, NoLock);
	if (leaf->known == NULL)
		return leaf;
	if (leaf->known->storage != leaf->storage)
		r->obstacle = "a table or partition was truncated or rewritten";
	else if (!leaf->known->attached)
		r->obstacle = "a partition has come back";
	return leaf;
}

/* The partitions of a table, sorted; or the table itself. */
List *
ivm_append_leaf_relids(Relation base)
{
	if (base->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
		return ivm_relation_leaf_partitions(RelationGetRelid(base), AccessShareLock);
	if (base->rd_rel->relhassubclass &&
		find_inheritance_children(RelationGetRelid(base), NoLock) != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("new rows of table %s cannot be found", ivm_sql_text_relation_name(RelationGetRelid(base))),
				 errdetail("It has inheritance children."),
				 errhint("Use a partitioned table.")));
	return list_make1_oid(RelationGetRelid(base));
}

/* ---- the low bound ---- */

/*
 * A floor was no higher than what the sequence had given out.  If it has not given that out any more, or gives out lower
 * values (NULL: none yet), it was set back, and new rows may be below the floor.
 */
static void
check_not_set_back(IvmAppendReader *r, IvmAppendPartition *leaf, const Datum *last)
{
	List	   *floors = leaf->known ? leaf->known->floors : NIL;

	if (floors == NIL ||
		(last && ivm_append_value_compare(&r->type, *last,
										  ivm_append_value_in(&r->type, ((IvmAppendFloor *) llast(floors))->value)) >= 0))
		return;
	leaf->set_back = true;
	if (r->obstacle == NULL)
		r->obstacle = "the sequence of its watermark column was set back";
}

/*
 * The lower of a value and the last one that a sequence has given out; false if it has given out
 * none.
 */
static bool
clamp_to_sequence(IvmAppendReader *r, IvmAppendPartition *leaf, Oid sequence, Datum *value)
{
	int64		last;
	Datum		limit;

	if (!OidIsValid(sequence))
		return true;
	if (!ivm_server_sequence_value(sequence, &last))
	{
		check_not_set_back(r, leaf, NULL);
		return false;
	}
	limit = ivm_append_value_of_integer(&r->type, last);
	check_not_set_back(r, leaf, &limit);
	if (ivm_append_value_compare(&r->type, *value, limit) > 0)
		*value = limit;
	return true;
}

/*
 * A floor is no higher than what who begins later draws, though rows may have values that were made up,
 * or drawn in another database.  With the option overlap it is the user who says how values come.
 */
static bool
clamp(IvmAppendReader *r, IvmAppendPartition *leaf, Relation rel, Datum *value)
{
	Relation	base;
	bool		result;

	if (r->type.timed)
	{
		Datum		now = ivm_append_value_of_time(&r->type, GetCurrentTimestamp());

		if (ivm_append_value_compare(&r->type, *value, now) > 0)
			*value = now;
		return true;
	}
	if (ivm_options_append(r->plan->row->options, "overlap") != NULL)
		return true;
	base = table_open(r->view->base, AccessShareLock);
	result = clamp_to_sequence(r, leaf, ivm_append_source_sequence(base, r->view->watermark), value) &&
		clamp_to_sequence(r, leaf, ivm_append_source_sequence(rel, leaf->attno), value);
	table_close(base, NoLock);
	return result;
}

/* The highest value in a partition that a snapshot sees, as text; NULL if there is none. */
char *
ivm_append_leaf_find_floor(IvmAppendReader *r, IvmAppendPartition *leaf, Snapshot snapshot)
{
	Relation	rel = table_open(leaf->relid, NoLock);
	Relation	index = ivm_append_leaf_open_index(rel, leaf->attno, &r->type);
	TupleTableSlot *slot;
	IndexScanDesc scan;
	ScanDirection direction;
	char	   *result = NULL;

	if (index == NULL)
	{
		table_close(rel, NoLock);
		return NULL;
	}
	direction = (index->rd_indoption[0] & INDOPTION_DESC) ? ForwardScanDirection : BackwardScanDirection;
	slot = table_slot_create(rel, NULL);
	scan = ivm_compat_index_beginscan(rel, index, snapshot, 0);
	index_rescan(scan, NULL, 0, NULL, 0);
	while (result == NULL && index_getnext_slot(scan, direction, slot))
	{
		bool		isnull;
		Datum		value = slot_getattr(slot, leaf->attno, &isnull);

		CHECK_FOR_INTERRUPTS();
		/* infinity does not tell what rows to come are above */
		if (isnull || !ivm_append_value_is_finite(&r->type, value))
			continue;
		if (!clamp(r, leaf, rel, &value))
			break;
		result = ivm_append_value_out(&r->type, value);
	}
	index_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	index_close(index, NoLock);
	table_close(rel, NoLock);
	return result;
}

/* The last run that no transaction began before which was open at it, or has been since. */
int64
ivm_append_leaf_bounding_run(const IvmAppendView *view)
{
	int64		result = view->run;

	for (int i = 0; i < view->nopen; i++)
		result = Min(result, view->open[i].run);
	return result;
}

/* The value that rows still to come are not below, less overlap; false if there is none. */
bool
ivm_append_leaf_low_bound(const IvmAppendReader *r, const IvmAppendPartition *leaf, Datum *value)
{
	int64		run = ivm_append_leaf_bounding_run(r->view);
	const char *floor = NULL;
	const char *overlap = ivm_options_append(r->plan->row->options, "overlap");
	ListCell   *lc;

	if (leaf->known == NULL || r->obstacle)
		return false;
	foreach(lc, leaf->known->floors)
	{
		if (((IvmAppendFloor *) lfirst(lc))->run <= run)
			floor = ((IvmAppendFloor *) lfirst(lc))->value;
	}
	if (floor == NULL)
		return false;
	*value = ivm_append_value_in(&r->type, floor);

	/*
	 * a transaction's time is a little earlier than what shows that it has
	 * begun
	 */
	if (overlap == NULL && r->type.timed)
		overlap = "1 min";
	if (overlap)
		*value = ivm_append_value_less(&r->type, *value, overlap);
	return true;
}

/* ---- partitions that are not there any more ---- */

/* Partitions that are not there any more are remembered as long as they exist. */
void
ivm_append_leaf_leave(IvmAppendView *view, List *attached)
{
	ListCell   *lc;

	foreach(lc, view->leaves)
	{
		IvmAppendLeaf *leaf = lfirst(lc);

		if (list_member_oid(attached, leaf->relid))
			continue;
		leaf->gone = !ivm_relation_exists(leaf->relid);
		leaf->changed = leaf->changed || leaf->attached || leaf->gone;
		leaf->attached = false;
	}
}

/* ---- checks ---- */

void
ivm_append_leaf_check_table(Oid relid, AttrNumber watermark)
{
	Relation	base = table_open(relid, AccessShareLock);
	Form_pg_attribute column = TupleDescAttr(RelationGetDescr(base), watermark - 1);
	IvmAppendType type;
	ListCell   *lc;

	if (!ivm_append_type_init(&type, column->atttypid))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of table \"%s\" cannot be a watermark", NameStr(column->attname),
						RelationGetRelationName(base)),
				 errdetail("Its type is %s.", format_type_be(column->atttypid)),
				 errhint("Use a column with a number, a time, or a UUID of version 7.")));
	if (!column->attnotnull)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("column \"%s\" of table \"%s\" cannot be a watermark", NameStr(column->attname),
						RelationGetRelationName(base)),
				 errdetail("It may be NULL: such rows have no place in its order."),
				 errhint("Make the column NOT NULL.")));
	foreach(lc, ivm_append_leaf_relids(base))
	{
		Relation	rel = table_open(lfirst_oid(lc), AccessShareLock);
		AttrMap    *map = lfirst_oid(lc) == relid ? NULL :
			ivm_compat_build_attrmap(RelationGetDescr(rel), RelationGetDescr(base));
		Relation	index = ivm_append_leaf_open_index(rel, ivm_append_leaf_attno(map, watermark), &type);

		check_storage(rel);
		if (index == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("column \"%s\" of table \"%s\" is not indexed", NameStr(column->attname),
							RelationGetRelationName(rel)),
					 errdetail("Each refresh of an append view looks up new rows by its watermark."),
					 errhint("CREATE INDEX ON %s (%s).", ivm_sql_text_relation_name(relid),
							 quote_identifier(NameStr(column->attname)))));
		index_close(index, NoLock);
		table_close(rel, NoLock);
	}
	table_close(base, NoLock);
}
