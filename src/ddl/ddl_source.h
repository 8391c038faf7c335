/*-------------------------------------------------------------------------
 *
 * ddl_source.h
 *	  Views that the definitions of other views read.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DDL_SOURCE_H
#define IVM_DDL_SOURCE_H

#include "nodes/pg_list.h"

/*
 * A view is about to be replaced: lock the base tables of the views, among these
 * rows, that read it, against writers, until the end of the transaction; waits.
 * Derives their plans, for ivm_ddl_source_after_replace() to compare with.  Does
 * nothing if the current user does not own the view; core will say so.
 */
extern void ivm_ddl_source_before_replace(List *rows, Oid view);

/*
 * A view was replaced: bring the views that read it up to date, mark them stale
 * where that cannot be done now, or raise an error where a definition could not
 * be maintained any more.  The locks are those of the call before.
 */
extern void ivm_ddl_source_after_replace(Oid view);

/*
 * Raise an error if views of this extension, among these rows, read a view that
 * is to be dropped without CASCADE.  Core would raise one as well, but name
 * their definitions.
 */
extern void ivm_ddl_source_check_unread(List *rows, Oid view);

#endif							/* IVM_DDL_SOURCE_H */
