/*-------------------------------------------------------------------------
 *
 * row_filter.h
 *	  Which rows of a source cannot count.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ROW_FILTER_H
#define IVM_ROW_FILTER_H

#include "definition/sources.h"

/*
 * Set the filters of the sources of a definition: conditions over range table entry 1
 * that a row satisfies if it can count, planned for execution (eval_const_expressions
 * and operators' functions), in CurrentMemoryContext.
 */
extern void ivm_row_filter_find(Query *definition, IvmSource *sources, int nsources);

#endif							/* IVM_ROW_FILTER_H */
