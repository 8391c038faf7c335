/*-------------------------------------------------------------------------
 *
 * plan_triggers.h
 *	  The capture triggers that a view's state rests on.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_PLAN_TRIGGERS_H
#define IVM_PLAN_TRIGGERS_H

#include "catalog/catalog_view.h"

/* Of a table's triggers: for rows, for TRUNCATE, and for TRUNCATE of a partition */
#define IVM_CAPTURE_TRIGGERS	3

typedef struct IvmTriggerVersion
{
	Oid			table;
	bool		any;			/* they are changing for a good reason */
	TransactionId xmin[IVM_CAPTURE_TRIGGERS];
} IvmTriggerVersion;

/* Those that a row of ivm.view has, by table. */
typedef struct IvmTriggerVersions
{
	int			n;
	IvmTriggerVersion *items;
} IvmTriggerVersions;

extern bool ivm_plan_triggers_enabled(Oid relid, bool partition);

extern void ivm_plan_triggers_read(const IvmViewRow *row, IvmTriggerVersions *versions);
extern bool ivm_plan_triggers_unchanged(const IvmTriggerVersions *versions, Oid table,
										bool partition);

extern ArrayType *ivm_plan_triggers_now(const IvmViewRow *row);
extern ArrayType *ivm_plan_triggers_without(const IvmViewRow *row, List *tables);
extern ArrayType *ivm_plan_triggers_complete(const IvmViewRow *row);
extern ArrayType *ivm_plan_triggers_expect(const IvmViewRow *row, List *tables, Oid *missed);

#endif							/* IVM_PLAN_TRIGGERS_H */
