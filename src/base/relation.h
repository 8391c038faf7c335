/*-------------------------------------------------------------------------
 *
 * relation.h
 *	  Small questions about relations.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_RELATION_H
#define IVM_RELATION_H

#include "nodes/parsenodes.h"
#include "nodes/pg_list.h"
#include "storage/lockdefs.h"
#include "utils/rel.h"
#include "utils/snapshot.h"

/*
 * The query of a view, as its rule has it: a copy in CurrentMemoryContext.  Locks
 * the view in AccessShareLock while it reads it.  Raises an error if the view was
 * dropped.
 */
extern Query *ivm_relation_view_query(Oid view);

/*
 * The query of a view or of a materialized view as it was when its text had been analyzed: a copy in
 * CurrentMemoryContext, without what the server has added to it for its rule, and with the names
 * that columns have now.  Locks the relation in AccessShareLock while it reads it.
 */
extern Query *ivm_relation_analyzed_query(Oid relid);

/*
 * OIDs of the leaf partitions of a partitioned table, at any depth, sorted; NIL
 * for another relation.  All partitions, and the table, are locked in lockmode,
 * waiting for it, unless that is NoLock.
 */
extern List *ivm_relation_leaf_partitions(Oid relid, LOCKMODE lockmode);

/*
 * Open a relation that this transaction has locked, after which it has accepted messages of
 * invalidation; NULL if it is gone.  Nothing is looked up once more.  Not for temporary
 * tables.
 */
extern Relation ivm_relation_open_locked(Oid relid);

/* Is there a relation with this OID?  Takes no lock: it may be gone a moment later. */
extern bool ivm_relation_exists(Oid relid);

/* Its file (pg_class.relfilenode), which is another one once its rows were written anew; InvalidOid if it has none or is gone. */
extern Oid	ivm_relation_file(Oid relid);

/* The view or table whose rule this is, or InvalidOid. */
extern Oid	ivm_relation_of_rule(Oid rule);

/* The owner of a relation; an error if it is gone.  Takes no lock. */
extern Oid	ivm_relation_owner(Oid relid);

/* The access method of a relation, or InvalidOid if it has none or is not there.  Takes no lock. */
extern Oid	ivm_relation_am(Oid relid);

/*
 * What pg_total_relation_size gives for a table, and what pg_get_viewdef() gives for a
 * view, for much less; the definition is in CurrentMemoryContext.  They are for reports
 * over many relations.  The size is that of the files that the table has at the moment:
 * it takes no lock, and makes no entries in the relation cache.  The definition locks
 * the view in AccessShareLock while it reads it.  Of what is not there, or no view, the size
 * is -1 and the definition NULL.
 */
extern int64 ivm_relation_total_size(Oid relid);
extern char *ivm_relation_view_definition(Oid view);

/* Do two lists of OIDs have a member in common? */
extern bool ivm_relation_any_of(List *relids, List *others);

/*
 * Was a relation's row in pg_class written by a transaction that a snapshot does not show?
 * Then it may have been truncated or rewritten, which is not MVCC-safe: the snapshot is met by
 * what there is now.  False for what this transaction has done, and where there is none.
 */
extern bool ivm_relation_is_newer(Oid relid, Snapshot snapshot);

#endif							/* IVM_RELATION_H */
