/*-------------------------------------------------------------------------
 *
 * plan.h
 *	  Plans: all that a backend needs to maintain and read one view.
 *
 * A plan is derived from the catalogue row and the definition view, kept in
 * a context of its own, and replaced after an invalidation of one of the
 * relations, functions and roles that it depends on (derived.h).  A plan that was
 * replaced or has become invalid stays where it is until the transaction ends, so
 * pointers to plans may be held that long and no longer.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_PLAN_H
#define IVM_PLAN_H

#include "access/tupdesc.h"
#include "nodes/parsenodes.h"
#include "storage/lockdefs.h"

#include "aggregates/accum.h"
#include "base/derived.h"
#include "base/settings.h"
#include "catalog/catalog_view.h"
#include "definition/affected_region.h"
#include "definition/core.h"
#include "definition/layout.h"

/* How values of a key column are hashed and told apart. */
typedef struct IvmKey
{
	Oid			type;
	Oid			collation;
	int16		typlen;
	bool		typbyval;
	bool		image;			/* by what they look like (value_image.c) */
	bool		bytes;			/* that is their bytes */
	bool		names;			/* hashed without OIDs in it: key_hash is to mean the same elsewhere */
	bool		by_datum;		/* pass by value, and "=" means same Datum */
	FmgrInfo	eq;				/* unless image or by_datum */
	FmgrInfo	hash;			/* extended hash; fn_oid 0: all values hash alike */
} IvmKey;

/*
 * Two tables a <= b whose rows meet in a view, and a region by whose values both
 * sides' rows tell which they do not meet; NULL if there is none.
 */
typedef struct IvmMeeting
{
	Oid			a;
	Oid			b;
	const IvmRegion *region;
} IvmMeeting;

/*
 * What a backend remembers of a view while it writes and reads it.  Each belongs
 * to the module named, which alone knows what it is, and makes it at first use
 * in the plan's context.  The plan itself does not change once it is derived.
 */
typedef struct IvmPlanRun
{
	IvmDerived	derived;		/* invalid: look the plan up again */
	struct IvmPlan *plan;		/* that this is of */
	bool		broken;			/* on_error.c: an error of the definition has broken the view */
	struct IvmRowEval *eval;	/* row_eval.c */
	struct IvmScanKeys *scankeys;	/* delta.c */
	struct IvmTidHints *hints;	/* store.c */
	struct IvmDeltaQueries *queries;	/* delta_query.c */
	struct IvmCosts *costs;		/* compute.c */
} IvmPlanRun;

typedef struct IvmPlan
{
	MemoryContext cxt;
	IvmPlanRun *run;
	IvmViewRow *row;
	Oid			owner;			/* of the view */
	const char *name;			/* of the view, for error contexts */
	IvmCore    *core;

	/* Where not NULL the state must not be used; reads run the definition. */
	const char *unusable;
	bool		capturing;		/* row triggers add to the pending change */
	bool		breaks;			/* an error of the definition breaks the view */
	bool		retyped;		/* rows that it has as a whole have other columns */

	int			nkeys;
	IvmKey	   *keys;
	int			naccums;
	IvmAccum   *accums;
	int		   *arg_first;		/* first argument in the projection, per accumulator */
	Size	   *pending_offset; /* of each accumulator in a pending row */
	Size		pending_size;	/* of all accumulators of a key */
	int		   *state_first;	/* first state column, per accumulator */
	int		   *delta_first;
	IvmLayout	layout;
	bool	   *state_byval;	/* per state column */
	int16	   *state_len;
	Oid			state_index;	/* key indexes; InvalidOid if not there (yet) */
	Oid			delta_index;
	Bitmapset  *used_attrs;		/* columns of the base table the view reads */

	List	   *relids;			/* of the tables read by the sources, sorted */
	List	   *meeting;		/* IvmMeeting *: pairs of these whose rows meet */
	bool		all_meet;		/* all pairs of different tables do */
	List	   *locked;			/* these and their partitions, sorted */
	List	   *uses;			/* IvmTableUse *: where the definition reads them */
	List	   *queries;		/* all levels of the definition */

	IvmSettings *settings;		/* NULL if no expression depends on any */
} IvmPlan;

/* Of plans, and of what else is kept as long; made by ivm_plan_cache_init(). */
extern MemoryContext ivm_plan_context;

extern bool ivm_plan_recomputes(const IvmPlan *plan);

#endif							/* IVM_PLAN_H */
