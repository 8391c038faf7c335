/*-------------------------------------------------------------------------
 *
 * relation_kind.h
 *	  Relations that become another kind of relation.
 *
 * What depends on a relation, and what it has by itself - name, owner, rights, comments,
 * columns, row type - hangs on its OID.  With these functions the OID stays.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_RELATION_KIND_H
#define IVM_RELATION_KIND_H

#include "utils/relcache.h"

/*
 * Raise an error unless a relation, which the caller has open once, can become another kind: if
 * this session uses it otherwise, or this transaction has made it or its file.  The others check
 * that again.
 */
extern void ivm_relation_kind_check(Relation rel);

/*
 * Make a plain view of a materialized view: its rows, indexes, statistics and storage parameters go,
 * its query stays.  Takes AccessExclusiveLock, and keeps it.  An error if something depends on
 * an index.  Checks no privileges.
 */
extern void ivm_relation_kind_make_view(Oid relid);

/*
 * Let a view take over the rows of a table, which is dropped, and become a materialized view with its
 * query as it is, or a table without one.  The table was made in this transaction, has the
 * same columns, no indexes and nothing that depends on it; both are locked in AccessExclusiveLock.
 * kind is RELKIND_MATVIEW or RELKIND_RELATION.  Checks no privileges.
 */
extern void ivm_relation_kind_take_rows(Oid view, Oid table, char kind);

#endif							/* IVM_RELATION_KIND_H */
