/*-------------------------------------------------------------------------
 *
 * normalize.h
 *	  A definition without names for queries: views and WITH written out.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_NORMALIZE_H
#define IVM_NORMALIZE_H

#include "nodes/parsenodes.h"

#include "definition/refusal.h"

/*
 * Write out a query as parse analysis or a stored rule left it, in place.  Adds the
 * OIDs of the views that it reads at any depth to *views, with the definition views of
 * those that are this extension's.  Returns NULL, or why the query cannot be
 * maintained; the query is half done then.  Each view opened is locked with
 * AccessShareLock until the end of the transaction; may wait for that.
 */
extern IvmRefusal *ivm_normalize_query(Query *query, List **views);

#endif							/* IVM_NORMALIZE_H */
