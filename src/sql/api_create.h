/*-------------------------------------------------------------------------
 *
 * api_create.h
 *	  Creating a view from an analyzed query, for functions of users.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_API_CREATE_H
#define IVM_API_CREATE_H

#include "nodes/parsenodes.h"

#include "base/options.h"
#include "catalog/catalog_view.h"
#include "definition/refusal.h"
#include "sql/kept.h"

/* What a view is to be */
typedef struct IvmNewDefinition
{
	RangeVar   *name;
	Oid			namespace;
	Query	   *query;			/* analyzed */
	const char *sql;			/* its text, for positions in errors; NULL:
								 * none */
	IvmMode		mode;
	bool		with_data;
	const IvmOptions *options;
	bool		bare;			/* the call is all that its transaction does */
	Oid			existing;		/* a view of this extension that is replaced,
								 * or a materialized view that becomes one, of
								 * this name; or InvalidOid */
	IvmKept    *kept;			/* what that has, where it was taken apart;
								 * NULL: it was not; */
	List	   *kept_types;		/* types (OIDs) of the first arguments of its
								 * aggregates, of an append view */
} IvmNewDefinition;

/*
 * Check all that a user can do wrong, and create the view as the current user, who owns what is
 * there already.  Returns its OID, or that of a view that the options say to keep.  What an
 * existing relation has - indexes, options not given, all that hangs on its OID - is kept.
 */
extern Oid	ivm_api_create_view(const IvmNewDefinition *new);

#endif							/* IVM_API_CREATE_H */
