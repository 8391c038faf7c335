/*-------------------------------------------------------------------------
 *
 * kept.h
 *	  What users have built on a relation's storage, kept for new storage.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_KEPT_H
#define IVM_KEPT_H

#include "catalog/catalog_view.h"

/* Indexes and parameters, in terms of the relation's columns */
typedef struct IvmKept
{
	List	   *indexes;		/* IndexStmt; expressions are over the
								 * columns, varno 1 */
	List	   *columns;		/* what ANALYZE is told of columns */
	List	   *parameters;		/* storage parameters but for fillfactor, as
								 * texts "name = 'value'" */
	char	   *tablespace;		/* or NULL: the default */
} IvmKept;

/*
 * What a view of this extension has, apart from what the extension has made itself, and what a
 * materialized view has.  In CurrentMemoryContext.  Both are locked in AccessShareLock while they are
 * read.
 */
extern IvmKept *ivm_kept_of_view(IvmViewRow *row);
extern IvmKept *ivm_kept_of_matview(Oid relid);

/*
 * The same, as it is over a relation whose columns have other types since, in CurrentMemoryContext: expressions are
 * analyzed anew.  Settings are in force under which text is read (ddl/take_apart.h).
 */
extern IvmKept *ivm_kept_with_types(const IvmKept *kept, Oid relid);

/*
 * Give it to a view whose first columns are the same; kept may be NULL.  An error that names the
 * index, with the reason, if the view's storage cannot have it.
 */
extern void ivm_kept_restore(IvmViewRow *row, IvmKept *kept);

/* The same to the table, or materialized view, that a view has become. */
extern void ivm_kept_restore_plain(Oid relid, IvmKept *kept);

/* A storage parameter of a relation that is open, or NULL if it is not set. */
extern char *ivm_kept_parameter(Oid relid, const char *name);

#endif							/* IVM_KEPT_H */
