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

extern void ivm_row_filter_find(Query *definition, IvmSource *sources, int nsources);

#endif							/* IVM_ROW_FILTER_H */
