/*-------------------------------------------------------------------------
 *
 * kept_scan.h
 *	  The scans of relations in an executor state that is kept.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_KEPT_SCAN_H
#define IVM_KEPT_SCAN_H

#include "nodes/execnodes.h"
#include "utils/resowner.h"

typedef struct IvmKeptScans IvmKeptScans;

/*
 * Take over the scans of tables and indexes below a node that the executor's start has
 * just made, for a resource owner of the state.  The result is allocated in
 * CurrentMemoryContext, which must live as long as the state.  The indexes' locks pass to the
 * current resource owner.
 */
extern IvmKeptScans *ivm_kept_scan_take(PlanState *top, ResourceOwner owner);

/*
 * Before and after a run: open the tables, which must be locked; end the scans and close all
 * relations.  Indexes are locked and opened when a scan comes to read from them.  One
 * state's scans are open at a time.
 */
extern void ivm_kept_scan_open(IvmKeptScans *scans);
extern void ivm_kept_scan_close(IvmKeptScans *scans);

#endif							/* IVM_KEPT_SCAN_H */
