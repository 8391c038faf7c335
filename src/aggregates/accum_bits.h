/*-------------------------------------------------------------------------
 *
 * accum_bits.h
 *	  Accumulator for bit_and, bit_or and bit_xor.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ACCUM_BITS_H
#define IVM_ACCUM_BITS_H

#include "aggregates/accum.h"

extern const IvmAccumClass ivm_accum_bits;

extern const IvmAggRule ivm_accum_bits_rules[];
extern const int ivm_accum_n_bits_rules;

#endif							/* IVM_ACCUM_BITS_H */
