/*-------------------------------------------------------------------------
 *
 * catalog_view.h
 *	  The catalogue of views: rows of the table ivm.view.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_CATALOG_VIEW_H
#define IVM_CATALOG_VIEW_H

#include "access/htup.h"
#include "access/tupdesc.h"
#include "nodes/pg_list.h"
#include "utils/array.h"
#include "utils/jsonb.h"

typedef enum IvmStatus
{
	IVM_STATUS_READY,			/* state and deltas are exact */
	IVM_STATUS_UNPOPULATED,		/* created with_data => false */
	IVM_STATUS_PAUSED,			/* ivm.pause() */
	IVM_STATUS_STALE,			/* changes may have been missed */
	IVM_STATUS_BROKEN			/* the definition raised an error */
} IvmStatus;

/* One row of ivm.view. */
typedef struct IvmViewRow
{
	int32		id;
	Oid			view;
	Oid			definition;
	Oid			state;
	Oid			delta;
	List	   *bases;			/* OIDs */
	List	   *partitions;		/* OIDs of the leaf partitions known, sorted */
	char	   *mode;
	IvmStatus	status;
	char	   *reason;			/* of a status other than ready, or NULL */
	ArrayType  *settings;		/* text[], see settings.h */
	ArrayType  *view_versions;	/* text[], see plan_check.c; NULL: not known */
	ArrayType  *trigger_versions;	/* text[], see plan_triggers.c; NULL: not known */
	ArrayType  *row_types;		/* text[], likewise */
	Jsonb	   *options;
	int32		part_of;		/* id of the view that it is a part of (view_parts.h), or 0 */
	TransactionId xmin;			/* transaction that wrote this row */
} IvmViewRow;

#define IVM_SCHEMA		"ivm"
#define IVM_DATA_SCHEMA "ivm_data"

/* Names of the capture triggers */
#define IVM_TRIGGER_ROW			"ivm_capture"
#define IVM_TRIGGER_TRUNCATE	"ivm_capture_truncate"
#define IVM_TRIGGER_TRUNCATE_LEAF "ivm_capture_truncate_leaf"

extern Oid	ivm_catalog_relid(void);
extern Oid	ivm_catalog_owner(void);
extern char *ivm_catalog_cluster(void);
extern const char *ivm_catalog_status_name(IvmStatus status);

extern IvmViewRow *ivm_catalog_row(HeapTuple tup, TupleDesc desc);
extern HeapTuple ivm_catalog_restored_row(HeapTuple tup, TupleDesc desc, const char *reason);
extern IvmViewRow *ivm_catalog_get(int32 id);
extern IvmViewRow *ivm_catalog_find_view(Oid view);
extern IvmViewRow *ivm_catalog_find_state(Oid state);
extern List *ivm_catalog_all(void);
extern List *ivm_catalog_parts(int32 id);
extern const IvmViewRow *ivm_catalog_whole(const IvmViewRow *row);
extern List *ivm_catalog_with_parts(List *rows);
extern char *ivm_catalog_view_name(const IvmViewRow *row);
extern List *ivm_catalog_of_base(Oid base);
extern List *ivm_catalog_ids_of_bases(List *bases);
extern bool ivm_catalog_bases_known(const IvmViewRow *row);
extern void ivm_catalog_list_bases(const IvmViewRow *row);

extern void ivm_catalog_lock(int32 id);
extern int32 ivm_catalog_next_id(void);
extern void ivm_catalog_insert(const IvmViewRow *row);
extern void ivm_catalog_set_status(int32 id, IvmStatus status, const char *reason);
extern void ivm_catalog_touch(int32 id, bool wait);
extern void ivm_catalog_set_partitions(int32 id, List *partitions);
extern void ivm_catalog_set_sources(int32 id, List *bases, ArrayType *view_versions,
									ArrayType *row_types);
extern void ivm_catalog_set_trigger_versions(int32 id, ArrayType *versions);
extern void ivm_catalog_set_options(int32 id, Jsonb *options);
extern void ivm_catalog_delete(int32 id);

extern void ivm_catalog_invalidate(const IvmViewRow *row);

#endif							/* IVM_CATALOG_VIEW_H */
