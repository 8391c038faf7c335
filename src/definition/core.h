/*-------------------------------------------------------------------------
 *
 * core.h
 *	  The core of a definition: what is stored and maintained of it.
 *
 * IvmCore is the result of analyze.c.  It is made once per derivation, in one
 * memory context, and not changed afterwards, so its nodes may be shared as
 * long as nobody writes to them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_CORE_H
#define IVM_CORE_H

#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"

#include "aggregates/accum.h"
#include "definition/sources.h"
#include "definition/view_part.h"

/* Declared by the files that make them. */
typedef struct IvmRefusal IvmRefusal;
typedef struct IvmGroupingSets IvmGroupingSets;
typedef struct IvmTimeWindow IvmTimeWindow;

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
	Expr	   *shown;			/* what the query has there; expr packs it if
								 * it is another */
	char	   *name;			/* column of the state table */
	Oid			type;
	int32		typmod;
	Oid			collation;

	/*
	 * Values are told apart by their bytes, not by "=": columns of a bag (1.0
	 * and 1.00 are two rows) and columns that a GROUP BY determines, unless
	 * it is by chance which of several equal values they are.
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
	int			accum;			/* index of an accumulator, or -1: the row
								 * count */
	const char *final;			/* aggregate's value from the state columns */
} IvmCut;

/* The result of analyzing a definition. */
typedef struct IvmCore
{
	IvmRefusal *refusal;		/* NULL: the query can be maintained */

	IvmCoreKind kind;
	Query	   *definition;		/* normalized copy, without parts and what
								 * waits for them */
	Query	   *whole;			/* normalized copy with what waits */
	IvmViewParts *parts;		/* NULL: there are none */
	List	   *part_cores;		/* IvmCore *, of a new query */
	int			nsources;
	IvmSource  *sources;		/* where it reads base tables */
	List	   *views;			/* OIDs of views that it reads through */
	bool		linear;			/* in all of its sources */
	List	   *regions;		/* IvmRegion *, if it is not; the first is
								 * locked by */
	List	   *addends;		/* IvmAddend *, whose rows add up to the
								 * core's */

	/*
	 * single: the definition reads one table, in its FROM clause, so the
	 * core's rows are evaluated from each changed row alone.  Of other
	 * definitions, rti is 0, base InvalidOid and qual NULL.
	 */
	bool		single;
	int			rti;			/* the base table in its range table */
	Oid			base;
	Node	   *qual;			/* WHERE, implicit-AND list as an expression */

	int			nkeys;
	IvmKeyDef  *keys;
	IvmGroupingSets *sets;		/* NULL: there are none */
	IvmTimeWindow *window;		/* conditions on the current time, or NULL */
	int			naccums;
	IvmAccumDef *accums;
	List	   *cuts;			/* of IvmCut * */
	List	   *outer_queries;	/* IvmOuterQuery *, from the inside: more of
								 * the finishing */
	Query	   *finishing;		/* definition with Params at the cuts */
	Node	   *finishing_quals;	/* conditions that wait for it, with
									 * Params as well */

	bool		slices;			/* some accumulator is recomputed */
	bool		distinct;		/* some accumulator is of distinct values */
	bool		residues;		/* some accumulator may keep a rest of rows
								 * that are gone */
	bool		settled;		/* the definition computes subqueries so that
								 * the order of rows does not count, and may
								 * show others of their results than
								 * PostgreSQL */
	bool		settings;		/* the definition depends on TimeZone,
								 * DateStyle, ... */
	bool		strings;		/* it depends on string-valued settings, too */
	List	   *text_types;		/* OIDs of types on whose labels or columns it
								 * depends */
	List	   *functions;		/* OIDs of the functions that all of it calls */
	List	   *row_types;		/* OIDs of types of whole rows that it reads */
} IvmCore;

#endif							/* IVM_CORE_H */
