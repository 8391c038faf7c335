/*-------------------------------------------------------------------------
 *
 * api_alter.h
 *	  Views that are taken apart while a column is altered.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_API_ALTER_H
#define IVM_API_ALTER_H

/*
 * Before the transaction commits or is prepared: an error if a view has been taken apart and not been put
 * together.
 */
extern void ivm_api_alter_check(void);

/* The transaction has ended: forget what it has taken apart. */
extern void ivm_api_alter_reset(void);

#endif							/* IVM_API_ALTER_H */
