/*-------------------------------------------------------------------------
 *
 * append_locks.h
 *	  The locks under which append views are filled and refreshed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_APPEND_LOCKS_H
#define IVM_APPEND_LOCKS_H

#include "nodes/pg_list.h"

/*
 * Lock the tables that an append view reads and its refresh (view_id 0: none), until the end of the
 * transaction.  Nobody who reads or writes the tables is held back: AccessShareLock, and on the table that is
 * appended to, where it is partitioned, ShareUpdateExclusiveLock against ATTACH and DETACH.  Waits, holding none of
 * them; without wait the result is false if one is not free, and nothing is locked.
 */
extern bool ivm_append_locks_take(List *relids, Oid base, int32 view_id, bool wait);

#endif							/* IVM_APPEND_LOCKS_H */
