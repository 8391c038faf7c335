/*-------------------------------------------------------------------------
 *
 * rights.h
 *	  With whose rights a definition reads its tables.
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
	Oid			view;			/* the innermost view that it is read through, or InvalidOid */
	Oid			reader;			/* whose rights count, or InvalidOid: the current user's */
} IvmTableUse;

extern List *ivm_rights_tables(Query *query);
extern const IvmTableUse *ivm_rights_no_trigger(Query *query, Oid owner, List *except);
extern const IvmTableUse *ivm_rights_row_security(List *uses, Oid owner);

#endif							/* IVM_RIGHTS_H */
