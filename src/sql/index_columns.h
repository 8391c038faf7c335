/*-------------------------------------------------------------------------
 *
 * index_columns.h
 *	  Indexes on a view, from a list of columns given as text.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_INDEX_COLUMNS_H
#define IVM_INDEX_COLUMNS_H

#include "nodes/parsenodes.h"

#include "maintain/over_state.h"

extern char *ivm_index_columns_text(Oid view, const char *columns);
extern IndexStmt *ivm_index_columns_statement(Oid view, const char *sql, List **elements,
								IvmBadColumn *bad);

#endif							/* IVM_INDEX_COLUMNS_H */
