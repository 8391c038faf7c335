/*-------------------------------------------------------------------------
 *
 * ddl_effects.h
 *	  What a command may have done to views.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DDL_EFFECTS_H
#define IVM_DDL_EFFECTS_H

#include "nodes/parsenodes.h"

/* What a command may have done to views.  All lists are of OIDs but one. */
typedef struct IvmDdlEffects
{
	List	   *altered;		/* relations created or altered, or given a
								 * trigger */
	List	   *tables;			/* those in altered, and all tables that they
								 * are children of */
	List	   *reshaped;		/* relations whose columns are others, or have
								 * other names or types */
	List	   *retold_types;	/* types whose values have other text since
								 * the command */
	bool		check;			/* triggers, children or persistence are to be
								 * checked */
	bool		row_security;	/* row security is in force, perhaps */
	List	   *expressions;	/* names of generated columns with another
								 * expression */
	List	   *attached;		/* partitions */
	List	   *detached;		/* partitions */
	bool		concurrently;	/* detached while others wrote */
} IvmDdlEffects;

/*
 * Tell what a command that has just run, in ddl_command_end, may have done.
 * Reads catalogues, takes no lock on what they name, and changes nothing.  The
 * lists are in the current memory context.
 */
extern void ivm_ddl_effects_of(Node *stmt, IvmDdlEffects *effects);

#endif							/* IVM_DDL_EFFECTS_H */
