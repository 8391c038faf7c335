/*-------------------------------------------------------------------------
 *
 * guc.h
 *	  Settings of the extension.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_GUC_H
#define IVM_GUC_H

extern int	ivm_guc_pending_mem;	/* kB that a transaction's pending change
									 * may take */
extern int	ivm_guc_fold_batch; /* keys a writer folds at most at its commit */
extern int	ivm_guc_recompute_limit;	/* dirty keys recomputed one by one */
extern int	ivm_guc_history_days;	/* how long runs are kept; -1: for ever */
extern bool ivm_guc_worker;		/* may a worker refresh views that are due? */
extern bool ivm_guc_direct_capture; /* are rows captured as they are written? */

/* To be called once, when the library is loaded: defines the settings. */
extern void ivm_guc_init(void);

#endif							/* IVM_GUC_H */
