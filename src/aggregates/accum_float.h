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

extern const IvmAccumClass ivm_accum_float_sum;
extern const IvmAccumClass ivm_accum_float_moments; /* of one variable */
extern const IvmAccumClass ivm_accum_float_comoments;	/* of two */

extern const IvmAggRule ivm_accum_float_rules[];
extern const int ivm_accum_n_float_rules;

#endif							/* IVM_ACCUM_FLOAT_H */
