/*-------------------------------------------------------------------------
 *
 * rowfilter.h
 *	  Which rows of a source cannot count.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ROWFILTER_H
#define IVM_ROWFILTER_H

#include "sources.h"

extern void ivm_rowfilter_find(Query *definition, IvmSource *sources, int nsources);

#endif							/* IVM_ROWFILTER_H */
