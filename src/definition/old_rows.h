/*-------------------------------------------------------------------------
 *
 * old_rows.h
 *	  A table as it was before changes that are known row by row.
 *
 *		SELECT * FROM t WHERE (its key) NOT IN (SELECT key FROM rows that have come)
 *		UNION ALL
 *		SELECT * FROM rows that the table had instead
 *
 * That is t EXCEPT ALL come UNION ALL gone, in a form into which the planner pushes
 * conditions, so that an index of t is used: EXCEPT would be computed as a whole.
 *
 * A row is told from others by the table's primary key, or else by all of its columns
 * that are known.  Then all rows equal to one that has come are left out, and those
 * among them that were there before are part of the rows put instead.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_OLD_ROWS_H
#define IVM_OLD_ROWS_H

#include "access/tupdesc.h"
#include "nodes/bitmapset.h"
#include "nodes/parsenodes.h"

/* A table whose old rows are asked for. */
typedef struct IvmOldRows
{
	Bitmapset  *key;			/* columns that tell its rows apart, by number */
	bool		unique;			/* it has no two rows with the same key */
	TupleDesc	desc;			/* of the table */
	double		ncome;			/* about how many rows have come */
	double		ninstead;		/* and how many are put instead */
} IvmOldRows;

/* The names under which the executor finds these rows for a source, palloc'd. */
extern char *ivm_old_rows_come_name(int source);
extern char *ivm_old_rows_instead_name(int source);

/*
 * Let a source's range table entry, or what has taken its place when the query was
 * restricted to a region, read the table as it was.  rte is that of the source, which
 * belongs to a copy of the definition.
 */
extern void ivm_old_rows_put(RangeTblEntry *rte, int source, const IvmOldRows *old);

/*
 * A query for the rows of a table that are left out above, as they are now.  rte: that of a
 * source which reads the table; the rows that have come are named as those of source 0.
 */
extern Query *ivm_old_rows_hidden(const RangeTblEntry *rte, const IvmOldRows *old);

#endif							/* IVM_OLD_ROWS_H */
