/*-------------------------------------------------------------------------
 *
 * ddl.h
 *	  Creating and dropping views, and what follows other DDL.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DDL_H
#define IVM_DDL_H

#include "nodes/primnodes.h"
#include "utils/jsonb.h"

#include "catalog/catalog_view.h"
#include "definition/analyze.h"
#include "plan/plan.h"

extern Oid	ivm_ddl_create(const RangeVar *name, Oid namespace, Query *query,
						   const IvmCore *core, bool with_data, Jsonb *options,
						   int fillfactor);
extern void ivm_ddl_drop(IvmViewRow *row, bool cascade);
extern bool ivm_ddl_drop_remains(void);
extern List *ivm_ddl_readers(List *rows, Oid view);
extern IvmViewRow *ivm_ddl_column_reader(List *rows, Oid relid, AttrNumber column);
extern void ivm_ddl_tie_definition(const IvmViewRow *row);
extern void ivm_ddl_untie_definition(Oid definition);
extern void ivm_ddl_lock_for_drop(List *rows);
extern void ivm_ddl_lock_tables(List *relids);
extern void ivm_ddl_restore_capture(IvmViewRow *row, const IvmCore *core);
extern void ivm_ddl_follow(IvmViewRow *row);
extern void ivm_ddl_ensure_indexes(IvmPlan *plan);
extern Oid	ivm_ddl_create_index(IvmViewRow *row, IndexStmt *stmt);
extern void ivm_ddl_set_fillfactor(IvmViewRow *row, int fillfactor);

extern bool ivm_ddl_enter(void);
extern void ivm_ddl_leave(bool before);
extern bool ivm_ddl_is_own(void);

/* As the owner of the extension. */
extern bool ivm_ddl_has_row_trigger(Oid relid);
extern void ivm_ddl_drop_trigger(Oid relid, const char *name);
extern void ivm_ddl_ensure_triggers(Oid base, List *partitions);
extern void ivm_ddl_ensure_all_triggers(void);
extern void ivm_ddl_forget_partition(Oid leaf);

/* ddl_trigger.c */
extern void ivm_ddl_expect_triggers(List *tables, bool repair);
extern void ivm_ddl_forget_triggers(const IvmViewRow *row, List *tables);
extern void ivm_ddl_note_triggers(IvmViewRow *row);
extern void ivm_ddl_note_all_triggers(void);

#endif							/* IVM_DDL_H */
