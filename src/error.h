/*-------------------------------------------------------------------------
 *
 * error.h
 *	  Error positions in a query given as an argument.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ERROR_H
#define IVM_ERROR_H

extern void ivm_error_enter_query(ErrorContextCallback *callback, const char *sql);
extern void ivm_error_leave_query(ErrorContextCallback *callback);
extern int	ivm_error_position(const char *sql, int location);

#endif							/* IVM_ERROR_H */
