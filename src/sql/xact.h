/*-------------------------------------------------------------------------
 *
 * xact.h
 *	  Ends of transactions and subtransactions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_XACT_H
#define IVM_XACT_H

/* Register the callbacks.  Called once, when the library is loaded. */
extern void ivm_xact_init(void);

#endif							/* IVM_XACT_H */
