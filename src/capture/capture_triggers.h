/*-------------------------------------------------------------------------
 *
 * capture_triggers.h
 *	  The capture triggers of base tables and partitions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_CAPTURE_TRIGGERS_H
#define IVM_CAPTURE_TRIGGERS_H

#include "nodes/pg_list.h"

#include "catalog/catalog_view.h"

/* As the owner of the extension. */
extern bool ivm_capture_triggers_has_row(Oid relid);
extern void ivm_capture_triggers_drop(Oid relid, const char *name);
extern void ivm_capture_triggers_ensure(Oid base, List *partitions);
extern void ivm_capture_triggers_ensure_all(void);
extern void ivm_capture_triggers_forget_partition(Oid leaf);

/* ddl_trigger.c */
extern void ivm_capture_triggers_expect(List *tables, bool repair);
extern void ivm_capture_triggers_forget(const IvmViewRow *row, List *tables);
extern void ivm_capture_triggers_note(IvmViewRow *row);
extern void ivm_capture_triggers_note_all(void);

#endif							/* IVM_CAPTURE_TRIGGERS_H */
