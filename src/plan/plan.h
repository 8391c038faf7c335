/*-------------------------------------------------------------------------
 *
 * plan.h
 *	  Plans: all that a backend needs to maintain and read one view.
 *
 *		row of ivm.view ----------+
 *		definition view --analyze--+--> IvmPlan: core, keys, accumulators, layout,
 *		state and delta table -----+	tables to lock, whether the state may be used
 *
 * A plan is derived (plan_derive.c) and does not change afterwards.  It has a
 * context of its own.  After an invalidation of one of the relations, functions
 * and roles that it depends on (derived.h) the next look-up (plan_cache.h) makes
 * another one in its place.  A plan that was replaced or has become invalid stays
 * where it is until the transaction ends, so a pointer to a plan may be held that
 * long and no longer.
 *
 * What a backend remembers of a view while it works, such as expressions that
 * are compiled and queries that are planned, hangs on the plan (IvmPlanRun) and
 * goes with it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_PLAN_H
#define IVM_PLAN_H

#include "access/tupdesc.h"
#include "datatype/timestamp.h"
#include "nodes/parsenodes.h"
#include "storage/block.h"
#include "storage/lockdefs.h"

#include "aggregates/accum.h"
#include "base/derived.h"
#include "base/options.h"
#include "base/settings.h"
#include "catalog/catalog_view.h"
#include "definition/affected_region.h"
#include "definition/core.h"
#include "definition/layout.h"

/* How values of a key column are hashed and told apart (key.h). */
typedef struct IvmKey
{
	Oid			type;
	Oid			collation;
	int16		typlen;
	bool		typbyval;
	bool		image;			/* compared by what they look like
								 * (value_image.h) */
	bool		bytes;			/* with image: what they look like is their
								 * bytes */
	bool		names;			/* hashed by names instead of OIDs, which a
								 * restore changes */
	bool		by_datum;		/* passed by value, and "=" compares the
								 * Datums */
	FmgrInfo	eq;				/* "=", unless image or by_datum */
	FmgrInfo	hash;			/* extended hash function; fn_oid 0: all
								 * values hash alike */
} IvmKey;

/*
 * Two tables whose rows meet in a view, in its joins or subqueries; a table that is
 * read twice may meet itself.
 */
typedef struct IvmMeeting
{
	Oid			a;				/* a <= b */
	Oid			b;
	const IvmRegion *region;	/* rows with different values of it never
								 * meet; or NULL */
} IvmMeeting;

/*
 * What a backend remembers of a view while it writes and reads it.  Each pointer
 * belongs to the file named beside it, which alone knows what it points to, and
 * makes that at first use in the plan's context.
 */
typedef struct IvmPlanRun
{
	IvmDerived	derived;		/* derived.invalid: look the plan up again */
	struct IvmPlan *plan;		/* the plan that this belongs to */
	struct IvmRowEval *eval;	/* row_eval.c */
	struct IvmScanKeys *scankeys;	/* key_lookup.c */
	struct IvmTidHints *hints;	/* store.c */
	BlockNumber dense_blocks;	/* merge_newest.c: the largest size of the
								 * state table at which its rows were known to
								 * be enough for a scan */
	BlockNumber dense_delta_blocks; /* the same for the delta table */
	struct IvmDeltaQueries *queries;	/* delta_query.c */
	struct IvmCosts *costs;		/* compute.c */
	struct IvmDeltaCache *delta_cache;	/* read/delta_cache.c, which frees it
										 * with the plan */
	bool		delta_cache_known;	/* and has asked to be told when */
	BlockNumber uncached_blocks;	/* from this size on, the rows of the
									 * delta table take too much memory to be
									 * kept; 0: none is known */
	struct IvmDistinctLookups *lookups; /* distinct_delta.c */
	uint64		readable_at;	/* plan_check.c: 1 + position of messages at
								 * which the owner might read all; 0: none */
	uint64		locked_in;		/* capture.c: the transaction that has locked
								 * all tables of IvmPlan.locked; 0: none */
	uint64		old_storage_at; /* join_delta.c: 1 + position at which no
								 * table had been rewritten; 0: none */
} IvmPlanRun;

typedef struct IvmPlan
{
	MemoryContext cxt;			/* of the plan and all that hangs on it */
	IvmPlanRun *run;
	IvmViewRow *row;			/* a copy of the row of ivm.view */
	Oid			owner;			/* of the view */
	const char *name;			/* of the view, for error contexts */
	IvmCore    *core;			/* what the definition comes to */

	/*
	 * Why the state must not be used, so that reads run the definition; or
	 * NULL
	 */
	const char *unusable;
	bool		capturing;		/* row triggers add to the pending change */
	bool		appends;		/* writers only append delta rows, and nobody
								 * folds them: the view is being built */
	bool		deferred;		/* only refreshes write the state: what
								 * triggers add goes to change logs, from
								 * which they take it */
	bool		append;			/* deferred, too, but they take new rows from
								 * the table itself, which has no triggers */
	bool		breaks;			/* an error of the definition breaks the view */
	IvmRefreshWhen refresh;		/* when it is refreshed; on demand, if it is
								 * not deferred */
	bool		reconciles;		/* it is reconciled on schedule */
	Interval   *max_staleness;	/* how old rows a reader of a deferred view
								 * tolerates; NULL: any */
	bool		retyped;		/* a row type of core->row_types has other
								 * columns now */
	bool		forbidden;		/* its owner may not execute a function of the
								 * definition any more */

	/* Keys and accumulators */
	int			nkeys;
	IvmKey	   *keys;
	int			naccums;
	IvmAccum   *accums;
	int		   *arg_first;		/* per accumulator: its first argument in a
								 * row of the core */
	Size	   *pending_offset; /* per accumulator: its place in an
								 * IvmPendingRow */
	Size		pending_size;	/* bytes that all accumulators of a key take
								 * there */
	Size	   *values_offset;	/* per accumulator of distinct values: the
								 * place of its IvmValueSet * there */
	IvmKey	   *values;			/* per accumulator of distinct values: how
								 * these are told apart */
	int		   *state_first;	/* per accumulator: its first column in the
								 * state table */
	int		   *delta_first;	/* per accumulator: its first column in the
								 * delta table */

	/* State and delta table */
	IvmLayout	layout;
	bool	   *state_byval;	/* per column of the state table: passed by
								 * value? */
	int16	   *state_len;		/* per column of the state table: typlen */
	Oid			state_index;	/* over the key; InvalidOid if there is none
								 * (yet) */
	Oid			delta_index;	/* over key and slot; InvalidOid if there is
								 * none (yet) */

	/* The tables that the definition reads */
	Bitmapset  *used_attrs;		/* core->single: columns of the base table
								 * that are read */
	List	   *relids;			/* OIDs of all tables that sources read,
								 * sorted */
	List	   *meeting;		/* IvmMeeting *: all pairs of relids whose
								 * rows meet */
	bool		all_meet;		/* meeting has all pairs of different tables */
	List	   *locked;			/* OIDs of base tables and their partitions,
								 * sorted */
	List	   *files;			/* OIDs: their files (pg_class.relfilenode)
								 * then; of an immediate view */
	List	   *uses;			/* IvmTableUse *: where the definition reads
								 * tables, and as whom */
	List	   *queries;		/* Query *: all levels of the definition */

	IvmSettings *settings;		/* NULL if no expression depends on any */
} IvmPlan;

/*
 * The parent of the contexts of plans, and of what else is kept as long; made by
 * ivm_plan_cache_init().
 */
extern MemoryContext ivm_plan_context;

/*
 * Can keys of the view become dirty, so that they have to be recomputed?  Then all
 * deltas of a key must be folded or none, and equal rows of different sign should
 * cancel out before they are added.
 */
extern bool ivm_plan_recomputes(const IvmPlan *plan);

/*
 * May computing keys of the view raise an error that no change of their rows has raised?  What is
 * recomputed as a slice is not looked at when a row is captured: jsonb_object_agg(k, x) takes a row
 * without k, and fails when the group of that row is computed.  That is an error of who reads the
 * view, not of the next writer who comes along, perhaps with a row of another group.
 */
extern bool ivm_plan_may_raise(const IvmPlan *plan);

#endif							/* IVM_PLAN_H */
