/*-------------------------------------------------------------------------
 *
 * accum_numeric.h
 *	  Accumulators for numeric and int8, and for moments.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ACCUM_NUMERIC_H
#define IVM_ACCUM_NUMERIC_H

#include "aggregates/accum.h"

extern const IvmAccumClass ivm_accum_numeric_sum;	/* sum, avg */
extern const IvmAccumClass ivm_accum_numeric_moments;	/* variance, stddev */

/* The rules of aggregates that rest on these. */
extern const IvmAggRule ivm_accum_numeric_rules[];
extern const int ivm_accum_n_numeric_rules;

#endif							/* IVM_ACCUM_NUMERIC_H */
