/*-------------------------------------------------------------------------
 *
 * key_filter.h
 *	  Conditions on a view that are given as text.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_KEY_FILTER_H
#define IVM_KEY_FILTER_H

#include "nodes/parsenodes.h"

/*
 * SELECT FROM view WHERE key_filter, analyzed, in the current memory context.
 * Positions of errors are positions in the filter.
 */
extern Query *ivm_key_filter_query(Oid view, const char *key_filter);

#endif							/* IVM_KEY_FILTER_H */
