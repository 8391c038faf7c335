/*-------------------------------------------------------------------------
 *
 * error_context.h
 *	  Where an error arose: in a query given as an argument, for a view; and
 *	  errors that are reported in several places.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ERROR_CONTEXT_H
#define IVM_ERROR_CONTEXT_H

extern void ivm_error_enter_query(ErrorContextCallback *callback, const char *sql);
extern void ivm_error_leave_query(ErrorContextCallback *callback);
extern void ivm_error_enter_view(ErrorContextCallback *callback, const char *view);
extern void ivm_error_leave_view(ErrorContextCallback *callback);
extern void ivm_error_report_refusal(const char *view, const char *refusal);
extern int	ivm_error_position(const char *sql, int location);

#endif							/* IVM_ERROR_CONTEXT_H */
