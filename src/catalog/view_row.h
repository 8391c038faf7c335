/*-------------------------------------------------------------------------
 *
 * view_row.h
 *	  A row of the table ivm.view, and what its words mean.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_VIEW_ROW_H
#define IVM_VIEW_ROW_H

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
	IVM_STATUS_BROKEN,			/* the definition raised an error */
	IVM_STATUS_ALTERING,		/* taken apart by ivm.before_alter(); never
								 * committed */
	IVM_STATUS_ROLLED_BACK		/* ivm.rollback(): paused, and read from the
								 * stored rows, as of their watermark */
} IvmStatus;

/* When a view takes in what its base tables' writers do. */
typedef enum IvmMode
{
	IVM_MODE_IMMEDIATE,			/* when they commit */
	IVM_MODE_DEFERRED,			/* with its next refresh, from change logs */
	IVM_MODE_APPEND				/* with its next refresh, rows that were
								 * inserted, from the table itself */
} IvmMode;

/* One row of ivm.view. */
typedef struct IvmViewRow
{
	int32		id;
	Oid			view;
	Oid			definition;
	Oid			state;
	Oid			delta;
	List	   *bases;			/* OIDs of the tables whose changes are
								 * captured; none of an append view's */
	List	   *partitions;		/* OIDs of the leaf partitions known, sorted */
	IvmMode		mode;
	IvmStatus	status;
	char	   *reason;			/* of a status other than ready, or NULL */
	ArrayType  *settings;		/* text[], see settings.h */
	ArrayType  *view_versions;	/* text[], see plan_check.c; NULL: not known */
	ArrayType  *trigger_versions;	/* text[], see plan_triggers.c; NULL: not
									 * known */
	ArrayType  *row_types;		/* text[], columns of rows read as a whole */
	Jsonb	   *options;
	int32		part_of;		/* id of the view that it is a part of
								 * (view_parts.h), or 0 */
	bool		building;		/* writers append delta rows, whatever the
								 * status; nobody else writes the storage but
								 * the build (maintain/build.h) */
	TransactionId xmin;			/* transaction that wrote this row, */
	CommandId	cmin;			/* and if that is the current one, its command */
} IvmViewRow;

/* Columns of ivm.view, in order */
enum
{
	Anum_ivm_view_id = 1,
	Anum_ivm_view_view,
	Anum_ivm_view_definition,
	Anum_ivm_view_state,
	Anum_ivm_view_delta,
	Anum_ivm_view_bases,
	Anum_ivm_view_partitions,
	Anum_ivm_view_mode,
	Anum_ivm_view_status,
	Anum_ivm_view_reason,
	Anum_ivm_view_settings,
	Anum_ivm_view_view_versions,
	Anum_ivm_view_trigger_versions,
	Anum_ivm_view_row_types,
	Anum_ivm_view_options,
	Anum_ivm_view_created_at,
	Anum_ivm_view_current_since,
	Anum_ivm_view_part_of,
	Anum_ivm_view_building,
	Natts_ivm_view = Anum_ivm_view_building
};

/*
 * What tells this cluster from another one.  Stored before versions of rows, which
 * mean nothing in a cluster that pg_upgrade has copied the rows to.
 */
extern char *ivm_view_row_cluster(void);

/* The name of a status in ivm.view; a constant. */
extern const char *ivm_view_row_status_name(IvmStatus status);

/* The same as users are told it: a view that was rolled back is paused. */
extern const char *ivm_view_row_status_shown(IvmStatus status);

/* Does a view wait for ivm.resume()? */
extern bool ivm_view_row_is_paused(const IvmViewRow *row);

/* The name of a mode; and the mode that a name stands for, false if it is none. */
extern const char *ivm_view_row_mode_name(IvmMode mode);
extern bool ivm_view_row_mode_from_name(const char *name, IvmMode *mode);

/* A tuple of ivm.view as a row: all that it points to is a copy. */
extern IvmViewRow *ivm_view_row_from_tuple(HeapTuple tup, TupleDesc desc);

/* A copy of a row, with all that it points to. */
extern IvmViewRow *ivm_view_row_copy(const IvmViewRow *row);

/* The tuple of a new row, created at the start of the transaction; in CurrentMemoryContext. */
extern HeapTuple ivm_view_row_form(const IvmViewRow *row, TupleDesc desc);

/* OIDs as an array of regclass, as the columns bases and partitions have them. */
extern Datum ivm_view_row_oids(List *oids);

#endif							/* IVM_VIEW_ROW_H */
