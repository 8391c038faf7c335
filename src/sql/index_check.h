/*-------------------------------------------------------------------------
 *
 * index_check.h
 *	  What an index on a state table may be over.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_INDEX_CHECK_H
#define IVM_INDEX_CHECK_H

#include "nodes/parsenodes.h"

#include "catalog/catalog_view.h"

/*
 * Why an expression cannot be computed for every row of the state, a sentence, or NULL if it can:
 * given over the state and over the view, with varno 1.  *hint says what to index instead.
 */
extern const char *ivm_index_check_expression(IvmViewRow *row, Node *over_state, Node *over_view,
											  const char **hint);

/*
 * Does an index, whose elements are expressions over the state, contain the whole key?  A state
 * row is not yet, or no longer, what readers see, so uniqueness of anything else is
 * not certain.
 */
extern bool ivm_index_check_is_unique(IvmViewRow *row, const IndexStmt *stmt);

#endif							/* IVM_INDEX_CHECK_H */
