/*-------------------------------------------------------------------------
 *
 * analyze.h
 *	  From a definition to its core and its finishing.
 *
 * Pure: reads the query tree and the system catalogues, returns a verdict,
 * never reports an error itself.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ANALYZE_H
#define IVM_ANALYZE_H

#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"

#include "aggregates/accum.h"
#include "definition/outer_query.h"
#include "definition/refusal.h"
#include "definition/sources.h"
#include "definition/view_parts.h"

typedef enum IvmCoreKind
{
	IVM_CORE_GROUP,				/* one state row per group */
	IVM_CORE_GLOBAL,			/* aggregates without GROUP BY: one state row */
	IVM_CORE_BAG				/* one state row per distinct row */
} IvmCoreKind;

/* A key column of the core. */
typedef struct IvmKeyDef
{
	Expr	   *expr;			/* over the base table's columns */
	Expr	   *shown;			/* what the query has there; expr packs it if it is another */
	char	   *name;			/* column of the state table */
	Oid			type;
	int32		typmod;
	Oid			collation;

	/*
	 * Values are told apart by their bytes, not by "=": columns of a bag (1.0
	 * and 1.00 are two rows) and columns that a GROUP BY determines.
	 */
	bool		image;
} IvmKeyDef;

/* An accumulator of the core with its place in the query. */
typedef struct IvmAccumDef
{
	IvmAccum	accum;			/* class and argument types; data not set */
	char	   *name;			/* prefix of its columns */
	List	   *args;			/* argument expressions, FILTER built in */
	Aggref	   *aggref;			/* the first aggregate that rests on it */
} IvmAccumDef;

/*
 * A cut point: a node of the definition that the finishing takes from the
 * state.  In IvmCore.finishing it stands as a PARAM_EXTERN Param whose
 * paramid is 1 + its place in IvmCore.cuts.
 */
typedef struct IvmCut
{
	Node	   *expr;
	int			key;			/* index of a key, or -1 */
	int			accum;			/* index of an accumulator, or -1: the row count */
	const char *final;			/* aggregate's value from the state columns */
} IvmCut;

/* A query whose rows are part of those of a core (addends.c). */
typedef struct IvmBranch
{
	Query	   *rows;			/* select list: keys, arguments of the accumulators */
	int			nsources;
	IvmSource  *sources;
	bool		linear;			/* in all of its sources */
	List	   *regions;		/* IvmRegion *, if it is not */
	uint64		tested;			/* sources that only conditions [NOT] EXISTS of its rows read */
	uint64		shrinks;		/* sources that with more rows leave fewer, or as many */
} IvmBranch;

/* How grouping sets became one GROUP BY (grouping_sets.c). */
typedef struct IvmGroupingSets
{
	Var		   *number;			/* of a set, in the definition */
	int			key;			/* that it is in the core */
	int			nsets;
	int64	   *numbers;		/* of all sets */
	int			nempty;			/* sets without any expression, and their numbers: */
	int64	   *empty;			/* they have a row even over no rows */
	List	   *originals;		/* pairs: an expression, what the query had there */
} IvmGroupingSets;

typedef struct IvmCore
{
	IvmRefusal *refusal;		/* NULL: the query can be maintained */

	IvmCoreKind kind;
	Query	   *definition;		/* normalized copy, without parts and what waits for them */
	Query	   *whole;			/* the same with what waits */
	IvmParts   *parts;			/* NULL: there are none */
	List	   *part_cores;		/* IvmCore *, of a new query */
	int			nsources;
	IvmSource  *sources;		/* where it reads base tables */
	List	   *views;			/* OIDs of views that it reads through */
	bool		linear;			/* in all of its sources */
	List	   *regions;		/* IvmRegion *, if it is not; the first is locked by */
	List	   *branches;		/* IvmBranch *, whose rows add up to the core's */

	/*
	 * The definition reads one table, in its FROM clause: the core's rows are
	 * evaluated from each changed row alone.  Else rti is 0, base InvalidOid
	 * and qual NULL.
	 */
	bool		single;
	int			rti;			/* the base table in its range table */
	Oid			base;
	Node	   *qual;			/* WHERE, implicit-AND list as an expression */

	int			nkeys;
	IvmKeyDef  *keys;
	IvmGroupingSets *sets;		/* NULL: there are none */
	int			naccums;
	IvmAccumDef *accums;
	List	   *cuts;			/* of IvmCut * */
	List	   *arounds;		/* IvmAround *, from the inside: more of the finishing */
	Query	   *finishing;		/* definition with Params at the cuts */
	Node	   *finishing_quals;	/* conditions that wait for it, likewise */

	bool		slices;			/* some accumulator is recomputed */
	bool		settings;		/* depends on TimeZone, DateStyle, ... */
	bool		strings;		/* ... and on string-valued settings */
	List	   *text_types;		/* ... and on labels or columns of these types */
	List	   *functions;		/* OIDs of the functions that all of it calls */
	List	   *row_types;		/* ... and on columns of these: it has whole rows of them */
} IvmCore;

extern IvmCore *ivm_analyze_query(Query *query);
extern IvmCore *ivm_analyze_stored(Query *query, int nparts);
extern IvmCore *ivm_analyze_missing(void);
extern IvmCore *ivm_analyze_keep(const IvmCore *core);

#endif							/* IVM_ANALYZE_H */
