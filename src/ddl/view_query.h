/*-------------------------------------------------------------------------
 *
 * view_query.h
 *	  Views of the server from analyzed queries.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_VIEW_QUERY_H
#define IVM_VIEW_QUERY_H

#include "nodes/parsenodes.h"

/*
 * CREATE VIEW from a query tree.  Returns the view's OID; the current user becomes the
 * owner.  The query is scribbled on.
 */
extern Oid	ivm_view_query_create(const char *schema, const char *name, Query *query);

/*
 * Raise an error unless CREATE OR REPLACE VIEW would let a view with these columns, or what is to
 * become one, have this query: its columns first, under their names and with their types, and then
 * others.  The errors are the server's own.
 */
extern void ivm_view_query_check(Oid view, Query *query);

/*
 * Give the columns of a view the types that they have in a query, which it is about to get: whether it had to.
 * An error that names what depends on such a column, or if the query has not got all columns under their
 * names.  The caller has the view locked in AccessExclusiveLock.
 */
extern bool ivm_view_query_retype(Oid view, Query *query);

/*
 * Give a view another query, with whatever columns that has at the end.  What depends on the
 * view, and its owner, rights, comments and options, stay.  Takes AccessExclusiveLock on the
 * view; the current user must own it.  The query is scribbled on.
 */
extern void ivm_view_query_replace(Oid view, Query *query);

#endif							/* IVM_VIEW_QUERY_H */
