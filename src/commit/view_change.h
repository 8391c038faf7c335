/*-------------------------------------------------------------------------
 *
 * view_change.h
 *	  What a transaction has changed of the tables of a view.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_VIEW_CHANGE_H
#define IVM_VIEW_CHANGE_H

#include "commit/delta_query.h"
#include "definition/addends.h"
#include "definition/core.h"

/* Changed rows that are looked at one by one. */
#define IVM_MAX_CHANGED_ROWS	1000

/*
 * Find the sources of change->addend that read these changed tables, with the changed
 * rows: those in change->logged, or else the transaction's own.  These belong to the
 * pending change, except for copies, which forget frees; the change can be used again then.
 */
extern void ivm_view_change_find(IvmViewChange *change, List *tables);
extern void ivm_view_change_forget(IvmViewChange *change);

/* The sources of an addend that read one of these tables, as bits. */
extern uint64 ivm_view_change_sources(const IvmAddend *addend, List *tables);

/*
 * Should a change of these sources be followed by terms?  Not where terms would compute
 * a subquery as a whole, of which a region needs little.
 */
extern bool ivm_view_change_is_linear(const IvmAddend *addend, uint64 changed);

/* Does the change touch only columns that the addend does not read? */
extern bool ivm_view_change_is_idle(const IvmViewChange *change);

/* The whole core, as if it were one addend; it shares the core's arrays. */
extern IvmAddend ivm_view_change_whole(const IvmCore *core);

#endif							/* IVM_VIEW_CHANGE_H */
