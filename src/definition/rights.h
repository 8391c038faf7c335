/*-------------------------------------------------------------------------
 *
 * rights.h
 *	  With whose rights a definition reads its tables and calls functions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_RIGHTS_H
#define IVM_RIGHTS_H

#include "nodes/parsenodes.h"

/* A table that a definition reads. */
typedef struct IvmTableUse
{
	Oid			relid;
	Oid			view;			/* the innermost view that it is read through,
								 * or InvalidOid */
	Oid			reader;			/* whose rights count, or InvalidOid: the
								 * current user's */
} IvmTableUse;

/*
 * The places (IvmTableUse *, in CurrentMemoryContext) where a normalized query reads a
 * table.
 */
extern List *ivm_rights_tables(Query *query);

/*
 * A table, other than those in except (OIDs), on which the owner of a view must not
 * create triggers, or NULL if there is none.
 */
extern const IvmTableUse *ivm_rights_no_trigger(Query *query, Oid owner, List *except);

/*
 * A table, of the places in uses, of which row security shows only some rows to the
 * role that reads it for a view of this owner; or NULL.  Looks at the current
 * policies, without a lock.
 */
extern const IvmTableUse *ivm_rights_row_security(List *uses, Oid owner);

/*
 * A function that a normalized query calls and a role may not execute, or InvalidOid.  Functions
 * that others call are not looked at, since these may run as somebody else.
 */
extern Oid	ivm_rights_no_execute(Query *query, Oid role);

#endif							/* IVM_RIGHTS_H */
