/*-------------------------------------------------------------------------
 *
 * create.h
 *	  Creating views.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_CREATE_H
#define IVM_CREATE_H

#include "definition/core.h"

extern Oid	ivm_create_view_with_storage(const RangeVar *name, Oid namespace, Query *query,
						   const IvmCore *core, bool with_data, Jsonb *options,
						   int fillfactor);

#endif							/* IVM_CREATE_H */
