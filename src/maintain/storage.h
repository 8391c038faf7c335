/*-------------------------------------------------------------------------
 *
 * storage.h
 *	  The tables that hold a view's state and deltas, and their indexes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_STORAGE_H
#define IVM_STORAGE_H

#include "catalog/catalog_view.h"
#include "definition/core.h"
#include "plan/plan.h"

/* Statements creating the relations of a view, given qualified names. */
extern char *ivm_storage_state_text(const IvmCore *core, const char *state);
extern char *ivm_storage_delta_text(const IvmCore *core, const char *delta);
extern List *ivm_storage_index_texts(const IvmCore *core, const char *name,
									const char *state, const char *delta);
extern char *ivm_storage_logged_text(Oid relid, bool logged);
extern char *ivm_storage_analyze_text(const char *rel);

extern char *ivm_storage_fillfactor_text(Oid relid, int fillfactor);

extern void ivm_storage_ensure_indexes(IvmPlan *plan);
extern Oid	ivm_storage_create_index(IvmViewRow *row, IndexStmt *stmt);
extern void ivm_storage_set_fillfactor(IvmViewRow *row, int fillfactor);

#endif							/* IVM_STORAGE_H */
