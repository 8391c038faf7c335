/*-------------------------------------------------------------------------
 *
 * plan_triggers.h
 *	  Versions of the triggers that a view's state rests on.
 *
 * A trigger that is enabled now may have been disabled, or may have been another,
 * while rows were written.  Where event triggers run, they mark the view stale
 * at once.  Where they do not, ivm.view.trigger_versions tells: it has a version of
 * the capture triggers of each table and partition, which is the transactions that
 * wrote their rows in pg_trigger (xmin), and each derivation of a plan compares.
 * Putting a trigger back as it was makes another version of it, so the view
 * stays stale until it is reconciled.  (Only in the transaction that has made
 * the trigger itself, and without event triggers, can that go unseen.)
 *
 *	 no version			not known: a new partition, or a row restored or copied by
 *						pg_upgrade, whose triggers are new.  The triggers are taken
 *						to be right, and get a version at the next opportunity
 *	 "16384:?"			open: the extension itself, or ATTACH or DETACH PARTITION, is
 *						changing the triggers of table 16384 in this transaction
 *	 "16384:751,751,0"	known: xmin of the triggers for rows, for TRUNCATE and for
 *						TRUNCATE of a partition, 0 where there is none
 *
 * The state and the delta table have versions, too, in place of that of the trigger for
 * rows: of the trigger that guards them.
 *
 * A partition's version goes with it, and a new partition has none.  This file only
 * says what the versions are and should be; capture_triggers.c and ddl_partition.c
 * write them into ivm.view.
 *
 * Results are in CurrentMemoryContext; an ArrayType * is a value for
 * ivm.view.trigger_versions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_PLAN_TRIGGERS_H
#define IVM_PLAN_TRIGGERS_H

#include "catalog/catalog_view.h"

/* The triggers of a table: for rows, for TRUNCATE, and for TRUNCATE of a partition */
#define IVM_CAPTURE_TRIGGERS	3

typedef struct IvmTriggerVersion
{
	Oid			table;
	bool		any;			/* open: any triggers are right */
	TransactionId xmin[IVM_CAPTURE_TRIGGERS];
} IvmTriggerVersion;

/* The versions that a row of ivm.view has, sorted by table. */
typedef struct IvmTriggerVersions
{
	int			n;
	IvmTriggerVersion *items;
} IvmTriggerVersions;

/*
 * Do the capture triggers of this base table, or leaf partition of one, fire whatever
 * the session's role?  Takes AccessShareLock on it.
 */
extern bool ivm_plan_triggers_enabled(Oid relid, bool partition);

/*
 * Does the trigger that guards a table of ours fire, whatever the session's role?
 * Takes no lock on the table.
 */
extern bool ivm_plan_triggers_guard(Oid relid);

/* Read the versions that a row has: none, if they are not known. */
extern void ivm_plan_triggers_read(const IvmViewRow *row, IvmTriggerVersions *versions);

/*
 * Are the capture triggers of a base table, or of a leaf partition, those that the
 * state rests on, for all that is known?
 */
extern bool ivm_plan_triggers_unchanged(const IvmTriggerVersions *versions, Oid table,
										bool partition);

/* The versions of a view whose state is right as of now. */
extern ArrayType *ivm_plan_triggers_now(const IvmViewRow *row);

/* A row's versions without those of some tables; NULL if it has none of these. */
extern ArrayType *ivm_plan_triggers_without(const IvmViewRow *row, List *tables);

/*
 * A row's versions with those added that were open or not known, as far as the
 * triggers are enabled and AccessShareLock on their tables can be had at once; NULL
 * if there is nothing to add.
 */
extern ArrayType *ivm_plan_triggers_complete(const IvmViewRow *row);

/*
 * A row's versions with those of some tables opened, if their triggers are those that
 * the state rests on; NULL if that changes nothing.  *missed is set to one of these
 * tables whose version is not known and whose triggers are not enabled, so that
 * changes may have been missed; or InvalidOid.
 */
extern ArrayType *ivm_plan_triggers_expect(const IvmViewRow *row, List *tables, Oid *missed);

#endif							/* IVM_PLAN_TRIGGERS_H */
