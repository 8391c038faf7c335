/*-------------------------------------------------------------------------
 *
 * append_leaf.h
 *	  The partitions of an append-only table, and from which value on each is read; what the files
 *	  append_*.c of this folder share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_APPEND_LEAF_H
#define IVM_APPEND_LEAF_H

#include "access/attmap.h"
#include "utils/hsearch.h"
#include "utils/rel.h"

#include "base/append_value.h"
#include "catalog/append_view.h"
#include "plan/plan.h"

/* A partition, or the table itself, as it is now */
typedef struct IvmAppendPartition
{
	Oid			relid;
	Oid			storage;
	AttrNumber	attno;			/* of the watermark column */
	AttrMap    *map;			/* base table's column -> this one's; NULL:
								 * the same */
	IvmAppendLeaf *known;		/* as the view has taken it in, or NULL */
	char	   *floor;			/* of this run, or NULL */
	bool		set_back;		/* known floors do not hold any more */
	IvmAppendType *type;		/* of the watermark column */
} IvmAppendPartition;

typedef enum IvmAppendPurpose
{
	IVM_APPEND_READ,			/* nothing is stored */
	IVM_APPEND_REFRESH_OLD,		/* by a snapshot that was taken before */
	IVM_APPEND_REFRESH			/* by one taken afterwards */
} IvmAppendPurpose;

typedef struct IvmAppendReader
{
	const IvmPlan *plan;
	IvmAppendView *view;
	IvmAppendType type;
	MemoryContext cxt;
	List	   *leaves;			/* IvmAppendPartition * */
	const char *obstacle;
	IvmAppendPurpose purpose;
	int			nopen;
	IvmAppendOpen *open;
	TupleDesc	desc;			/* of the base table */
	HTAB	   *in_doubt;		/* FullTransactionIds of rows seen that the
								 * snapshot does not tell of */
} IvmAppendReader;

/* The partitions of a table, sorted; or the table itself.  Locks them (AccessShareLock). */
extern List *ivm_append_leaf_relids(Relation base);

/* One of them; sets reader->obstacle if what the view knows of it does not hold any more. */
extern IvmAppendPartition *ivm_append_leaf_make(IvmAppendReader *reader, Relation base, Oid relid);

/* The column of a partition (map) that is this column of the base table. */
extern AttrNumber ivm_append_leaf_attno(AttrMap *map, AttrNumber attno);

/* Open a btree index of a partition by this column (AccessShareLock); NULL if there is none. */
extern Relation ivm_append_leaf_open_index(Relation rel, AttrNumber attno, const IvmAppendType *type);

/* The highest value in a partition that a snapshot sees, as text; NULL if there is none. */
extern char *ivm_append_leaf_find_floor(IvmAppendReader *reader, IvmAppendPartition *leaf, Snapshot snapshot);

/* The last run that no transaction began before which was open at it, or has been since. */
extern int64 ivm_append_leaf_bounding_run(const IvmAppendView *view);

/* The value that rows still to come are not below, less overlap; false if there is none. */
extern bool ivm_append_leaf_low_bound(const IvmAppendReader *reader, const IvmAppendPartition *leaf, Datum *value);

/* Note which partitions that a view knows are not among those attached any more. */
extern void ivm_append_leaf_leave(IvmAppendView *view, List *attached);

/*
 * Check that the table, and each of its partitions, has what reading needs: heap storage, and
 * the watermark column NOT NULL and first in a btree index.  An error names what is missing.
 */
extern void ivm_append_leaf_check_table(Oid base, AttrNumber watermark);

#endif							/* IVM_APPEND_LEAF_H */
