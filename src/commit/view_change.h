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

extern void ivm_view_change_find(IvmViewChange *change, List *tables);
extern void ivm_view_change_forget(IvmViewChange *change);
extern uint64 ivm_view_change_sources(const IvmAddend *addend, List *tables);
extern bool ivm_view_change_is_linear(const IvmAddend *addend, uint64 changed);
extern bool ivm_view_change_is_idle(const IvmViewChange *change);
extern IvmAddend ivm_view_change_whole(const IvmCore *core);

#endif							/* IVM_VIEW_CHANGE_H */
