/*-------------------------------------------------------------------------
 *
 * view_base.h
 *	  Which views read a table: rows of the table ivm.view_base.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_VIEW_BASE_H
#define IVM_VIEW_BASE_H

#include "nodes/pg_list.h"

/* Ids of the views that read any of these tables, sorted, in CurrentMemoryContext. */
extern List *ivm_view_base_ids(List *bases);

/* Is there a row for each of these tables of a view? */
extern bool ivm_view_base_has(int32 id, List *bases);

/* Make the rows of a view, which were those of before, those of the base tables that it has now. */
extern void ivm_view_base_replace(int32 id, List *before, List *bases);

#endif							/* IVM_VIEW_BASE_H */
