/*-------------------------------------------------------------------------
 *
 * accum_float.h
 *	  Accumulators for float4 and float8.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ACCUM_FLOAT_H
#define IVM_ACCUM_FLOAT_H

#include "aggregates/accum.h"

extern const IvmAccumClass ivm_accum_float_sum; /* sum, avg */
extern const IvmAccumClass ivm_accum_float_moments; /* of one variable */
extern const IvmAccumClass ivm_accum_float_comoments;	/* of two */

/* The rules of aggregates that rest on these. */
extern const IvmAggRule ivm_accum_float_rules[];
extern const int ivm_accum_n_float_rules;

#endif							/* IVM_ACCUM_FLOAT_H */
