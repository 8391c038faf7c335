/*-------------------------------------------------------------------------
 *
 * create.h
 *	  Creating a view with its storage.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_CREATE_H
#define IVM_CREATE_H

#include "catalog/append_view.h"
#include "catalog/catalog_view.h"
#include "definition/core.h"

/*
 * Create a view of this name in this schema over an analyzed query, whose
 * analysis is core, and return its OID.  The current user becomes the owner of
 * the view and its storage; the caller has checked privileges.
 *
 * Takes ShareRowExclusiveLock on all tables that the view and its parts read,
 * and on their partitions, in the order of their OIDs: waits for open writers
 * and keeps them out until the end of the transaction.  With with_data, the
 * state is computed under the latest snapshot, taken after these locks.
 * options and fillfactor may be NULL and 0.
 *
 * An append view comes with append, where the table, its column and the bucket are set; it takes no lock
 * that holds back writers, and has no triggers.
 *
 * existing is InvalidOid, or a relation that becomes the view and keeps its OID, and with it all that
 * depends on it, owner, rights and comments: a view of this extension, whose storage is
 * dropped, or a materialized view.  The caller has called ivm_create_lock_existing(), and the current
 * user is its owner.  Readers of it wait only at
 * the end, for a catalogue update: that takes AccessExclusiveLock on it.  Views that read it follow, as
 * after CREATE OR REPLACE VIEW.
 */
extern Oid	ivm_create_view_with_storage(const RangeVar *name, Oid namespace, Query *query,
										 const IvmCore *core, IvmMode mode, bool with_data,
										 Jsonb *options, int fillfactor, IvmAppendView *append,
										 Oid existing);

/*
 * Prepare that; old is the view that is known to be there, or NULL: an error if the columns are not compatible, as of CREATE OR REPLACE VIEW.  Locks
 * the tables of the query, those of what is there and those of the views that read it, at
 * once; then the relation and its storage in ShareUpdateExclusiveLock: both stay as they are, and
 * readers and writers go on.  False if another transaction has meanwhile put another view in its
 * place: then all that the caller knows of it may be wrong.
 */
extern bool ivm_create_lock_existing(Oid existing, IvmViewRow *old, Query *query,
									 const IvmCore *core, IvmMode mode);

#endif							/* IVM_CREATE_H */
