/*-------------------------------------------------------------------------
 *
 * refusal.h
 *	  Why a query cannot be maintained.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_REFUSAL_H
#define IVM_REFUSAL_H

/* Found where a query is analyzed, raised or shown by whoever asked for that. */
typedef struct IvmRefusal
{
	int			sqlerrcode;
	const char *message;		/* what, e.g. "WITH is not supported" */
	const char *detail;			/* why, or NULL */
	const char *hint;			/* what to write instead, or NULL */
	int			location;		/* in the query text, or -1 */
} IvmRefusal;

extern IvmRefusal *ivm_refusal_make(int sqlerrcode, const char *message, const char *detail,
									const char *hint, int location);
extern IvmRefusal *ivm_refusal_unsupported(const char *message, const char *detail,
										   const char *hint, int location);

#endif							/* IVM_REFUSAL_H */
