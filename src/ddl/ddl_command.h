/*-------------------------------------------------------------------------
 *
 * ddl_command.h
 *	  What a command of a user names, and what it did.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DDL_COMMAND_H
#define IVM_DDL_COMMAND_H

#include "nodes/parsenodes.h"

#include "catalog/catalog_view.h"

/* What a command dropped, as far as views may be concerned */
typedef struct IvmDropped
{
	List	   *relations;		/* OIDs */
	bool		cascade;		/* some were dropped because of others, as
								 * CASCADE does */
	bool		trigger;		/* a trigger that has a name of a capture
								 * trigger */
} IvmDropped;

/*
 * The relation of this name, or InvalidOid if there is none or no name is
 * given.  Takes no lock.
 */
extern Oid	ivm_ddl_command_relation(RangeVar *rv);

/* The view whose query the command replaces, or NULL. */
extern RangeVar *ivm_ddl_command_replaced_view(Node *stmt);

/*
 * The row, among these, of the view that has this relation as its view,
 * definition, state or delta table; or NULL.
 */
extern IvmViewRow *ivm_ddl_command_row(List *rows, Oid relid);

/* Is this the name of a capture trigger? */
extern bool ivm_ddl_command_is_own_trigger(const char *name);

/*
 * May the current user drop the relation, as far as core is concerned: as its
 * owner, or as the owner of its schema?
 */
extern bool ivm_ddl_command_may_drop(Oid relid);

/*
 * What the command at hand dropped (in sql_drop), and the OIDs of the objects of
 * this catalogue, such as pg_class, that it created or altered (in ddl_command_end).  The lists are in the
 * current memory context.  Both ask core by SPI.
 */
extern void ivm_ddl_command_dropped(IvmDropped *dropped);
extern List *ivm_ddl_command_altered(Oid classid);

#endif							/* IVM_DDL_COMMAND_H */
