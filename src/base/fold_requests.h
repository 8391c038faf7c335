/*-------------------------------------------------------------------------
 *
 * fold_requests.h
 *	  Keys that a reader has computed, or found with many deltas, and that the worker is asked to fold.
 *
 *		reader computes a dirty key, or merges a thousand deltas --put--> shared memory --take--> worker of the database
 *
 * A reader writes nothing, and may not even be allowed to.  So what it tells the worker is in shared
 * memory: a few dozen places, for all databases.  A request that finds none takes that of the
 * oldest; one that is lost costs the next reader what it has cost the last, who asks again.
 *
 * The memory is what the server has left over: two kilobytes are always there, so nothing need be
 * preloaded.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_FOLD_REQUESTS_H
#define IVM_FOLD_REQUESTS_H

#include "datatype/timestamp.h"

typedef struct IvmFoldRequest
{
	Oid			database;		/* InvalidOid: a free place */
	int32		view_id;
	bool		all;			/* all keys of the view that are dirty */
	uint64		hash;			/* of the key */
	TimestampTz asked_at;		/* last */
} IvmFoldRequest;

/*
 * Ask for a key, or all keys, of a view of this database, and wake its worker if there is one.  Raises no
 * error; does nothing on a standby, or if there is no memory.
 */
extern void ivm_fold_requests_put(int32 view_id, uint64 hash, bool all);

/* Is something asked for in this database? */
extern bool ivm_fold_requests_exist(void);

/* Take what is asked for in this database, up to max, and return how many that is. */
extern int	ivm_fold_requests_take(IvmFoldRequest *result, int max);

/* This process is to be woken when something is asked for in this database, or is not any more. */
extern void ivm_fold_requests_attend(bool attend);

#endif							/* IVM_FOLD_REQUESTS_H */
