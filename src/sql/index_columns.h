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

/*
 * CREATE INDEX for these columns of a view, as the user might have written it:
 * columns is what stands in parentheses there.
 */
extern char *ivm_index_columns_text(Oid view, const char *columns);

/*
 * That text parsed and turned into CREATE INDEX on the view's state table, ready
 * for DefineIndex(); and, in *elements, the columns as expressions over the view.
 * NULL, with the reason in *bad, if a column is not an expression over the state.
 * Errors are syntax errors and the like; their positions are in sql.
 */
extern IndexStmt *ivm_index_columns_statement(Oid view, const char *sql, List **elements,
											  IvmBadColumn *bad);

#endif							/* IVM_INDEX_COLUMNS_H */
