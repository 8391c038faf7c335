/*-------------------------------------------------------------------------
 *
 * ddl_partition.h
 *	  Partitions that come and go.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DDL_PARTITION_H
#define IVM_DDL_PARTITION_H

#include "nodes/parsenodes.h"

#include "catalog/catalog_view.h"

/*
 * The first three run before the command (ddl_command_start).  They take the
 * locks that the command will take, in its order, and do nothing where the
 * current user may not run the command: core will say so.
 */

/* Clear the way for the clones of the parent's capture trigger. */
extern void ivm_ddl_partition_before_attach(Oid parent, Oid child);

/*
 * Announce that core will drop the clones of the parent's capture trigger.
 * exclusive: the command is not DETACH ... CONCURRENTLY or FINALIZE.
 */
extern void ivm_ddl_partition_before_detach(Oid parent, Oid child, bool exclusive);

/*
 * Count the rows of those of these tables that are partitions as deleted, for
 * the views on tables above them, while the rows can still be read.
 */
extern void ivm_ddl_partition_before_drop(List *relids);

/* These two run after the command (ddl_command_end). */

/*
 * Let a view follow a change of its partitions: count rows that came or went,
 * put triggers in order, and store the new set.  attached and detached are the
 * OIDs that the command named; other differences make the view stale, and so
 * does concurrently, since others may have written meanwhile.
 */
extern void ivm_ddl_partition_follow(IvmViewRow *row, List *attached, List *detached,
									 bool concurrently);

/* Give tables that were detached triggers for views of their own. */
extern void ivm_ddl_partition_detached(void);

#endif							/* IVM_DDL_PARTITION_H */
