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

/* Rows, and for each bit the rows that have it set; see accum_bits.c. */
extern const IvmAccumClass ivm_accum_bits;

/* The rules of aggregates that rest on it. */
extern const IvmAggRule ivm_accum_bits_rules[];
extern const int ivm_accum_n_bits_rules;

#endif							/* IVM_ACCUM_BITS_H */
