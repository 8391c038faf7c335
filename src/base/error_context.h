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

/*
 * Between these two, positions that errors report are positions in sql, and shown
 * as such.  The callback is the caller's, on its stack; it and the text must live
 * until ivm_error_leave_query(), which is not needed after an error.
 */
extern void ivm_error_enter_query(ErrorContextCallback *callback, const char *sql);
extern void ivm_error_leave_query(ErrorContextCallback *callback);

/*
 * Between these two, errors name the view that is maintained, which the user's
 * statement may not mention; nested calls for one view name it once.  The same
 * rules hold for the callback and the name.
 */
extern void ivm_error_enter_view(ErrorContextCallback *callback, const char *view);
extern void ivm_error_leave_view(ErrorContextCallback *callback);

/*
 * Raise the error that a view cannot be computed any more, because its definition,
 * which was supported once, no longer is; refusal says why.  Does not return.
 */
extern void ivm_error_report_refusal(const char *view, const char *refusal);

/*
 * For use in ereport(), as parser_errposition(): location is a byte offset in sql,
 * or negative for none.  Returns 0.
 */
extern int	ivm_error_position(const char *sql, int location);

#endif							/* IVM_ERROR_CONTEXT_H */
