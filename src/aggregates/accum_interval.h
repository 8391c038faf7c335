/*-------------------------------------------------------------------------
 *
 * accum_interval.h
 *	  Accumulators for interval and money.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ACCUM_INTERVAL_H
#define IVM_ACCUM_INTERVAL_H

#include "aggregates/accum.h"

/* Sums in wider numbers than those of the types; see accum_interval.c. */
extern const IvmAccumClass ivm_accum_interval;
extern const IvmAccumClass ivm_accum_money;

/* The rules of sum and avg of these types. */
extern const IvmAggRule ivm_accum_interval_rules[];
extern const int ivm_accum_n_interval_rules;

#endif							/* IVM_ACCUM_INTERVAL_H */
