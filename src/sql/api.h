/*-------------------------------------------------------------------------
 *
 * api.h
 *	  Checks of arguments and privileges that the functions for users share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_API_H
#define IVM_API_H

#include "fmgr.h"
#include "nodes/parsenodes.h"

#include "base/options.h"
#include "catalog/catalog_view.h"
#include "definition/append_source.h"
#include "definition/core.h"

/*
 * The ivm_api_require_...() and ivm_api_check_...() functions raise an error if
 * something does not hold, and return nothing.
 */

/* The argument of this number and name is not NULL. */
extern void ivm_api_require_not_null(FunctionCallInfo fcinfo, int argno, const char *name);

/*
 * Not on a standby, in a read-only transaction, in a parallel worker, or in a function that
 * a definition calls: a view refreshed in the middle of its refresh would take in changes twice
 */
extern void ivm_api_require_writable(const char *function);

/*
 * Is this call all that its transaction does?  Only if it is a statement of its own, with nothing
 * before it: "SELECT ... FROM function(...)" or "SELECT function(...)", with constants.
 */
extern bool ivm_api_is_bare_call(FunctionCallInfo fcinfo);

/*
 * Commit what a procedure has done so far; it is connected to SPI, not atomic.  The transaction
 * that begins is READ COMMITTED, whatever the session's default is: what it does for one view is
 * to see what was committed meanwhile.
 */
extern void ivm_api_commit(void);

/* The mode that a name stands for; an error if there is none. */
extern IvmMode ivm_api_parse_mode(const char *name);

/* No option is given that a view of this mode does not have. */
extern void ivm_api_check_mode_options(const IvmOptions *options, IvmMode mode);

/* What an append view rests on by the options stored with it: ivm_append_source_find(). */
extern void ivm_api_find_append_source(const IvmCore *core, Jsonb *stored, IvmAppendSource *result);

/*
 * The options reconcile_last and bucket, of those that were given, fit the view with all of its
 * options, stored.  Of an append view ivm_api_find_append_source() checks the rest.
 */
extern void ivm_api_check_reconcile(const IvmCore *core, const IvmOptions *options, Jsonb *stored,
									IvmMode mode);

/* A view of this mode may read the views that its core reads through. */
extern void ivm_api_check_views_read(const IvmCore *core, IvmMode mode);

/*
 * Option on_error is not "break" for a view over several sources: its changes are
 * computed at commit, where an error cannot be caught.
 */
/* Raise an error if a view with this core has a window of time in buckets, and is not immediate. */
extern void ivm_api_check_window(const IvmCore *core, IvmMode mode);

extern void ivm_api_check_on_error(const IvmCore *core, Jsonb *options);

/*
 * The row of the view that is this relation, which the current user owns, or may
 * read.  An error if it is no view, if the user lacks the privilege and, for
 * ownership, if it is a part of a view.  The row is in the current memory
 * context; the view is not locked.
 */
extern IvmViewRow *ivm_api_find_owned_view(Oid relid);
extern IvmViewRow *ivm_api_find_readable_view(Oid relid);

/*
 * The same of a view that the user may refresh: as its owner or, from 17 on, with the privilege
 * MAINTAIN.  And may the user do that?
 */
extern IvmViewRow *ivm_api_find_maintained_view(Oid relid);
extern bool ivm_api_may_maintain(Oid relid);

/* Raise the error that a view is paused. */
extern void ivm_api_report_paused(const IvmViewRow *row);

/* Raise the error that a view has been taken apart by ivm.before_alter(). */
extern void ivm_api_report_altering(const char *view);

/*
 * A deferred view, and the deferred views that it reads and the user may refresh: they are
 * refreshed to one snapshot.  (A view that is read is written out in a definition with all
 * that it reads, so a core names all of them.)
 */
extern List *ivm_api_with_views_read(IvmViewRow *row);

/*
 * A definition, one SELECT, parsed and analyzed; and a condition over the columns
 * of a view, as ivm_key_filter_query() returns it.  Errors point into the text.
 */
extern Query *ivm_api_parse_definition(const char *sql);
extern Query *ivm_api_parse_filter(Oid view, const char *key_filter);

#endif							/* IVM_API_H */
