/*-------------------------------------------------------------------------
 *
 * time_window.h
 *	  Conditions on the current time, which wait for the finishing.
 *
 * README.md of this folder has the algebra ("Windows of time").
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_TIME_WINDOW_H
#define IVM_TIME_WINDOW_H

#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"

typedef struct IvmRefusal IvmRefusal;

/* An expression that is compared with the time: a key of the core, or its bucket is. */
typedef struct IvmTimeKey
{
	Expr	   *compared;		/* over the definition's columns, in the type
								 * compared */
	bool		bucketed;		/* the key is its bucket */
	bool		added;			/* the query does not group by the key itself */
	Index		ref;			/* the key's place in the definition's select
								 * list: ressortgroupref, or of a bag resno */
	int			key;			/* index of the core's key, once it is cut */
} IvmTimeKey;

/* One comparison with the time */
typedef struct IvmTimeBound
{
	int			timekey;		/* index in IvmTimeWindow.keys */
	int			strategy;		/* of a btree: what is left of it is the
								 * compared expression */
	Oid			opno;			/* between two values of its type */
	Expr	   *value;			/* of that type, made of now() and constants */
} IvmTimeBound;

typedef struct IvmTimeWindow
{
	List	   *keys;			/* IvmTimeKey * */
	List	   *bounds;			/* IvmTimeBound *, joined by AND */
	int64		width;			/* of a bucket, in microseconds; 0: there are
								 * none */
	bool		grouped;		/* the definition has groups */
	bool		merged;			/* a group may have several rows in the state */
	bool global;				/* aggregates without GROUP BY */
} IvmTimeWindow;

/*
 * Take the conditions on the current time out of WHERE and inner joins, and let the
 * query group by what they compare, both in place.  Sets *window; NULL: there are none.
 * width is that of the buckets, 0 to choose one, IVM_NO_BUCKETS for keys of full
 * resolution.  Returns a refusal for a condition that cannot be used. Looks at catalogues;
 * a chosen width depends on the clock, so it has to be kept.
 */
extern IvmRefusal *ivm_time_window_cut(Query *query, int64 width, IvmTimeWindow **window);

/*
 * The other sides of the comparisons with constants in the place of the clock, to be
 * judged like other expressions of a definition.
 */
extern List *ivm_time_window_values_at_rest(const IvmTimeWindow *window);

/* How far the bounds that need buckets are from now, in microseconds: the length of the window. */
extern int64 ivm_time_window_length(const IvmTimeWindow *window);

/* The widest of the usual widths of buckets that is not wider. */
extern int64 ivm_time_window_round(int64 width);

/* A value with another expression, of type timestamptz, in the place of the clock. */
extern Expr *ivm_time_window_with_clock(const Expr *value, Expr *clock);

/* A copy for a plan, in CurrentMemoryContext. */
extern IvmTimeWindow *ivm_time_window_copy(const IvmTimeWindow *window);

/* The bucket of an expression of type timestamp or timestamptz: an expression. */
extern Expr *ivm_time_window_bucket(Expr *expr, int64 width);

/* A width of buckets as a constant of type interval. */
extern Expr *ivm_time_window_interval(int64 microseconds);

/*
 * Is a compared expression a column of type timestamp without time zone, converted to be
 * compared? Sets *column to what is converted.
 */
extern bool ivm_time_window_is_converted(Node *compared, Expr **column);

/* Is it a lower bound, ">" or ">="? */
extern bool ivm_time_window_is_lower(const IvmTimeBound *bound);

/*
 * The bound by which rows of the state leave the window as time goes by, of all those that
 * there may be: the first lower one with buckets or, if there is none, the first other one
 * that is no upper one.  NULL: they do not leave.
 */
extern const IvmTimeBound *ivm_time_window_leaving(const IvmTimeWindow *window);

/* The key that a bound is about. */
extern const IvmTimeKey *ivm_time_window_key_of(const IvmTimeWindow *window, const IvmTimeBound *bound);

#endif							/* IVM_TIME_WINDOW_H */
