/*-------------------------------------------------------------------------
 *
 * row_tests.h
 *	  IS [NOT] NULL of whole rows of tables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ROW_TESTS_H
#define IVM_ROW_TESTS_H

#include "nodes/parsenodes.h"

/*
 * A copy of a query in which such tests of tables with dropped columns are those of the columns that are there,
 * in CurrentMemoryContext.  Opens its tables for a moment (AccessShareLock).
 */
extern Query *ivm_row_tests_expand(Query *query);

#endif							/* IVM_ROW_TESTS_H */
