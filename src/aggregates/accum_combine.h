/*-------------------------------------------------------------------------
 *
 * accum_combine.h
 *	  Adding up what the states of an accumulator stand for.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ACCUM_COMBINE_H
#define IVM_ACCUM_COMBINE_H

#include "aggregates/accum.h"

/*
 * An SQL expression that gives state column col of an accumulator over the rows of
 * several states, whose columns are $1, $2, ...: aggregate calls, search_path =
 * pg_catalog.  Over no rows it gives what a state without rows has.  rule is the
 * aggregate that the accumulator was made for.  In CurrentMemoryContext.
 */
extern char *ivm_accum_combine_text(const IvmAccum *accum, Oid rule, int col);

#endif							/* IVM_ACCUM_COMBINE_H */
