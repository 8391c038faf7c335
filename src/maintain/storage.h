/*-------------------------------------------------------------------------
 *
 * storage.h
 *	  The tables that hold a view's state and deltas, and their indexes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_STORAGE_H
#define IVM_STORAGE_H

#include "nodes/parsenodes.h"

#include "catalog/catalog_view.h"
#include "definition/core.h"
#include "plan/plan.h"

/*
 * SQL statements, in the current memory context.  Names are given quoted and
 * qualified.  They are to be run as the owner of the extension, by
 * ivm_own_command_run().
 */

/* CREATE TABLE for the state or the delta table of a core */
extern char *ivm_storage_state_text(const IvmCore *core, const char *state);
extern char *ivm_storage_delta_text(const IvmCore *core, const char *delta);

/*
 * The key index of the state table, that of the delta table, and two statements
 * that let logical replication identify rows of both.  name, not quoted, is what
 * names of indexes start with.
 */
extern List *ivm_storage_index_texts(const IvmCore *core, const char *name,
									 const char *state, const char *delta);

/* Is an index on a state table of this name one of these, by its name?  Others are of users. */
extern bool ivm_storage_is_own_index(const char *name, const char *index);

/*
 * CREATE TABLE for a segment of a base table's change log, with these columns of it; and the
 * name of the segment.
 */
extern CreateStmt *ivm_storage_log_statement(Oid base, const Bitmapset *columns, char **name);

/* CREATE TABLE, of this name in schema ivm_data, with the columns of a relation. */
extern char *ivm_storage_like_text(Oid relid, const char *name);

/* ALTER TABLE ... SET LOGGED or UNLOGGED; ANALYZE; ALTER TABLE ... SET (fillfactor) */
extern char *ivm_storage_logged_text(Oid relid, bool logged);
extern char *ivm_storage_analyze_text(const char *rel);
extern char *ivm_storage_fillfactor_text(Oid relid, int fillfactor);

/*
 * Give a new table, or one that lacks it, the trigger that guards it (sql/triggers.c).  To be
 * called as the owner of the extension.  Takes ShareRowExclusiveLock on the table.
 */
extern void ivm_storage_guard(Oid relid);

/*
 * These run commands, as the owner of the extension.
 */

/*
 * The same for the state and the delta table of a view, where that trigger is not there or does
 * not fire always.  The caller has locked writers of the base tables out.
 */
extern void ivm_storage_ensure_guards(const IvmViewRow *row);

/*
 * Give the state and the delta table the key indexes that they lack.  The
 * caller has locked writers of the base tables out.
 */
extern void ivm_storage_ensure_indexes(IvmPlan *plan);

/*
 * The same for the extension's own tables, which a restore may have left with other triggers than
 * it found (DISABLE TRIGGER ALL, then ENABLE TRIGGER ALL).
 */
extern void ivm_storage_ensure_own_guards(void);

/*
 * Create an index on the state table and return its OID.  Takes ShareLock on
 * the table, until the end of the transaction: waits for writers that are
 * changing it in place; others append deltas meanwhile.
 */
extern Oid	ivm_storage_create_index(IvmViewRow *row, IndexStmt *stmt);

/* Set how full pages of the state table are made, for those written later. */
extern void ivm_storage_set_fillfactor(IvmViewRow *row, int fillfactor);

#endif							/* IVM_STORAGE_H */
