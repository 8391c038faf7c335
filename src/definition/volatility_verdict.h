/*-------------------------------------------------------------------------
 *
 * volatility_verdict.h
 *	  What a definition's functions depend on: the verdict.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_VOLATILITY_VERDICT_H
#define IVM_VOLATILITY_VERDICT_H

#include "nodes/pg_list.h"

/* The verdict on an expression or a query. */
typedef struct IvmVolatility
{
	bool		ok;				/* may be used in a definition */

	/* Where it may not: what is at fault, as it would be written, ... */
	const char *object;			/* "now()", "CURRENT_DATE",
								 * "public.f(integer)" */
	const char *reason;			/* why: a sentence for errdetail */
	const char *hint;			/* what to write instead, for errhint, or NULL */
	int			location;		/* parser location in the query, or -1 */

	/* Where it may: what must be kept with the view. */
	bool		settings;		/* depends on TimeZone, DateStyle and kin */
	bool		strings;		/* and on search_path, lc_* and kin */

	/*
	 * OIDs of enums and row types whose values are converted to or from text,
	 * so that ALTER ... changes values already stored.
	 */
	List	   *text_types;

	List	   *functions;		/* OIDs of those judged, whatever the verdict */
} IvmVolatility;

#endif							/* IVM_VOLATILITY_VERDICT_H */
