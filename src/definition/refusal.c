/*-------------------------------------------------------------------------
 *
 * refusal.c
 *	  Why a query cannot be maintained, as a value that is returned.
 *
 * Analysis never raises an error for what it finds in a query, since some callers
 * want to try, or to show the reason: ivm.explain_query() for one.  The message is
 * written where the reason is found; report_refusal() in api_create.c raises it
 * as it is, and ivm_error_report_refusal() as the reason why a view that exists
 * cannot be read or repaired any more.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "definition/refusal.h"

/* In CurrentMemoryContext; the texts are not copied. */
IvmRefusal *
ivm_refusal_make(int sqlerrcode, const char *message, const char *detail, const char *hint,
				 int location)
{
	IvmRefusal *r = palloc(sizeof(IvmRefusal));

	r->sqlerrcode = sqlerrcode;
	r->message = message;
	r->detail = detail;
	r->hint = hint;
	r->location = location;
	return r;
}

/* The same for something that no definition may contain. */
IvmRefusal *
ivm_refusal_unsupported(const char *message, const char *detail, const char *hint, int location)
{
	return ivm_refusal_make(ERRCODE_FEATURE_NOT_SUPPORTED, message, detail, hint, location);
}
