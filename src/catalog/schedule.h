/*-------------------------------------------------------------------------
 *
 * schedule.h
 *	  When views with a schedule are due: rows of the table ivm.schedule.
 *
 * A view has a row for each operation that is done to it on schedule: a refresh, by the
 * option refresh, if it is not immediate; and a comparison with its definition, by the
 * option reconcile.  The rows are made and kept by maintain/due.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_CATALOG_SCHEDULE_H
#define IVM_CATALOG_SCHEDULE_H

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

/* What is done on schedule */
typedef enum IvmDueOperation
{
	IVM_DUE_REFRESH,
	IVM_DUE_RECONCILE,
	IVM_DUE_BUILD				/* of a view that is to be built online */
} IvmDueOperation;

#define IVM_DUE_OPERATIONS	3

typedef struct IvmScheduleRow
{
	int32		view_id;
	IvmDueOperation operation;
	TimestampTz due_at;			/* 0: when its tables have changed */
	int			failures;		/* runs that failed since the last that did
								 * not */
	char	   *last_error;		/* of the last of these, or NULL */
	TimestampTz last_attempt_at;	/* 0: never */
	TimestampTz last_success_at;	/* 0: never */
	int64		corrections;	/* rows that the last comparison has
								 * corrected; -1: there was none */
} IvmScheduleRow;

/*
 * The row of a view for an operation, NULL if it has none; and all rows, by id.  The
 * newest committed rows and own ones, in CurrentMemoryContext.
 */
extern IvmScheduleRow *ivm_schedule_get(int32 view_id, IvmDueOperation operation);
extern List *ivm_schedule_all(void);

/*
 * The earliest time at which some view is due: false if no view is due at a certain time.
 * *any: does any view have a row?
 */
extern bool ivm_schedule_first(TimestampTz *due_at, bool *any);

/*
 * Make others who write rows of a view wait until the end of the transaction.  Waits;
 * to be taken after the lock of the view's refresh, if both are.
 */
extern void ivm_schedule_lock(int32 view_id);

/* The same without waiting: false if another has the lock.  And: has another the lock? */
extern bool ivm_schedule_try_lock(int32 view_id);
extern bool ivm_schedule_is_locked(int32 view_id);

/*
 * Insert or update a row; delete one, if it is there; delete all of a view.  The caller has
 * the lock.
 */
extern void ivm_schedule_set(const IvmScheduleRow *row);
extern void ivm_schedule_remove(int32 view_id, IvmDueOperation operation);
extern void ivm_schedule_remove_all(int32 view_id);

/* The name of an operation, as in ivm.schedule and ivm.history; a constant. */
extern const char *ivm_schedule_operation_name(IvmDueOperation operation);

#endif							/* IVM_CATALOG_SCHEDULE_H */
