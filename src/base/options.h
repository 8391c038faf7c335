/*-------------------------------------------------------------------------
 *
 * options.h
 *	  Options of a view, given as a jsonb object.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_OPTIONS_H
#define IVM_OPTIONS_H

#include "datatype/timestamp.h"
#include "utils/jsonb.h"

#include "base/cron.h"

/* Of the option log_limit, in bytes */
#define IVM_DEFAULT_LOG_LIMIT	(INT64CONST(1) << 30)
#define IVM_MIN_LOG_LIMIT		(INT64CONST(1) << 20)

/* Pages of the state table are filled so far, to leave room for HOT updates. */
#define IVM_DEFAULT_FILLFACTOR	90

/* Of the options refresh and reconcile, when they are intervals: at least this, in microseconds */
#define IVM_MIN_LAG		USECS_PER_SEC

/* When a deferred view is refreshed. */
typedef enum IvmRefreshWhen
{
	IVM_REFRESH_ON_DEMAND,		/* when somebody calls for it */
	IVM_REFRESH_ON_CHANGE,		/* soon after its tables were changed */
	IVM_REFRESH_BY_LAG,			/* so that it is never older than this */
	IVM_REFRESH_BY_CRON			/* at certain times */
} IvmRefreshWhen;

/* The option refresh, or reconcile. */
typedef struct IvmRefreshOption
{
	IvmRefreshWhen when;
	int64		lag;			/* IVM_REFRESH_BY_LAG: in microseconds */
	IvmCron		cron;			/* IVM_REFRESH_BY_CRON */
} IvmRefreshOption;

/* The option time_bucket "none" */
#define IVM_NO_BUCKETS	(-1)

typedef struct IvmOptions
{
	/* of create_view() alone */
	bool		if_not_exists;
	bool		replace;

	/* of alter_view() alone */
	char	   *mode;			/* or NULL */

	/* kept with the view; 0: not given */
	int			fillfactor;
	int64		time_bucket;	/* in microseconds, or IVM_NO_BUCKETS */
	bool		deferred;		/* any but null that is of deferred views
								 * alone */
	bool		refreshed;		/* any but null that is of views that are
								 * refreshed */
	bool		append;			/* any that is of append views alone */
	bool		bucket;			/* bucket, not null */
	bool		reconcile_last; /* reconcile_last, not null */

	Jsonb	   *stored;			/* those kept with the view; null: forget it */
} IvmOptions;

/*
 * Check and parse options, those of create_view() if creating, else those of
 * alter_view().  Fills *options, whose parts are in CurrentMemoryContext.  Raises
 * an error that names the option where one is unknown or has a wrong value.
 */
extern void ivm_options_parse(Jsonb *jsonb, bool creating, IvmOptions *options);

/* Do options as stored with a view say on_error = break? */
extern bool ivm_options_breaks(Jsonb *stored);

/* The option max_staleness as stored with a view, in CurrentMemoryContext; NULL if it has none. */
extern Interval *ivm_options_max_staleness(Jsonb *stored);

/*
 * The option refresh as stored with a view.  The first raises an error if it is wrong; the
 * second tells only what kind it is, and raises none.
 */
extern void ivm_options_refresh(Jsonb *stored, IvmRefreshOption *option);
extern IvmRefreshWhen ivm_options_refresh_when(Jsonb *stored);

/*
 * The option reconcile as stored with a view: an interval or a cron line.  The first function
 * raises an error if it is wrong, and returns false if there is none; the second raises none.
 */
extern bool ivm_options_reconcile(Jsonb *stored, IvmRefreshOption *option);
extern bool ivm_options_reconciles(Jsonb *stored);

/*
 * The option time_bucket as stored with a view, in microseconds, or IVM_NO_BUCKETS; 0: it
 * has none.
 */
extern int64 ivm_options_time_bucket(Jsonb *stored);

/* The same options with this time_bucket, in CurrentMemoryContext. */
extern Jsonb *ivm_options_with_time_bucket(Jsonb *stored, int64 microseconds);

/* The option log_limit as stored with a view, or its default: bytes. */
extern int64 ivm_options_log_limit(Jsonb *stored);

/*
 * An option of an append view, bucket or reconcile_last as stored with a view, in
 * CurrentMemoryContext: what stands there as a string or a number, or NULL.
 */
extern char *ivm_options_append(Jsonb *stored, const char *name);

/* The option fillfactor as stored with a view, or its default. */
extern int	ivm_options_fillfactor(Jsonb *stored);

/* Is a view to be filled by the worker, beside writers (option build)? */
extern bool ivm_options_builds_online(Jsonb *stored);

/* The options batch_rows (0: not given) and newest_first of an append view. */
extern int64 ivm_options_batch_rows(Jsonb *stored);
extern bool ivm_options_newest_first(Jsonb *stored);

/*
 * The options stored with a view after changes to them, in CurrentMemoryContext.  An
 * option that is null in changes is left out.
 */
extern Jsonb *ivm_options_merge(Jsonb *old, Jsonb *changes);

/* The options stored with a view, without one of them; in CurrentMemoryContext. */
extern Jsonb *ivm_options_without(Jsonb *stored, const char *name);

/*
 * What is kept of the options of a view that is replaced, in CurrentMemoryContext: those that do not
 * depend on its query, and, if its mode changes, not on that either.  How it was built is not kept.
 */
extern Jsonb *ivm_options_kept(Jsonb *old, bool same_mode);

/* The options stored with a view, with another string for one of them; in CurrentMemoryContext. */
extern Jsonb *ivm_options_set(Jsonb *stored, const char *name, const char *value);

#endif							/* IVM_OPTIONS_H */
