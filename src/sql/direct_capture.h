/*-------------------------------------------------------------------------
 *
 * direct_capture.h
 *	  Capturing rows as they are written, without the queue of trigger events.
 *
 * See "When a row is captured" in capture/README.md.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DIRECT_CAPTURE_H
#define IVM_DIRECT_CAPTURE_H

#include "executor/tuptable.h"
#include "utils/relcache.h"

/*
 * Capture a row that was written, by whatever way it is known, and write the pending change
 * out if it has become too large.  Errors as ivm_capture_row(), and 55000 when the
 * transaction's change is applied already.
 */
extern void ivm_direct_capture_row(Relation rel, TupleTableSlot *oldslot, TupleTableSlot *newslot);

/* The trigger function for rows is this one: statements that begin from now on may do without it. */
extern void ivm_direct_capture_learn(Oid function);

/* To be called once, when the library is loaded. */
extern void ivm_direct_capture_init(void);

#endif							/* IVM_DIRECT_CAPTURE_H */
